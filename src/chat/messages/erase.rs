//! Hard deletion: the message goes with its replies, reactions and pin, and out of every count.

use std::sync::Arc;

use super::delete::count_down;
use super::granted::{GrantedMessage, moment, uncount};
use super::{read, turn};
use crate::access::Action;
use crate::chat::{Ctx, Granted, announce, reminders, respond, users};
use crate::error::Result;
use crate::limits;
use crate::store::{Effect, Event, Message, Outcome, Tick, Transaction, UNREAD};
use crate::wire::Time;
use crate::wire::messages::MessageResponse;

/// Replies erased in one transaction.
const CHUNK: usize = 100;

pub(super) async fn erase(ctx: &Ctx, id: &str) -> Result<Arc<MessageResponse>> {
    let _turn = turn(id).await;
    for _ in 0..limits::CONFLICT_RETRIES {
        let found = ctx.message(id, Action::DeleteMessage).await?;
        // Replies first: a parent that is gone could not name them any more. A reply that comes meanwhile changes the parent, so
        // the last transaction notices it.
        if erase_replies(ctx, &found).await? {
            let erased = Message { deleted_at: Some(moment(ctx, &found.message)), ..found.message.rewritten() };
            let reminded = reminders::owners(ctx, &erased).await?;
            if let Some(at) = commit(ctx, &found, &erased).await? {
                reminders::message_erased(ctx, &erased, &reminded).await;
                return read::answer(ctx, &found.granted, Message { at, ..erased }).await;
            }
        }
        ctx.app.store.forget_channel(&found.granted.cid, ctx.viewer());
    }
    Err(users::busy())
}

async fn commit(ctx: &Ctx, found: &GrantedMessage, erased: &Message) -> Result<Option<Time>> {
    let (store, granted, message) = (&ctx.app.store, &found.granted, &found.message);
    let mut effects = vec![Effect::Channel(granted.cid.clone())];
    effects.extend(uncount(ctx, message).await?);
    effects.extend(end_of_thread(ctx, message).await?);
    let mut tx = store.channel_change(&granted.cid, Tick::Change);
    store.expect_channel(&mut tx, &granted.channel);
    store.erase_message(&mut tx, message);
    let response = respond::announced(ctx, &granted.cid, Message { at: Time::STAMP, ..erased.clone() }).await?;
    tx.append(announce::message_deleted(granted, message, &response, respond::actor(ctx), true, effects)?)?;
    count_down(ctx, granted, message, true, &mut tx).await?;
    less_to_read(ctx, granted, message, &mut tx).await?;
    match store.commit_channel(&granted.cid, tx).await? {
        Outcome::Committed { at } => Ok(Some(at)),
        Outcome::Conflict { .. } => Ok(None),
    }
}

/// `false`: one of them changed meanwhile.
async fn erase_replies(ctx: &Ctx, found: &GrantedMessage) -> Result<bool> {
    let granted = &found.granted;
    let ids = ctx.app.store.reply_ids(&granted.cid, &found.message.id).await?;
    for ids in ids.chunks(CHUNK) {
        if !erase_chunk(ctx, granted, ids).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn erase_chunk(ctx: &Ctx, granted: &Granted, ids: &[String]) -> Result<bool> {
    let store = &ctx.app.store;
    let replies = store.messages_in(&granted.cid, ids).await?;
    let mut tx = store.channel_change(&granted.cid, Tick::Change);
    for reply in ids.iter().filter_map(|id| replies.get(id)) {
        store.erase_message(&mut tx, reply);
        if !reply.show_in_channel {
            continue;
        }
        // Those in the thread go with it on every screen; those in the channel must be told of.
        let effects: Vec<Effect> = uncount(ctx, reply).await?.into_iter().collect();
        let erased = Message { at: Time::STAMP, deleted_at: Some(moment(ctx, reply)), ..reply.rewritten() };
        let response = respond::announced(ctx, &granted.cid, erased).await?;
        tx.append(announce::message_deleted(granted, reply, &response, respond::actor(ctx), true, effects)?)?;
    }
    tx.append(Event::effects(vec![Effect::Channel(granted.cid.clone())]))?;
    Ok(matches!(store.commit_channel(&granted.cid, tx).await?, Outcome::Committed { .. }))
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
    for (user, read) in store.thread_reads(cid, parent).await? {
        if read.at < reply.created_at() {
            let own = store.own(&user).await?;
            store.count_unread_replies(tx, cid, parent, granted.channel.is_one_to_one(), &user, &own);
            tx.append(Event::effects(vec![thread_read(reply, parent, user, UNREAD)]))?;
        }
    }
    Ok(())
}

fn thread_read(message: &Message, parent: &str, user: String, unread: u32) -> Effect {
    Effect::ThreadRead { cid: message.cid.clone(), parent: parent.to_owned(), user, unread }
}
