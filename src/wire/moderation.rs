//! Moderation: bans, mutes, flags (`objects.md` 14). Blocks are in `users`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::channels::ChannelResponse;
use super::messages::MessageResponse;
use super::users::{OwnUserResponse, UserRequest, UserResponse};
use super::{Time, lenient};

/// A muted user.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct UserMuteResponse {
    /// Who mutes.
    #[schema(value_type = UserResponse)]
    pub user: Arc<UserResponse>,
    /// Who is muted.
    #[schema(value_type = UserResponse)]
    pub target: Arc<UserResponse>,
    pub created_at: Time,
    pub updated_at: Time,
    /// Absent: for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<Time>,
}

/// A muted channel.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct ChannelMuteResponse {
    /// Who mutes.
    #[schema(value_type = UserResponse)]
    pub user: Arc<UserResponse>,
    pub channel: ChannelResponse,
    pub created_at: Time,
    pub updated_at: Time,
    /// Absent: for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<Time>,
}

/// A ban.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct BanResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<UserResponse>)]
    pub banned_by: Option<Arc<UserResponse>>,
    /// Absent: banned from the whole app.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<ChannelResponse>,
    pub created_at: Time,
    /// Absent: for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shadow: Option<bool>,
    /// Who is banned.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<UserResponse>)]
    pub user: Option<Arc<UserResponse>>,
}

/// A flag on a message or a user.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct FlagResponse {
    /// Who flags.
    #[schema(value_type = UserResponse)]
    pub user: Arc<UserResponse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_message_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<MessageResponse>)]
    pub target_message: Option<Arc<MessageResponse>>,
    /// The flagged user, or the author of the flagged message.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<UserResponse>)]
    pub target_user: Option<Arc<UserResponse>>,
    pub created_at: Time,
    pub updated_at: Time,
    pub created_by_automod: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Nested here in every shape of the API.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom: Option<Map<String, Value>>,
    /// The zero time on a fresh flag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reviewed_at: Option<Time>,
}

/// Body of `POST /moderation/ban`. The channel is named by `type` and `id` or by `channel_cid`; without one the ban holds in
/// the whole app. Answered with `duration` only.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct BanRequest {
    pub target_user_id: String,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub id: Option<String>,
    pub channel_cid: Option<String>,
    /// Minutes; absent or 0 is for ever.
    pub timeout: Option<i64>,
    pub reason: Option<String>,
    pub shadow: Option<bool>,
    pub ip_ban: Option<bool>,
    /// `soft`, `pruning` or `hard`.
    pub delete_messages: Option<String>,
    pub delete_reactions: Option<bool>,
    pub ban_from_future_channels: Option<bool>,
    /// Servers only.
    pub banned_by: Option<UserRequest>,
    /// Servers only.
    pub banned_by_id: Option<String>,
    pub user: Option<UserRequest>,
    pub user_id: Option<String>,
}

/// Query of `DELETE /moderation/ban`; the channel as in the ban request. Answered with `duration` only.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct UnbanParams {
    #[serde(default, deserialize_with = "lenient::text")]
    #[param(required)]
    pub target_user_id: Option<String>,
    #[serde(rename = "type", default, deserialize_with = "lenient::text")]
    pub kind: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    pub id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    pub channel_cid: Option<String>,
    #[serde(default, deserialize_with = "lenient::flag")]
    pub shadow: Option<bool>,
    #[serde(default, deserialize_with = "lenient::flag")]
    pub remove_future_channels_ban: Option<bool>,
    /// Servers only: who lifts the ban.
    #[serde(default, deserialize_with = "lenient::text")]
    pub created_by: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    pub user_id: Option<String>,
}

/// `payload` of `GET /query_banned_users`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct QueryBannedUsersRequest {
    pub filter_conditions: Option<Value>,
    pub sort: Option<Value>,
    pub limit: Option<i64>,
    pub offset: Option<i64>,
    pub exclude_expired_bans: Option<bool>,
    pub user: Option<UserRequest>,
    pub user_id: Option<String>,
}

/// The bans found, and `duration`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct QueryBannedUsersResponse {
    pub bans: Vec<BanResponse>,
}

/// `payload` of `GET /query_future_channel_bans`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct QueryFutureChannelBansRequest {
    /// Only the ban of this person; `user` is then left out of the answer.
    pub target_user_id: Option<String>,
    pub exclude_expired_bans: Option<bool>,
    /// Adds `total`.
    pub include_total: Option<bool>,
    pub limit: Option<i64>,
    pub offset: Option<i64>,
    /// Servers only: whose bans.
    pub user: Option<UserRequest>,
    pub user_id: Option<String>,
}

/// Bans from the channels that the caller will make, and `duration`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct QueryFutureChannelBansResponse {
    pub bans: Vec<BanResponse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
}

/// Body of `POST /moderation/flag`: a message or a user.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct FlagRequest {
    pub target_message_id: Option<String>,
    pub target_user_id: Option<String>,
    pub reason: Option<String>,
    pub custom: Option<Map<String, Value>>,
    pub user: Option<UserRequest>,
    pub user_id: Option<String>,
}

/// The flag, and `duration`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct CreateFlagResponse {
    pub flag: FlagResponse,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review_queue_item_id: Option<String>,
}

/// Body of `POST /api/v2/moderation/flag`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct FlagEntityRequest {
    /// `stream:chat:v1:message` or `stream:user`.
    pub entity_type: String,
    pub entity_id: String,
    pub entity_creator_id: Option<String>,
    pub reason: Option<String>,
    /// What was on the screen; messages and users are known here, so it is not kept.
    pub moderation_payload: Option<Value>,
    pub custom: Option<Map<String, Value>>,
    pub user: Option<UserRequest>,
    pub user_id: Option<String>,
}

/// The flag's name, and `duration`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct FlagEntityResponse {
    pub item_id: String,
}

/// `payload` of `GET /moderation/flags/message`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct QueryMessageFlagsRequest {
    pub filter_conditions: Option<Value>,
    pub sort: Option<Value>,
    pub limit: Option<i64>,
    pub offset: Option<i64>,
    pub user: Option<UserRequest>,
    pub user_id: Option<String>,
}

/// A message that somebody flagged.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct MessageFlagResponse {
    #[schema(value_type = MessageResponse)]
    pub message: Arc<MessageResponse>,
    /// Who flagged it.
    #[schema(value_type = UserResponse)]
    pub user: Arc<UserResponse>,
    pub created_at: Time,
    pub updated_at: Time,
    pub created_by_automod: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom: Option<Map<String, Value>>,
}

/// The flags found, and `duration`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct QueryMessageFlagsResponse {
    pub flags: Vec<MessageFlagResponse>,
}

/// Body of `POST /moderation/mute`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct MuteUserRequest {
    pub target_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::ids")]
    pub target_ids: Option<Vec<String>>,
    /// Minutes; absent or 0 is for ever.
    pub timeout: Option<i64>,
    pub user: Option<UserRequest>,
    pub user_id: Option<String>,
}

/// The mute of one target or the mutes of several, the muter, and `duration`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct MuteUserResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mute: Option<UserMuteResponse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mutes: Option<Vec<UserMuteResponse>>,
    pub own_user: OwnUserResponse,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub non_existing_users: Option<Vec<String>>,
}

/// Body of `POST /moderation/unmute`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct UnmuteUserRequest {
    pub target_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::ids")]
    pub target_ids: Option<Vec<String>>,
    pub user: Option<UserRequest>,
    pub user_id: Option<String>,
}

/// Whom nobody knows, and `duration`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct UnmuteUserResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub non_existing_users: Option<Vec<String>>,
}

/// Body of `POST /moderation/mute/channel`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct MuteChannelRequest {
    pub channel_cid: Option<String>,
    pub channel_cids: Option<Vec<String>>,
    /// Milliseconds; absent is for ever.
    pub expiration: Option<i64>,
    pub user: Option<UserRequest>,
    pub user_id: Option<String>,
}

/// The mute (of the first channel), the mutes of several, the muter, and `duration`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct MuteChannelResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel_mute: Option<ChannelMuteResponse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel_mutes: Option<Vec<ChannelMuteResponse>>,
    pub own_user: OwnUserResponse,
}

/// Body of `POST /moderation/unmute/channel`; answered with `duration` only.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct UnmuteChannelRequest {
    pub channel_cid: Option<String>,
    pub channel_cids: Option<Vec<String>>,
    pub user: Option<UserRequest>,
    pub user_id: Option<String>,
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json, to_value};

    use super::*;

    #[test]
    fn one_target_or_many_or_null() {
        let one: MuteUserRequest = from_value(json!({"target_id": "bob", "timeout": null, "user_id": null})).unwrap();
        assert_eq!(one, MuteUserRequest { target_id: Some("bob".into()), ..Default::default() });
        let many: MuteUserRequest = from_value(json!({"target_ids": ["bob", {"id": "cleo"}], "timeout": 5})).unwrap();
        assert_eq!(many.target_ids.unwrap(), ["bob", "cleo"]);
    }

    #[test]
    fn a_mute_without_end_has_no_expires() {
        let mute = to_value(UserMuteResponse::default()).unwrap();
        let keys: Vec<_> = mute.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["user", "target", "created_at", "updated_at"]);
    }

    #[test]
    fn a_ban_needs_a_target() {
        assert!(from_value::<BanRequest>(json!({"reason": "spam"})).is_err());
        assert!(from_value::<BanRequest>(json!({"target_user_id": "bob", "timeout": "long"})).is_err());
        let ban: BanRequest =
            from_value(json!({"target_user_id": "bob", "type": "messaging", "id": "a", "unknown": 1})).unwrap();
        assert_eq!(ban.kind.as_deref(), Some("messaging"));
    }
}
