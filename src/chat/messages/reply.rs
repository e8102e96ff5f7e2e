//! Replies: what a message in a thread changes besides itself.

use std::collections::HashMap;

use super::granted::sees;
use super::send::{Told, new_event};
use crate::access::{Action, Ownership};
use crate::chat::{Ctx, Granted, announce, respond};
use crate::error::{ApiError, Code, Result};
use crate::limits;
use crate::store::{Effect, Message, ThreadRead, Transaction};

/// The parent of a reply, which must be a message of the same channel and no reply itself.
pub(super) async fn parent(ctx: &Ctx, granted: &Granted, record: &Message) -> Result<Option<Message>> {
    let Some(id) = &record.parent_id else { return Ok(None) };
    let missing = || ApiError::field("message.parent_id", format!("parent message with id {id} doesn't exist"));
    let parent = ctx.app.store.message_in(&record.cid, id).await?.ok_or_else(missing)?;
    if parent.created_at() < granted.channel.began() {
        return Err(ApiError::not_found(format!("channel {} of message {id} has been deleted", granted.cid)));
    }
    if !sees(ctx, granted, &parent) {
        return Err(missing());
    }
    if parent.parent_id.is_some() {
        return Err(ApiError::new(Code::MultipleNesting, "a reply cannot be replied to; use its parent_id"));
    }
    Ok(Some(parent))
}

/// A reply: the parent's counters and participants change with it, and its thread's participants hear of it.
pub(super) async fn added(
    ctx: &Ctx,
    granted: &Granted,
    record: &Message,
    told: &Told,
    parent: Message,
    tx: &mut Transaction,
) -> Result<()> {
    let store = &ctx.app.store;
    let mut updated = parent.rewritten();
    updated.reply_count += 1;
    if !updated.thread_participants.contains(&record.user_id)
        && updated.thread_participants.len() < limits::THREAD_PARTICIPANTS
    {
        updated.thread_participants.push(record.user_id.clone());
    }
    store.write_message(tx, &Message { at: parent.at, ..updated.clone() })?;
    let known = store.thread_reads(&granted.cid, &parent.id).await?;
    let participants = participants(ctx, granted, record, &parent, &known, tx).await?;
    store.read_own_reply(tx, record, &parent.id, known.get(&record.user_id))?;
    let parent_response = respond::announced(ctx, &granted.cid, updated.stamped()).await?;
    tx.append(announce::message_updated(granted, &updated, &parent_response, None)?)?;
    let effect = Effect::Reply {
        cid: granted.cid.clone(),
        parent: parent.id.clone(),
        author: record.user_id.clone(),
        // Nothing is unread where the channel knows no reading.
        participants: if granted.kind.config.read_events { participants.clone() } else { Vec::new() },
        quiet: record.is_quiet(),
        one_to_one: granted.channel.is_one_to_one(),
    };
    tx.append(new_event(ctx, granted, record, told, vec![effect])?)?;
    let people = respond::People::load(ctx, [granted.channel.created_by.as_str()]).await?;
    let channel = respond::channel(&granted.channel, &granted.kind, &people);
    let mut note = announce::notification_thread_message_new(
        granted,
        record,
        &told.message,
        participants,
        &parent_response,
        channel,
    )?;
    note.counts_watchers = true;
    tx.append(note)
}

/// Who takes part in the thread with this reply: authors, the parent's author, people mentioned. Whoever is new gets a pointer
/// from which this reply alone is unread.
async fn participants(
    ctx: &Ctx,
    granted: &Granted,
    record: &Message,
    parent: &Message,
    known: &HashMap<String, ThreadRead>,
    tx: &mut Transaction,
) -> Result<Vec<String>> {
    let (store, cid) = (&ctx.app.store, &granted.cid);
    let mut all: Vec<String> = known.keys().cloned().collect();
    for id in [&record.user_id, &parent.user_id].into_iter().chain(&record.mentioned_users) {
        if !all.contains(id) {
            all.push(id.clone());
        }
    }
    retain_readers(ctx, granted, &mut all).await?;
    // Indexes first: they may be too large, never too small.
    if !known.contains_key(&record.user_id) {
        store.index_thread(&record.user_id, &parent.id, cid).await?;
    }
    for user in all.iter().filter(|id| **id != record.user_id && !known.contains_key(*id)) {
        // The parent was last written with the last reply, so from there on only this one is unread.
        store.index_thread(user, &parent.id, cid).await?;
        store.write_thread_read(tx, cid, &parent.id, user, &ThreadRead::new(parent.at, ctx.now()))?;
    }
    Ok(all)
}

/// Takes out who may not read the channel: people who left it, and people mentioned who were never in.
async fn retain_readers(ctx: &Ctx, granted: &Granted, participants: &mut Vec<String>) -> Result<()> {
    let everybody = granted.kind.grants.permissions(&["user"]);
    if !everybody.allow(Action::ReadChannel, Ownership::NONE) {
        let members = ctx.app.store.members_of(&granted.cid, participants).await?;
        participants.retain(|id| members.get(id).is_some_and(|member| !member.is_outside()));
    }
    Ok(())
}
