//! Reactions.

use super::{Answer, Body, MessagePath, Params, ReactionPath, created, ok};
use crate::chat::{self, Ctx};
use crate::error::Result;
use crate::wire::messages::{
    DeleteReactionParams, DeleteReactionResponse, GetReactionsParams, GetReactionsResponse, QueryReactionsRequest,
    QueryReactionsResponse, SendReactionRequest, SendReactionResponse,
};

/// Reacts to a message.
#[utoipa::path(post, path = "/messages/{id}/reaction", tag = "reactions", params(MessagePath), request_body = SendReactionRequest,
    responses((status = 201, body = SendReactionResponse)))]
pub(crate) async fn send_reaction(
    ctx: Ctx,
    path: MessagePath,
    Body(request): Body<SendReactionRequest>,
) -> Result<Answer> {
    let (message, reaction) = chat::reactions::send(&ctx, &path.id, request).await?;
    Ok(created(&SendReactionResponse { message, reaction }))
}

/// Takes a reaction back.
#[utoipa::path(delete, path = "/messages/{id}/reaction/{type}", tag = "reactions", params(ReactionPath, DeleteReactionParams),
    responses((status = 200, body = DeleteReactionResponse)))]
pub(crate) async fn delete_reaction(
    ctx: Ctx,
    path: ReactionPath,
    Params(params): Params<DeleteReactionParams>,
) -> Result<Answer> {
    let (message, reaction) = chat::reactions::delete(&ctx, &path.id, &path.kind, params.user_id).await?;
    Ok(ok(&DeleteReactionResponse { message, reaction }))
}

/// Lists reactions to a message, newest first.
#[utoipa::path(get, path = "/messages/{id}/reactions", tag = "reactions", params(MessagePath, GetReactionsParams),
    responses((status = 200, body = GetReactionsResponse)))]
pub(crate) async fn get_reactions(
    ctx: Ctx,
    path: MessagePath,
    Params(params): Params<GetReactionsParams>,
) -> Result<Answer> {
    let reactions = chat::reactions::list(&ctx, &path.id, params).await?;
    Ok(ok(&GetReactionsResponse { reactions }))
}

/// Lists reactions to a message by type, user and time, in pages.
#[utoipa::path(post, path = "/messages/{id}/reactions", tag = "reactions", params(MessagePath), request_body = QueryReactionsRequest,
    responses((status = 201, body = QueryReactionsResponse)))]
pub(crate) async fn query_reactions(
    ctx: Ctx,
    path: MessagePath,
    Body(request): Body<QueryReactionsRequest>,
) -> Result<Answer> {
    Ok(created(&chat::reactions::query(&ctx, &path.id, request).await?))
}
