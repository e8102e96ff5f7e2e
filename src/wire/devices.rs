//! Devices and push preferences (`objects.md` 3.7, 3.8).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::users::UserRequest;
use super::{Time, lenient};

/// A device that receives push notifications.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct DeviceResponse {
    pub created_at: Time,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hardware_id: Option<String>,
    pub id: String,
    pub push_provider: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub push_provider_name: Option<String>,
    pub user_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voip: Option<bool>,
}

/// Body of `POST /devices`, and `device` of a connect request. Answered with `duration` only.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct CreateDeviceRequest {
    /// The registration token; of a browser, the endpoint of its push subscription.
    pub id: String,
    /// `apn`, `firebase`, `huawei`, `xiaomi` or, for a browser, `webpush`.
    pub push_provider: String,
    pub push_provider_name: Option<String>,
    pub hardware_id: Option<String>,
    /// With `apn` only.
    pub voip_token: Option<bool>,
    /// With `webpush` only: `keys` of the browser's push subscription.
    pub keys: Option<WebPushKeys>,
    /// Servers only.
    pub user: Option<UserRequest>,
    /// Servers only.
    pub user_id: Option<String>,
}

/// What is sent to a browser is encrypted with these; both in base64url.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct WebPushKeys {
    /// The browser's public key: an uncompressed point of P-256, 65 bytes.
    pub p256dh: String,
    /// The shared secret, 16 bytes.
    pub auth: String,
}

/// Query of `DELETE /devices`. Answered with `duration` only.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DeleteDeviceParams {
    #[serde(default, deserialize_with = "lenient::text")]
    #[param(required)]
    pub id: Option<String>,
    /// Servers only.
    #[serde(default, deserialize_with = "lenient::text")]
    pub user_id: Option<String>,
}

/// The devices of a user, newest first, and `duration`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct ListDevicesResponse {
    pub devices: Vec<DeviceResponse>,
}

/// Which push notifications a user wants.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct PushPreferencesResponse {
    pub chat_level: String,
    pub call_level: String,
    pub feeds_level: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chat_preferences: Option<BTreeMap<String, String>>,
    /// None at all until then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disabled_until: Option<Time>,
}

/// What push preferences are before anybody changes them.
impl Default for PushPreferencesResponse {
    fn default() -> Self {
        let all = || "all".to_owned();
        PushPreferencesResponse {
            chat_level: all(),
            call_level: all(),
            feeds_level: all(),
            chat_preferences: None,
            disabled_until: None,
        }
    }
}

/// Which push notifications of one channel a user wants; what is absent is as the user wants it everywhere.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct ChannelPushPreferencesResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chat_level: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chat_preferences: Option<BTreeMap<String, String>>,
    /// None at all until then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disabled_until: Option<Time>,
}

/// Body of `POST /push_preferences`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct UpsertPushPreferencesRequest {
    pub preferences: Vec<PushPreferenceRequest>,
}

/// A change of one user's preferences, or of those for one channel. What is absent stays; the level `default` takes a setting back.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct PushPreferenceRequest {
    /// Servers only.
    pub user_id: Option<String>,
    pub channel_cid: Option<String>,
    /// `all`, `all_mentions`, `direct_mentions` (`mentions` is the older name of it), `none` or `default`.
    pub chat_level: Option<String>,
    /// Finer than the level: `all` or `none` by kind of message. Replaces the whole set, `{}` takes it back.
    pub chat_preferences: Option<BTreeMap<String, String>>,
    /// `all`, `none` or `default`.
    pub call_level: Option<String>,
    /// `all`, `none` or `default`.
    pub feeds_level: Option<String>,
    pub disabled_until: Option<Time>,
    /// Takes `disabled_until` back.
    pub remove_disable: Option<bool>,
}

/// The preferences that the request named, as they are now, and `duration`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct UpsertPushPreferencesResponse {
    /// By user id.
    pub user_preferences: BTreeMap<String, PushPreferencesResponse>,
    /// By user id and cid.
    pub user_channel_preferences: BTreeMap<String, BTreeMap<String, ChannelPushPreferencesResponse>>,
}
