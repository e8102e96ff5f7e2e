//! Reading.

use super::{Answer, Body, ChannelPath, Params, created, ok};
use crate::chat::{Ctx, reads};
use crate::error::Result;
use crate::wire::channels::{
    MarkChannelsReadRequest, MarkDeliveredRequest, MarkReadRequest, MarkReadResponse, MarkUnreadRequest, ReaderParams,
    UnreadCountsResponse,
};
use crate::wire::settings::EmptyResponse;

/// Marks a channel, or one of its threads, read.
#[utoipa::path(post, path = "/channels/{type}/{id}/read", tag = "reads", params(ChannelPath), request_body = MarkReadRequest,
    responses((status = 201, body = MarkReadResponse)))]
pub(crate) async fn mark_read(ctx: Ctx, path: ChannelPath, Body(request): Body<MarkReadRequest>) -> Result<Answer> {
    Ok(created(&reads::mark_read(&ctx, &path.cid(), request).await?))
}

/// Marks a channel unread from a message or a moment on, or a thread.
#[utoipa::path(post, path = "/channels/{type}/{id}/unread", tag = "reads", params(ChannelPath), request_body = MarkUnreadRequest,
    responses((status = 201, body = EmptyResponse)))]
pub(crate) async fn mark_unread(ctx: Ctx, path: ChannelPath, Body(request): Body<MarkUnreadRequest>) -> Result<Answer> {
    reads::mark_unread(&ctx, &path.cid(), request).await?;
    Ok(created(&EmptyResponse {}))
}

/// Marks several channels read, or all.
#[utoipa::path(post, path = "/channels/read", tag = "reads", request_body = MarkChannelsReadRequest,
    responses((status = 201, body = MarkReadResponse)))]
pub(crate) async fn mark_channels_read(ctx: Ctx, Body(request): Body<MarkChannelsReadRequest>) -> Result<Answer> {
    Ok(created(&reads::mark_channels_read(&ctx, request).await?))
}

/// Notes which messages reached a device.
#[utoipa::path(post, path = "/channels/delivered", tag = "reads", params(ReaderParams), request_body = MarkDeliveredRequest,
    responses((status = 201, body = EmptyResponse)))]
pub(crate) async fn mark_delivered(
    ctx: Ctx,
    Params(query): Params<ReaderParams>,
    Body(mut request): Body<MarkDeliveredRequest>,
) -> Result<Answer> {
    if request.user.is_none() {
        request.user_id = request.user_id.or(query.user_id);
    }
    reads::mark_delivered(&ctx, request).await?;
    Ok(created(&EmptyResponse {}))
}

/// Says what is unread, channel by channel and thread by thread.
#[utoipa::path(get, path = "/unread", tag = "reads", params(ReaderParams), responses((status = 200, body = UnreadCountsResponse)))]
pub(crate) async fn unread_counts(ctx: Ctx, Params(query): Params<ReaderParams>) -> Result<Answer> {
    Ok(ok(&reads::unread_counts(&ctx, query.user_id).await?))
}
