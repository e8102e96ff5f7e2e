//! Reading threads: their pointers are their own, the channel's stays where it is.

use std::sync::Arc;

use crate::chat::{Ctx, Granted, announce, respond, threads};
use crate::error::{ApiError, Result};
use crate::limits;
use crate::store::{Effect, Messages, Outcome, Page, Tick, UNREAD};
use crate::wire::events::Event as Payload;

/// Marks a thread read. Somebody who takes no part in it has no pointer there, and is answered all the same.
pub(super) async fn mark_read(ctx: &Ctx, granted: &Granted, id: &str) -> Result<Payload> {
    let (store, user, cid) = (&ctx.app.store, ctx.actor()?, &granted.cid);
    let own = store.own(&user.id).await?;
    for _ in 0..limits::CONFLICT_RETRIES {
        let thread = threads::load(ctx, granted, id).await?;
        let mut payload = announce::channel_event("message.read", &granted.channel);
        payload.user = Some(Arc::new(respond::user(user, ctx.now())));
        payload.last_read_message_id = Some(thread.newest_id.clone());
        payload.thread = Some(Box::new(threads::named(cid, &thread)));
        let mut tx = store.channel_change(cid, Tick::Read);
        let mut effects = Vec::new();
        if let Some(before) = thread.read {
            let after = if thread.newest_at >= before.at {
                before.moved(thread.newest_at, Some(thread.newest_id), Vec::new())
            } else {
                before.clone()
            };
            store.move_thread_read(&mut tx, cid, id, &user.id, &before, &after)?;
            store.count_unread_replies(&mut tx, cid, id, granted.channel.is_one_to_one(), &user.id, &own);
            effects.push(read_effect(cid, id, &user.id));
        }
        tx.append(announce::message_read(granted, user, &payload, effects)?)?;
        tx.append(announce::notification_mark_read(user, &payload)?)?;
        if let Outcome::Committed { at } = tx.commit(store).await? {
            payload.created_at = at;
            return Ok(payload);
        }
    }
    Err(ApiError::busy())
}

/// Marks a thread unread: all its replies by others, among the newest that can be marked.
pub(super) async fn mark_unread(ctx: &Ctx, granted: &Granted, id: &str) -> Result<()> {
    let (store, user, cid) = (&ctx.app.store, ctx.actor()?, &granted.cid);
    let own = store.own(&user.id).await?;
    for _ in 0..limits::CONFLICT_RETRIES {
        let Some(before) = threads::load(ctx, granted, id).await?.read else { return Ok(()) };
        let rows = store.page(cid, Messages::Replies(id), "", &Page::newest(limits::MARK_UNREAD_WITHIN)).await?;
        let Some(first) = rows.iter().position(|row| row.message.user_id != user.id) else { return Ok(()) };
        let counted = rows[first..].iter().map(|row| &row.message).filter(|reply| !reply.is_quiet());
        let mine = counted.filter(|reply| reply.user_id == user.id);
        let last = first.checked_sub(1).map(|index| &rows[index].message);
        let first = &rows[first].message;
        let after = before.moved(
            last.map_or_else(|| first.created_at().plus_millis(-1), |last| last.created_at()),
            last.map(|reply| reply.id.clone()),
            mine.map(|reply| reply.created_at().micros()).collect(),
        );
        let mut payload = announce::channel_event("notification.mark_unread", &granted.channel);
        payload.user = Some(Arc::new(respond::user(user, ctx.now())));
        payload.thread_id = Some(id.to_owned());
        payload.first_unread_message_id = Some(first.id.clone());
        payload.last_read_message_id.clone_from(&after.id);
        payload.last_read_at = Some(after.at);
        payload.unread_messages = Some(UNREAD.into());
        let mut tx = store.channel_change(cid, Tick::Read);
        store.move_thread_read(&mut tx, cid, id, &user.id, &before, &after)?;
        store.count_unread_replies(&mut tx, cid, id, granted.channel.is_one_to_one(), &user.id, &own);
        tx.append(announce::notification_mark_unread(user, &payload, read_effect(cid, id, &user.id))?)?;
        if let Outcome::Committed { .. } = tx.commit(store).await? {
            return Ok(());
        }
    }
    Err(ApiError::busy())
}

fn read_effect(cid: &str, parent: &str, user: &str) -> Effect {
    Effect::ThreadRead { cid: cid.to_owned(), parent: parent.to_owned(), user: user.to_owned(), unread: UNREAD }
}
