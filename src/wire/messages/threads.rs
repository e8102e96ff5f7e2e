//! Threads (`objects.md` 9): a message with its replies, and those who take part.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::MessageResponse;
use crate::wire::channels::{ChannelResponse, ReadStateResponse};
use crate::wire::drafts::DraftResponse;
use crate::wire::users::{UserRequest, UserResponse};
use crate::wire::{Custom, Time, lenient};

/// A thread. Where events only name it, it has neither channel, parent nor participants.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct ThreadResponse {
    pub active_participant_count: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<Box<ChannelResponse>>,
    pub channel_cid: String,
    /// Time of the first reply.
    pub created_at: Time,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[serde(serialize_with = "crate::wire::written::perhaps_within")]
    #[schema(value_type = Option<UserResponse>)]
    pub created_by: Option<Arc<UserResponse>>,
    /// Author of the first reply.
    pub created_by_user_id: String,
    /// When the parent was deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_message_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_message: Option<Box<MessageResponse>>,
    /// Id of the thread.
    pub parent_message_id: String,
    pub participant_count: i64,
    pub reply_count: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread_participants: Option<Vec<ThreadParticipantResponse>>,
    /// Text of the parent when never set.
    pub title: String,
    pub updated_at: Time,
    #[serde(flatten)]
    pub custom: Custom,
}

/// Somebody who takes part in a thread.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct ThreadParticipantResponse {
    pub channel_cid: String,
    /// His first reply, or the moment since when he takes part without one.
    pub created_at: Time,
    /// Always empty.
    pub custom: Custom,
    pub last_read_at: Time,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_thread_message_at: Option<Time>,
    pub thread_id: String,
    #[serde(serialize_with = "crate::wire::written::within")]
    #[schema(value_type = UserResponse)]
    pub user: Arc<UserResponse>,
    pub user_id: String,
}

/// A thread with a page of its replies, as one participant or reader sees it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct ThreadStateResponse {
    #[serde(flatten)]
    pub thread: ThreadResponse,
    /// Ascending by `created_at`.
    pub latest_replies: Vec<MessageResponse>,
    /// Absent when the type has no read events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read: Option<Vec<ReadStateResponse>>,
    /// The asking user's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub draft: Option<Box<DraftResponse>>,
}

/// Body of `POST /threads`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct QueryThreadsRequest {
    pub filter: Option<Value>,
    /// A list of `{field, direction}`.
    pub sort: Option<Value>,
    pub limit: Option<i64>,
    pub next: Option<String>,
    pub prev: Option<String>,
    pub reply_limit: Option<i64>,
    pub participant_limit: Option<i64>,
    pub member_limit: Option<i64>,
    /// On for clients that name a connection; of no effect for servers.
    pub watch: Option<bool>,
    pub user: Option<UserRequest>,
    pub user_id: Option<String>,
}

/// A page of threads, and `duration`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct QueryThreadsResponse {
    pub threads: Vec<ThreadStateResponse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prev: Option<String>,
}

/// Query of `GET /threads/{id}`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct GetThreadParams {
    #[serde(default, deserialize_with = "lenient::flag")]
    pub watch: Option<bool>,
    #[serde(default, deserialize_with = "lenient::number")]
    pub reply_limit: Option<i64>,
    #[serde(default, deserialize_with = "lenient::number")]
    pub participant_limit: Option<i64>,
    #[serde(default, deserialize_with = "lenient::number")]
    pub member_limit: Option<i64>,
    #[serde(default, deserialize_with = "lenient::text")]
    pub user_id: Option<String>,
}

/// The thread, and `duration`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct GetThreadResponse {
    pub thread: ThreadStateResponse,
}

/// Body of `PATCH /threads/{id}`: `title`, and custom keys, which may be dotted paths.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct UpdateThreadPartialRequest {
    pub set: Option<Map<String, Value>>,
    pub unset: Option<Vec<String>>,
    pub user: Option<UserRequest>,
    pub user_id: Option<String>,
}

impl UpdateThreadPartialRequest {
    /// Built-in names that cannot be set.
    pub const REFUSED: &'static [&'static str] = &[
        "active_participant_count",
        "channel",
        "channel_cid",
        "created_at",
        "created_by",
        "created_by_user_id",
        "custom",
        "deleted_at",
        "draft",
        "id",
        "last_message_at",
        "latest_replies",
        "parent_message",
        "parent_message_id",
        "participant_count",
        "participants",
        "read",
        "reply_count",
        "thread_participants",
        "type",
        "updated_at",
        "user",
    ];
}

/// The thread as it is now, and `duration`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct UpdateThreadPartialResponse {
    pub thread: ThreadResponse,
}
