//! Settings of the app.

use super::{Answer, ok};
use crate::chat::{Ctx, settings};
use crate::error::Result;
use crate::wire::settings::GetAppResponse;

/// The app's settings: for a client what it needs to know, for a server more.
#[utoipa::path(get, path = "/app", tag = "app", responses((status = 200, body = GetAppResponse)))]
pub(crate) async fn get_app(ctx: Ctx) -> Result<Answer> {
    Ok(ok(&settings::app(&ctx)))
}
