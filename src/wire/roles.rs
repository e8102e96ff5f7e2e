//! Roles: what people are in the app and in channels.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Time, lenient};

/// A role.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct RoleResponse {
    pub name: String,
    /// Whether somebody made it.
    pub custom: bool,
    /// Where it has grants: `.app` and channel types.
    pub scopes: Vec<String>,
    pub created_at: Time,
    pub updated_at: Time,
}

/// Query of `GET /roles/search`, by name.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SearchRolesParams {
    /// How the name begins.
    #[serde(default, deserialize_with = "lenient::text")]
    #[param(required)]
    pub query: Option<String>,
    /// 1 to 25.
    #[serde(default, deserialize_with = "lenient::number")]
    pub limit: Option<i64>,
    /// Only roles behind this name.
    #[serde(default, deserialize_with = "lenient::text")]
    pub name_gt: Option<String>,
    /// `user` or `channel`; both when absent.
    #[serde(default, deserialize_with = "lenient::text")]
    pub role_type: Option<String>,
    /// Also those that hold in every team.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub include_global_roles: Option<bool>,
}

/// The roles found, and `duration`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct SearchRolesResponse {
    pub roles: Vec<RoleResponse>,
}
