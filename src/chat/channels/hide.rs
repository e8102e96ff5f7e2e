//! Hiding and showing a channel: what one person does to his own list (`rules.md` 4.5).

use std::sync::Arc;

use crate::access::Action;
use crate::chat::announce::{self, Told};
use crate::chat::{Ctx, Granted, reads, respond};
use crate::error::Result;
use crate::store::{Effect, Event, Outcome, Transaction, UserChannel};
use crate::wire::Time;
use crate::wire::channels::{HideChannelRequest, ShowChannelRequest};

/// Hides the channel until its next message; with `clear_history` what was said so far never returns.
pub(crate) async fn hide(ctx: &Ctx, cid: &str, request: HideChannelRequest) -> Result<()> {
    let ctx = &ctx.acting_as("user", request.user, request.user_id).await?;
    let user = ctx.writer()?.id.clone();
    let granted = ctx.channel(cid, Action::ReadChannel).await?;
    let clear = request.clear_history.unwrap_or(false);
    let response = Arc::new(described(ctx, &granted).await?);
    let told = Told { channel: &granted.channel, response: &response, by: respond::actor(ctx) };
    if clear {
        // Before it is hidden: whoever has read it and still sees it hides it again, but what is out of sight cannot be read.
        reads::forget_cleared(ctx, &granted).await?;
    }
    let mut tx = hidden(ctx, cid, clear).await?;
    tx.append(announce::channel_hidden(&told, &user, clear)?)?;
    commit(ctx, tx).await
}

/// Shows the channel again. A cleared history stays cleared.
pub(crate) async fn show(ctx: &Ctx, cid: &str, request: ShowChannelRequest) -> Result<()> {
    let ctx = &ctx.acting_as("user", request.user, request.user_id).await?;
    let user = ctx.writer()?.id.clone();
    let granted = ctx.channel(cid, Action::ReadChannel).await?;
    let response = Arc::new(described(ctx, &granted).await?);
    let told = Told { channel: &granted.channel, response: &response, by: respond::actor(ctx) };
    let seen = ctx.app.store.user_channel(&user, cid).await?;
    let mut tx = ctx.app.store.put_user_channel(&user, cid, &UserChannel { hidden_at: None, ..seen })?;
    tx.append(announce::channel_visible(&told, &user)?)?;
    commit(ctx, tx).await
}

/// Hides the channel from its creator from the start; nobody is told, since nobody saw it yet.
pub(super) async fn hide_quietly(ctx: &Ctx, cid: &str) -> Result<()> {
    let mut tx = hidden(ctx, cid, false).await?;
    let effect = Effect::Hidden { cid: cid.to_owned(), user: ctx.viewer().to_owned(), hidden: true };
    tx.append(Event::effects(vec![effect]))?;
    commit(ctx, tx).await
}

/// Puts the channel into the list of somebody who is about to become a member. If he once hid it, he sees it again.
pub(super) async fn list(ctx: &Ctx, cid: &str, user: &str) -> Result<()> {
    let store = &ctx.app.store;
    let seen = store.index_channel(user, cid).await?;
    if seen.hidden_at.is_none() {
        return Ok(());
    }
    let mut tx = store.put_user_channel(user, cid, &UserChannel { hidden_at: None, ..seen })?;
    tx.append(Event::effects(vec![Effect::Hidden { cid: cid.to_owned(), user: user.to_owned(), hidden: false }]))?;
    commit(ctx, tx).await
}

/// What is said up to now is behind the channel's clock, and every later message beyond it.
async fn hidden(ctx: &Ctx, cid: &str, clear: bool) -> Result<Transaction> {
    let store = &ctx.app.store;
    let (clock, seen) =
        futures_util::future::try_join(store.channel_clock(cid), store.user_channel(ctx.viewer(), cid)).await?;
    let at = if clock == Time(0) { ctx.now() } else { clock };
    let cleared_at = if clear { Some(at) } else { seen.cleared_at };
    let state = UserChannel { hidden_at: Some(at), cleared_at, since: None };
    store.put_user_channel(ctx.viewer(), cid, &state)
}

async fn described(ctx: &Ctx, granted: &Granted) -> Result<crate::wire::channels::ChannelResponse> {
    let people = respond::People::load(ctx, [granted.channel.created_by.as_str()]).await?;
    Ok(respond::channel(&granted.channel, &granted.kind, &people))
}

/// These transactions check nothing, so they cannot conflict.
async fn commit(ctx: &Ctx, tx: Transaction) -> Result<()> {
    match tx.commit(&ctx.app.store).await? {
        Outcome::Committed { .. } => Ok(()),
        Outcome::Conflict { .. } => Err(crate::chat::ApiError::busy()),
    }
}
