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
    #[serde(serialize_with = "crate::wire::written::within")]
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
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
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

/// Query of `POST /channels/delivered` and `GET /unread`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ReaderParams {
    /// Servers only: for whom.
    pub user_id: Option<String>,
}

/// What a user has not read (`objects.md` 20), and `duration`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct UnreadCountsResponse {
    pub total_unread_count: i64,
    pub total_unread_threads_count: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_unread_count_by_team: Option<BTreeMap<String, i64>>,
    /// Those with unread messages; the 100 newest by their last message.
    pub channels: Vec<UnreadChannelCount>,
    pub channel_type: Vec<UnreadTypeCount>,
    pub threads: Vec<UnreadThreadCount>,
}

/// One channel in [`UnreadCountsResponse`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct UnreadChannelCount {
    /// The cid.
    pub channel_id: String,
    pub unread_count: i64,
    pub last_read: Time,
}

/// One channel type in [`UnreadCountsResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct UnreadTypeCount {
    pub channel_type: String,
    /// Channels with unread messages.
    pub channel_count: i64,
    pub unread_count: i64,
}

/// One thread in [`UnreadCountsResponse`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct UnreadThreadCount {
    pub parent_message_id: String,
    pub unread_count: i64,
    pub last_read: Time,
    pub last_read_message_id: String,
}
