//! Events that callers send, and those that they missed.

use super::{Answer, Body, ChannelPath, Params, created};
use crate::chat::{self, Ctx};
use crate::error::Result;
use crate::wire::events::{SendEventRequest, SendEventResponse, SyncParams, SyncRequest, SyncResponse};

/// Sends typing, or an event of the app's own.
#[utoipa::path(post, path = "/channels/{type}/{id}/event", tag = "events", params(ChannelPath), request_body = SendEventRequest,
    responses((status = 201, body = SendEventResponse)))]
pub(crate) async fn send_event(ctx: Ctx, path: ChannelPath, Body(request): Body<SendEventRequest>) -> Result<Answer> {
    let event = chat::events::send(&ctx, &path.cid(), request).await?;
    Ok(created(&SendEventResponse { event }))
}

/// Tells what became of channels since a moment.
#[utoipa::path(post, path = "/sync", tag = "events", params(SyncParams), request_body = SyncRequest,
    responses((status = 201, body = SyncResponse)))]
pub(crate) async fn sync(
    ctx: Ctx,
    Params(query): Params<SyncParams>,
    Body(mut request): Body<SyncRequest>,
) -> Result<Answer> {
    request.watch = request.watch.or(query.watch);
    request.with_inaccessible_cids = request.with_inaccessible_cids.or(query.with_inaccessible_cids);
    Ok(created(&chat::sync::sync(&ctx, request).await?))
}
