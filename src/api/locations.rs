//! Live locations.

use super::{Answer, Body, Params, created, ok};
use crate::chat::{Ctx, locations};
use crate::error::Result;
use crate::wire::locations::{GetUserLiveLocationsResponse, SharedLocationResponse, UpdateLiveLocationRequest};
use crate::wire::users::UserIdParams;

/// Lists the live locations that the caller shares.
#[utoipa::path(get, path = "/users/live_locations", tag = "locations", params(UserIdParams),
    responses((status = 200, body = GetUserLiveLocationsResponse)))]
pub(crate) async fn get_user_live_locations(ctx: Ctx, Params(params): Params<UserIdParams>) -> Result<Answer> {
    let active_live_locations = locations::list(&ctx, params.user_id).await?;
    Ok(ok(&GetUserLiveLocationsResponse { active_live_locations }))
}

/// Moves a live location of the caller's, or ends it.
#[utoipa::path(put, path = "/users/live_locations", tag = "locations", request_body = UpdateLiveLocationRequest,
    responses((status = 201, body = SharedLocationResponse)))]
pub(crate) async fn update_live_location(ctx: Ctx, Body(request): Body<UpdateLiveLocationRequest>) -> Result<Answer> {
    Ok(created(&Box::pin(locations::update(&ctx, request)).await?))
}
