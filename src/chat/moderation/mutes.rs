//! Mutes of people and of channels (`rules.md` 14.1): for the muter alone.

use super::{MINUTE, end};
use crate::access::Action;
use crate::chat::{Ctx, announce, presence, respond, teams, users};
use crate::error::{ApiError, Code, Result, at_most};
use crate::events::Totals;
use crate::limits;
use crate::store::{Event, Mute, Outcome, Own};
use crate::wire::Time;
use crate::wire::moderation::{
    MuteChannelRequest, MuteChannelResponse, MuteUserRequest, MuteUserResponse, UnmuteChannelRequest,
    UnmuteUserRequest, UnmuteUserResponse,
};
use crate::wire::users::OwnUserResponse;

/// Mutes people; again replaces.
pub(crate) async fn mute_user(ctx: &Ctx, request: MuteUserRequest) -> Result<MuteUserResponse> {
    let ctx = &ctx.acting_as("user", request.user, request.user_id).await?;
    let several = request.target_ids.is_some();
    let targets = targets("target_ids", request.target_id, request.target_ids, limits::MUTES)?;
    if targets.iter().any(|target| target == ctx.viewer()) {
        return Err(ApiError::input("user cannot mute themselves"));
    }
    let (known, missing) = known(ctx, &targets).await?;
    let expires = ending("timeout", ctx.now(), request.timeout, MINUTE)?;
    let me = change(ctx, Kind::Users, |own, now| {
        put(&mut own.mutes, &known, now, expires);
        own.mutes.len() <= limits::MUTES
    })
    .await?;
    let mutes: Vec<_> =
        known.iter().filter_map(|id| me.mutes.iter().find(|mute| mute.target.id == *id).cloned()).collect();
    Ok(MuteUserResponse {
        mute: mutes.first().filter(|_| targets.len() == 1).cloned(),
        mutes: several.then_some(mutes),
        own_user: me,
        non_existing_users: missing,
    })
}

/// Takes mutes of people back; those that are not there need nothing.
pub(crate) async fn unmute_user(ctx: &Ctx, request: UnmuteUserRequest) -> Result<UnmuteUserResponse> {
    let ctx = &ctx.acting_as("user", request.user, request.user_id).await?;
    let targets = targets("target_ids", request.target_id, request.target_ids, limits::MUTES)?;
    let (_, non_existing_users) = known(ctx, &targets).await?;
    change(ctx, Kind::Users, |own, _| {
        own.mutes.retain(|mute| !targets.contains(&mute.target));
        true
    })
    .await?;
    Ok(UnmuteUserResponse { non_existing_users })
}

/// Mutes channels; again replaces.
pub(crate) async fn mute_channel(ctx: &Ctx, request: MuteChannelRequest) -> Result<MuteChannelResponse> {
    let ctx = &ctx.acting_as("user", request.user, request.user_id).await?;
    let cids = cids(ctx, request.channel_cid, request.channel_cids).await?;
    let expires = ending("expiration", ctx.now(), request.expiration, 1)?;
    let me = change(ctx, Kind::Channels, |own, now| {
        put(&mut own.channel_mutes, &cids, now, expires);
        own.channel_mutes.len() <= limits::CHANNEL_MUTES
    })
    .await?;
    let mutes: Vec<_> =
        cids.iter().filter_map(|cid| me.channel_mutes.iter().find(|mute| mute.channel.cid == *cid).cloned()).collect();
    Ok(MuteChannelResponse {
        channel_mute: mutes.first().cloned(),
        channel_mutes: (cids.len() > 1).then_some(mutes),
        own_user: me,
    })
}

/// Takes mutes of channels back, also of those that the caller can no longer read.
pub(crate) async fn unmute_channel(ctx: &Ctx, request: UnmuteChannelRequest) -> Result<()> {
    let ctx = &ctx.acting_as("user", request.user, request.user_id).await?;
    let cids = targets("channel_cids", request.channel_cid, request.channel_cids, limits::CHANNEL_MUTES_PER_CALL)?;
    change(ctx, Kind::Channels, |own, _| {
        own.channel_mutes.retain(|mute| !cids.contains(&mute.target));
        true
    })
    .await?;
    Ok(())
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Users,
    Channels,
}

/// Those named by one field or the other, each once.
fn targets(path: &str, one: Option<String>, many: Option<Vec<String>>, most: usize) -> Result<Vec<String>> {
    let mut targets: Vec<String> = Vec::new();
    for target in one.into_iter().chain(many.into_iter().flatten()) {
        if !target.is_empty() && !targets.contains(&target) {
            targets.push(target);
        }
    }
    if targets.is_empty() {
        return Err(ApiError::required(path));
    }
    at_most(path, targets.len(), most)?;
    Ok(targets)
}

/// The targets that exist and may be muted, and the others, if there are any.
async fn known(ctx: &Ctx, targets: &[String]) -> Result<(Vec<String>, Option<Vec<String>>)> {
    ctx.writer()?;
    users::require(ctx, Action::MuteUser, true)?;
    let mut found = ctx.app.store.users(targets.iter().map(String::as_str)).await?;
    found.retain(|_, user| teams::sees(ctx, user));
    for user in found.values() {
        users::require_on(ctx, Action::MuteUser, user)?;
    }
    let (known, missing): (Vec<String>, Vec<String>) = targets.iter().cloned().partition(|id| found.contains_key(id));
    Ok((known, (!missing.is_empty()).then_some(missing)))
}

/// The channels named, which must be there and the caller's to mute.
async fn cids(ctx: &Ctx, one: Option<String>, many: Option<Vec<String>>) -> Result<Vec<String>> {
    ctx.writer()?;
    let cids = targets("channel_cids", one, many, limits::CHANNEL_MUTES_PER_CALL)?;
    if let Some(cid) = cids.iter().find(|cid| !cid.contains(':')) {
        return Err(ApiError::field("channel_cids", format!("\"{cid}\" is not a cid; it must be type:id")));
    }
    let found = ctx.app.store.channels(cids.iter().map(String::as_str)).await?;
    let missing: Vec<&str> = cids
        .iter()
        .map(String::as_str)
        .filter(|cid| found.get(*cid).is_none_or(|channel| channel.is_deleted()))
        .collect();
    if !missing.is_empty() {
        return Err(ApiError::input(format!("some channels do not exist or were deleted: ({})", missing.join(", "))));
    }
    for cid in &cids {
        let granted = ctx.channel(cid, Action::MuteChannel).await?;
        granted.right.require(Action::ReadChannel)?;
        if !granted.kind.config.mutes {
            return Err(ApiError::new(Code::FeatureNotSupported, "mutes are not enabled for this channel"));
        }
    }
    Ok(cids)
}

fn ending(path: &str, now: Time, length: Option<i64>, unit: i64) -> Result<Option<Time>> {
    match length {
        Some(length) if length < 0 => Err(ApiError::field(path, format!("{path} must be 0 or greater"))),
        _ => Ok(end(now, length, unit)),
    }
}

/// Adds or replaces mutes.
fn put(mutes: &mut Vec<Mute>, targets: &[String], now: Time, expires: Option<Time>) {
    for target in targets {
        match mutes.iter_mut().find(|mute| mute.target == *target) {
            Some(mute) => (mute.updated_at, mute.expires) = (now, expires),
            None => mutes.push(Mute { target: target.clone(), created_at: now, updated_at: now, expires }),
        }
    }
}

/// Changes the caller's mutes and tells his devices. The change says whether the result is within its limit; a result that
/// is as before is told to nobody.
async fn change(
    ctx: &Ctx,
    kind: Kind,
    change: impl Fn(&mut Own, Time) -> bool + Send + Sync,
) -> Result<OwnUserResponse> {
    let (store, id) = (&ctx.app.store, ctx.viewer());
    for _ in 0..limits::CONFLICT_RETRIES {
        let (before, now) = (store.fresh_own(id).await?, ctx.now());
        let mut own = Own::clone(&before);
        own.mutes.retain(|mute| mute.holds(now));
        own.channel_mutes.retain(|mute| mute.holds(now));
        if !change(&mut own, now) {
            return Err(ApiError::input("too many mutes; take some back first"));
        }
        let me = me(ctx, &own, kind).await?;
        if own == *before {
            return Ok(me);
        }
        if commit(ctx, &own, told(kind, me.clone())?).await? {
            return Ok(me);
        }
    }
    Err(ApiError::busy())
}

fn told(kind: Kind, me: OwnUserResponse) -> Result<Event> {
    match kind {
        Kind::Users => announce::notification_mutes_updated(me),
        Kind::Channels => announce::notification_channel_mutes_updated(me),
    }
}

async fn commit(ctx: &Ctx, own: &Own, event: Event) -> Result<bool> {
    let (store, id) = (&ctx.app.store, ctx.viewer());
    let mut tx = store.put_own(id, own)?;
    tx.append(event)?;
    let done = matches!(store.commit_user(id, tx).await?, Outcome::Committed { .. });
    if done {
        // What is sent after the answer must already meet the mute.
        ctx.app.hub.set_own(id, store.fresh_own(id).await?, ctx.now());
    }
    Ok(done)
}

/// The caller as he will see himself.
async fn me(ctx: &Ctx, own: &Own, kind: Kind) -> Result<OwnUserResponse> {
    let user = ctx.app.store.user(ctx.viewer()).await?.unwrap_or_else(|| ctx.actor.clone().unwrap_or_default());
    let totals: Totals = match ctx.app.hub.totals(&user.id) {
        Some(totals) if kind == Kind::Users => totals,
        // Muted channels are not in the totals.
        _ => {
            let mut counts = presence::load_counts(&ctx.app, &user.id).await?;
            counts.set_own(std::sync::Arc::new(own.clone()), ctx.now());
            counts.totals()
        }
    };
    respond::own_user(ctx, &user, own, totals).await
}
