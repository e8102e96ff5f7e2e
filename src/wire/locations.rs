//! Shared locations (`objects.md` 13): where somebody is, once or for a while.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Time;
use super::users::UserRequest;

/// The location that a message shares. With `end_at` it is live: it may move until then.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct SharedLocationResponse {
    pub channel_cid: String,
    pub created_at: Time,
    pub created_by_device_id: String,
    /// Absent when it stays as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_at: Option<Time>,
    /// -90 to 90.
    pub latitude: f64,
    /// -180 to 180.
    pub longitude: f64,
    pub message_id: String,
    pub updated_at: Time,
    pub user_id: String,
}

/// A location to share in a message.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct SharedLocationRequest {
    #[schema(required)]
    pub latitude: Option<f64>,
    #[schema(required)]
    pub longitude: Option<f64>,
    #[schema(required)]
    pub created_by_device_id: Option<String>,
    /// When it ends, in the future; absent for one that stays as it is.
    pub end_at: Option<Time>,
}

/// Body of `PUT /users/live_locations`: what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct UpdateLiveLocationRequest {
    pub message_id: String,
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
    pub created_by_device_id: Option<String>,
    /// A moment that is past ends it.
    pub end_at: Option<Time>,
    pub user: Option<UserRequest>,
    pub user_id: Option<String>,
}

/// The caller's live locations that have not ended, and `duration`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct GetUserLiveLocationsResponse {
    pub active_live_locations: Vec<SharedLocationResponse>,
}
