//! Events that callers send, and those that they missed.

use super::{Answer, Body, ChannelPath, Params, UserPath, created};
use crate::chat::{self, Ctx};
use crate::error::Result;
use crate::wire::events::{
    SendEventRequest, SendEventResponse, SendUserCustomEventRequest, SyncParams, SyncRequest, SyncResponse,
};
use crate::wire::settings::EmptyResponse;

/// Sends typing, or an event of the app's own.
#[utoipa::path(post, path = "/channels/{type}/{id}/event", tag = "events", params(ChannelPath), request_body = SendEventRequest,
    responses((status = 201, body = SendEventResponse)))]
pub(crate) async fn send_event(ctx: Ctx, path: ChannelPath, Body(request): Body<SendEventRequest>) -> Result<Answer> {
    let event = chat::events::send(&ctx, &path.cid(), request).await?;
    Ok(created(&SendEventResponse { event }))
}

/// Sends an event of the app's own to one person. Servers only.
#[utoipa::path(post, path = "/users/{user_id}/event", tag = "events", params(UserPath), request_body = SendUserCustomEventRequest,
    responses((status = 201, body = EmptyResponse)))]
pub(crate) async fn send_user_custom_event(
    ctx: Ctx,
    path: UserPath,
    Body(request): Body<SendUserCustomEventRequest>,
) -> Result<Answer> {
    chat::events::send_to_user(&ctx, &path.user_id, request).await?;
    Ok(created(&EmptyResponse {}))
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
