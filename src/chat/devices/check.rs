//! What a device must say of itself.

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

use crate::error::{ApiError, Result};
use crate::limits;
use crate::store::Device;
use crate::wire::Time;
use crate::wire::devices::{CreateDeviceRequest, WebPushKeys};

/// A browser: its push subscription (RFC 8030) is the device. None of Stream's providers.
pub(crate) const WEB_PUSH: &str = "webpush";
const PROVIDERS: [&str; 5] = ["apn", "firebase", "huawei", "xiaomi", WEB_PUSH];

/// Bytes of an uncompressed point of P-256 and of the shared secret (RFC 8291), and what such a point begins with.
const PUBLIC_KEY_BYTES: usize = 65;
const UNCOMPRESSED: u8 = 4;
const SECRET_BYTES: usize = 16;

/// Browsers leave the padding out, some libraries do not.
const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_encode_padding(false).with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The device as it will be kept, if all is well with it.
pub(super) fn device(request: &CreateDeviceRequest, private_hosts: &[String], now: Time) -> Result<Device> {
    if !PROVIDERS.contains(&request.push_provider.as_str()) {
        return Err(ApiError::field(
            "push_provider",
            format!("push_provider must be one of [{}]", PROVIDERS.join(" ")),
        ));
    }
    let is_browser = request.push_provider == WEB_PUSH;
    if request.id.is_empty() {
        return Err(ApiError::required("id"));
    }
    short("push_provider_name", request.push_provider_name.as_deref())?;
    short("hardware_id", request.hardware_id.as_deref())?;
    let keys = match &request.keys {
        Some(keys) if is_browser => Some(web_push_keys(keys)?),
        None if is_browser => return Err(ApiError::field("keys", "keys is a required field of a webpush device")),
        _ => None,
    };
    if is_browser {
        endpoint(&request.id, private_hosts)?
    } else {
        short("id", Some(&request.id))?
    }
    Ok(Device {
        id: request.id.clone(),
        provider: request.push_provider.clone(),
        created_at: now,
        provider_name: request.push_provider_name.clone().filter(|name| !name.is_empty()),
        hardware_id: request.hardware_id.clone().filter(|id| !id.is_empty()),
        voip: request.voip_token.unwrap_or(false) && request.push_provider == "apn",
        keys,
    })
}

fn short(path: &str, text: Option<&str>) -> Result<()> {
    match text {
        Some(text) if text.chars().count() > limits::DEVICE_ID_CHARS => {
            let message = format!("{path} must be a maximum of {} characters in length", limits::DEVICE_ID_CHARS);
            Err(ApiError::field(path, message))
        }
        _ => Ok(()),
    }
}

/// The endpoint is called by this server: where it leads is looked at then. Without TLS only where the operator named the host.
fn endpoint(id: &str, private_hosts: &[String]) -> Result<()> {
    let link = id.strip_prefix("https://").map(|rest| (rest, true));
    let link = link.or_else(|| id.strip_prefix("http://").map(|rest| (rest, false)));
    let host = link.and_then(|(rest, secure)| Some((rest.split(['/', '?', '#']).next()?, secure)));
    let is_private =
        |host: &str| host.split(':').next().is_some_and(|host| private_hosts.iter().any(|named| named == host));
    let is_link = id.bytes().all(|byte| byte.is_ascii_graphic())
        && host.is_some_and(|(host, secure)| !host.is_empty() && !host.contains('@') && (secure || is_private(host)));
    if !is_link || id.len() > limits::PUSH_ENDPOINT_BYTES {
        let most = limits::PUSH_ENDPOINT_BYTES;
        return Err(ApiError::field(
            "id",
            format!("id of a webpush device must be an https link of at most {most} bytes"),
        ));
    }
    Ok(())
}

fn web_push_keys(keys: &WebPushKeys) -> Result<(String, String)> {
    let point = BASE64URL
        .decode(&keys.p256dh)
        .ok()
        .filter(|point| point.len() == PUBLIC_KEY_BYTES && point.first() == Some(&UNCOMPRESSED));
    let point = point.ok_or_else(|| {
        ApiError::field("keys.p256dh", "keys.p256dh must be an uncompressed P-256 point of 65 bytes in base64url")
    })?;
    let secret = BASE64URL.decode(&keys.auth).ok().filter(|secret| secret.len() == SECRET_BYTES);
    let secret = secret.ok_or_else(|| ApiError::field("keys.auth", "keys.auth must be 16 bytes in base64url"))?;
    Ok((BASE64URL.encode(point), BASE64URL.encode(secret)))
}
