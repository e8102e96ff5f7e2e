//! Channels.

use super::{Answer, Body, ChannelPath, Params, TypePath, created, ok};
use crate::chat::{self, Ctx};
use crate::error::Result;
use crate::wire::channels::{
    ChannelStateResponse, DeleteChannelParams, DeleteChannelResponse, GetOrCreateChannelRequest, HideChannelRequest,
    QueryChannelsRequest, QueryChannelsResponse, ShowChannelRequest, TruncateChannelRequest, TruncateChannelResponse,
    UpdateChannelPartialRequest, UpdateChannelPartialResponse, UpdateChannelRequest, UpdateChannelResponse,
};
use crate::wire::settings::EmptyResponse;

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
pub(crate) async fn get_or_create_channel(
    ctx: Ctx,
    path: ChannelPath,
    Body(request): Body<GetOrCreateChannelRequest>,
) -> Result<Answer> {
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
    responses((status = 201, body = EmptyResponse)))]
pub(crate) async fn stop_watching_channel(ctx: Ctx, path: ChannelPath) -> Result<Answer> {
    let connection = chat::watching::connection(&ctx).await?;
    chat::watching::stop(&ctx, &connection, &[path.cid()]).await?;
    Ok(created(&EmptyResponse {}))
}

/// Changes a channel: its data as a whole, its members, invites, tags, slow mode.
#[utoipa::path(post, path = "/channels/{type}/{id}", tag = "channels", params(ChannelPath), request_body = UpdateChannelRequest,
    responses((status = 201, body = UpdateChannelResponse)))]
pub(crate) async fn update_channel(
    ctx: Ctx,
    path: ChannelPath,
    Body(request): Body<UpdateChannelRequest>,
) -> Result<Answer> {
    Ok(created(&chat::channels::update(&ctx, &path.cid(), request).await?))
}

/// Changes single fields of a channel.
#[utoipa::path(patch, path = "/channels/{type}/{id}", tag = "channels", params(ChannelPath), request_body = UpdateChannelPartialRequest,
    responses((status = 200, body = UpdateChannelPartialResponse)))]
pub(crate) async fn update_channel_partial(
    ctx: Ctx,
    path: ChannelPath,
    Body(request): Body<UpdateChannelPartialRequest>,
) -> Result<Answer> {
    Ok(ok(&chat::channels::update_partial(&ctx, &path.cid(), request).await?))
}

/// Deletes a channel.
#[utoipa::path(delete, path = "/channels/{type}/{id}", tag = "channels", params(ChannelPath, DeleteChannelParams),
    responses((status = 200, body = DeleteChannelResponse)))]
pub(crate) async fn delete_channel(
    ctx: Ctx,
    path: ChannelPath,
    Params(params): Params<DeleteChannelParams>,
) -> Result<Answer> {
    Ok(ok(&chat::channels::delete(&ctx, &path.cid(), params).await?))
}

/// Takes a channel's messages out of sight, for everybody or for some members.
#[utoipa::path(post, path = "/channels/{type}/{id}/truncate", tag = "channels", params(ChannelPath), request_body = TruncateChannelRequest,
    responses((status = 201, body = TruncateChannelResponse)))]
pub(crate) async fn truncate_channel(
    ctx: Ctx,
    path: ChannelPath,
    Body(request): Body<TruncateChannelRequest>,
) -> Result<Answer> {
    Ok(created(&chat::channels::truncate(&ctx, &path.cid(), request).await?))
}

/// Hides a channel from the caller's list until its next message.
#[utoipa::path(post, path = "/channels/{type}/{id}/hide", tag = "channels", params(ChannelPath), request_body = HideChannelRequest,
    responses((status = 201, body = EmptyResponse)))]
pub(crate) async fn hide_channel(
    ctx: Ctx,
    path: ChannelPath,
    Body(request): Body<HideChannelRequest>,
) -> Result<Answer> {
    chat::channels::hide(&ctx, &path.cid(), request).await?;
    Ok(created(&EmptyResponse {}))
}

/// Shows a hidden channel again.
#[utoipa::path(post, path = "/channels/{type}/{id}/show", tag = "channels", params(ChannelPath), request_body = ShowChannelRequest,
    responses((status = 201, body = EmptyResponse)))]
pub(crate) async fn show_channel(
    ctx: Ctx,
    path: ChannelPath,
    Body(request): Body<ShowChannelRequest>,
) -> Result<Answer> {
    chat::channels::show(&ctx, &path.cid(), request).await?;
    Ok(created(&EmptyResponse {}))
}
