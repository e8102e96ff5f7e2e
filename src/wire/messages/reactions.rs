//! Reactions to messages (`objects.md` 8).

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::MessageResponse;
use crate::wire::users::{UserRequest, UserResponse};
use crate::wire::{Custom, Time, lenient};

/// One user's reaction of one type.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct ReactionResponse {
    pub message_id: String,
    pub user_id: String,
    #[serde(serialize_with = "crate::wire::written::within")]
    #[schema(value_type = UserResponse)]
    pub user: Arc<UserResponse>,
    #[serde(rename = "type")]
    pub kind: String,
    pub score: i64,
    pub created_at: Time,
    pub updated_at: Time,
    /// The emoji itself, for push notifications.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub emoji_code: Option<String>,
    #[serde(flatten)]
    pub custom: Custom,
}

/// All reactions of one type.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct ReactionGroupResponse {
    pub count: i64,
    pub first_reaction_at: Time,
    pub last_reaction_at: Time,
    /// Newest first.
    pub latest_reactions_by: Vec<ReactionGroupUserResponse>,
    pub sum_scores: i64,
}

/// Somebody in a reaction group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct ReactionGroupUserResponse {
    pub created_at: Time,
    #[serde(serialize_with = "crate::wire::written::within")]
    #[schema(value_type = UserResponse)]
    pub user: Arc<UserResponse>,
    pub user_id: String,
}

/// A reaction to send. Further keys are custom data.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct ReactionRequest {
    #[serde(rename = "type")]
    pub kind: String,
    /// 1 when absent.
    pub score: Option<i64>,
    pub emoji_code: Option<String>,
    /// Servers only.
    pub user: Option<UserRequest>,
    /// Servers only.
    pub user_id: Option<String>,
    #[serde(flatten)]
    pub custom: Custom,
}

impl ReactionRequest {
    /// Built-in names that a request may carry without effect.
    pub const IGNORED: &'static [&'static str] = &["created_at", "message_id", "updated_at"];
    /// Built-in names that a request may not carry: none.
    pub const REFUSED: &'static [&'static str] = &[];
}

/// Body of `POST /messages/{id}/reaction`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct SendReactionRequest {
    pub reaction: ReactionRequest,
    /// Takes away the user's reactions of other types.
    pub enforce_unique: Option<bool>,
    pub skip_push: Option<bool>,
    /// May also stand in `reaction`.
    pub emoji_code: Option<String>,
    pub user: Option<UserRequest>,
    pub user_id: Option<String>,
}

/// The message after the change, the reaction, and `duration`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct SendReactionResponse {
    #[schema(value_type = MessageResponse)]
    pub message: Arc<MessageResponse>,
    pub reaction: ReactionResponse,
}

/// Query of `DELETE /messages/{id}/reaction/{type}`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DeleteReactionParams {
    /// Servers only: whose reaction.
    #[serde(default, deserialize_with = "lenient::text")]
    pub user_id: Option<String>,
}

/// The message after the change, the reaction that is gone, and `duration`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct DeleteReactionResponse {
    #[schema(value_type = MessageResponse)]
    pub message: Arc<MessageResponse>,
    pub reaction: ReactionResponse,
}

/// Query of `GET /messages/{id}/reactions`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct GetReactionsParams {
    #[serde(default, deserialize_with = "lenient::number")]
    pub limit: Option<i64>,
    #[serde(default, deserialize_with = "lenient::number")]
    pub offset: Option<i64>,
}

/// The reactions, newest first; and `duration`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct GetReactionsResponse {
    pub reactions: Vec<ReactionResponse>,
}

/// Body of `POST /messages/{id}/reactions`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct QueryReactionsRequest {
    /// On `type`, `user_id` and `created_at`.
    pub filter: Option<Value>,
    pub sort: Option<Value>,
    pub limit: Option<i64>,
    pub next: Option<String>,
    pub prev: Option<String>,
    pub user: Option<UserRequest>,
    pub user_id: Option<String>,
}

/// A page of reactions, and `duration`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct QueryReactionsResponse {
    pub reactions: Vec<ReactionResponse>,
    /// Absent at the end: clients ask on until it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prev: Option<String>,
}
