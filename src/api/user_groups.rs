//! User groups.

use super::{Answer, Body, GroupPath, Params, created, ok};
use crate::chat::{Ctx, user_groups};
use crate::error::Result;
use crate::wire::settings::EmptyResponse;
use crate::wire::user_groups::{
    CreateUserGroupRequest, GetUserGroupResponse, ListUserGroupsParams, ListUserGroupsResponse, SearchUserGroupsParams,
    UpdateUserGroupRequest, UserGroupMembersRequest, UserGroupParams,
};

/// Lists groups in the order in which they were made.
#[utoipa::path(get, path = "/usergroups", tag = "usergroups", params(ListUserGroupsParams), responses((status = 200, body = ListUserGroupsResponse)))]
pub(crate) async fn list_user_groups(ctx: Ctx, Params(params): Params<ListUserGroupsParams>) -> Result<Answer> {
    Ok(ok(&ListUserGroupsResponse { user_groups: user_groups::list(&ctx, params).await? }))
}

/// Makes a group.
#[utoipa::path(post, path = "/usergroups", tag = "usergroups", request_body = CreateUserGroupRequest, responses((status = 201, body = GetUserGroupResponse)))]
pub(crate) async fn create_user_group(ctx: Ctx, Body(request): Body<CreateUserGroupRequest>) -> Result<Answer> {
    Ok(created(&GetUserGroupResponse { user_group: user_groups::create(&ctx, request).await? }))
}

/// Finds groups by the beginning of their name.
#[utoipa::path(get, path = "/usergroups/search", tag = "usergroups", params(SearchUserGroupsParams), responses((status = 200, body = ListUserGroupsResponse)))]
pub(crate) async fn search_user_groups(ctx: Ctx, Params(params): Params<SearchUserGroupsParams>) -> Result<Answer> {
    Ok(ok(&ListUserGroupsResponse { user_groups: user_groups::search(&ctx, params).await? }))
}

/// One group with its members.
#[utoipa::path(get, path = "/usergroups/{id}", tag = "usergroups", params(GroupPath, UserGroupParams), responses((status = 200, body = GetUserGroupResponse)))]
pub(crate) async fn get_user_group(
    ctx: Ctx,
    path: GroupPath,
    Params(params): Params<UserGroupParams>,
) -> Result<Answer> {
    Ok(ok(&GetUserGroupResponse { user_group: user_groups::get(&ctx, &path.id, params.team_id).await? }))
}

/// Changes a group's name and description.
#[utoipa::path(put, path = "/usergroups/{id}", tag = "usergroups", params(GroupPath), request_body = UpdateUserGroupRequest, responses((status = 200, body = GetUserGroupResponse)))]
pub(crate) async fn update_user_group(
    ctx: Ctx,
    path: GroupPath,
    Body(request): Body<UpdateUserGroupRequest>,
) -> Result<Answer> {
    Ok(ok(&GetUserGroupResponse { user_group: user_groups::update(&ctx, &path.id, request).await? }))
}

/// Removes a group.
#[utoipa::path(delete, path = "/usergroups/{id}", tag = "usergroups", params(GroupPath, UserGroupParams), responses((status = 200, body = EmptyResponse)))]
pub(crate) async fn delete_user_group(
    ctx: Ctx,
    path: GroupPath,
    Params(params): Params<UserGroupParams>,
) -> Result<Answer> {
    user_groups::delete(&ctx, &path.id, params.team_id).await?;
    Ok(ok(&EmptyResponse {}))
}

/// Adds people to a group, all or none.
#[utoipa::path(post, path = "/usergroups/{id}/members", tag = "usergroups", params(GroupPath), request_body = UserGroupMembersRequest, responses((status = 201, body = GetUserGroupResponse)))]
pub(crate) async fn add_user_group_members(
    ctx: Ctx,
    path: GroupPath,
    Body(request): Body<UserGroupMembersRequest>,
) -> Result<Answer> {
    Ok(created(&GetUserGroupResponse { user_group: user_groups::add(&ctx, &path.id, request).await? }))
}

/// Takes people out of a group.
#[utoipa::path(post, path = "/usergroups/{id}/members/delete", tag = "usergroups", params(GroupPath), request_body = UserGroupMembersRequest, responses((status = 201, body = GetUserGroupResponse)))]
pub(crate) async fn remove_user_group_members(
    ctx: Ctx,
    path: GroupPath,
    Body(request): Body<UserGroupMembersRequest>,
) -> Result<Answer> {
    Ok(created(&GetUserGroupResponse { user_group: user_groups::remove(&ctx, &path.id, request).await? }))
}
