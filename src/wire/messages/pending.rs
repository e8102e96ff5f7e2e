//! Messages that wait for their commit (`objects.md` 4.5), and the answers that say so of one.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::MessageResponse;
use crate::wire::Ready;

/// The message as stored, or of type `error` and not stored; and `duration`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SendMessageResponse {
    #[schema(value_type = MessageResponse)]
    pub message: Ready<MessageResponse>,
    /// Only while the message waits for its commit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pending_message_metadata: Option<BTreeMap<String, String>>,
}

/// The message with its channel, and `duration`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct GetMessageResponse {
    #[schema(value_type = MessageResponse)]
    pub message: Ready<MessageResponse>,
    /// Only while the message waits for its commit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pending_message_metadata: Option<BTreeMap<String, String>>,
}

/// A message of the asking user's that waits for its commit. Its channel is the one in whose state it stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct PendingMessageResponse {
    pub message: MessageResponse,
    pub metadata: BTreeMap<String, String>,
    /// The same: as older clients call it.
    pub pending_message_metadata: BTreeMap<String, String>,
}
