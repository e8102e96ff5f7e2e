//! What each member has read and received (`objects.md` 6).

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::wire::Time;
use crate::wire::events::Event;
use crate::wire::users::{UserRequest, UserResponse};

/// How far one member has read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct ReadStateResponse {
    #[schema(value_type = UserResponse)]
    pub user: Arc<UserResponse>,
    pub unread_messages: i64,
    /// Creation time of the last message read; the time of joining before that.
    pub last_read: Time,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_read_message_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_delivered_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_delivered_message_id: Option<String>,
}

/// Body of `POST /channels/{type}/{id}/read`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct MarkReadRequest {
    /// Read up to this message; the newest when absent.
    pub message_id: Option<String>,
    /// Read a thread, not the channel.
    pub thread_id: Option<String>,
    pub user: Option<UserRequest>,
    pub user_id: Option<String>,
}

/// What was announced, and `duration`. Also the answer to `POST /channels/read`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct MarkReadResponse {
    /// Null for somebody who has no read state here.
    #[schema(required)]
    pub event: Option<Box<Event>>,
}

/// Body of `POST /channels/{type}/{id}/unread`; exactly one of the first three.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct MarkUnreadRequest {
    /// The first message that is unread again.
    pub message_id: Option<String>,
    pub message_timestamp: Option<Time>,
    pub thread_id: Option<String>,
    pub user: Option<UserRequest>,
    pub user_id: Option<String>,
}

/// Body of `POST /channels/read`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct MarkChannelsReadRequest {
    /// Cid to message id; absent or empty marks every channel.
    pub read_by_channel: Option<BTreeMap<String, Option<String>>>,
    pub user: Option<UserRequest>,
    pub user_id: Option<String>,
}

/// Body of `POST /channels/delivered`; answered with `duration` only.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct MarkDeliveredRequest {
    pub latest_delivered_messages: Option<Vec<DeliveredMessageRequest>>,
    pub user: Option<UserRequest>,
    pub user_id: Option<String>,
}

/// The newest message of one channel that reached the client.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
pub struct DeliveredMessageRequest {
    pub cid: String,
    pub id: String,
    pub parent_id: Option<String>,
}
