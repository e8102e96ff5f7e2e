//! Drafts.

use super::{Answer, Body, ChannelPath, Params, created, ok};
use crate::chat::{Ctx, drafts};
use crate::error::Result;
use crate::wire::drafts::{
    CreateDraftRequest, CreateDraftResponse, DraftParams, GetDraftResponse, QueryDraftsRequest, QueryDraftsResponse,
};
use crate::wire::settings::EmptyResponse;

/// Saves the draft for a channel, or for a thread of it, in the place of an earlier one.
#[utoipa::path(post, path = "/channels/{type}/{id}/draft", tag = "drafts", params(ChannelPath), request_body = CreateDraftRequest,
    responses((status = 201, body = CreateDraftResponse)))]
pub(crate) async fn create_draft(
    ctx: Ctx,
    path: ChannelPath,
    Body(request): Body<CreateDraftRequest>,
) -> Result<Answer> {
    let draft = Box::pin(drafts::save(&ctx, &path.cid(), request)).await?;
    Ok(created(&CreateDraftResponse { draft }))
}

/// Gets the draft for a channel, or for a thread of it.
#[utoipa::path(get, path = "/channels/{type}/{id}/draft", tag = "drafts", params(ChannelPath, DraftParams),
    responses((status = 200, body = GetDraftResponse)))]
pub(crate) async fn get_draft(ctx: Ctx, path: ChannelPath, Params(params): Params<DraftParams>) -> Result<Answer> {
    let draft = Box::pin(drafts::get(&ctx, &path.cid(), params)).await?;
    Ok(ok(&GetDraftResponse { draft }))
}

/// Removes the draft for a channel, or for a thread of it, if there is one.
#[utoipa::path(delete, path = "/channels/{type}/{id}/draft", tag = "drafts", params(ChannelPath, DraftParams),
    responses((status = 200, body = EmptyResponse)))]
pub(crate) async fn delete_draft(ctx: Ctx, path: ChannelPath, Params(params): Params<DraftParams>) -> Result<Answer> {
    drafts::delete(&ctx, &path.cid(), params).await?;
    Ok(ok(&EmptyResponse {}))
}

/// Lists the caller's drafts, newest first.
#[utoipa::path(post, path = "/drafts/query", tag = "drafts", request_body = QueryDraftsRequest,
    responses((status = 201, body = QueryDraftsResponse)))]
pub(crate) async fn query_drafts(ctx: Ctx, Body(request): Body<QueryDraftsRequest>) -> Result<Answer> {
    Ok(created(&Box::pin(drafts::query(&ctx, request)).await?))
}
