//! Channels: the object, its state, and how it is created, found, changed and left (`objects.md` 4).

mod config;
mod members;
mod reads;

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

pub use config::{ChannelConfigOverridesRequest, ChannelConfigResponse};
pub use members::{
    ChannelMemberResponse, MemberBriefResponse, MemberRequest, QueryMembersRequest, QueryMembersResponse,
    UpdateMemberPartialRequest, UpdateMemberPartialResponse,
};
pub use reads::{
    DeliveredMessageRequest, MarkChannelsReadRequest, MarkDeliveredRequest, MarkReadRequest, MarkReadResponse,
    MarkUnreadRequest, ReadStateResponse, ReaderParams, UnreadChannelCount, UnreadCountsResponse, UnreadThreadCount,
    UnreadTypeCount,
};

use super::devices::ChannelPushPreferencesResponse;
use super::drafts::DraftResponse;
use super::locations::SharedLocationResponse;
use super::messages::{MessagePageRequest, MessageRequest, MessageResponse, PendingMessageResponse};
use super::users::{UserRequest, UserResponse};
use super::{Custom, Ready, Time, lenient};

/// A channel; `name` and `image` are custom data.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct ChannelResponse {
    pub id: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub cid: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_message_at: Option<Time>,
    pub created_at: Time,
    pub updated_at: Time,
    /// Only when it was just deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Time>,
    /// Null in the answer to a deletion.
    #[serde(serialize_with = "crate::wire::written::perhaps_within")]
    #[schema(required, value_type = Option<UserResponse>)]
    pub created_by: Option<Arc<UserResponse>>,
    pub frozen: bool,
    pub disabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member_count: Option<i64>,
    /// In events; in answers the members stand beside the channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub members: Option<Vec<ChannelMemberResponse>>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "crate::wire::written::perhaps_within")]
    #[schema(value_type = Option<ChannelConfigResponse>)]
    pub config: Option<Arc<ChannelConfigResponse>>,
    /// What the asking user may do here, sorted; never in events.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<String>>)]
    pub own_capabilities: Option<Vec<Cow<'static, str>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hidden: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocked: Option<bool>,
    /// Only when the type counts messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_count: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_translation_enabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_translation_language: Option<String>,
    /// Seconds; absent when there is no slow mode.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cooldown: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter_tags: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hide_messages_before: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mute_expires_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub muted: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truncated_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[serde(serialize_with = "crate::wire::written::perhaps_within")]
    #[schema(value_type = Option<UserResponse>)]
    pub truncated_by: Option<Arc<UserResponse>>,
    #[serde(flatten)]
    pub custom: Custom,
}

/// A channel with a page of its messages and members; as an answer of its own with `duration`.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct ChannelStateResponse {
    pub channel: ChannelResponse,
    /// Ascending by `created_at`.
    #[schema(value_type = Vec<MessageResponse>)]
    pub messages: Vec<Ready<MessageResponse>>,
    /// Newest pin first, at most 10.
    pub pinned_messages: Vec<MessageResponse>,
    /// Absent when nobody watches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub watcher_count: Option<i64>,
    /// Only when a page of watchers was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<UserResponse>>)]
    pub watchers: Option<Vec<Arc<UserResponse>>>,
    /// Absent when the type has no read events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read: Option<Vec<ReadStateResponse>>,
    pub members: Vec<ChannelMemberResponse>,
    /// The asking user's own row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub membership: Option<ChannelMemberResponse>,
    /// Always empty: threads have an endpoint of their own.
    pub threads: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hidden: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hide_messages_before: Option<Time>,
    /// Live locations that have not ended; absent when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active_live_locations: Option<Vec<SharedLocationResponse>>,
    /// The asking user's own that wait for their commit, ascending, the newest 100; absent when there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pending_messages: Option<Vec<PendingMessageResponse>>,
    /// The asking user's own, for the channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub draft: Option<DraftResponse>,
    /// The asking user's own, if there are any for this channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub push_preferences: Option<ChannelPushPreferencesResponse>,
}

/// `data` of a creation or a full update. Further keys are custom data.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct ChannelDataRequest {
    /// Servers only.
    pub auto_translation_enabled: Option<bool>,
    /// Servers only.
    pub auto_translation_language: Option<String>,
    /// Servers only; `{}` clears.
    pub config_overrides: Option<ChannelConfigOverridesRequest>,
    /// Servers only.
    pub created_by: Option<UserRequest>,
    /// Servers only.
    pub created_by_id: Option<String>,
    /// Servers only.
    pub disabled: Option<bool>,
    pub filter_tags: Option<Vec<String>>,
    pub frozen: Option<bool>,
    /// Members that start as invited.
    pub invites: Option<Vec<MemberRequest>>,
    pub members: Option<Vec<MemberRequest>>,
    pub team: Option<String>,
    pub truncated_by_id: Option<String>,
    #[serde(flatten)]
    pub custom: Custom,
}

impl ChannelDataRequest {
    /// Built-in names that a body may carry without effect: clients echo channels that they were given.
    pub const IGNORED: &'static [&'static str] = &[
        "blocked",
        "cid",
        "config",
        "created_at",
        "deleted_at",
        "hidden",
        "hide_messages_before",
        "id",
        "last_message_at",
        "member_count",
        "message_count",
        "own_capabilities",
        "truncated_at",
        "truncated_by",
        "type",
        "updated_at",
    ];
    /// Built-in names that are refused: `data.<name> is a reserved field`.
    pub const REFUSED: &'static [&'static str] = &["cooldown", "mute_expires_at", "muted"];
}

/// Body of `POST /channels/{type}/{id}/query` and `POST /channels/{type}/query`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct GetOrCreateChannelRequest {
    /// Applied only when the channel is created.
    pub data: Option<ChannelDataRequest>,
    pub state: Option<bool>,
    pub watch: Option<bool>,
    pub presence: Option<bool>,
    pub messages: Option<MessagePageRequest>,
    pub members: Option<PageRequest>,
    pub watchers: Option<PageRequest>,
    pub hide_for_creator: Option<bool>,
    pub thread_unread_counts: Option<bool>,
    pub member_custom_include: Option<Vec<String>>,
    /// Servers only, as in `data`.
    pub created_by: Option<UserRequest>,
    /// Servers only, as in `data`.
    pub created_by_id: Option<String>,
    pub user: Option<UserRequest>,
    pub user_id: Option<String>,
}

/// A page by position; a limit of 0 is legal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
pub struct PageRequest {
    pub limit: Option<i64>,
    pub offset: Option<i64>,
}

/// Body of `POST /channels`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct QueryChannelsRequest {
    pub filter_conditions: Option<Value>,
    pub sort: Option<Value>,
    pub state: Option<bool>,
    pub watch: Option<bool>,
    pub presence: Option<bool>,
    pub limit: Option<i64>,
    pub offset: Option<i64>,
    pub message_limit: Option<i64>,
    pub member_limit: Option<i64>,
    pub member_custom_include: Option<Vec<String>>,
    pub predefined_filter: Option<String>,
    pub user: Option<UserRequest>,
    pub user_id: Option<String>,
}

/// The channels found, and `duration`.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct QueryChannelsResponse {
    pub channels: Vec<ChannelStateResponse>,
}

/// Body of `POST /channels/{type}/{id}`: data, members, invites, tags, slow mode.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct UpdateChannelRequest {
    /// Replaces all custom data; absent leaves it alone.
    pub data: Option<ChannelDataRequest>,
    /// Sent as a system message after the change.
    pub message: Option<MessageRequest>,
    pub skip_push: Option<bool>,
    pub add_members: Option<Vec<MemberRequest>>,
    #[serde(default, deserialize_with = "lenient::ids")]
    pub remove_members: Option<Vec<String>>,
    #[serde(default, deserialize_with = "lenient::ids")]
    pub add_moderators: Option<Vec<String>>,
    #[serde(default, deserialize_with = "lenient::ids")]
    pub demote_moderators: Option<Vec<String>>,
    pub assign_roles: Option<Vec<MemberRequest>>,
    pub invites: Option<Vec<MemberRequest>>,
    pub accept_invite: Option<bool>,
    pub reject_invite: Option<bool>,
    /// Seconds; 0 switches slow mode off.
    pub cooldown: Option<i64>,
    pub add_filter_tags: Option<Vec<String>>,
    pub remove_filter_tags: Option<Vec<String>>,
    pub hide_history: Option<bool>,
    pub hide_history_before: Option<Time>,
    pub user: Option<UserRequest>,
    pub user_id: Option<String>,
}

/// The complete channel as the caller sees it, all members, the system message, and `duration`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct UpdateChannelResponse {
    pub channel: ChannelResponse,
    pub members: Vec<ChannelMemberResponse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<MessageResponse>)]
    pub message: Option<Arc<MessageResponse>>,
}

/// Body of `PATCH /channels/{type}/{id}`; keys may be dotted paths.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct UpdateChannelPartialRequest {
    pub set: Option<Map<String, Value>>,
    pub unset: Option<Vec<String>>,
    pub user: Option<UserRequest>,
    pub user_id: Option<String>,
}

impl UpdateChannelPartialRequest {
    /// Names refused in `set` and `unset`: ``field `<name>` is reserved and cannot updated``.
    pub const REFUSED: &'static [&'static str] = &[
        "cid",
        "config",
        "created_at",
        "created_by",
        "id",
        "last_message_at",
        "member_count",
        "members",
        "own_capabilities",
        "type",
        "updated_at",
    ];
}

/// The complete channel as the caller sees it, all members, and `duration`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct UpdateChannelPartialResponse {
    pub channel: ChannelResponse,
    pub members: Vec<ChannelMemberResponse>,
}

/// Query of `DELETE /channels/{type}/{id}`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DeleteChannelParams {
    #[serde(default, deserialize_with = "lenient::flag")]
    pub hard_delete: Option<bool>,
    /// Servers only, and only for distinct channels.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub skip_truncate: Option<bool>,
}

/// The deleted channel with `deleted_at`, and `duration`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct DeleteChannelResponse {
    pub channel: ChannelResponse,
}

/// Body of `POST /channels/{type}/{id}/truncate`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct TruncateChannelRequest {
    pub message: Option<MessageRequest>,
    pub hard_delete: Option<bool>,
    pub skip_push: Option<bool>,
    pub truncated_at: Option<Time>,
    #[serde(default, deserialize_with = "lenient::ids")]
    pub member_ids: Option<Vec<String>>,
    pub user: Option<UserRequest>,
    pub user_id: Option<String>,
}

/// The truncated channel, the system message, and `duration`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct TruncateChannelResponse {
    pub channel: ChannelResponse,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<MessageResponse>)]
    pub message: Option<Arc<MessageResponse>>,
}

/// Body of `POST /channels/{type}/{id}/hide`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct HideChannelRequest {
    pub clear_history: Option<bool>,
    pub user: Option<UserRequest>,
    pub user_id: Option<String>,
}

/// Body of calls that say nothing but who acts: show, stop-watching.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct ShowChannelRequest {
    pub user: Option<UserRequest>,
    pub user_id: Option<String>,
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json, to_value};

    use super::*;

    #[test]
    fn lists_of_a_state_are_never_missing() {
        let state = to_value(ChannelStateResponse::default()).unwrap();
        assert_eq!(state["channel"]["created_by"], Value::Null);
        let keys: Vec<_> = state.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["channel", "messages", "pinned_messages", "members", "threads"]);
    }

    #[test]
    fn a_query_reads_members_pages_and_nulls() {
        let request = json!({"data": {"members": ["ana", {"user_id": "bob"}], "name": "Kitchen", "team": null}, "state": true, "messages": {"limit": 0},
            "members": null, "watchers": {"limit": 25}, "connection_id": "c"});
        let request: GetOrCreateChannelRequest = from_value(request).unwrap();
        let data = request.data.unwrap();
        assert_eq!(data.members.unwrap()[1].user_id, "bob");
        assert_eq!(Value::from(data.custom.0), json!({"name": "Kitchen"}));
        assert_eq!((request.messages.unwrap().limit, request.members), (Some(0), None));
    }
}
