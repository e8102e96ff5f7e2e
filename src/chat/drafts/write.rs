//! Saving and removing drafts.

use super::shown::{Around, responses};
use crate::access::Action;
use crate::chat::{Caller, Ctx, announce, messages, teams};
use crate::error::{ApiError, Result};
use crate::limits;
use crate::store::{Draft, Message, Outcome};
use crate::wire::Time;
use crate::wire::drafts::{CreateDraftRequest, DraftParams, DraftResponse};

/// Saves a draft in the place of an earlier one.
pub(crate) async fn save(ctx: &Ctx, cid: &str, request: CreateDraftRequest) -> Result<DraftResponse> {
    let mut message = request.message;
    let (user, user_id) = (message.user.take().or(request.user), message.user_id.take().or(request.user_id));
    let ctx = &ctx.acting_as("message.user", user, user_id).await?;
    let user = ctx.writer()?;
    let granted = ctx.channel(cid, Action::ReadChannel).await?;
    let location = message.shared_location.take();
    if location.as_ref().is_some_and(|location| location.to_string().len() > limits::DRAFT_LOCATION_BYTES) {
        return Err(ApiError::field("message.shared_location", "message.shared_location is too large"));
    }
    let mut record = messages::unfinished(ctx, cid, &message)?;
    let poll_id = message.poll_id;
    record.mentioned_users = teams::seen(ctx, record.mentioned_users).await?;
    check_parent(ctx, &granted, &record).await?;
    check_room(ctx, &record).await?;
    let store = &ctx.app.store;
    let draft = Draft { at: Time::STAMP, kind: message.kind, poll_id, location, message: record };
    let response = one(ctx, draft.clone(), Around::Told).await?;
    let mut tx = store.put_draft(&draft)?;
    tx.append(announce::draft_updated(&user.id, &granted.channel, response.clone())?)?;
    match tx.commit(store).await? {
        Outcome::Committed { at } => {
            store.note_kept(&user.id);
            Ok(DraftResponse { created_at: at, ..response })
        }
        Outcome::Conflict { what } => Err(ApiError::internal(anyhow::anyhow!("conflict without a check: {what}"))),
    }
}

/// Refuses one more draft than a person may keep.
async fn check_room(ctx: &Ctx, record: &Message) -> Result<()> {
    let (store, user) = (&ctx.app.store, &record.user_id);
    let is_new = store.draft(user, &record.cid, record.parent_id.as_deref()).await?.is_none();
    if is_new && store.count_drafts(user).await? >= limits::DRAFTS {
        super::query::sweep(ctx).await?;
        if store.count_drafts(user).await? >= limits::DRAFTS {
            let message = format!("a user may keep at most {} drafts; delete one of them", limits::DRAFTS);
            return Err(ApiError::input(message));
        }
    }
    Ok(())
}

/// A thread's parent must be a message that the author sees, and no reply itself.
async fn check_parent(ctx: &Ctx, granted: &crate::chat::Granted, record: &Message) -> Result<()> {
    let Some(id) = &record.parent_id else { return Ok(()) };
    let parent = ctx.app.store.message_in(&record.cid, id).await?;
    match parent.filter(|parent| parent.parent_id.is_none() && messages::sees(ctx, granted, parent)) {
        Some(_) => Ok(()),
        None => Err(ApiError::field("message.parent_id", format!("parent message with id {id} doesn't exist"))),
    }
}

pub(super) async fn one(ctx: &Ctx, draft: Draft, around: Around) -> Result<DraftResponse> {
    let response = responses(ctx, vec![draft], around).await?.pop();
    response.ok_or_else(|| ApiError::not_found("draft not found"))
}

/// Removes a draft. Where there is none, that is well too: clients remove the draft of a message that they send, and so does
/// the server.
pub(crate) async fn delete(ctx: &Ctx, cid: &str, params: DraftParams) -> Result<()> {
    let ctx = &ctx.acting_as("user", None, params.user_id).await?;
    for _ in 0..limits::CONFLICT_RETRIES {
        if remove(ctx, cid, params.parent_id.as_deref()).await? {
            return Ok(());
        }
    }
    Err(ApiError::busy())
}

/// A message was sent: what was its draft is none any more. Nothing is done for people who keep no drafts. What a server sends
/// in somebody's name is not what that person was writing.
pub(crate) async fn sent(ctx: &Ctx, cid: &str, parent: Option<&str>) {
    if !matches!(ctx.caller, Caller::User(_)) {
        return;
    }
    // A draft that was saved anew meanwhile is another one.
    if let Err(error) = remove(ctx, cid, parent).await {
        tracing::warn!(error = ?error, cid, "the draft of a message that was sent is left over");
    }
}

/// `false`: it was saved anew meanwhile.
async fn remove(ctx: &Ctx, cid: &str, parent: Option<&str>) -> Result<bool> {
    let (store, user) = (&ctx.app.store, &ctx.actor()?.id);
    let Some(draft) = store.draft(user, cid, parent).await? else { return Ok(true) };
    let mut tx = store.remove_drafts(user, [&draft]);
    tx.append(announce::draft_deleted(user, cid, parent)?)?;
    Ok(matches!(tx.commit(store).await?, Outcome::Committed { .. }))
}
