//! Moderation: bans, mutes, flags.

use super::{Answer, Body, Params, Payload, created, ok};
use crate::chat::{Ctx, moderation};
use crate::error::Result;
use crate::wire::moderation::{
    BanRequest, CreateFlagResponse, FlagEntityRequest, FlagEntityResponse, FlagRequest, MuteChannelRequest,
    MuteChannelResponse, MuteUserRequest, MuteUserResponse, QueryBannedUsersRequest, QueryBannedUsersResponse,
    QueryFutureChannelBansRequest, QueryFutureChannelBansResponse, QueryMessageFlagsRequest, QueryMessageFlagsResponse,
    UnbanParams, UnmuteChannelRequest, UnmuteUserRequest, UnmuteUserResponse,
};
use crate::wire::settings::EmptyResponse;
use crate::wire::users::PayloadParams;

/// Bans a user in a channel or in the whole app.
#[utoipa::path(post, path = "/moderation/ban", tag = "moderation", request_body = BanRequest, responses((status = 201, body = EmptyResponse)))]
pub(crate) async fn ban(ctx: Ctx, Body(request): Body<BanRequest>) -> Result<Answer> {
    moderation::ban(&ctx, request).await?;
    Ok(created(&EmptyResponse {}))
}

/// Lifts a ban.
#[utoipa::path(delete, path = "/moderation/ban", tag = "moderation", params(UnbanParams), responses((status = 200, body = EmptyResponse)))]
pub(crate) async fn unban(ctx: Ctx, Params(params): Params<UnbanParams>) -> Result<Answer> {
    moderation::unban(&ctx, params).await?;
    Ok(ok(&EmptyResponse {}))
}

/// Lists bans. `payload` is a `QueryBannedUsersRequest`.
#[utoipa::path(get, path = "/query_banned_users", tag = "moderation", params(PayloadParams),
    responses((status = 200, body = QueryBannedUsersResponse)))]
pub(crate) async fn query_banned_users(ctx: Ctx, Payload(request): Payload<QueryBannedUsersRequest>) -> Result<Answer> {
    Ok(ok(&moderation::query_bans(&ctx, request).await?))
}

/// Flags a message or a user.
#[utoipa::path(post, path = "/moderation/flag", tag = "moderation", request_body = FlagRequest,
    responses((status = 201, body = CreateFlagResponse)))]
pub(crate) async fn flag(ctx: Ctx, Body(request): Body<FlagRequest>) -> Result<Answer> {
    Ok(created(&moderation::flag(&ctx, request).await?))
}

/// Takes a flag back.
#[utoipa::path(post, path = "/moderation/unflag", tag = "moderation", request_body = FlagRequest,
    responses((status = 201, body = CreateFlagResponse)))]
pub(crate) async fn unflag(ctx: Ctx, Body(request): Body<FlagRequest>) -> Result<Answer> {
    Ok(created(&moderation::unflag(&ctx, request).await?))
}

/// Lists the caller's bans from channels that he will make. `payload` is a `QueryFutureChannelBansRequest`.
#[utoipa::path(get, path = "/query_future_channel_bans", tag = "moderation", params(PayloadParams),
    responses((status = 200, body = QueryFutureChannelBansResponse)))]
pub(crate) async fn query_future_channel_bans(
    ctx: Ctx,
    Payload(request): Payload<QueryFutureChannelBansRequest>,
) -> Result<Answer> {
    Ok(ok(&moderation::query_future_bans(&ctx, request).await?))
}

/// Lists flagged messages. `payload` is a `QueryMessageFlagsRequest`.
#[utoipa::path(get, path = "/moderation/flags/message", tag = "moderation", params(PayloadParams),
    responses((status = 200, body = QueryMessageFlagsResponse)))]
pub(crate) async fn query_message_flags(
    ctx: Ctx,
    Payload(request): Payload<QueryMessageFlagsRequest>,
) -> Result<Answer> {
    Ok(ok(&moderation::query_message_flags(&ctx, request).await?))
}

/// Flags a message or a user, named by its kind.
#[utoipa::path(post, path = "/api/v2/moderation/flag", operation_id = "v2_flag", tag = "moderation", request_body = FlagEntityRequest,
    responses((status = 201, body = FlagEntityResponse)))]
pub(crate) async fn flag_entity(ctx: Ctx, Body(request): Body<FlagEntityRequest>) -> Result<Answer> {
    Ok(created(&moderation::flag_entity(&ctx, request).await?))
}

/// Bans a user in a channel or in the whole app.
#[utoipa::path(post, path = "/api/v2/moderation/ban", operation_id = "v2_ban", tag = "moderation", request_body = BanRequest,
    responses((status = 201, body = EmptyResponse)))]
pub(crate) async fn v2_ban(ctx: Ctx, body: Body<BanRequest>) -> Result<Answer> {
    ban(ctx, body).await
}

/// Mutes users.
#[utoipa::path(post, path = "/api/v2/moderation/mute", operation_id = "v2_mute_user", tag = "moderation", request_body = MuteUserRequest,
    responses((status = 201, body = MuteUserResponse)))]
pub(crate) async fn v2_mute_user(ctx: Ctx, body: Body<MuteUserRequest>) -> Result<Answer> {
    mute_user(ctx, body).await
}

/// Takes mutes of users back.
#[utoipa::path(post, path = "/api/v2/moderation/unmute", operation_id = "v2_unmute_user", tag = "moderation", request_body = UnmuteUserRequest,
    responses((status = 201, body = UnmuteUserResponse)))]
pub(crate) async fn v2_unmute_user(ctx: Ctx, body: Body<UnmuteUserRequest>) -> Result<Answer> {
    unmute_user(ctx, body).await
}

/// Mutes users.
#[utoipa::path(post, path = "/moderation/mute", tag = "moderation", request_body = MuteUserRequest,
    responses((status = 201, body = MuteUserResponse)))]
pub(crate) async fn mute_user(ctx: Ctx, Body(request): Body<MuteUserRequest>) -> Result<Answer> {
    Ok(created(&moderation::mute_user(&ctx, request).await?))
}

/// Takes mutes of users back.
#[utoipa::path(post, path = "/moderation/unmute", tag = "moderation", request_body = UnmuteUserRequest,
    responses((status = 201, body = UnmuteUserResponse)))]
pub(crate) async fn unmute_user(ctx: Ctx, Body(request): Body<UnmuteUserRequest>) -> Result<Answer> {
    Ok(created(&moderation::unmute_user(&ctx, request).await?))
}

/// Mutes channels.
#[utoipa::path(post, path = "/moderation/mute/channel", tag = "moderation", request_body = MuteChannelRequest,
    responses((status = 201, body = MuteChannelResponse)))]
pub(crate) async fn mute_channel(ctx: Ctx, Body(request): Body<MuteChannelRequest>) -> Result<Answer> {
    Ok(created(&moderation::mute_channel(&ctx, request).await?))
}

/// Takes mutes of channels back.
#[utoipa::path(post, path = "/moderation/unmute/channel", tag = "moderation", request_body = UnmuteChannelRequest,
    responses((status = 201, body = EmptyResponse)))]
pub(crate) async fn unmute_channel(ctx: Ctx, Body(request): Body<UnmuteChannelRequest>) -> Result<Answer> {
    moderation::unmute_channel(&ctx, request).await?;
    Ok(created(&EmptyResponse {}))
}
