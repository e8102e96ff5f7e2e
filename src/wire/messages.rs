//! Messages: the object (`objects.md` 7), and how messages are read and deleted. Bodies of requests are in `request`.

mod attachments;
mod history;
mod pending;
mod reactions;
mod request;
mod search;
mod threads;
mod translations;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

pub use attachments::Attachment;
pub use history::{
    MessageHistoryEntryResponse, QueryMessageHistoryRequest, QueryMessageHistoryResponse, UndeleteMessageRequest,
};
pub use pending::{GetMessageResponse, PendingMessageResponse, SendMessageResponse};
pub use reactions::{
    DeleteReactionParams, DeleteReactionResponse, GetReactionsParams, GetReactionsResponse, QueryReactionsRequest,
    QueryReactionsResponse, ReactionGroupResponse, ReactionGroupUserResponse, ReactionRequest, ReactionResponse,
    SendReactionRequest, SendReactionResponse,
};
pub use request::{
    DeleteMessageRequest, MessageRequest, PinExpiry, RunMessageActionRequest, SendMessageRequest,
    UpdateMessagePartialRequest, UpdateMessageRequest,
};
pub use search::{SearchRequest, SearchResponse, SearchResult, SearchWarning};

pub use threads::{
    GetThreadParams, GetThreadResponse, QueryThreadsRequest, QueryThreadsResponse, ThreadParticipantResponse,
    ThreadResponse, ThreadStateResponse, UpdateThreadPartialRequest, UpdateThreadPartialResponse,
};

pub use translations::{TranslateMessageRequest, TranslateRequest, TranslateResponse};

use super::channels::{ChannelResponse, MemberBriefResponse};
use super::drafts::DraftResponse;
use super::locations::SharedLocationResponse;
use super::polls::PollResponse;
use super::reminders::ReminderResponse;
use super::user_groups::UserGroupResponse;
use super::users::UserResponse;
use super::{Custom, Ready, Time, lenient};

/// A message.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct MessageResponse {
    pub id: String,
    pub text: String,
    /// The text as Markdown, rendered.
    pub html: String,
    /// `regular`, `reply`, `system`, `deleted`, `ephemeral` or `error`.
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    pub kind: Cow<'static, str>,
    #[serde(serialize_with = "crate::wire::written::within")]
    #[schema(value_type = UserResponse)]
    pub user: Arc<UserResponse>,
    /// The sender's membership, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<MemberBriefResponse>,
    pub attachments: Vec<Attachment>,
    /// Newest first, at most 10.
    pub latest_reactions: Vec<ReactionResponse>,
    /// Of the asking user; empty in events.
    pub own_reactions: Vec<ReactionResponse>,
    pub reaction_counts: BTreeMap<String, i64>,
    pub reaction_scores: BTreeMap<String, i64>,
    /// Absent without reactions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reaction_groups: Option<BTreeMap<String, ReactionGroupResponse>>,
    pub reply_count: i64,
    pub deleted_reply_count: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<String>,
    /// Absent when false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub show_in_channel: Option<bool>,
    /// On parents: who replied.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<UserResponse>>)]
    pub thread_participants: Option<Vec<Arc<UserResponse>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quoted_message_id: Option<String>,
    /// One level only: a quoted message quotes nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(no_recursion)]
    pub quoted_message: Option<Box<MessageResponse>>,
    pub cid: String,
    pub created_at: Time,
    pub updated_at: Time,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Time>,
    /// Absent until the text is edited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_text_updated_at: Option<Time>,
    /// True for everybody but a shadow-banned sender.
    pub shadowed: bool,
    #[schema(value_type = Vec<UserResponse>)]
    pub mentioned_users: Vec<Arc<UserResponse>>,
    pub mentioned_channel: bool,
    pub mentioned_here: bool,
    pub silent: bool,
    pub pinned: bool,
    #[schema(required)]
    pub pinned_at: Option<Time>,
    #[serde(serialize_with = "crate::wire::written::perhaps_within")]
    #[schema(required, value_type = Option<UserResponse>)]
    pub pinned_by: Option<Arc<UserResponse>>,
    #[schema(required)]
    pub pin_expires: Option<Time>,
    pub restricted_visibility: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_for_me: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mentioned_group_ids: Option<Vec<String>>,
    /// Those of them that are still there, without their members.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mentioned_groups: Option<Vec<UserGroupResponse>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mentioned_roles: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mml: Option<String>,
    /// The text in other languages: `language` is that of the text, `de_text` it in German.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub i18n: Option<BTreeMap<String, String>>,
    /// The slash command that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// What was written behind the command.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub args: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command_info: Option<CommandInfoResponse>,
    /// The asking user's own, for the thread of this message.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(no_recursion)]
    pub draft: Option<Box<DraftResponse>>,
    /// The asking user's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(no_recursion)]
    pub reminder: Option<Box<ReminderResponse>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shared_location: Option<Box<SharedLocationResponse>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub poll_id: Option<String>,
    /// With `poll_id` only; `null` when the poll was deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<PollResponse>)]
    pub poll: Option<Option<Box<PollResponse>>>,
    /// Only where one message is asked for by its id, and in what a search found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<Box<ChannelResponse>>,
    #[serde(flatten)]
    pub custom: Custom,
}

/// Of the slash command that made a message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct CommandInfoResponse {
    /// As it is shown: `Giphy`.
    pub name: String,
}

/// Bounds of a page of messages: in a channel query, and in the query of `GET /messages/{id}/replies`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MessagePageRequest {
    #[serde(default, deserialize_with = "lenient::number")]
    pub limit: Option<i64>,
    /// Of no effect on replies.
    #[serde(default, deserialize_with = "lenient::number")]
    pub offset: Option<i64>,
    #[serde(default, deserialize_with = "lenient::text")]
    pub id_lt: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    pub id_lte: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    pub id_gt: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    pub id_gte: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    pub id_around: Option<String>,
    #[serde(default, deserialize_with = "lenient::moment")]
    #[param(value_type = Option<String>)]
    pub created_at_before: Option<Time>,
    #[serde(default, deserialize_with = "lenient::moment")]
    #[param(value_type = Option<String>)]
    pub created_at_before_or_equal: Option<Time>,
    #[serde(default, deserialize_with = "lenient::moment")]
    #[param(value_type = Option<String>)]
    pub created_at_after: Option<Time>,
    #[serde(default, deserialize_with = "lenient::moment")]
    #[param(value_type = Option<String>)]
    pub created_at_after_or_equal: Option<Time>,
    #[serde(default, deserialize_with = "lenient::moment")]
    #[param(value_type = Option<String>)]
    pub created_at_around: Option<Time>,
    /// Replies only: JSON, at most one entry on `created_at`. It chooses the end to start from, never the order.
    #[serde(default, deserialize_with = "lenient::json")]
    #[param(value_type = Option<String>)]
    pub sort: Option<Value>,
}

/// Query of `GET /channels/{type}/{id}/pinned_messages`: either `payload`, JSON of the rest, or the rest itself.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct GetPinnedMessagesParams {
    #[serde(default, deserialize_with = "lenient::text")]
    pub payload: Option<String>,
    #[serde(default, deserialize_with = "lenient::number")]
    pub limit: Option<i64>,
    #[serde(default, deserialize_with = "lenient::number")]
    pub offset: Option<i64>,
    #[serde(default, deserialize_with = "lenient::text")]
    pub id_lt: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    pub id_lte: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    pub id_gt: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    pub id_gte: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    pub id_around: Option<String>,
    #[serde(default, deserialize_with = "lenient::moment")]
    #[param(value_type = Option<String>)]
    pub pinned_at_before: Option<Time>,
    #[serde(default, deserialize_with = "lenient::moment")]
    #[param(value_type = Option<String>)]
    pub pinned_at_before_or_equal: Option<Time>,
    #[serde(default, deserialize_with = "lenient::moment")]
    #[param(value_type = Option<String>)]
    pub pinned_at_after: Option<Time>,
    #[serde(default, deserialize_with = "lenient::moment")]
    #[param(value_type = Option<String>)]
    pub pinned_at_after_or_equal: Option<Time>,
    #[serde(default, deserialize_with = "lenient::moment")]
    #[param(value_type = Option<String>)]
    pub pinned_at_around: Option<Time>,
    /// JSON, one entry on `pinned_at`.
    #[serde(default, deserialize_with = "lenient::json")]
    #[param(value_type = Option<String>)]
    pub sort: Option<Value>,
    #[serde(default, deserialize_with = "lenient::text")]
    pub user_id: Option<String>,
}

/// Query of `GET /messages/{id}`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct GetMessageParams {
    /// Servers only: the original text of a deleted message.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub show_deleted_message: Option<bool>,
    #[serde(default, deserialize_with = "lenient::text")]
    pub user_id: Option<String>,
}

/// Query of `DELETE /messages/{id}`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DeleteMessageParams {
    #[serde(default, deserialize_with = "lenient::flag")]
    pub hard: Option<bool>,
    #[serde(default, deserialize_with = "lenient::flag")]
    pub delete_for_me: Option<bool>,
    /// Servers only: who deletes.
    #[serde(default, deserialize_with = "lenient::text")]
    pub deleted_by: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    pub user_id: Option<String>,
}

macro_rules! message_answers {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Serialize, ToSchema)]
        pub struct $name {
            #[schema(value_type = MessageResponse)]
            pub message: Ready<MessageResponse>,
        }
    )+};
}

message_answers! {
    /// The message as it was sent, and `duration`.
    CommitMessageResponse,
    /// The changed message, and `duration`.
    UpdateMessageResponse,
    /// The changed message, and `duration`.
    UpdateMessagePartialResponse,
    /// The message as it was, with `deleted_at`; and `duration`.
    DeleteMessageResponse,
    /// The message as it was, and `duration`.
    UndeleteMessageResponse,
    /// The message with its translations, and `duration`.
    TranslateMessageResponse,
}

/// What an action made of the message, and `duration`.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct RunMessageActionResponse {
    /// Absent: the client drops the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<MessageResponse>)]
    pub message: Option<Ready<MessageResponse>>,
}

/// The replies, ascending by `created_at`; and `duration`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct GetRepliesResponse {
    pub messages: Vec<MessageResponse>,
}

/// Query of `GET /channels/{type}/{id}/messages`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct GetManyMessagesParams {
    /// Ids, separated by commas.
    #[serde(default, deserialize_with = "lenient::text")]
    pub ids: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    pub user_id: Option<String>,
}

/// Those messages that there are, and `duration`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct GetManyMessagesResponse {
    pub messages: Vec<MessageResponse>,
}

/// The pinned messages, and `duration`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct GetPinnedMessagesResponse {
    pub messages: Vec<MessageResponse>,
}
