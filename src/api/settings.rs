//! Settings of the app.

use super::{Answer, Body, Params, ok};
use crate::chat::{Ctx, roles, settings};
use crate::error::Result;
use crate::wire::roles::{SearchRolesParams, SearchRolesResponse};
use crate::wire::settings::{EmptyResponse, GetAppResponse, UpdateAppRequest};

/// The app's settings: for a client what it needs to know, for a server more.
#[utoipa::path(get, path = "/app", tag = "app", responses((status = 200, body = GetAppResponse)))]
pub(crate) async fn get_app(ctx: Ctx) -> Result<Answer> {
    Ok(ok(&settings::app(&ctx)))
}

/// Changes settings of the app; servers only.
#[utoipa::path(patch, path = "/app", tag = "app", request_body = UpdateAppRequest, responses((status = 200, body = EmptyResponse)))]
pub(crate) async fn update_app(ctx: Ctx, Body(request): Body<UpdateAppRequest>) -> Result<Answer> {
    settings::update(&ctx, request).await?;
    Ok(ok(&EmptyResponse {}))
}

/// Finds roles by the beginning of their name.
#[utoipa::path(get, path = "/roles/search", tag = "roles", params(SearchRolesParams), responses((status = 200, body = SearchRolesResponse)))]
pub(crate) async fn search_roles(_: Ctx, Params(params): Params<SearchRolesParams>) -> Result<Answer> {
    Ok(ok(&SearchRolesResponse { roles: roles::search(&params)? }))
}
