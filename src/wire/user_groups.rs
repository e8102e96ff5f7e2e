//! User groups: people who can be mentioned together.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Time, lenient};

/// A user group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct UserGroupResponse {
    pub id: String,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team_id: Option<String>,
    /// Who made it; absent when a server did for nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
    pub created_at: Time,
    pub updated_at: Time,
    /// Left out of lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub members: Option<Vec<UserGroupMemberResponse>>,
}

/// Somebody in a user group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct UserGroupMemberResponse {
    pub group_id: String,
    pub user_id: String,
    pub is_admin: bool,
    pub created_at: Time,
}

/// Body of `POST /usergroups`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct CreateUserGroupRequest {
    /// A UUID when absent.
    pub id: Option<String>,
    pub name: String,
    pub description: Option<String>,
    pub team_id: Option<String>,
    /// All must exist.
    pub member_ids: Option<Vec<String>>,
}

/// Body of `PUT /usergroups/{id}`: what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct UpdateUserGroupRequest {
    pub name: Option<String>,
    pub description: Option<String>,
    pub team_id: Option<String>,
}

/// Body of `POST /usergroups/{id}/members` and of `POST /usergroups/{id}/members/delete`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct UserGroupMembersRequest {
    pub member_ids: Vec<String>,
    /// Of those added; ignored on removal.
    pub as_admin: Option<bool>,
    pub team_id: Option<String>,
}

/// Query of one group.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct UserGroupParams {
    #[serde(default, deserialize_with = "lenient::text")]
    pub team_id: Option<String>,
}

/// Query of `GET /usergroups`, in the order of creation.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListUserGroupsParams {
    /// At most 100.
    #[serde(default, deserialize_with = "lenient::number")]
    pub limit: Option<i64>,
    /// Only groups behind this one (with `created_at_gt`: among those made at that moment).
    #[serde(default, deserialize_with = "lenient::text")]
    pub id_gt: Option<String>,
    #[serde(default, deserialize_with = "lenient::moment")]
    pub created_at_gt: Option<Time>,
    #[serde(default, deserialize_with = "lenient::text")]
    pub team_id: Option<String>,
}

/// Query of `GET /usergroups/search`, by name.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SearchUserGroupsParams {
    /// How the name begins, in any letter case.
    #[serde(default, deserialize_with = "lenient::text")]
    #[param(required)]
    pub query: Option<String>,
    /// 1 to 25.
    #[serde(default, deserialize_with = "lenient::number")]
    pub limit: Option<i64>,
    /// Only groups behind this name (with `id_gt`: and behind that id among those of the name).
    #[serde(default, deserialize_with = "lenient::text")]
    pub name_gt: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    pub id_gt: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    pub team_id: Option<String>,
}

/// A group, and `duration`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct GetUserGroupResponse {
    pub user_group: UserGroupResponse,
}

/// Groups, and `duration`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct ListUserGroupsResponse {
    pub user_groups: Vec<UserGroupResponse>,
}
