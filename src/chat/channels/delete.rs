//! Deleting a channel (`rules.md` 4.8). Its record stays as that of a deleted one, unless it goes for good.

use std::sync::Arc;

use super::{current, erase};
use crate::access::Action;
use crate::chat::announce::{self, Told};
use crate::chat::{Ctx, Granted, respond};
use crate::error::{ApiError, Result};
use crate::limits;
use crate::store::{ALL_MESSAGES, Channel, Effect, Event, Outcome, Tick, Transaction};
use crate::wire::channels::{ChannelResponse, DeleteChannelParams, DeleteChannelResponse};
use crate::wire::{Custom, Time};

/// What is left behind.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Left {
    /// The record, so that the channel can be made anew; what was said is out of sight.
    Record,
    /// The record and what was said: a distinct channel made anew has it again.
    History,
    Nothing,
}

/// Deletes the channel: nobody is a member any more, and what was said does not return.
pub(crate) async fn delete(ctx: &Ctx, cid: &str, params: DeleteChannelParams) -> Result<DeleteChannelResponse> {
    if !ctx.is_server() {
        ctx.writer()?;
    }
    let left = match (params.hard_delete.unwrap_or(false), ctx.is_server() && params.skip_truncate.unwrap_or(false)) {
        (true, true) => return Err(ApiError::input("hard_delete and skip_truncate cannot be used together")),
        (true, false) => Left::Nothing,
        (false, true) => Left::History,
        (false, false) => Left::Record,
    };
    for _ in 0..limits::CONFLICT_RETRIES {
        let granted = current(ctx, cid).await?;
        granted.right.require(Action::DeleteChannel)?;
        if left == Left::History && (granted.channel.distinct.is_empty() || granted.channel.truncated_at.is_some()) {
            return Err(ApiError::input(
                "skip_truncate is only possible for distinct channels that were never truncated",
            ));
        }
        if left == Left::Nothing {
            erase::erase_messages(ctx, cid, ALL_MESSAGES).await?;
        }
        if let Some(channel) = commit(ctx, &granted, left).await? {
            if left != Left::History {
                ctx.app.store.erase_pending_until(cid, channel.deleted_at.unwrap_or(ALL_MESSAGES)).await?;
            }
            return Ok(DeleteChannelResponse { channel });
        }
    }
    Err(ApiError::busy())
}

/// `None`: the channel or a member changed meanwhile.
async fn commit(ctx: &Ctx, granted: &Granted, left: Left) -> Result<Option<ChannelResponse>> {
    let (store, cid) = (&ctx.app.store, &granted.cid);
    let people = respond::People::load(ctx, [granted.channel.created_by.as_str()]).await?;
    let history_since = (left == Left::History).then(|| granted.channel.began());
    let record = granted.channel.rewritten();
    let deleted = Channel { deleted_at: Some(Time::STAMP), member_count: 0, history_since, ..record };
    let mut tx = store.channel_change(cid, Tick::Message);
    remove(ctx, granted, &deleted, left, &mut tx)?;
    let shown = Channel { at: Time::STAMP, member_count: granted.channel.member_count, ..deleted.clone() };
    let response = Arc::new(respond::channel(&shown, &granted.kind, &people));
    let told = Told { channel: &shown, response: &response, by: respond::actor(ctx) };
    // Counts fall before the first event, and the memberships after the last: those not watching are found by them.
    tx.append(announce::channel_deleted(&told, Effect::Truncated { cid: cid.clone(), until: ALL_MESSAGES })?)?;
    tx.append(announce::notification_channel_deleted(&told)?)?;
    tx.append(Event::effects(vec![Effect::Gone(cid.clone())]))?;
    let outcome = store.commit_channel(cid, tx).await?;
    store.forget_members(cid);
    Ok(match outcome {
        Outcome::Committed { at } => Some(answer(&Channel { deleted_at: Some(at), ..shown }, (*response).clone())),
        Outcome::Conflict { .. } => None,
    })
}

fn remove(ctx: &Ctx, granted: &Granted, deleted: &Channel, left: Left, tx: &mut Transaction) -> Result<()> {
    let (store, cid) = (&ctx.app.store, &granted.cid);
    store.remove_all_members(tx, cid);
    if left != Left::History {
        store.cut_all_messages(tx, cid);
    }
    match left {
        Left::Nothing => store.remove_channel(tx, &granted.channel),
        Left::Record | Left::History => {
            let custom = serde_json::Map::new();
            store
                .write_channel(tx, &Channel { custom, config_overrides: serde_json::Map::new(), ..deleted.clone() })?;
        }
    }
    Ok(())
}

/// The deleted channel as its deleter is answered: bare (`objects.md` 4.1).
fn answer(deleted: &Channel, response: ChannelResponse) -> ChannelResponse {
    ChannelResponse {
        deleted_at: deleted.deleted_at,
        updated_at: deleted.updated_at(),
        created_by: None,
        last_message_at: None,
        custom: Custom::default(),
        ..response
    }
}
