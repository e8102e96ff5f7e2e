//! What connections hear: the events (`realtime.md` 4), how one is sent, and what was missed. The first frame is in `connection`.

mod connection;

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

pub use connection::{ConnectParams, ConnectRequest, ConnectionError, HealthCheck, LongPollParams, LongPollResponse};

use super::channels::{ChannelMemberResponse, ChannelResponse};
use super::drafts::DraftResponse;
use super::messages::{MessageResponse, ReactionResponse, ThreadResponse};
use super::polls::{PollResponse, PollVoteResponse};
use super::reminders::ReminderResponse;
use super::user_groups::UserGroupResponse;
use super::users::{OwnUserResponse, UserRequest, UserResponse};
use super::{Custom, Ready, Time, lenient};

/// An event: the keys of its type, all others absent.
///
/// `unread_count`, `total_unread_count` and `unread_channels` differ per recipient and are not part of it. There is no
/// `received_at`: that is the client's own stamp.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct Event {
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    pub kind: Cow<'static, str>,
    /// Time of the event, not of what it tells of.
    pub created_at: Time,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel_member_count: Option<i64>,
    /// Only where messages are counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel_message_count: Option<i64>,
    /// The channel's custom data, `name` included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel_custom: Option<Custom>,
    /// `member.added`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel_last_message_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<ChannelResponse>)]
    pub channel: Option<Arc<ChannelResponse>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<MessageResponse>)]
    pub message: Option<Ready<MessageResponse>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<ReactionResponse>)]
    pub reaction: Option<Arc<ReactionResponse>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<PollResponse>)]
    pub poll: Option<Arc<PollResponse>>,
    /// `poll.vote_*`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub poll_vote: Option<Box<PollVoteResponse>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<ChannelMemberResponse>)]
    pub member: Option<Arc<ChannelMemberResponse>>,
    /// Who did it; in `member.*`, `user.*` and `notification.*` events about a person: that person.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[serde(serialize_with = "crate::wire::written::perhaps_within")]
    #[schema(value_type = Option<UserResponse>)]
    pub user: Option<Arc<UserResponse>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub watcher_count: Option<i64>,
    /// Typing, and replies: the parent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<UserResponse>>)]
    pub thread_participants: Option<Vec<Arc<UserResponse>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread_id: Option<String>,
    /// `message.read`: the thread that was read, when it was not the channel. `thread.updated`: complete.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread: Option<Box<ThreadResponse>>,
    /// `draft.updated`, `draft.deleted`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub draft: Option<Box<DraftResponse>>,
    /// `reminder.*`, `notification.reminder_due`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reminder: Option<Box<ReminderResponse>>,
    /// The same: whose it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_unread_message_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_read_message_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_read_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_delivered_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_delivered_message_id: Option<String>,
    /// `notification.mark_unread`: in this channel or thread.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unread_messages: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unread_threads: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unread_thread_messages: Option<i64>,
    /// `message.deleted`, `user.messages.deleted`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hard_delete: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_for_me: Option<bool>,
    /// `channel.hidden`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clear_history: Option<bool>,
    /// `user.banned`, `user.unbanned`: who did it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[serde(serialize_with = "crate::wire::written::perhaps_within")]
    #[schema(value_type = Option<UserResponse>)]
    pub created_by: Option<Arc<UserResponse>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiration: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shadow: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_bans: Option<i64>,
    /// `notification.mutes_updated`, `notification.channel_mutes_updated`: complete.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub me: Option<Box<OwnUserResponse>>,
    /// `user_group.*`: without its members.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_group: Option<Box<UserGroupResponse>>,
    /// `user_group.member_added`, `user_group.member_removed`: who came or went.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub members: Option<Vec<String>>,
    #[serde(flatten)]
    pub custom: Custom,
}

/// Body of `POST /channels/{type}/{id}/event`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct SendEventRequest {
    pub event: EventRequest,
    pub user: Option<UserRequest>,
    pub user_id: Option<String>,
}

/// An event to send: typing, or a type of the app's own. Further keys are the event's own data.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct EventRequest {
    #[serde(rename = "type")]
    pub kind: String,
    pub parent_id: Option<String>,
    /// Servers only.
    pub user: Option<UserRequest>,
    /// Servers only.
    pub user_id: Option<String>,
    #[serde(flatten)]
    pub custom: Custom,
}

impl EventRequest {
    /// Built-in names that a request may carry without effect: the server alone says where, when and by whom.
    pub const IGNORED: &'static [&'static str] = &[
        "channel",
        "channel_custom",
        "channel_id",
        "channel_last_message_at",
        "channel_member_count",
        "channel_message_count",
        "channel_type",
        "cid",
        "connection_id",
        "created_at",
        "created_by",
        "me",
        "member",
        "message",
        "own_capabilities",
        "poll",
        "poll_vote",
        "reaction",
        "received_at",
        "team",
        "thread",
        "thread_participants",
        "total_unread_count",
        "unread_channels",
        "unread_count",
        "unread_messages",
        "unread_thread_messages",
        "unread_threads",
        "watcher_count",
    ];
    /// Built-in names that a request may not carry: none.
    pub const REFUSED: &'static [&'static str] = &[];
}

/// Body of `POST /users/{user_id}/event`. Answered with `duration` only.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct SendUserCustomEventRequest {
    pub event: UserCustomEventRequest,
}

/// An event of the app's own for one person. Further keys are its data.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct UserCustomEventRequest {
    /// A name without a dot.
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(flatten)]
    pub custom: Custom,
}

/// The event as it was announced, and `duration`.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct SendEventResponse {
    pub event: Event,
}

/// Body of `POST /sync`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct SyncRequest {
    #[serde(default, deserialize_with = "lenient::or_default")]
    #[schema(required)]
    pub channel_cids: Vec<String>,
    pub last_sync_at: Time,
    /// May also stand in the query.
    pub watch: Option<bool>,
    /// May also stand in the query.
    pub with_inaccessible_cids: Option<bool>,
    pub user: Option<UserRequest>,
    pub user_id: Option<String>,
}

/// Query of `POST /sync`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SyncParams {
    #[serde(default, deserialize_with = "lenient::flag")]
    pub watch: Option<bool>,
    #[serde(default, deserialize_with = "lenient::flag")]
    pub with_inaccessible_cids: Option<bool>,
}

/// One event per thing that changed, with its newest state; and `duration`.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct SyncResponse {
    pub events: Vec<Event>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inaccessible_cids: Option<Vec<String>>,
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, from_value, json, to_string, to_value};

    use super::*;
    use crate::wire::channels::MemberBriefResponse;

    fn keys(object: &Value) -> Vec<&str> {
        object.as_object().unwrap().keys().map(String::as_str).collect()
    }

    fn message_new() -> Event {
        let message = MessageResponse {
            kind: "regular".into(),
            member: Some(MemberBriefResponse { channel_role: "channel_member".into(), notifications_muted: false }),
            ..Default::default()
        };
        Event {
            kind: "message.new".into(),
            cid: Some("messaging:kitchen".into()),
            channel_type: Some("messaging".into()),
            channel_id: Some("kitchen".into()),
            channel_member_count: Some(2),
            channel_custom: Some(Custom::default()),
            message_id: Some("bo-5d0e".into()),
            message: Some(Arc::new(message).into()),
            user: Some(Arc::default()),
            watcher_count: Some(2),
            ..Default::default()
        }
    }

    #[test]
    fn a_message_new_has_its_keys() {
        let event = to_value(message_new()).unwrap();
        let expected = "type created_at cid channel_type channel_id channel_member_count channel_custom message_id message user watcher_count";
        assert_eq!(keys(&event), expected.split(' ').collect::<Vec<_>>());
        let expected = "id text html type user member attachments latest_reactions own_reactions reaction_counts reaction_scores reply_count \
                        deleted_reply_count cid created_at updated_at shadowed mentioned_users mentioned_channel mentioned_here silent pinned \
                        pinned_at pinned_by pin_expires restricted_visibility";
        assert_eq!(keys(&event["message"]), expected.split(' ').collect::<Vec<_>>());
        assert!(["pinned_at", "pinned_by", "pin_expires"].iter().all(|key| event["message"][*key].is_null()));
        assert_eq!(event["message"]["member"], json!({"channel_role": "channel_member", "notifications_muted": false}));
    }

    #[test]
    fn a_custom_event_is_flat() {
        let request: SendEventRequest =
            from_value(json!({"event": {"type": "wave", "strength": 3, "parent_id": null}})).unwrap();
        let event = Event { kind: request.event.kind.into(), custom: request.event.custom, ..Default::default() };
        assert_eq!(
            to_string(&event).unwrap(),
            r#"{"type":"wave","created_at":"1970-01-01T00:00:00.000000Z","strength":3}"#
        );
    }
}
