//! Truncation (`rules.md` 4.7): what was said so far is out of sight, for everybody or for a few, or gone for good.

use std::sync::Arc;

use super::change::{self, Said};
use super::update::{answer, said, speaker};
use super::{current, erase};
use crate::access::Action;
use crate::chat::announce::{self, Told};
use crate::chat::{Ctx, Granted, respond};
use crate::error::{ApiError, Result, at_most};
use crate::limits;
use crate::store::{ALL_MESSAGES, Channel, Counts, Effect, Member, Read, Tick, Transaction};
use crate::wire::Time;
use crate::wire::channels::{TruncateChannelRequest, TruncateChannelResponse};
use crate::wire::messages::MessageResponse;

/// Truncates the channel.
pub(crate) async fn truncate(
    ctx: &Ctx,
    cid: &str,
    mut request: TruncateChannelRequest,
) -> Result<TruncateChannelResponse> {
    let mut message = request.message.take();
    let (user, user_id) = (request.user.take(), request.user_id.take());
    let ctx = &ctx.acting_for("user", user, user_id).await?;
    if !ctx.is_server() {
        ctx.writer()?;
    }
    let speaker = speaker(ctx, message.as_mut()).await?;
    check(&request)?;
    for _ in 0..limits::CONFLICT_RETRIES {
        let granted = current(ctx, cid).await?;
        check_rights(&granted, &request, message.is_some())?;
        let cut = cut(ctx, &granted, &request)?;
        let said = said(speaker.as_ref(), &granted, message.as_ref())?;
        if request.hard_delete == Some(true) {
            erase::erase_messages(ctx, cid, cut.map_or(ALL_MESSAGES, before)).await?;
        }
        let done = match &request.member_ids {
            Some(ids) => for_members(ctx, &granted, ids, cut, said.as_ref()).await?,
            None => for_everybody(ctx, &granted, cut, said.as_ref()).await?,
        };
        if let Some(message) = done {
            let channel = answer(ctx, cid).await?.0;
            if request.member_ids.is_none() {
                // After the cut, which hides them already.
                ctx.app.store.erase_pending_until(cid, channel.truncated_at.map_or(ALL_MESSAGES, before)).await?;
            }
            return Ok(TruncateChannelResponse { channel, message });
        }
    }
    Err(ApiError::busy())
}

fn check(request: &TruncateChannelRequest) -> Result<()> {
    let Some(ids) = &request.member_ids else { return Ok(()) };
    at_most("member_ids", ids.len(), limits::MEMBERS_PER_CALL)?;
    if request.hard_delete == Some(true) {
        return Err(ApiError::input("hard_delete and member_ids cannot be used together"));
    }
    Ok(())
}

/// Whoever may delete the channel may truncate it as well.
fn check_rights(granted: &Granted, request: &TruncateChannelRequest, speaks: bool) -> Result<()> {
    let right = &granted.right;
    if request.hard_delete == Some(true) {
        right.require(Action::DeleteChannel)?;
    }
    if !right.allows(Action::DeleteChannel) {
        right.require(Action::TruncateChannel)?;
    }
    if speaks && !right.allows(Action::CreateSystemMessage) {
        return Err(ApiError::not_allowed("creating system messages not allowed"));
    }
    Ok(())
}

/// Where the cut is; `None` for the moment of the commit, which is also what a moment still to come means.
fn cut(ctx: &Ctx, granted: &Granted, request: &TruncateChannelRequest) -> Result<Option<Time>> {
    let Some(at) = request.truncated_at.filter(|at| *at < ctx.now()) else { return Ok(None) };
    match granted.channel.truncated_at {
        Some(previous) if at <= previous && request.member_ids.is_none() => {
            Err(ApiError::field("truncated_at", format!("truncated_at {at} must be more recent than previous one")))
        }
        _ => Ok(Some(at)),
    }
}

/// The last moment that a cut at `at` takes away.
fn before(at: Time) -> Time {
    Time(at.micros() - 1)
}

type Done = Option<Option<Arc<MessageResponse>>>;

async fn for_everybody(ctx: &Ctx, granted: &Granted, cut: Option<Time>, said: Option<&Said>) -> Result<Done> {
    let (store, cid) = (&ctx.app.store, &granted.cid);
    let truncated_by = ctx.actor.as_ref().map(|actor| actor.id.clone());
    let record = Channel { truncated_at: cut.or(Some(Time::STAMP)), truncated_by, ..granted.channel.rewritten() };
    // Clients drop what is older by the millisecond, and a message's moment is a millisecond of its own.
    let mut tx = store.channel_change(cid, Tick::Message);
    store.write_channel(&mut tx, &record)?;
    let mut shown = Channel { at: Time::STAMP, ..record };
    match cut {
        None => {
            store.cut_all_messages(&mut tx, cid);
            (shown.last_message_at, shown.message_count) = (None, 0);
        }
        Some(at) => {
            shown.last_message_at = shown.last_message_at.filter(|last| *last >= at);
            cut_until(ctx, cid, before(at), &mut tx).await?;
        }
    }
    let message = announced(ctx, cid, said).await?;
    let people =
        respond::People::load(ctx, [shown.created_by.as_str(), shown.truncated_by.as_deref().unwrap_or_default()])
            .await?;
    let response = Arc::new(respond::channel(&shown, &granted.kind, &people));
    let told = Told { channel: &shown, response: &response, by: respond::actor(ctx) };
    let effect = Effect::Truncated { cid: cid.clone(), until: cut.map_or(ALL_MESSAGES, before) };
    tx.append(announce::channel_truncated(&told, message.as_ref(), effect)?)?;
    let counts = if cut.is_none() { Counts::ChannelsAndThreads } else { Counts::None };
    tx.append(announce::notification_channel_truncated(&told, message.as_ref(), counts)?)?;
    let after = Granted { channel: Arc::new(shown.clone()), ..granted.clone() };
    let message = change::say(&after, &[], said, &mut tx).await?;
    change::settled(store.commit_channel(cid, tx).await?, message.as_deref())
}

/// The older part goes; pins are ordered by when they were set, so each is looked at.
async fn cut_until(ctx: &Ctx, cid: &str, until: Time, tx: &mut Transaction) -> Result<()> {
    let store = &ctx.app.store;
    let gone = store.count_messages(cid, until).await?;
    tx.count_messages(-gone);
    store.cut_messages(tx, cid, until);
    let pinned = store.messages_in(cid, &store.pinned_ids(cid).await?).await?;
    for message in pinned.values().filter(|message| message.created_at() <= until) {
        store.pin_message(tx, message, None);
    }
    Ok(())
}

/// Only these members lose sight of what was said; the channel itself stays as it is.
async fn for_members(
    ctx: &Ctx,
    granted: &Granted,
    ids: &[String],
    cut: Option<Time>,
    said: Option<&Said>,
) -> Result<Done> {
    let (store, cid) = (&ctx.app.store, &granted.cid);
    let mut tx = store.channel_change(cid, Tick::Message);
    let mut effects = Vec::new();
    let members = store.members_of(cid, ids).await?;
    for member in members.values() {
        let hidden = Member { hide_messages_before: cut.map(before).or(Some(Time::STAMP)), ..(**member).clone() };
        store.write_member(&mut tx, cid, &hidden)?;
        read_until(ctx, cid, &member.user_id, cut, &mut tx).await?;
        // What is left to read is counted anew.
        effects.extend([Effect::Member(cid.clone(), member.user_id.clone()), Effect::Own(member.user_id.clone())]);
    }
    let shown = Channel { truncated_at: cut.or(Some(Time::STAMP)), ..granted.channel.rewritten() };
    let people = respond::People::load(ctx, [shown.created_by.as_str()]).await?;
    let response = Arc::new(respond::channel(&shown, &granted.kind, &people));
    let told = Told { channel: &shown, response: &response, by: respond::actor(ctx) };
    tx.append(announce::channel_truncated_for(&told, members.keys().cloned().collect(), effects)?)?;
    let message = change::say(granted, &[], said, &mut tx).await?;
    let outcome = store.commit_channel(cid, tx).await?;
    for id in members.keys() {
        store.forget_member(cid, id);
    }
    change::settled(outcome, message.as_deref())
}

/// What a member no longer sees he need not read.
async fn read_until(ctx: &Ctx, cid: &str, user: &str, cut: Option<Time>, tx: &mut Transaction) -> Result<()> {
    let store = &ctx.app.store;
    let Some(at) = cut else { return store.read_from_now(tx, cid, user) };
    match store.read(cid, user).await? {
        Some(read) if read.at < at => {
            let own = read.own.iter().copied().filter(|own| *own > at.micros()).collect();
            store.write_read(tx, cid, user, Some(&read), &Read { at: before(at), own, ..read.clone() })
        }
        _ => Ok(()),
    }
}

async fn announced(ctx: &Ctx, cid: &str, said: Option<&Said>) -> Result<Option<Arc<MessageResponse>>> {
    let Some(said) = said else { return Ok(None) };
    respond::announced(ctx, cid, said.message.stamped()).await.map(Some)
}
