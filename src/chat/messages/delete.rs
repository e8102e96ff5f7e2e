//! Deletion (`rules.md` 5.9): for everybody with a trace left, for everybody without one (`erase`), or for oneself.

use std::sync::Arc;

use super::granted::{GrantedMessage, moment};
use super::{Tries, erase, read};
use crate::access::Action;
use crate::chat::{Ctx, Granted, announce, reminders, respond};
use crate::error::{ApiError, Result};
use crate::limits;
use crate::store::{Message, MessageRow, Outcome, Tick, Transaction, Version};
use crate::wire::Time;
use crate::wire::messages::{DeleteMessageParams, DeleteMessageRequest, MessageResponse};

/// Deletes a message. A server may say for whom, and need not, unless it deletes for one person only.
pub(crate) async fn delete(
    ctx: &Ctx,
    id: &str,
    params: DeleteMessageParams,
    body: DeleteMessageRequest,
) -> Result<Arc<MessageResponse>> {
    let (hard, for_me) = (params.hard.unwrap_or(false), params.delete_for_me.or(body.delete_for_me).unwrap_or(false));
    let by = params.deleted_by.or(params.user_id).or(body.user_id).filter(|_| body.user.is_none());
    match (hard, for_me) {
        (true, true) => Err(ApiError::input("hard and delete_for_me cannot be used together")),
        (true, false) => erase::erase(&ctx.acting_for("user", body.user, by).await?, id).await,
        (false, false) => soft(&ctx.acting_for("user", body.user, by).await?, id).await,
        (false, true) => for_one(&ctx.acting_as("user", body.user, by).await?, id).await,
    }
}

async fn soft(ctx: &Ctx, id: &str) -> Result<Arc<MessageResponse>> {
    let mut tries = Tries::of(id);
    while tries.next().await {
        let found = ctx.message(id, Action::DeleteMessage).await?;
        if found.message.deleted_at.is_some() {
            return read::answer(ctx, &found.granted, found.message).await;
        }
        let deleted = Message { deleted_at: Some(moment(ctx, &found.message)), pin: None, ..found.message.rewritten() };
        if let Some(at) = commit(ctx, &found, &deleted).await? {
            reminders::message_deleted(ctx, &deleted).await;
            return read::answer(ctx, &found.granted, Message { at, ..deleted }).await;
        }
        ctx.app.store.forget_channel(&found.granted.cid, ctx.viewer());
    }
    Err(ApiError::busy())
}

async fn commit(ctx: &Ctx, found: &GrantedMessage, deleted: &Message) -> Result<Option<Time>> {
    let (store, granted) = (&ctx.app.store, &found.granted);
    let mut tx = store.channel_change(&granted.cid, Tick::Change);
    store.expect_channel(&mut tx, &granted.channel);
    store.write_message(&mut tx, deleted)?;
    store.pin_message(&mut tx, deleted, None);
    let last = Version { deleted: true, ..Version::of(&found.message) };
    store.keep_version(&mut tx, deleted, &last)?;
    // Clients take a message off their list of pins only if the event still calls it pinned.
    let told = Message { at: Time::STAMP, pin: found.message.pin.clone(), ..deleted.clone() };
    let response = respond::announced_deleted(ctx, &granted.cid, told).await?;
    tx.append(announce::message_deleted(granted, deleted, &response, respond::actor(ctx), false, Vec::new())?)?;
    count_down(ctx, granted, &found.message, false, &mut tx).await?;
    Ok(tx.commit(store).await?.at())
}

/// A reply goes: its parent's counters say so.
pub(super) async fn count_down(
    ctx: &Ctx,
    granted: &Granted,
    reply: &Message,
    hard: bool,
    tx: &mut Transaction,
) -> Result<()> {
    recount(ctx, granted, reply, tx, |parent| match (reply.deleted_at.is_some(), hard) {
        (true, _) => parent.deleted_reply_count = parent.deleted_reply_count.saturating_sub(1),
        (false, true) => parent.reply_count = parent.reply_count.saturating_sub(1),
        (false, false) => {
            parent.reply_count = parent.reply_count.saturating_sub(1);
            parent.deleted_reply_count += 1;
        }
    })
    .await
}

/// Changes the counters of a reply's parent, if there is one.
pub(super) async fn recount(
    ctx: &Ctx,
    granted: &Granted,
    reply: &Message,
    tx: &mut Transaction,
    change: impl FnOnce(&mut Message),
) -> Result<()> {
    let Some(parent) = &reply.parent_id else { return Ok(()) };
    let Some(parent) = ctx.app.store.message_in(&granted.cid, parent).await? else { return Ok(()) };
    let mut updated = parent.rewritten();
    change(&mut updated);
    ctx.app.store.write_message(tx, &updated)?;
    let response = respond::announced(ctx, &granted.cid, updated.stamped()).await?;
    tx.append(announce::message_updated(granted, &updated, &response, None)?)
}

/// Hides the message from the caller alone; nobody else hears of it.
async fn for_one(ctx: &Ctx, id: &str) -> Result<Arc<MessageResponse>> {
    let user = ctx.writer()?.id.clone();
    let mut tries = Tries::of(id);
    while tries.next().await {
        let GrantedMessage { granted, message } = ctx.message(id, Action::ReadChannel).await?;
        if message.deleted_for.contains(&user) {
            return read::answer(ctx, &granted, message).await;
        }
        let mut updated = message.rewritten();
        updated.deleted_for.push(user.clone());
        let store = &ctx.app.store;
        let before = store.own_deletions(&granted.cid, &user).await?;
        if before >= limits::DELETED_FOR_ME {
            let most = limits::DELETED_FOR_ME;
            return Err(ApiError::input(format!("at most {most} messages of a channel can be deleted for oneself")));
        }
        if message.deleted_for.len() >= limits::DELETED_FOR {
            return Err(ApiError::input("too many people have deleted this message for themselves"));
        }
        let mut tx = store.channel_change(&granted.cid, Tick::Change);
        store.count_own_deletion(&mut tx, &granted.cid, &user, before);
        store.write_message(&mut tx, &updated)?;
        let told = MessageRow::bare(updated.stamped());
        let response = Arc::new(respond::message(ctx, &granted.cid, told).await?);
        tx.append(announce::message_deleted_for_me(&granted, &response, &user, respond::actor(ctx))?)?;
        if let Outcome::Committed { at } = tx.commit(store).await? {
            return read::answer(ctx, &granted, Message { at, ..updated }).await;
        }
    }
    Err(ApiError::busy())
}
