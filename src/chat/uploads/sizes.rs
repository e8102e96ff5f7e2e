//! Images in other sizes: made when somebody asks for them, and kept.

use bytes::Bytes;
use futures_util::TryStreamExt;
use std::sync::Arc;
use tokio::sync::Semaphore;

use super::content::has_sizes;
use super::resize::{Size, resized, too_many_pixels};
use crate::app::App;
use crate::error::{ApiError, Code, Result};
use crate::limits;
use crate::store::Upload;

/// The one file that says of an upload that it has no other sizes, whichever is asked for: a file for each would fill the disk with
/// nothing. No size has this name.
const AS_IT_IS: &str = "as-it-is";

/// Those who resize at the moment: each of them may take [`limits::IMAGE_MEMORY`], and a processor.
static TURNS: Semaphore = Semaphore::const_new(limits::IMAGES_AT_ONCE);

/// An image in another size.
pub(crate) struct Picture {
    pub bytes: Bytes,
    pub content_type: &'static str,
}

/// The image in that size; `None` for what is shown as it is.
///
/// Errors: images that are too large to be resized, 503 when too many others are.
pub(crate) async fn in_size(app: &Arc<App>, id: &str, upload: &Upload, size: &Size) -> Result<Option<Picture>> {
    if !has_sizes(&upload.content_type) {
        return Ok(None);
    }
    if upload.size > limits::IMAGE_BYTES {
        return Err(too_many_pixels());
    }
    if let Some(kept) = kept(app, id, size).await? {
        return Ok(picture(kept));
    }
    let turn = tokio::time::timeout(limits::IMAGE_PATIENCE, TURNS.acquire()).await;
    let turn = turn.map_err(|_| busy())?.map_err(ApiError::internal)?;
    // Somebody else may have asked for the same: everybody who sees a message does.
    if let Some(kept) = kept(app, id, size).await? {
        return Ok(picture(kept));
    }
    let (app, id, size) = (app.clone(), id.to_owned(), *size);
    // By itself, so that a client who leaves just now does not leave the work to the next one.
    let made = tokio::spawn(async move {
        let _turn = turn;
        make(&app, &id, &size).await
    });
    made.await.map_err(ApiError::internal)?.map(picture)
}

/// What was kept of it for that size; empty when it is shown as it is.
async fn kept(app: &App, id: &str, size: &Size) -> Result<Option<Bytes>> {
    match app.sizes.read(id, &size.name()).await? {
        Some(kept) => Ok(Some(kept)),
        None => app.sizes.read(id, AS_IT_IS).await,
    }
}

/// The image in that size; empty when it is shown as it is.
async fn make(app: &App, id: &str, size: &Size) -> Result<Bytes> {
    let whole = super::read(app, id, 0..limits::IMAGE_BYTES).await?;
    let bytes: Vec<u8> = whole.try_fold(Vec::new(), append).await.map_err(ApiError::internal)?;
    let asked = *size;
    let made = tokio::task::spawn_blocking(move || resized(&bytes, &asked)).await.map_err(ApiError::internal)??;
    let name = if made.is_some() { size.name() } else { AS_IT_IS.to_owned() };
    let made = Bytes::from(made.unwrap_or_default());
    match app.sizes.keep(id, &name, made.clone()).await {
        // Whoever deleted it meanwhile did not see what was just kept.
        Ok(()) if app.store.upload(id).await?.is_none() => app.sizes.forget(id).await?,
        Ok(()) => {}
        Err(error) => tracing::warn!(cause = ?error.cause, "a resized image cannot be kept"),
    }
    Ok(made)
}

async fn append(mut all: Vec<u8>, bytes: Bytes) -> anyhow::Result<Vec<u8>> {
    all.extend_from_slice(&bytes);
    Ok(all)
}

fn picture(bytes: Bytes) -> Option<Picture> {
    let content_type = if bytes.starts_with(&[0xff, 0xd8]) { "image/jpeg" } else { "image/png" };
    (!bytes.is_empty()).then_some(Picture { bytes, content_type })
}

fn busy() -> ApiError {
    let message = "too many images are being resized at the moment, please try again";
    ApiError { retry_after: Some(1), ..ApiError::new(Code::Unavailable, message) }
}
