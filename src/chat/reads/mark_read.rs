//! Marking a channel read, up to its newest message or up to a given one.

use std::sync::Arc;

use super::{check_enabled, no_such_message, reader, threads};
use crate::access::Action;
use crate::chat::{Ctx, Granted, announce, messages, respond};
use crate::error::{ApiError, Result};
use crate::limits;
use crate::store::{Effect, Messages, Outcome, Page, Read, Tick, UNREAD};
use crate::wire::Time;
use crate::wire::channels::{MarkReadRequest, MarkReadResponse};
use crate::wire::events::Event as Payload;

/// How many of the newest messages are looked at for one that the reader sees.
const NEWEST: usize = 25;

/// Marks a channel or one of its threads read. Somebody without a read state gets no event.
pub(crate) async fn mark_read(ctx: &Ctx, cid: &str, request: MarkReadRequest) -> Result<MarkReadResponse> {
    let ctx = &reader(ctx, request.user, request.user_id).await?;
    let granted = ctx.channel(cid, Action::ReadChannel).await?;
    check_enabled(&granted)?;
    let event = match request.thread_id.as_deref().filter(|id| !id.is_empty()) {
        _ if granted.member.is_none() => None,
        Some(thread) => Some(threads::mark_read(ctx, &granted, thread).await?),
        None => {
            let message = request.message_id.as_deref().filter(|id| !id.is_empty());
            mark(ctx, &granted, message, true).await?.map(|marked| marked.event)
        }
    };
    Ok(MarkReadResponse { event: event.map(Box::new) })
}

/// A pointer that was set: what was told, and what it does to counts.
pub(super) struct Marked {
    pub event: Payload,
    pub effect: Effect,
}

/// Moves the pointer forward, and tells of it even if it stays: clients repeat a read that they do not hear of
/// (`realtime.md` 5.4). `None` for somebody without a read state. With `notify` the reader's own connections hear what is left.
pub(super) async fn mark(ctx: &Ctx, granted: &Granted, message: Option<&str>, notify: bool) -> Result<Option<Marked>> {
    let (store, user, cid) = (&ctx.app.store, ctx.actor()?, &granted.cid);
    let own = store.own(&user.id).await?;
    for _ in 0..limits::CONFLICT_RETRIES {
        let (before, target) =
            futures_util::future::try_join(store.read(cid, &user.id), target(ctx, granted, message)).await?;
        let Some(before) = before else { return Ok(None) };
        let after = target.map_or_else(|| before.clone(), |(at, id)| before.forward(at, &id));
        let mut payload = announce::channel_event("message.read", &granted.channel);
        payload.user = Some(Arc::new(respond::user(user, ctx.now())));
        payload.last_read_message_id.clone_from(&after.id);
        let mut tx = store.channel_change(cid, Tick::Read);
        store.write_read(&mut tx, cid, &user.id, Some(&before), &after)?;
        store.count_unread(&mut tx, cid, granted.channel.is_one_to_one(), &user.id, &own);
        tx.append(announce::message_read(
            granted,
            user,
            &payload,
            vec![read_effect(cid, &user.id, &after, UNREAD, None)],
        )?)?;
        if notify {
            tx.append(announce::notification_mark_read(user, &payload)?)?;
        }
        if let (Outcome::Committed { at }, unread) = tx.commit_counted(store).await? {
            payload.created_at = at;
            return Ok(Some(Marked { event: payload, effect: read_effect(cid, &user.id, &after, unread, Some(at)) }));
        }
    }
    Err(ApiError::busy())
}

/// What the reader clears from his view he need not read. His own connections hear that nothing is left; to others it is no
/// reading.
pub(crate) async fn forget_cleared(ctx: &Ctx, granted: &Granted) -> Result<()> {
    if !granted.kind.config.read_events || granted.member.is_none() {
        return Ok(());
    }
    let (store, user, cid) = (&ctx.app.store, ctx.actor()?, &granted.cid);
    let own = store.own(&user.id).await?;
    for _ in 0..limits::CONFLICT_RETRIES {
        let (before, target) =
            futures_util::future::try_join(store.read(cid, &user.id), target(ctx, granted, None)).await?;
        let (Some(before), Some((at, id))) = (before, target) else { return Ok(()) };
        let after = before.forward(at, &id);
        if after == before {
            return Ok(());
        }
        let mut payload = announce::channel_event("message.read", &granted.channel);
        payload.user = Some(Arc::new(respond::user(user, ctx.now())));
        payload.last_read_message_id.clone_from(&after.id);
        let mut tx = store.channel_change(cid, Tick::Read);
        store.write_read(&mut tx, cid, &user.id, Some(&before), &after)?;
        store.count_unread(&mut tx, cid, granted.channel.is_one_to_one(), &user.id, &own);
        let effects = vec![read_effect(cid, &user.id, &after, UNREAD, None)];
        let mut event = announce::message_read(granted, user, &payload, effects)?;
        event.header.only = Some(vec![user.id.clone()]);
        tx.append(event)?;
        tx.append(announce::notification_mark_read(user, &payload)?)?;
        if let Outcome::Committed { .. } = tx.commit(store).await? {
            return Ok(());
        }
    }
    Err(ApiError::busy())
}

/// What a moved pointer does to the reader's counts.
pub(super) fn read_effect(cid: &str, user: &str, read: &Read, unread: u32, at: Option<Time>) -> Effect {
    Effect::Read { cid: cid.to_owned(), user: user.to_owned(), last_read: read.at, unread, at }
}

/// The message up to which is read: the one named (for a reply, the newest before it), else the newest that the reader sees.
async fn target(ctx: &Ctx, granted: &Granted, id: Option<&str>) -> Result<Option<(Time, String)>> {
    let mut page = Page::newest(NEWEST);
    if let Some(id) = id {
        let named =
            ctx.app.store.message_in(&granted.cid, id).await?.filter(|message| messages::sees(ctx, granted, message));
        let named = named.ok_or_else(|| no_such_message(id))?;
        if !named.is_thread_only() {
            return Ok(Some((named.created_at(), named.id)));
        }
        page.max = named.created_at().micros().to_string();
    }
    let rows = ctx.app.store.page(&granted.cid, Messages::Timeline, "", &page).await?;
    let seen = rows.into_iter().rev().map(|row| row.message).find(|message| messages::sees(ctx, granted, message));
    Ok(seen.map(|message| (message.created_at(), message.id.clone())))
}
