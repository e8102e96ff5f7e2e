//! Link previews.

use super::{Answer, Params, ok};
use crate::chat::{Ctx, links};
use crate::error::Result;
use crate::wire::links::{GetOgParams, Preview};

/// What a page says of itself: the answer is the attachment.
#[utoipa::path(get, path = "/og", tag = "uploads", operation_id = "get_og", params(GetOgParams), responses((status = 200, body = Preview)))]
pub(crate) async fn get_og(ctx: Ctx, Params(params): Params<GetOgParams>) -> Result<Answer> {
    Ok(ok(&links::preview(&ctx, params.url.as_deref()).await?))
}
