//! Reminders of messages (`objects.md` 12): saved for later, or for a moment.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::channels::ChannelResponse;
use super::messages::MessageResponse;
use super::users::{UserRequest, UserResponse};
use super::{Time, lenient};

/// A reminder; one per person and message.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct ReminderResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(no_recursion)]
    pub channel: Option<Box<ChannelResponse>>,
    pub channel_cid: String,
    pub created_at: Time,
    /// Absent inside a message.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(no_recursion)]
    pub message: Option<Box<MessageResponse>>,
    pub message_id: String,
    /// Absent when the message is only saved for later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remind_at: Option<Time>,
    pub updated_at: Time,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[serde(serialize_with = "crate::wire::written::perhaps_within")]
    #[schema(value_type = Option<UserResponse>)]
    pub user: Option<Arc<UserResponse>>,
    pub user_id: String,
}

/// Body of `POST` and `PATCH /messages/{id}/reminders`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct ReminderRequest {
    /// Absent or null: saved for later, without a moment.
    #[serde(default, deserialize_with = "lenient::moment")]
    #[schema(value_type = Option<Time>)]
    pub remind_at: Option<Time>,
    pub user: Option<UserRequest>,
    pub user_id: Option<String>,
}

/// The reminder, for older clients under its name and for newer ones as it is; and `duration`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct ReminderAnswer {
    pub reminder: ReminderResponse,
    #[serde(flatten)]
    pub same: ReminderResponse,
}

/// Query of `DELETE /messages/{id}/reminders`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DeleteReminderParams {
    #[serde(default, deserialize_with = "lenient::text")]
    pub user_id: Option<String>,
}

/// Body of `POST /reminders/query`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct QueryRemindersRequest {
    pub filter: Option<Value>,
    /// A list of `{field, direction}`.
    pub sort: Option<Value>,
    pub limit: Option<i64>,
    pub next: Option<String>,
    pub prev: Option<String>,
    pub user: Option<UserRequest>,
    pub user_id: Option<String>,
}

/// A page of reminders, and `duration`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct QueryRemindersResponse {
    pub reminders: Vec<ReminderResponse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prev: Option<String>,
}
