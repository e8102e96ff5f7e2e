//! Users: how others see them, how they see themselves, and how they are created, changed and found (`objects.md` 3).

mod blocks;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

pub use blocks::{BlockUsersRequest, BlockUsersResponse, BlockedUserResponse, GetBlockedUsersResponse};

use super::devices::{DeviceResponse, PushPreferencesResponse};
use super::moderation::{ChannelMuteResponse, UserMuteResponse};
use super::written::{Json, Written};
use super::{Custom, Time, lenient};

/// A user as others see them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct UserResponse {
    pub id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Empty when unset.
    pub language: String,
    pub role: String,
    pub teams: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub teams_role: Option<BTreeMap<String, String>>,
    pub created_at: Time,
    pub updated_at: Time,
    /// Banned from the whole app.
    pub banned: bool,
    pub online: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_active: Option<Time>,
    pub blocked_user_ids: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shadow_banned: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ban_expires: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deactivated_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Time>,
    #[serde(flatten)]
    pub custom: Custom,
    /// Its own JSON, once somebody asked for it.
    #[serde(skip)]
    pub written: Json,
}

impl Written for UserResponse {
    fn json(&self) -> &Json {
        &self.written
    }
}

/// A user in answers of the user endpoints: for a server and for the user themselves with what is private.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct FullUserResponse {
    #[serde(flatten)]
    #[schema(value_type = UserResponse)]
    pub user: Arc<UserResponse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invisible: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub privacy_settings: Option<PrivacySettings>,
    /// Servers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoke_tokens_issued_before: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mutes: Option<Vec<UserMuteResponse>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel_mutes: Option<Vec<ChannelMuteResponse>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub devices: Option<Vec<DeviceResponse>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unread_count: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_unread_count: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unread_channels: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unread_threads: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latest_hidden_channels: Option<Vec<String>>,
}

/// The connected user: `me` of the first frame, `own_user` of mute answers.
///
/// The lists are never left out: clients read their length without asking.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct OwnUserResponse {
    #[serde(flatten)]
    #[schema(value_type = UserResponse)]
    pub user: Arc<UserResponse>,
    /// Without the expired ones.
    pub channel_mutes: Vec<ChannelMuteResponse>,
    pub devices: Vec<DeviceResponse>,
    pub invisible: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latest_hidden_channels: Option<Vec<String>>,
    /// Without the expired ones.
    pub mutes: Vec<UserMuteResponse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub privacy_settings: Option<PrivacySettings>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub push_preferences: Option<PushPreferencesResponse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoke_tokens_issued_before: Option<Time>,
    /// Unread messages; the older name of `unread_count`.
    pub total_unread_count: i64,
    pub unread_channels: i64,
    pub unread_count: i64,
    pub unread_threads: i64,
}

/// What a user shows of their doings; a part that is missing is switched on, and comes back missing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PrivacySettings {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub typing_indicators: Option<PrivacySetting>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_receipts: Option<PrivacySetting>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery_receipts: Option<PrivacySetting>,
}

/// One part of the privacy settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct PrivacySetting {
    pub enabled: bool,
}

impl Default for PrivacySetting {
    fn default() -> Self {
        PrivacySetting { enabled: true }
    }
}

/// A user as requests carry one: to create, replace, merge or merely name them. Further keys are custom data.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct UserRequest {
    pub id: String,
    pub image: Option<String>,
    pub invisible: Option<bool>,
    pub language: Option<String>,
    pub name: Option<String>,
    /// Merged part by part.
    pub privacy_settings: Option<PrivacySettings>,
    /// Servers only.
    pub role: Option<String>,
    /// Servers only.
    pub teams: Option<Vec<String>>,
    /// Servers only.
    pub teams_role: Option<BTreeMap<String, String>>,
    #[serde(flatten)]
    pub custom: Custom,
}

impl UserRequest {
    /// Built-in names that a request may carry without effect: clients echo users that they were given.
    pub const IGNORED: &'static [&'static str] = &[
        "anon",
        "avg_response_time",
        "ban_expires",
        "banned",
        "blocked_user_ids",
        "bypass_moderation",
        "channel_mutes",
        "created_at",
        "deactivated_at",
        "deleted_at",
        "devices",
        "last_active",
        "latest_hidden_channels",
        "mutes",
        "online",
        "push_notifications",
        "push_preferences",
        "revoke_tokens_issued_before",
        "shadow_banned",
        "total_unread_count",
        "total_unread_count_by_team",
        "unread_channels",
        "unread_count",
        "unread_threads",
        "updated_at",
    ];
    /// Built-in names that a request may not carry: none, ignoring all of them is the safe choice.
    pub const REFUSED: &'static [&'static str] = &[];
}

/// The one query parameter of a GET that takes a JSON document.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PayloadParams {
    /// JSON text.
    #[serde(default, deserialize_with = "lenient::text")]
    pub payload: Option<String>,
}

/// The person a server acts for, on a GET or DELETE.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct UserIdParams {
    #[serde(default, deserialize_with = "lenient::text")]
    pub user_id: Option<String>,
}

/// `payload` of `GET /users`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct QueryUsersRequest {
    pub filter_conditions: Option<Value>,
    pub sort: Option<Value>,
    pub limit: Option<i64>,
    pub offset: Option<i64>,
    pub presence: Option<bool>,
    pub include_deactivated_users: Option<bool>,
    pub user: Option<UserRequest>,
    pub user_id: Option<String>,
}

/// Users, and `duration`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct QueryUsersResponse {
    pub users: Vec<FullUserResponse>,
}

/// Body of `POST /users`: replaces each user, custom data included.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct UpdateUsersRequest {
    pub users: BTreeMap<String, UserRequest>,
}

/// Body of `PATCH /users`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct UpdateUsersPartialRequest {
    pub users: Vec<UpdateUserPartialRequest>,
}

/// Changes to one user; keys may be dotted paths.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct UpdateUserPartialRequest {
    pub id: String,
    pub set: Option<Map<String, Value>>,
    pub unset: Option<Vec<String>>,
}

/// The changed users by id, and `duration`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct UpdateUsersResponse {
    pub users: BTreeMap<String, FullUserResponse>,
    /// Empty: no task is needed.
    pub membership_deletion_task_id: String,
}

/// Body of `POST /guest`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct CreateGuestRequest {
    pub user: UserRequest,
}

/// A guest with the id that they were given, and `duration`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct CreateGuestResponse {
    #[schema(value_type = UserResponse)]
    pub user: Arc<UserResponse>,
    pub access_token: String,
}

#[cfg(test)]
mod tests {
    use serde_json::{from_str, from_value, json, to_string};

    use super::*;

    /// Ada, as the first frame of a connection shows her.
    fn ada() -> UserResponse {
        UserResponse {
            id: "ada".into(),
            name: Some("Ada".into()),
            language: "en".into(),
            role: "user".into(),
            last_active: Some(Time(1)),
            online: true,
            custom: Custom(Map::from_iter([("favourite_colour".to_owned(), json!("teal"))])),
            ..Default::default()
        }
    }

    #[test]
    fn a_user_has_its_keys_in_order() {
        let text = r#"{"id":"ada","name":"Ada","language":"en","role":"user","teams":[],"created_at":"1970-01-01T00:00:00.000000Z","updated_at":"1970-01-01T00:00:00.000000Z","banned":false,"online":true,"last_active":"1970-01-01T00:00:00.000001Z","blocked_user_ids":[],"favourite_colour":"teal"}"#;
        assert_eq!(to_string(&ada()).unwrap(), text);
    }

    #[test]
    fn the_own_user_never_lacks_what_clients_read() {
        let me = OwnUserResponse {
            user: Arc::new(ada()),
            privacy_settings: Some(PrivacySettings {
                typing_indicators: Some(PrivacySetting { enabled: false }),
                ..Default::default()
            }),
            push_preferences: Some(PushPreferencesResponse::default()),
            ..Default::default()
        };
        let me: Value = from_str(&to_string(&me).unwrap()).unwrap();
        let required = [
            "id",
            "role",
            "teams",
            "language",
            "created_at",
            "updated_at",
            "online",
            "banned",
            "invisible",
            "devices",
            "mutes",
            "channel_mutes",
            "blocked_user_ids",
            "unread_count",
            "total_unread_count",
            "unread_channels",
            "unread_threads",
        ];
        assert!(required.iter().all(|key| !me[*key].is_null()), "{me}");
        assert_eq!(me["privacy_settings"], json!({"typing_indicators": {"enabled": false}}));
        assert_eq!(me["push_preferences"], json!({"chat_level": "all", "call_level": "all", "feeds_level": "all"}));
        assert_eq!(me["favourite_colour"], "teal");
    }

    #[test]
    fn a_user_request_keeps_custom_keys_and_needs_an_id() {
        let user: UserRequest =
            from_value(json!({"id": "ada", "name": null, "colour": "teal", "privacy_settings": {"read_receipts": {}}}))
                .unwrap();
        assert_eq!(user.name, None);
        assert_eq!(user.privacy_settings.unwrap().read_receipts, Some(PrivacySetting { enabled: true }));
        assert_eq!(Value::from(user.custom.0), json!({"colour": "teal"}));
        assert!(from_value::<UserRequest>(json!({"name": "Ada"})).is_err());
        assert!(from_value::<UserRequest>(json!({"id": 7})).is_err());
    }
}
