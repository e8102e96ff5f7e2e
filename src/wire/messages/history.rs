//! Earlier versions of messages (`objects.md` 18), and how deletions are taken back.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::Attachment;
use crate::wire::Time;

/// Body of `POST /messages/{id}/undelete`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
pub struct UndeleteMessageRequest {
    /// Who takes the deletion back.
    #[schema(required)]
    pub undeleted_by: Option<String>,
}

/// Body of `POST /messages/history`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct QueryMessageHistoryRequest {
    /// Must name messages: `message_id`.
    pub filter: Option<Value>,
    /// A list of `{field, direction}`.
    pub sort: Option<Value>,
    pub limit: Option<i64>,
    pub next: Option<String>,
    pub prev: Option<String>,
}

/// What a message said until it was edited or deleted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct MessageHistoryEntryResponse {
    pub message_id: String,
    /// When it was written so.
    pub message_updated_at: Time,
    /// Who had written it so.
    pub message_updated_by_id: String,
    pub text: String,
    pub attachments: Vec<Attachment>,
    /// Nested here in every shape of the API.
    pub custom: Map<String, Value>,
    /// It ended by deletion.
    pub is_deleted: bool,
}

/// A page of versions, and `duration`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct QueryMessageHistoryResponse {
    pub message_history: Vec<MessageHistoryEntryResponse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prev: Option<String>,
}
