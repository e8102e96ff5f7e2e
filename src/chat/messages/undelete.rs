//! A softly deleted message comes back as it was, but for its pin, which ended (`rules.md` 5.9).

use std::sync::Arc;

use super::delete::recount;
use super::granted::GrantedMessage;
use super::{Tries, read};
use crate::access::Action;
use crate::chat::{Ctx, announce, reminders, respond};
use crate::error::{ApiError, Result};
use crate::store::{Message, Tick};
use crate::wire::Time;
use crate::wire::messages::{MessageResponse, UndeleteMessageRequest};

/// Takes a soft deletion back. Servers only; of a message that is not deleted nothing changes.
pub(crate) async fn undelete(ctx: &Ctx, id: &str, request: UndeleteMessageRequest) -> Result<Arc<MessageResponse>> {
    ctx.server_only()?;
    let by = request.undeleted_by.filter(|id| !id.is_empty());
    let by = by.ok_or_else(|| ApiError::required("undeleted_by"))?;
    let ctx = &ctx.acting_as("undeleted_by", None, Some(by)).await?;
    let mut tries = Tries::of(id);
    while tries.next().await {
        let found = ctx.message(id, Action::DeleteMessage).await?;
        if found.message.deleted_at.is_none() {
            return read::answer(ctx, &found.granted, found.message).await;
        }
        let restored = Message { deleted_at: None, ..found.message.rewritten() };
        if let Some(at) = commit(ctx, &found, &restored).await? {
            let restored = Message { at, ..restored };
            reminders::message_undeleted(
                ctx,
                &GrantedMessage { granted: found.granted.clone(), message: restored.clone() },
            )
            .await;
            return read::answer(ctx, &found.granted, restored).await;
        }
        ctx.app.store.forget_channel(&found.granted.cid, ctx.viewer());
    }
    Err(ApiError::busy())
}

async fn commit(ctx: &Ctx, found: &GrantedMessage, restored: &Message) -> Result<Option<Time>> {
    let (store, granted) = (&ctx.app.store, &found.granted);
    let mut tx = store.channel_change(&granted.cid, Tick::Change);
    store.expect_channel(&mut tx, &granted.channel);
    store.write_message(&mut tx, restored)?;
    let response = respond::announced(ctx, &granted.cid, restored.stamped()).await?;
    tx.append(announce::message_undeleted(granted, restored, &response, respond::actor(ctx))?)?;
    recount(ctx, granted, restored, &mut tx, |parent| {
        parent.reply_count += 1;
        parent.deleted_reply_count = parent.deleted_reply_count.saturating_sub(1);
    })
    .await?;
    Ok(tx.commit(store).await?.at())
}
