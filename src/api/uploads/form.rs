//! The multipart body of an upload (`rest.md` 10): parts in any order, the optional ones with junk in them, and one of them
//! larger than memory.

use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::extract::{DefaultBodyLimit, FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_LENGTH, HOST};
use bytes::Bytes;
use futures_util::stream::{self, Stream};
use serde::de::DeserializeOwned;

use crate::app::App;
use crate::chat::Ctx;
use crate::chat::uploads::{self, Accepts, Received};
use crate::error::{ApiError, Code, Result};
use crate::limits;
use crate::wire::uploads::UploadSizeRequest;
use crate::wire::users::UserRequest;

/// An upload on its way.
pub(crate) struct Form {
    parts: Multipart,
    /// The whole body, as its sender announces it.
    length: u64,
    headers: HeaderMap,
}

/// What became of an upload.
pub(crate) struct Kept {
    pub link: String,
    pub sizes: Vec<UploadSizeRequest>,
}

/// The parts, as far as they have come.
#[derive(Default)]
struct Parts {
    file: Option<Received>,
    user: Option<UserRequest>,
    sizes: Option<Vec<UploadSizeRequest>>,
}

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = ApiError;

    async fn from_request(mut request: Request, state: &S) -> Result<Self> {
        let length =
            request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok()).unwrap_or(0);
        let headers = request.headers().clone();
        // The limit is that of the file, and is watched while it is written.
        DefaultBodyLimit::disable().apply(&mut request);
        let parts = Multipart::from_request(request, state).await;
        parts
            .map(|parts| Form { parts, length, headers })
            .map_err(|error| ApiError::input(format!("an upload is a multipart form: {}", error.body_text())))
    }
}

impl Form {
    /// Keeps the file of the form, if the caller may and it is such a file.
    pub async fn keep(mut self, ctx: &Ctx, cid: Option<&str>, accepts: Accepts) -> Result<Kept> {
        let kept = self.try_keep(ctx, cid, accepts).await;
        if kept.is_err() {
            self.drain().await;
        }
        kept
    }

    async fn try_keep(&mut self, ctx: &Ctx, cid: Option<&str>, accepts: Accepts) -> Result<Kept> {
        let place = uploads::place(ctx, cid).await?;
        if self.length > limits::UPLOAD_BYTES + limits::UPLOAD_FORM_BYTES {
            return Err(uploads::too_large(limits::UPLOAD_BYTES));
        }
        let mut parts = Parts::default();
        for _ in 0..limits::UPLOAD_PARTS {
            let Some(mut part) = patient(self.parts.next_field()).await? else { break };
            match part.name() {
                Some("file") if parts.file.is_none() => {
                    let name = part.file_name().unwrap_or_default().to_owned();
                    let said_type = part.content_type().unwrap_or_default().to_owned();
                    let chunks = Box::pin(chunks(&mut part));
                    parts.file = Some(uploads::receive(ctx, &place, accepts, (&name, &said_type), chunks).await?);
                }
                Some("user") => parts.user = json(&mut part).await?,
                Some("upload_sizes") => parts.sizes = json(&mut part).await?,
                _ => drop(text(&mut part).await?),
            }
        }
        let file = parts.file.ok_or_else(|| ApiError::required("file"))?;
        let user = parts.user.filter(|user| !user.id.is_empty());
        let link = uploads::keep(ctx, &base_url(&ctx.app, &self.headers), place, file, user).await?;
        Ok(Kept { link, sizes: parts.sizes.unwrap_or_default() })
    }

    /// Takes what is still being sent: most clients read no answer before they have said everything, and would see a broken
    /// connection instead of the refusal.
    async fn drain(mut self) {
        let rest = async { while let Ok(Some(_)) = self.parts.next_field().await {} };
        // Whoever sends longer than this sees the connection break.
        let _ = tokio::time::timeout(limits::UPLOAD_DRAIN, rest).await;
    }
}

/// Where the client reached us: links to uploads begin with it.
fn base_url(app: &App, headers: &HeaderMap) -> String {
    if let Some(url) = &app.public_url {
        return url.clone();
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let scheme = if text("x-forwarded-proto") == Some("https") { "https" } else { "http" };
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    format!("{scheme}://{host}")
}

/// The pieces of a part.
fn chunks<'a, 'b>(part: &'a mut Field<'b>) -> impl Stream<Item = Result<Bytes>> + Send + use<'a, 'b> {
    stream::try_unfold(part, |part| async move { Ok(patient(part.chunk()).await?.map(|chunk| (chunk, part))) })
}

/// The text of a small part.
async fn text(part: &mut Field<'_>) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    while let Some(chunk) = patient(part.chunk()).await? {
        text.extend_from_slice(&chunk);
        if text.len() as u64 > limits::UPLOAD_FORM_BYTES {
            return Err(ApiError::new(
                Code::PayloadTooBig,
                format!("a part other than file is larger than {} bytes", limits::UPLOAD_FORM_BYTES),
            ));
        }
    }
    Ok(text)
}

/// The JSON of an optional part; some clients write `undefined` or `[object Object]` there, and mean nothing by it.
async fn json<T: DeserializeOwned>(part: &mut Field<'_>) -> Result<Option<T>> {
    Ok(serde_json::from_slice(&text(part).await?).ok())
}

/// Waits for the sender, but not for ever.
async fn patient<T>(next: impl Future<Output = std::result::Result<T, MultipartError>>) -> Result<T> {
    match tokio::time::timeout(limits::UPLOAD_SILENCE, next).await {
        Ok(next) => {
            next.map_err(|error| ApiError::input(format!("the multipart form is broken: {}", error.body_text())))
        }
        Err(_) => Err(ApiError::new(
            Code::Timeout,
            format!("nothing of the upload came for {} seconds", limits::UPLOAD_SILENCE.as_secs()),
        )),
    }
}
