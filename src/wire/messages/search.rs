//! Searching messages (`GET /search`).

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::MessageResponse;
use crate::wire::users::UserRequest;

/// `payload` of `GET /search`: either `query` or `message_filter_conditions`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct SearchRequest {
    /// The channels to search in, in the language of `POST /channels`.
    #[schema(required)]
    pub filter_conditions: Option<Value>,
    /// Words; all of them are looked for, of the last one the beginning is enough, and what is in quotation marks follows each other.
    pub query: Option<String>,
    pub message_filter_conditions: Option<Value>,
    /// `[{field, direction}]`; `relevance` when absent.
    pub sort: Option<Value>,
    pub limit: Option<i64>,
    /// Not together with `sort` or `next`.
    pub offset: Option<i64>,
    /// What an earlier answer gave.
    pub next: Option<String>,
    pub user: Option<UserRequest>,
    pub user_id: Option<String>,
}

/// What was found, and `duration`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct SearchResponse {
    pub results: Vec<SearchResult>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub results_warning: Option<SearchWarning>,
}

/// A message with its channel.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct SearchResult {
    pub message: MessageResponse,
}

/// Why there may be more than was found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct SearchWarning {
    pub warning_code: i64,
    pub warning_description: String,
    /// The channels that were searched.
    pub channel_search_cids: Vec<String>,
    pub channel_search_count: i64,
}
