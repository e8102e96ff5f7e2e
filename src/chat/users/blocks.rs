//! Blocks (`rules.md` 14.6): whom somebody does not want to hear from one to one.
//!
//! The block itself is the only record. That the channel with the blocked person is hidden and falls silent follows from it.

use std::sync::Arc;

use super::{Ctx, existing};
use crate::chat::{announce, channel_types, respond};
use crate::error::{ApiError, Result};
use crate::limits;
use crate::store::{Block, Channel, Effect, Event, Outcome, Own};
use crate::wire::Time;
use crate::wire::users::{
    BlockUsersRequest, BlockUsersResponse, BlockedUserResponse, GetBlockedUsersResponse, UserIdParams,
};

/// Blocks a person. Blocking again changes nothing.
pub(crate) async fn block(ctx: &Ctx, request: BlockUsersRequest) -> Result<BlockUsersResponse> {
    let ctx = &ctx.acting_as("user", request.user, request.user_id).await?;
    let (user, other) = (ctx.writer()?.id.clone(), request.blocked_user_id);
    if other.is_empty() {
        return Err(ApiError::required("blocked_user_id"));
    }
    if other == user {
        return Err(ApiError::input("user cannot block themselves"));
    }
    existing(ctx, &other).await?;
    for _ in 0..limits::CONFLICT_RETRIES {
        let mut own = own(ctx).await?;
        if let Some(block) = own.blocks.iter().find(|block| block.user == other) {
            return Ok(answer(user, other, block.created_at));
        }
        if own.blocks.len() >= limits::BLOCKS {
            return Err(ApiError::input(format!("a user may block at most {} users", limits::BLOCKS)));
        }
        let created_at = ctx.now();
        own.blocks.push(Block { user: other.clone(), created_at });
        if commit(ctx, &own, events(ctx, &other, true).await?).await? {
            return Ok(answer(user, other, created_at));
        }
    }
    Err(ApiError::busy())
}

/// Takes a block back; one that is not there needs nothing.
pub(crate) async fn unblock(ctx: &Ctx, request: BlockUsersRequest) -> Result<()> {
    let ctx = &ctx.acting_as("user", request.user, request.user_id).await?;
    ctx.writer()?;
    let other = request.blocked_user_id;
    for _ in 0..limits::CONFLICT_RETRIES {
        let mut own = own(ctx).await?;
        if !own.blocks(&other) {
            return Ok(());
        }
        own.blocks.retain(|block| block.user != other);
        if commit(ctx, &own, events(ctx, &other, false).await?).await? {
            return Ok(());
        }
    }
    Err(ApiError::busy())
}

/// Whom the caller blocked.
pub(crate) async fn blocked(ctx: &Ctx, params: UserIdParams) -> Result<GetBlockedUsersResponse> {
    let ctx = &ctx.concerning(None, params.user_id).await?;
    let (user, own) = (ctx.writer()?.id.clone(), own(ctx).await?);
    let ids: Vec<&str> = own.blocks.iter().map(|block| block.user.as_str()).chain([user.as_str()]).collect();
    let people = respond::People::load(ctx, ids).await?;
    let row = |block: &Block| BlockedUserResponse {
        user: people.get(&user),
        user_id: user.clone(),
        blocked_user: people.get(&block.user),
        blocked_user_id: block.user.clone(),
        created_at: block.created_at,
    };
    Ok(GetBlockedUsersResponse { blocks: own.blocks.iter().map(row).collect() })
}

async fn own(ctx: &Ctx) -> Result<Own> {
    Ok(ctx.app.store.fresh_own(ctx.viewer()).await?.as_ref().clone())
}

fn answer(user: String, other: String, at: Time) -> BlockUsersResponse {
    BlockUsersResponse { blocked_by_user_id: user, blocked_user_id: other, created_at: at, blocked_at: at }
}

async fn commit(ctx: &Ctx, own: &Own, events: Vec<Event>) -> Result<bool> {
    let (store, user) = (&ctx.app.store, ctx.viewer());
    let mut tx = store.put_own(user, own)?;
    tx.append(Event::effects(vec![Effect::Own(user.to_owned())]))?;
    for event in events {
        tx.append(event)?;
    }
    let done = matches!(store.commit_user(user, tx).await?, Outcome::Committed { .. });
    if done {
        // What is sent after the answer must already meet the block.
        ctx.app.hub.set_own(user, store.fresh_own(user).await?, ctx.now());
    }
    Ok(done)
}

/// The user's devices lose or get back the 1:1 channels with the other.
async fn events(ctx: &Ctx, other: &str, blocked: bool) -> Result<Vec<Event>> {
    let (store, user) = (&ctx.app.store, ctx.viewer());
    let seen = store.user_channels(user).await?;
    let cids: Vec<&str> = seen.keys().map(String::as_str).collect();
    let own = store.own(user).await?;
    let mut channels: Vec<Arc<Channel>> = store.channels(cids.iter().copied()).await?.into_values().collect();
    channels.retain(|channel| {
        channel.is_one_to_one()
            && !channel.is_deleted()
            && [other, user].iter().all(|id| channel.distinct.iter().any(|member| member == id))
    });
    let creators: Vec<&str> = channels.iter().map(|channel| channel.created_by.as_str()).chain([user]).collect();
    let people = respond::People::load(ctx, creators.iter().copied()).await?;
    let mut events = Vec::new();
    for channel in &channels {
        let cid = channel.cid();
        let hidden = seen
            .get(&cid)
            .is_some_and(|seen| seen.is_hidden(channel.last_message_at, own.mutes_channel(&cid, ctx.now())));
        // What he had hidden himself neither goes nor comes back.
        if hidden {
            continue;
        }
        let mut response = respond::channel(channel, &*channel_types::of(channel)?, &people);
        (response.hidden, response.blocked) = (Some(blocked), Some(blocked));
        events.push(announce::channel_blocked(channel, response, people.get(user), blocked)?);
    }
    Ok(events)
}
