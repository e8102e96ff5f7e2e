//! Uploads (`rules.md` 18): who may, what is taken, and what becomes of it.

mod content;
mod links;
mod resize;
mod rules;
mod sizes;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt};
pub(crate) use links::encoded;
pub(crate) use resize::Size;
pub(crate) use rules::{check as check_rules, size_limit};
pub(crate) use sizes::{Picture, in_size};

use super::{Ctx, users};
use crate::access::Action;
use crate::app::App;
use crate::error::{ApiError, Code, Result};
use crate::limits;
use crate::signing::{Signer, is_upload_id, upload_id};
use crate::store::{Files, Unfinished, Upload};
use crate::wire::uploads::{UploadSizeRequest, UploadSizeResponse};
use crate::wire::users::UserRequest;
use content::Content;

/// Where a file goes. Who has one may upload there.
pub(crate) struct Place {
    cid: Option<String>,
}

/// What an endpoint takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Accepts {
    Anything,
    Images,
}

/// A file that has come whole, and of which nobody knows yet. Dropped, it is gone.
pub(crate) struct Received {
    file: Unfinished,
    id: String,
    name: String,
    content: Content,
}

/// The right to upload to this channel, or, without one, to the app.
pub(crate) async fn place(ctx: &Ctx, cid: Option<&str>) -> Result<Place> {
    if !ctx.is_server() && ctx.writer()?.is_banned(ctx.now()) {
        return Err(suspended());
    }
    match cid {
        Some(cid) => check_channel(ctx, cid).await?,
        // The app has no word for this right; what is uploaded there is a picture of oneself.
        None => users::require(ctx, Action::UpdateUser, true)?,
    }
    check_quota(ctx).await?;
    Ok(Place { cid: cid.map(str::to_owned) })
}

async fn check_channel(ctx: &Ctx, cid: &str) -> Result<()> {
    let granted = ctx.channel(cid, Action::UploadAttachment).await?;
    if !granted.kind.config.uploads {
        return Err(ApiError::input(format!("channel type {} has upload disabled", granted.channel.kind)));
    }
    if granted.is_banned(ctx.now()) {
        return Err(suspended());
    }
    if granted.channel.frozen {
        granted.right.require(Action::UseFrozenChannel)?;
    }
    Ok(())
}

fn suspended() -> ApiError {
    ApiError::not_allowed(
        "Sorry, you do not have access to this feature. Your account is currently suspended from chat.",
    )
}

/// A disk is not endless, and everybody shares it.
async fn check_quota(ctx: &Ctx) -> Result<()> {
    if ctx.is_server() || !ctx.app.rate_limits {
        return Ok(());
    }
    match ctx.app.store.rate_limit(&format!("upload:{}", ctx.viewer()), limits::UPLOADS_PER_DAY, limits::DAY).await? {
        None => Ok(()),
        Some(wait) => {
            Err(ApiError::rate_limited(format!("no more than {} uploads a day", limits::UPLOADS_PER_DAY), wait))
        }
    }
}

/// Writes what comes to the disk while it comes, and looks at its beginning.
pub(crate) async fn receive(
    ctx: &Ctx,
    _: &Place,
    accepts: Accepts,
    (name, said_type): (&str, &str),
    mut chunks: impl Stream<Item = Result<Bytes>> + Unpin + Send,
) -> Result<Received> {
    let settings = ctx.app.store.settings();
    let rules = rules::of(&settings, accepts);
    rules::check_name(rules, name)?;
    let (most, id) = (rules::size_limit(rules), uuid::Uuid::new_v4().simple().to_string());
    let mut file = Files::at(&ctx.app.uploads)?.begin(&id).await?;
    let mut head = Vec::new();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk?;
        if file.size() + chunk.len() as u64 > most {
            return Err(too_large(most));
        }
        head.extend_from_slice(&chunk[..chunk.len().min(limits::UPLOAD_HEAD_BYTES - head.len())]);
        file.write(chunk).await?;
    }
    let whole = head.len() as u64 == file.size();
    let content = tokio::task::spawn_blocking(move || Content::of(&head, whole)).await.map_err(ApiError::internal)?;
    let content = content.said_to_be(said_type);
    rules::check_type(rules, content.kind)?;
    if accepts == Accepts::Images {
        check_image(&content)?;
    }
    Ok(Received { file, id, name: links::clean(name), content })
}

/// The refusal of a file above the limit.
pub(crate) fn too_large(most: u64) -> ApiError {
    ApiError::new(Code::PayloadTooBig, format!("the file is larger than {most} bytes"))
}

fn check_image(content: &Content) -> Result<()> {
    if !content.is_image() {
        return Err(rules::unsupported(content.kind));
    }
    if content.is_broken {
        return Err(ApiError::field(
            "file",
            format!("file is not a readable image, although it begins like {}", content.kind),
        ));
    }
    Ok(())
}

/// Keeps a file, for the person that a server names. Answers with its link, which begins with `base_url`.
pub(crate) async fn keep(
    ctx: &Ctx,
    base_url: &str,
    place: Place,
    received: Received,
    user: Option<UserRequest>,
) -> Result<String> {
    let ctx = ctx.acting_for("user", user, None).await?;
    if ctx.actor.is_some() {
        ctx.writer()?;
    }
    let Received { file, id, name, content } = received;
    // A size in the link invites clients to ask for others, which an image that is too large has not.
    let size = content.size.filter(|(width, height)| u64::from(*width) * u64::from(*height) <= limits::IMAGE_PIXELS);
    let mut link = links::link(base_url, &id, &name, size);
    if let (Some(signer), Some(cid)) = (&ctx.app.signer, &place.cid) {
        link = signer.signed(&link, &id, cid, ctx.now());
    }
    let uploader = Some(ctx.viewer()).filter(|id| !id.is_empty()).map(str::to_owned);
    let upload = Upload {
        uploader,
        cid: place.cid,
        name,
        content_type: content.kind.into(),
        size: file.size(),
        signed: ctx.app.signer.is_some(),
        ..Upload::default()
    };
    // By itself, so that a client who leaves just now does not leave a file without a record.
    let kept = tokio::spawn(async move {
        file.finish().await?;
        if let Err(error) = ctx.app.store.add_upload(&id, &upload).await {
            Files::at(&ctx.app.uploads)?.remove(&id).await?;
            return Err(error);
        }
        Ok(())
    });
    kept.await.map_err(ApiError::internal)??;
    Ok(link)
}

/// The sizes that were asked for, each with its link.
pub(crate) fn sizes(link: &str, wanted: Vec<UploadSizeRequest>) -> Option<Vec<UploadSizeResponse>> {
    let sizes: Vec<_> = wanted
        .into_iter()
        .take(limits::UPLOAD_SIZES)
        .map(|size| UploadSizeResponse { url: links::sized(link, &size), size })
        .collect();
    (!sizes.is_empty()).then_some(sizes)
}

/// Deletes the upload behind a link; within a channel only what was uploaded there. One that is gone already is fine.
pub(crate) async fn delete(ctx: &Ctx, cid: Option<&str>, link: Option<&str>) -> Result<()> {
    let link = link.filter(|link| !link.is_empty()).ok_or_else(|| ApiError::required("url"))?;
    match cid {
        Some(cid) => drop(ctx.channel(cid, Action::ReadChannel).await?),
        None if !ctx.is_server() => drop(ctx.writer()?),
        None => {}
    }
    let Some(id) = upload_id(link) else { return Ok(()) };
    let Some(upload) = ctx.app.store.upload(id).await? else { return Ok(()) };
    if cid.is_some() && upload.cid.as_deref() != cid {
        return Ok(());
    }
    check_deletion(ctx, &upload).await?;
    // The record last: until it is gone, the same call can be made again.
    Files::at(&ctx.app.uploads)?.remove(id).await?;
    ctx.app.sizes.forget(id).await?;
    ctx.app.store.remove_upload(id).await
}

async fn check_deletion(ctx: &Ctx, upload: &Upload) -> Result<()> {
    if ctx.is_server() {
        return Ok(());
    }
    let is_own = upload.uploader.as_ref() == Some(&ctx.writer()?.id);
    match &upload.cid {
        Some(cid) => ctx.channel(cid, Action::ReadChannel).await?.right.require_on(Action::DeleteAttachment, is_own),
        None if is_own => Ok(()),
        None => users::require(ctx, Action::DeleteAttachment, false),
    }
}

/// The upload that a link shows to anybody who has it. `query` is the part of the link that may have a signature.
pub(crate) async fn shown(app: &App, id: &str, name: &str, query: &str) -> Result<Upload> {
    let upload = if is_upload_id(id) { app.store.upload(id).await? } else { None };
    let upload = upload.filter(|upload| upload.name == name).ok_or_else(missing)?;
    if let Some((signer, cid)) = signed_for(app, &upload) {
        signer.check(query, id, cid, app.store.now())?;
    }
    Ok(upload)
}

/// Who signs the links to this upload, and for which channel. What belongs to none (pictures of people) is shown to anybody, as is what
/// was uploaded before links were signed.
pub(crate) fn signed_for<'a>(app: &'a App, upload: &'a Upload) -> Option<(&'a Signer, &'a str)> {
    app.signer.as_ref().zip(upload.cid.as_deref().filter(|_| upload.signed))
}

/// Its bytes from `range`.
pub(crate) async fn read(
    app: &App,
    id: &str,
    range: std::ops::Range<u64>,
) -> Result<BoxStream<'static, anyhow::Result<Bytes>>> {
    Files::at(&app.uploads)?.read(id, range).await?.ok_or_else(missing)
}

/// Removes, at start and beside everything else, what interrupted uploads left behind.
pub(crate) fn sweep(app: &App) {
    let folder = app.uploads.clone();
    tokio::task::spawn_blocking(move || match Files::sweep(&folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            tracing::warn!(%error, "unfinished uploads could not be removed")
        }
        _ => {}
    });
}

fn missing() -> ApiError {
    ApiError::not_found("there is no such file")
}
