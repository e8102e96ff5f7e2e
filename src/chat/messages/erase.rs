//! Hard deletion: the message goes with its replies, reactions and pin, and out of every count.

use std::sync::Arc;

use super::delete::count_down;
use super::granted::{GrantedMessage, moment, uncount};
use super::{Tries, pending, read};
use crate::access::Action;
use crate::chat::{Ctx, Granted, announce, reminders, respond};
use crate::error::{ApiError, Result};
use crate::store::{Effect, Event, Message, Outcome, Tick, Transaction, UNREAD};
use crate::wire::Time;
use crate::wire::messages::MessageResponse;

/// Replies erased in one transaction.
const CHUNK: usize = 100;

pub(super) async fn erase(ctx: &Ctx, id: &str) -> Result<Arc<MessageResponse>> {
    let (ctx, id) = (ctx.clone(), id.to_owned());
    // By itself, so that a client who leaves just now does not leave half of a thread.
    let erased = tokio::spawn(async move { in_turn(&ctx, &id).await });
    erased.await.map_err(ApiError::internal)?
}

async fn in_turn(ctx: &Ctx, id: &str) -> Result<Arc<MessageResponse>> {
    let mut tries = Tries::of(id);
    while tries.next().await {
        let mut found = ctx.stored_message(id, Action::DeleteMessage).await?;
        if found.message.is_pending() {
            if let Some(erased) = pending::erase(ctx, &found).await? {
                return Ok(erased);
            }
            continue;
        }
        // Replies first: a parent that is gone could not name them any more. A reply that comes meanwhile changes the parent, so
        // the next transaction notices it.
        if erase_replies(ctx, &mut found).await? {
            let erased = Message { deleted_at: Some(moment(ctx, &found.message)), ..found.message.rewritten() };
            let reminded = reminders::owners(ctx, &erased).await?;
            if let Some(at) = commit(ctx, &found, &erased).await? {
                reminders::message_erased(ctx, &erased, &reminded).await;
                return read::answer(ctx, &found.granted, Message { at, ..erased }).await;
            }
        }
        ctx.app.store.forget_channel(&found.granted.cid, ctx.viewer());
    }
    Err(ApiError::busy())
}

async fn commit(ctx: &Ctx, found: &GrantedMessage, erased: &Message) -> Result<Option<Time>> {
    let (store, granted, message) = (&ctx.app.store, &found.granted, &found.message);
    let mut effects = vec![Effect::Channel(granted.cid.clone())];
    effects.extend(uncount(ctx, message).await?);
    effects.extend(end_of_thread(ctx, message).await?);
    let mut tx = store.channel_change(&granted.cid, Tick::Change);
    store.expect_channel(&mut tx, &granted.channel);
    store.erase_message(&mut tx, message);
    let response = respond::announced_deleted(ctx, &granted.cid, erased.stamped()).await?;
    tx.append(announce::message_deleted(granted, message, &response, respond::actor(ctx), true, effects)?)?;
    count_down(ctx, granted, message, true, &mut tx).await?;
    less_to_read(ctx, granted, message, &mut tx).await?;
    Ok(store.commit_channel(&granted.cid, tx).await?.at())
}

/// `false`: one of them, or the parent, changed meanwhile.
async fn erase_replies(ctx: &Ctx, found: &mut GrantedMessage) -> Result<bool> {
    let ids = ctx.app.store.reply_ids(&found.granted.cid, &found.message.id).await?;
    for ids in ids.chunks(CHUNK) {
        let Some(parent) = erase_chunk(ctx, found, ids).await? else { return Ok(false) };
        // The next transaction expects the parent as this one left it.
        found.message = parent;
    }
    Ok(true)
}

/// Takes these replies from the parent, whose counters say so: they are true even if the rest never goes. Nobody is told of them, as
/// the parent goes next. Answers with the parent as it is then; `None`: it or one of the replies changed meanwhile.
async fn erase_chunk(ctx: &Ctx, found: &GrantedMessage, ids: &[String]) -> Result<Option<Message>> {
    let (store, granted) = (&ctx.app.store, &found.granted);
    let replies = store.messages_in(&granted.cid, ids).await?;
    let reminded = replies.values().map(|reply| reminders::owners(ctx, reply));
    let reminded = futures_util::future::try_join_all(reminded).await?;
    let mut parent = found.message.rewritten();
    let mut tx = store.channel_change(&granted.cid, Tick::Change);
    for reply in ids.iter().filter_map(|id| replies.get(id)) {
        store.erase_message(&mut tx, reply);
        let counter = match reply.deleted_at {
            Some(_) => &mut parent.deleted_reply_count,
            None => &mut parent.reply_count,
        };
        *counter = counter.saturating_sub(1);
        if !reply.show_in_channel {
            continue;
        }
        // Those in the thread go with it on every screen; those in the channel must be told of.
        let effects: Vec<Effect> = uncount(ctx, reply).await?.into_iter().collect();
        let erased = Message { at: Time::STAMP, deleted_at: Some(moment(ctx, reply)), ..reply.rewritten() };
        let response = respond::announced_deleted(ctx, &granted.cid, erased).await?;
        tx.append(announce::message_deleted(granted, reply, &response, respond::actor(ctx), true, effects)?)?;
    }
    store.write_message(&mut tx, &parent)?;
    tx.append(Event::effects(vec![Effect::Channel(granted.cid.clone())]))?;
    let Outcome::Committed { at } = store.commit_channel(&granted.cid, tx).await? else { return Ok(None) };
    for (reply, owners) in replies.values().zip(&reminded) {
        reminders::message_erased(ctx, reply, owners).await;
    }
    Ok(Some(Message { at, ..parent }))
}

/// A parent goes, and its thread: nobody has unread replies there any more.
async fn end_of_thread(ctx: &Ctx, parent: &Message) -> Result<Vec<Effect>> {
    if parent.parent_id.is_some() {
        return Ok(Vec::new());
    }
    let participants = ctx.app.store.thread_reads(&parent.cid, &parent.id).await?;
    Ok(participants.into_keys().map(|user| thread_read(parent, &parent.id, user, 0)).collect())
}

/// A reply goes: participants who had not read it have less to read. The transaction counts what is left.
async fn less_to_read(ctx: &Ctx, granted: &Granted, reply: &Message, tx: &mut Transaction) -> Result<()> {
    let (store, cid) = (&ctx.app.store, &granted.cid);
    let Some(parent) = &reply.parent_id else { return Ok(()) };
    let reads = store.thread_reads(cid, parent).await?;
    let behind = reads.iter().filter(|(_, read)| read.at < reply.created_at());
    let behind: Vec<&str> = behind.map(|(user, _)| user.as_str()).collect();
    for (user, own) in store.owns_of(behind.into_iter()).await? {
        store.count_unread_replies(tx, cid, parent, granted.channel.is_one_to_one(), user, &own);
        tx.append(Event::effects(vec![thread_read(reply, parent, user.to_owned(), UNREAD)]))?;
    }
    Ok(())
}

fn thread_read(message: &Message, parent: &str, user: String, unread: u32) -> Effect {
    Effect::ThreadRead { cid: message.cid.clone(), parent: parent.to_owned(), user, unread }
}
