//! Threads.

use super::{Answer, Body, MessagePath, Params, created, ok};
use crate::chat::{Ctx, threads};
use crate::error::Result;
use crate::wire::messages::{
    GetThreadParams, GetThreadResponse, QueryThreadsRequest, QueryThreadsResponse, UpdateThreadPartialRequest,
    UpdateThreadPartialResponse,
};

/// Lists the threads that the caller takes part in: unread ones first, unless the request says otherwise.
#[utoipa::path(post, path = "/threads", tag = "threads", request_body = QueryThreadsRequest,
    responses((status = 201, body = QueryThreadsResponse)))]
pub(crate) async fn query_threads(ctx: Ctx, Body(request): Body<QueryThreadsRequest>) -> Result<Answer> {
    Ok(created(&Box::pin(threads::query(&ctx, request)).await?))
}

/// Gets the thread of a message.
#[utoipa::path(get, path = "/threads/{id}", tag = "threads", params(MessagePath, GetThreadParams),
    responses((status = 200, body = GetThreadResponse)))]
pub(crate) async fn get_thread(ctx: Ctx, path: MessagePath, Params(params): Params<GetThreadParams>) -> Result<Answer> {
    let thread = Box::pin(threads::get(&ctx, &path.id, params)).await?;
    Ok(ok(&GetThreadResponse { thread }))
}

/// Sets the title of a thread and its data.
#[utoipa::path(patch, path = "/threads/{id}", tag = "threads", params(MessagePath), request_body = UpdateThreadPartialRequest,
    responses((status = 200, body = UpdateThreadPartialResponse)))]
pub(crate) async fn update_thread_partial(
    ctx: Ctx,
    path: MessagePath,
    Body(request): Body<UpdateThreadPartialRequest>,
) -> Result<Answer> {
    let thread = Box::pin(threads::update_partial(&ctx, &path.id, request)).await?;
    Ok(ok(&UpdateThreadPartialResponse { thread }))
}
