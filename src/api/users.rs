//! Users.

use super::{Answer, Body, Params, Payload, created, ok};
use crate::chat::{Ctx, users};
use crate::error::Result;
use crate::wire::settings::EmptyResponse;
use crate::wire::users::{
    BlockUsersRequest, BlockUsersResponse, CreateGuestRequest, CreateGuestResponse, GetBlockedUsersResponse,
    PayloadParams, QueryUsersRequest, QueryUsersResponse, UpdateUsersPartialRequest, UpdateUsersRequest,
    UpdateUsersResponse, UserIdParams,
};

/// Finds users. `payload` is a `QueryUsersRequest`.
#[utoipa::path(get, path = "/users", tag = "users", params(PayloadParams), responses((status = 200, body = QueryUsersResponse)))]
pub(crate) async fn query_users(ctx: Ctx, Payload(request): Payload<QueryUsersRequest>) -> Result<Answer> {
    Ok(ok(&users::query(&ctx, request).await?))
}

/// Creates or replaces users.
#[utoipa::path(post, path = "/users", tag = "users", request_body = UpdateUsersRequest, responses((status = 201, body = UpdateUsersResponse)))]
pub(crate) async fn update_users(ctx: Ctx, Body(request): Body<UpdateUsersRequest>) -> Result<Answer> {
    Ok(created(&users::replace(&ctx, request).await?))
}

/// Sets and removes fields of users.
#[utoipa::path(patch, path = "/users", tag = "users", request_body = UpdateUsersPartialRequest,
    responses((status = 200, body = UpdateUsersResponse)))]
pub(crate) async fn update_users_partial(ctx: Ctx, Body(request): Body<UpdateUsersPartialRequest>) -> Result<Answer> {
    Ok(ok(&users::update_partial(&ctx, request).await?))
}

/// Makes a guest and his token.
#[utoipa::path(post, path = "/guest", tag = "users", request_body = CreateGuestRequest, responses((status = 201, body = CreateGuestResponse)))]
pub(crate) async fn create_guest(ctx: Ctx, Body(request): Body<CreateGuestRequest>) -> Result<Answer> {
    Ok(created(&users::create_guest(&ctx, request).await?))
}

/// Whom the caller blocked.
#[utoipa::path(get, path = "/users/block", tag = "users", params(UserIdParams), responses((status = 200, body = GetBlockedUsersResponse)))]
pub(crate) async fn get_blocked_users(ctx: Ctx, Params(params): Params<UserIdParams>) -> Result<Answer> {
    Ok(ok(&users::blocked(&ctx, params).await?))
}

/// Blocks a user.
#[utoipa::path(post, path = "/users/block", tag = "users", request_body = BlockUsersRequest, responses((status = 201, body = BlockUsersResponse)))]
pub(crate) async fn block_users(ctx: Ctx, Body(request): Body<BlockUsersRequest>) -> Result<Answer> {
    Ok(created(&users::block(&ctx, request).await?))
}

/// Takes a block back.
#[utoipa::path(post, path = "/users/unblock", tag = "users", request_body = BlockUsersRequest, responses((status = 201, body = EmptyResponse)))]
pub(crate) async fn unblock_users(ctx: Ctx, Body(request): Body<BlockUsersRequest>) -> Result<Answer> {
    users::unblock(&ctx, request).await?;
    Ok(created(&EmptyResponse {}))
}
