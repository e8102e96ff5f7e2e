//! Channels.


use super::{created, Answer, Body, ChannelPath, TypePath};
use crate::chat::{self, Ctx};
use crate::error::Result;
use crate::wire::channels::{ChannelStateResponse, GetOrCreateChannelRequest, QueryChannelsRequest, QueryChannelsResponse};

/// Lists channels.
#[utoipa::path(post, path = "/channels", tag = "channels", request_body = QueryChannelsRequest,
    responses((status = 201, body = QueryChannelsResponse)))]
pub(crate) async fn query_channels(ctx: Ctx, Body(request): Body<QueryChannelsRequest>) -> Result<Answer> {
    let channels = chat::channels::query(&ctx, request).await?;
    Ok(created(&channels))
}

/// Gets a channel, or creates it; watches it on request.
#[utoipa::path(post, path = "/channels/{type}/{id}/query", tag = "channels", params(ChannelPath), request_body = GetOrCreateChannelRequest,
    responses((status = 201, body = ChannelStateResponse)))]
pub(crate) async fn get_or_create_channel(ctx: Ctx, path: ChannelPath, Body(request): Body<GetOrCreateChannelRequest>) -> Result<Answer> {
    let state = chat::channels::get_or_create(&ctx, &path.kind, Some(&path.id), request).await?;
    Ok(created(&state))
}

/// The same for the channel of a set of members.
#[utoipa::path(post, path = "/channels/{type}/query", tag = "channels", params(TypePath), request_body = GetOrCreateChannelRequest,
    responses((status = 201, body = ChannelStateResponse)))]
pub(crate) async fn get_or_create_distinct_channel(
    ctx: Ctx,
    path: TypePath,
    Body(request): Body<GetOrCreateChannelRequest>,
) -> Result<Answer> {
    let state = chat::channels::get_or_create(&ctx, &path.kind, None, request).await?;
    Ok(created(&state))
}

/// Ends the watch of this connection.
#[utoipa::path(post, path = "/channels/{type}/{id}/stop-watching", tag = "channels", params(ChannelPath),
    responses((status = 201, body = crate::wire::settings::EmptyResponse)))]
pub(crate) async fn stop_watching_channel(ctx: Ctx, path: ChannelPath) -> Result<Answer> {
    let connection = chat::watching::connection(&ctx).await?;
    chat::watching::stop(&ctx, &connection, &[path.cid()]).await?;
    Ok(created(&crate::wire::settings::EmptyResponse {}))
}
