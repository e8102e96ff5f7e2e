//! Uploads, and their files for whoever has the link.

mod download;
mod form;

use serde::Deserialize;
use utoipa::IntoParams;

pub(crate) use download::{__path_get_upload, get_upload};

use super::{Answer, ChannelPath, Params, created, ok};
use crate::chat::Ctx;
use crate::chat::uploads::{self, Accepts};
use crate::error::Result;
use crate::wire::settings::EmptyResponse;
use crate::wire::uploads::{UploadFileRequest, UploadFileResponse, UploadImageRequest, UploadImageResponse};
use form::{Form, Kept};

/// The upload meant.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct UploadQuery {
    /// The link that the upload was answered with.
    #[param(required = true)]
    url: Option<String>,
}

fn file(kept: Kept) -> Answer {
    created(&UploadFileResponse { file: kept.link, thumb_url: None })
}

fn image(kept: Kept) -> Answer {
    created(&UploadImageResponse {
        upload_sizes: uploads::sizes(&kept.link, kept.sizes),
        file: kept.link,
        thumb_url: None,
    })
}

/// Uploads a file to a channel.
#[utoipa::path(post, path = "/channels/{type}/{id}/file", tag = "uploads", params(ChannelPath),
    request_body(content = UploadFileRequest, content_type = "multipart/form-data"), responses((status = 201, body = UploadFileResponse)))]
pub(crate) async fn upload_channel_file(ctx: Ctx, path: ChannelPath, form: Form) -> Result<Answer> {
    form.keep(&ctx, Some(&path.cid()), Accepts::Anything).await.map(file)
}

/// Uploads an image to a channel.
#[utoipa::path(post, path = "/channels/{type}/{id}/image", tag = "uploads", params(ChannelPath),
    request_body(content = UploadImageRequest, content_type = "multipart/form-data"), responses((status = 201, body = UploadImageResponse)))]
pub(crate) async fn upload_channel_image(ctx: Ctx, path: ChannelPath, form: Form) -> Result<Answer> {
    form.keep(&ctx, Some(&path.cid()), Accepts::Images).await.map(image)
}

/// Deletes a file that was uploaded to the channel.
#[utoipa::path(delete, path = "/channels/{type}/{id}/file", tag = "uploads", params(ChannelPath, UploadQuery),
    responses((status = 200, body = EmptyResponse)))]
pub(crate) async fn delete_channel_file(
    ctx: Ctx,
    path: ChannelPath,
    Params(query): Params<UploadQuery>,
) -> Result<Answer> {
    uploads::delete(&ctx, Some(&path.cid()), query.url.as_deref()).await?;
    Ok(ok(&EmptyResponse {}))
}

/// Deletes an image that was uploaded to the channel.
#[utoipa::path(delete, path = "/channels/{type}/{id}/image", tag = "uploads", params(ChannelPath, UploadQuery),
    responses((status = 200, body = EmptyResponse)))]
pub(crate) async fn delete_channel_image(
    ctx: Ctx,
    path: ChannelPath,
    Params(query): Params<UploadQuery>,
) -> Result<Answer> {
    uploads::delete(&ctx, Some(&path.cid()), query.url.as_deref()).await?;
    Ok(ok(&EmptyResponse {}))
}

/// Uploads a file that belongs to no channel.
#[utoipa::path(post, path = "/uploads/file", tag = "uploads",
    request_body(content = UploadFileRequest, content_type = "multipart/form-data"), responses((status = 201, body = UploadFileResponse)))]
pub(crate) async fn upload_file(ctx: Ctx, form: Form) -> Result<Answer> {
    form.keep(&ctx, None, Accepts::Anything).await.map(file)
}

/// Uploads an image that belongs to no channel, such as a picture of oneself.
#[utoipa::path(post, path = "/uploads/image", tag = "uploads",
    request_body(content = UploadImageRequest, content_type = "multipart/form-data"), responses((status = 201, body = UploadImageResponse)))]
pub(crate) async fn upload_image(ctx: Ctx, form: Form) -> Result<Answer> {
    form.keep(&ctx, None, Accepts::Images).await.map(image)
}

/// Deletes an uploaded file.
#[utoipa::path(delete, path = "/uploads/file", tag = "uploads", params(UploadQuery), responses((status = 200, body = EmptyResponse)))]
pub(crate) async fn delete_file(ctx: Ctx, Params(query): Params<UploadQuery>) -> Result<Answer> {
    uploads::delete(&ctx, None, query.url.as_deref()).await?;
    Ok(ok(&EmptyResponse {}))
}

/// Deletes an uploaded image.
#[utoipa::path(delete, path = "/uploads/image", tag = "uploads", params(UploadQuery), responses((status = 200, body = EmptyResponse)))]
pub(crate) async fn delete_image(ctx: Ctx, Params(query): Params<UploadQuery>) -> Result<Answer> {
    uploads::delete(&ctx, None, query.url.as_deref()).await?;
    Ok(ok(&EmptyResponse {}))
}
