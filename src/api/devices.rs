//! Devices and push preferences.

use super::{Answer, Body, Params, created, ok};
use crate::chat::{Ctx, devices};
use crate::error::Result;
use crate::wire::devices::{
    CreateDeviceRequest, DeleteDeviceParams, ListDevicesResponse, UpsertPushPreferencesRequest,
    UpsertPushPreferencesResponse,
};
use crate::wire::settings::EmptyResponse;
use crate::wire::users::UserIdParams;

/// The devices of a user.
#[utoipa::path(get, path = "/devices", tag = "devices", params(UserIdParams), responses((status = 200, body = ListDevicesResponse)))]
pub(crate) async fn list_devices(ctx: Ctx, Params(params): Params<UserIdParams>) -> Result<Answer> {
    Ok(ok(&devices::list(&ctx, params).await?))
}

/// Registers a device.
#[utoipa::path(post, path = "/devices", tag = "devices", request_body = CreateDeviceRequest, responses((status = 201, body = EmptyResponse)))]
pub(crate) async fn create_device(ctx: Ctx, Body(request): Body<CreateDeviceRequest>) -> Result<Answer> {
    devices::create(&ctx, request).await?;
    Ok(created(&EmptyResponse {}))
}

/// Forgets a device.
#[utoipa::path(delete, path = "/devices", tag = "devices", params(DeleteDeviceParams), responses((status = 200, body = EmptyResponse)))]
pub(crate) async fn delete_device(ctx: Ctx, Params(params): Params<DeleteDeviceParams>) -> Result<Answer> {
    devices::delete(&ctx, params).await?;
    Ok(ok(&EmptyResponse {}))
}

/// Changes what users want to be notified of.
#[utoipa::path(post, path = "/push_preferences", tag = "push", request_body = UpsertPushPreferencesRequest,
    responses((status = 201, body = UpsertPushPreferencesResponse)))]
pub(crate) async fn update_push_notification_preferences(
    ctx: Ctx,
    Body(request): Body<UpsertPushPreferencesRequest>,
) -> Result<Answer> {
    Ok(created(&devices::update_preferences(&ctx, request).await?))
}
