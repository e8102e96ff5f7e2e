//! Blocks: whom a user does not want to hear from one to one.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{UserRequest, UserResponse};
use crate::wire::Time;

/// Body of `POST /users/block` and `POST /users/unblock`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct BlockUsersRequest {
    pub blocked_user_id: String,
    pub user: Option<UserRequest>,
    pub user_id: Option<String>,
}

/// A block, and `duration`. The time has two names, one for each generation of clients.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct BlockUsersResponse {
    pub blocked_by_user_id: String,
    pub blocked_user_id: String,
    pub created_at: Time,
    pub blocked_at: Time,
}

/// Whom the asking user blocked, and `duration`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct GetBlockedUsersResponse {
    pub blocks: Vec<BlockedUserResponse>,
}

/// One row of the block list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct BlockedUserResponse {
    /// Who blocks.
    #[schema(value_type = UserResponse)]
    pub user: Arc<UserResponse>,
    pub user_id: String,
    #[schema(value_type = UserResponse)]
    pub blocked_user: Arc<UserResponse>,
    pub blocked_user_id: String,
    pub created_at: Time,
}
