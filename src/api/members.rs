//! Members of channels.

use super::{Answer, Body, ChannelPath, MemberPath, Params, Payload, ok};
use crate::chat::{Ctx, members};
use crate::error::Result;
use crate::wire::channels::{
    QueryMembersRequest, QueryMembersResponse, UpdateMemberPartialRequest, UpdateMemberPartialResponse,
};
use crate::wire::users::{PayloadParams, UserIdParams};

/// Lists members of a channel. `payload` is a `QueryMembersRequest`.
#[utoipa::path(get, path = "/members", tag = "members", params(PayloadParams), responses((status = 200, body = QueryMembersResponse)))]
pub(crate) async fn query_members(ctx: Ctx, Payload(request): Payload<QueryMembersRequest>) -> Result<Answer> {
    Ok(ok(&members::query(&ctx, request).await?))
}

/// Changes what a member keeps for himself: pins, archives, data.
#[utoipa::path(patch, path = "/channels/{type}/{id}/member", tag = "members", params(ChannelPath, UserIdParams),
    request_body = UpdateMemberPartialRequest, responses((status = 200, body = UpdateMemberPartialResponse)))]
pub(crate) async fn update_member_partial(
    ctx: Ctx,
    path: ChannelPath,
    Params(params): Params<UserIdParams>,
    Body(mut request): Body<UpdateMemberPartialRequest>,
) -> Result<Answer> {
    request.user_id = params.user_id.or(request.user_id);
    Ok(ok(&members::update_partial(&ctx, &path.cid(), None, request).await?))
}

/// The same for the member that the path names.
#[utoipa::path(patch, path = "/channels/{type}/{id}/member/{user_id}", tag = "members", params(MemberPath),
    request_body = UpdateMemberPartialRequest, responses((status = 200, body = UpdateMemberPartialResponse)))]
pub(crate) async fn partial_update_member(
    ctx: Ctx,
    path: MemberPath,
    Body(request): Body<UpdateMemberPartialRequest>,
) -> Result<Answer> {
    let cid = format!("{}:{}", path.kind, path.id);
    Ok(ok(&members::update_partial(&ctx, &cid, Some(path.user_id), request).await?))
}
