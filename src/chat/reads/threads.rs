//! Reading threads: their pointers are their own, the channel's stays where it is.

use std::sync::Arc;

use crate::chat::{Ctx, Granted, announce, respond, users};
use crate::error::{ApiError, Result};
use crate::limits;
use crate::store::{Effect, Message, Messages, Outcome, Page, PageOf, ThreadRead, Tick, UNREAD};
use crate::wire::events::Event as Payload;
use crate::wire::messages::ThreadResponse;

/// Marks a thread read. Somebody who takes no part in it has no pointer there, and is answered all the same.
pub(super) async fn mark_read(ctx: &Ctx, granted: &Granted, id: &str) -> Result<Payload> {
    let (store, user, cid) = (&ctx.app.store, ctx.actor()?, &granted.cid);
    let own = store.own(&user.id).await?;
    for _ in 0..limits::CONFLICT_RETRIES {
        let thread = Thread::load(ctx, granted, id).await?;
        let mut payload = announce::channel_event("message.read", &granted.channel);
        payload.user = Some(Arc::new(respond::user(user, ctx.now())));
        payload.last_read_message_id = Some(thread.newest.id.clone());
        payload.thread = Some(thread.response(cid));
        let mut tx = store.channel_change(cid, Tick::Read);
        let mut effects = Vec::new();
        if let Some(before) = store.thread_read(cid, id, &user.id).await? {
            let newest = (thread.newest.created_at(), Some(thread.newest.id.clone()));
            let after = if newest.0 >= before.at {
                ThreadRead { at: newest.0, id: newest.1, own: Vec::new() }
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
    Err(users::busy())
}

/// Marks a thread unread: all its replies by others, among the newest that can be marked.
pub(super) async fn mark_unread(ctx: &Ctx, granted: &Granted, id: &str) -> Result<()> {
    let (store, user, cid) = (&ctx.app.store, ctx.actor()?, &granted.cid);
    let own = store.own(&user.id).await?;
    for _ in 0..limits::CONFLICT_RETRIES {
        Thread::load(ctx, granted, id).await?;
        let Some(before) = store.thread_read(cid, id, &user.id).await? else { return Ok(()) };
        let rows = store.page(cid, Messages::Replies(id), "", &Page::newest(limits::MARK_UNREAD_WITHIN)).await?;
        let Some(first) = rows.iter().position(|row| row.message.user_id != user.id) else { return Ok(()) };
        let mine = rows[first..].iter().map(|row| &row.message).filter(|reply| reply.user_id == user.id);
        let last = first.checked_sub(1).map(|index| &rows[index].message);
        let first = &rows[first].message;
        let after = ThreadRead {
            at: last.map_or_else(|| first.created_at().plus_millis(-1), |last| last.created_at()),
            id: last.map(|reply| reply.id.clone()),
            own: mine.map(|reply| reply.created_at().micros()).collect(),
        };
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
    Err(users::busy())
}

fn read_effect(cid: &str, parent: &str, user: &str) -> Effect {
    Effect::ThreadRead { cid: cid.to_owned(), parent: parent.to_owned(), user: user.to_owned(), unread: UNREAD }
}

/// A thread: a message with at least one reply.
struct Thread {
    parent: Message,
    first: Arc<Message>,
    newest: Arc<Message>,
}

impl Thread {
    async fn load(ctx: &Ctx, granted: &Granted, id: &str) -> Result<Thread> {
        let (store, cid) = (&ctx.app.store, &granted.cid);
        let missing = || ApiError::not_found(format!("Can't find thread with id {id}"));
        let oldest = Page { of: PageOf::Oldest, ..Page::newest(1) };
        let newest = Page::newest(1);
        let (parent, first, newest) = futures_util::future::try_join3(
            store.message_in(cid, id),
            store.page(cid, Messages::Replies(id), "", &oldest),
            store.page(cid, Messages::Replies(id), "", &newest),
        )
        .await?;
        let only =
            |rows: Vec<crate::store::MessageRow>| rows.into_iter().next().map(|row| row.message).ok_or_else(missing);
        Ok(Thread { parent: parent.ok_or_else(missing)?, first: only(first)?, newest: only(newest)? })
    }

    fn response(&self, cid: &str) -> ThreadResponse {
        let parent = &self.parent;
        let author = usize::from(!parent.thread_participants.contains(&parent.user_id));
        let participants = (parent.thread_participants.len() + author) as i64;
        ThreadResponse {
            active_participant_count: participants,
            channel_cid: cid.to_owned(),
            created_at: self.first.created_at(),
            created_by_user_id: self.first.user_id.clone(),
            last_message_at: Some(self.newest.created_at()),
            parent_message_id: parent.id.clone(),
            participant_count: participants,
            reply_count: parent.reply_count.into(),
            title: parent.text.clone(),
            updated_at: self.newest.at,
        }
    }
}
