//! Web push: to browsers (RFC 8030), encrypted for them alone (RFC 8291), signed by this deployment (VAPID, RFC 8292).

use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::future::BoxFuture;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::{Client, Url};
use serde_json::json;
use web_push_native::p256::elliptic_curve::rand_core::OsRng;
use web_push_native::p256::elliptic_curve::sec1::ToEncodedPoint;
use web_push_native::p256::pkcs8::EncodePrivateKey;
use web_push_native::p256::{PublicKey, SecretKey};
use web_push_native::{Auth, encrypt};

use super::http::{self, Refusal};
use super::provider::{Failure, Provider, data};
use super::token;
use crate::config::PushSettings;
use crate::limits;
use crate::links::Guard;
use crate::store::{Device, Notification};
use crate::wire::Time;

/// How long a signature holds; a day is the most that is allowed.
const SIGNED_SECONDS: i64 = 12 * 3600;

pub(crate) struct WebPush {
    client: Client,
    /// Signs for this deployment.
    key: EncodingKey,
    /// The other half, in base64url: browsers subscribe with it.
    public_key: String,
    /// Whom a push service may write to.
    contact: Option<String>,
    /// Users say where their browsers' services are.
    guard: Guard,
}

/// A fresh private key, in base64url.
pub(super) fn new_secret() -> String {
    URL_SAFE_NO_PAD.encode(SecretKey::random(&mut OsRng).to_bytes())
}

impl WebPush {
    pub fn new(secret: &str, settings: &PushSettings) -> anyhow::Result<WebPush> {
        let wrong = "WEIR_PUSH_VAPID_KEY is not a private key of P-256, 32 bytes in base64url";
        let bytes = URL_SAFE_NO_PAD.decode(secret.trim_end_matches('=')).context(wrong)?;
        let secret = SecretKey::from_slice(&bytes).context(wrong)?;
        let der = secret.to_pkcs8_der().context(wrong)?;
        let guard = Guard::new(&settings.private_hosts);
        Ok(WebPush {
            client: http::guarded(&guard)?,
            key: EncodingKey::from_ec_der(der.as_bytes()),
            public_key: URL_SAFE_NO_PAD.encode(secret.public_key().to_encoded_point(false).as_bytes()),
            contact: settings.contact.clone(),
            guard,
        })
    }

    pub fn public_key(&self) -> &str {
        &self.public_key
    }

    /// Where the push goes, unless it must not go there.
    fn endpoint(&self, device: &Device) -> Result<Url, Failure> {
        let gone = |why: &str| Failure::Gone(why.to_owned());
        let url = Url::parse(&device.id).map_err(|_| gone("the endpoint is no link"))?;
        // Without TLS only where the operator says that it is well.
        let is_private = url.host_str().is_some_and(|host| self.guard.is_named(host));
        if self.guard.check(&url).is_err() || (url.scheme() != "https" && !is_private) {
            return Err(gone("the endpoint is not on the internet"));
        }
        Ok(url)
    }

    fn authorization(&self, endpoint: &Url) -> Result<String, Failure> {
        let mut claims = json!({
            "aud": endpoint.origin().ascii_serialization(),
            "exp": Time::local().plus_seconds(SIGNED_SECONDS).micros() / 1_000_000,
        });
        if let Some(contact) = &self.contact {
            claims["sub"] = contact.as_str().into();
        }
        let token = token::signed(&Header::new(Algorithm::ES256), &claims, &self.key)?;
        Ok(format!("vapid t={token}, k={}", self.public_key))
    }

    async fn post(&self, device: &Device, note: &Notification) -> Result<(), Failure> {
        let endpoint = self.endpoint(device)?;
        let body = sealed(device, note)?;
        let request = self
            .client
            .post(endpoint.clone())
            .header("authorization", self.authorization(&endpoint)?)
            .header("content-encoding", "aes128gcm")
            .header("content-type", "application/octet-stream")
            .header("ttl", limits::PUSH_LIFE.as_secs())
            .header("urgency", "high")
            .body(body);
        let response = request.send().await.map_err(|error| http::unreachable(&error))?;
        if response.status().is_success() {
            return Ok(());
        }
        let refusal = Refusal::of(response).await;
        Err(match refusal.status {
            404 | 410 => Failure::Gone(format!("{} {}", refusal.status, refusal.text)),
            _ => refusal.failure(),
        })
    }
}

impl Provider for WebPush {
    fn send<'a>(&'a self, device: &'a Device, note: &'a Notification) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(self.post(device, note))
    }
}

/// The push, for the browser's eyes only.
fn sealed(device: &Device, note: &Notification) -> Result<Vec<u8>, Failure> {
    let unusable = || Failure::Gone("the keys of the subscription are unusable".to_owned());
    let (point, secret) = device.keys.as_ref().ok_or_else(unusable)?;
    let point = URL_SAFE_NO_PAD.decode(point).ok().and_then(|point| PublicKey::from_sec1_bytes(&point).ok());
    let secret = URL_SAFE_NO_PAD.decode(secret).ok().and_then(|secret| <[u8; 16]>::try_from(secret).ok());
    let (point, secret) = (point.ok_or_else(unusable)?, secret.ok_or_else(unusable)?);
    let mut content = data(note);
    content.insert("title".to_owned(), note.title.as_str().into());
    content.insert("body".to_owned(), note.body.as_str().into());
    let content = serde_json::Value::Object(content).to_string().into_bytes();
    encrypt(content, &point, &Auth::from(secret))
        .map_err(|error| Failure::Never(format!("it cannot be sealed: {error}")))
}
