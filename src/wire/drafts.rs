//! Drafts (`objects.md` 11): what somebody began to write and did not send.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::channels::ChannelResponse;
use super::messages::{Attachment, MessageRequest, MessageResponse};
use super::users::{UserRequest, UserResponse};
use super::{Custom, Time, lenient};

/// A draft. There is at most one per channel, and one per thread.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct DraftResponse {
    /// Only where the draft is not part of a channel or a message.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(no_recursion)]
    pub channel: Option<Box<ChannelResponse>>,
    pub channel_cid: String,
    /// Renewed by each save.
    pub created_at: Time,
    pub message: DraftMessageResponse,
    /// The parent of the thread that it is a draft for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(no_recursion)]
    pub parent_message: Option<Box<MessageResponse>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(no_recursion)]
    pub quoted_message: Option<Box<MessageResponse>>,
}

/// What was written so far. Further keys are custom data.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct DraftMessageResponse {
    pub id: String,
    pub text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<UserResponse>)]
    pub mentioned_users: Vec<Arc<UserResponse>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mentioned_channel: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mentioned_here: Option<bool>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mentioned_group_ids: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mentioned_roles: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub poll_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quoted_message_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shared_location: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub show_in_channel: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub silent: Option<bool>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    #[serde(flatten)]
    pub custom: Custom,
}

/// Body of `POST /channels/{type}/{id}/draft`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct CreateDraftRequest {
    pub message: MessageRequest,
    pub user: Option<UserRequest>,
    pub user_id: Option<String>,
}

/// Query of `GET` and `DELETE /channels/{type}/{id}/draft`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DraftParams {
    /// The parent of the thread that it is a draft for.
    #[serde(default, deserialize_with = "lenient::text")]
    pub parent_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    pub user_id: Option<String>,
}

/// The draft as it is kept, and `duration`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct CreateDraftResponse {
    pub draft: DraftResponse,
}

/// The draft, and `duration`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct GetDraftResponse {
    pub draft: DraftResponse,
}

/// Body of `POST /drafts/query`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct QueryDraftsRequest {
    pub filter: Option<Value>,
    /// A list of `{field, direction}`, on `created_at`.
    pub sort: Option<Value>,
    pub limit: Option<i64>,
    pub next: Option<String>,
    pub prev: Option<String>,
    pub user: Option<UserRequest>,
    pub user_id: Option<String>,
}

/// A page of drafts, and `duration`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct QueryDraftsResponse {
    pub drafts: Vec<DraftResponse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prev: Option<String>,
}
