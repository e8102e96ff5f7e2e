//! Answers to sends that store nothing: tries again of what is stored, and refusals that are no error of the call.

use std::borrow::Cow;

use super::{Sent, pending};
use crate::chat::{Ctx, Granted, respond};
use crate::error::{ApiError, Result};
use crate::store::{Message, MessageRow};
use crate::wire::messages::{MessageRequest, MessageResponse};

/// The id was used before in this channel: the same message again, or another one.
pub(super) async fn repeated(ctx: &Ctx, granted: &Granted, record: &Message) -> Result<Sent> {
    let store = &ctx.app.store;
    let Some(first) = store.stored_message_in(&granted.cid, &record.id).await? else {
        return Err(ApiError::message_exists(&record.id));
    };
    let same = first.user_id == record.user_id
        && first.parent_id == record.parent_id
        && first.poll_id == record.poll_id
        && (first.text_updated_at.is_some()
            || first.deleted_at.is_some()
            || (first.text == record.text && first.attachments == record.attachments));
    if !same {
        return Err(ApiError::message_exists(&record.id));
    }
    answer(ctx, first).await
}

/// The message that an earlier try of the same send stored.
pub(super) async fn sent_before(ctx: &Ctx, cid: &str, id: &str, request: &MessageRequest) -> Result<Option<Sent>> {
    let store = &ctx.app.store;
    let Some(first) = store.stored_message_in(cid, id).await? else { return Ok(None) };
    let text = request.text.as_deref().unwrap_or_default();
    let same = first.user_id == ctx.viewer()
        && first.parent_id.as_deref() == request.parent_id.as_deref().filter(|id| !id.is_empty())
        && first.poll_id == request.poll_id
        && (first.text_updated_at.is_some() || first.deleted_at.is_some() || first.text.trim() == text.trim());
    if !same {
        return Ok(None);
    }
    store.confirm_channel(cid).await?;
    answer(ctx, first).await.map(Some)
}

async fn answer(ctx: &Ctx, first: Message) -> Result<Sent> {
    let (cid, pending) = (first.cid.clone(), pending::metadata(&first));
    let own_reactions = ctx.app.store.reactions_of(&first, ctx.viewer()).await?;
    let response = respond::message(ctx, &cid, MessageRow { message: first.into(), own_reactions }).await?;
    Ok(Sent { pending, ..response.into() })
}

/// The answer to a message that is refused without being an error of the call: nothing is stored.
pub(super) async fn refused(ctx: &Ctx, granted: &Granted, id: &str, text: String) -> Result<MessageResponse> {
    let now = ctx.now();
    let record = Message {
        at: now,
        id: id.to_owned(),
        cid: granted.cid.clone(),
        user_id: ctx.viewer().to_owned(),
        text,
        ..Message::default()
    };
    let mut response = respond::message(ctx, &granted.cid, MessageRow::bare(record)).await?;
    response.kind = Cow::Borrowed("error");
    Ok(response)
}
