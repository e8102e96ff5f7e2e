//! How somebody becomes a member.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::chat::{announce, channel_types, respond, users, Ctx, Granted};
use crate::error::{ApiError, Code, Result};
use crate::limits;
use crate::store::{Audience, Channel, Counts, Effect, Member, Outcome, Tick, UserChannel};
use crate::wire::channels::{ChannelConfigOverridesRequest, MemberRequest};
use crate::wire::{Custom, Time};

/// The record of somebody who joins, or is invited. A ban that he brought along from an earlier membership still holds.
pub(crate) async fn new_member(ctx: &Ctx, cid: &str, request: &MemberRequest, invited: bool) -> Result<Member> {
    let mut member = Member { invited, ..Member::new(&request.user_id) };
    if let Some(role) = &request.channel_role {
        member.channel_role.clone_from(role);
    }
    member.custom = custom(&request.custom)?;
    if let Some(ban) = ctx.app.store.channel_ban(cid, &request.user_id).await? {
        (member.banned, member.shadow_banned, member.ban_expires) = (!ban.shadow, ban.shadow, ban.expires);
    }
    Ok(member)
}

/// Custom data of a member, without the built-in keys that callers echo.
pub(crate) fn custom(custom: &Custom) -> Result<Map<String, Value>> {
    let kept: Map<String, Value> =
        custom.0.iter().filter(|(key, _)| !MemberRequest::IGNORED.contains(&key.as_str())).map(|(key, value)| (key.clone(), value.clone())).collect();
    if Custom(kept.clone()).json_len() > limits::CUSTOM_BYTES {
        return Err(ApiError::new(Code::PayloadTooBig, format!("member custom data must be at most {} bytes of JSON", limits::CUSTOM_BYTES)));
    }
    Ok(kept)
}

/// A former member of a distinct channel asks for it again: he is back, and sees the old messages.
pub(crate) async fn rejoin(ctx: &Ctx, cid: &str, channel: Arc<Channel>) -> Result<()> {
    let (store, user) = (&ctx.app.store, ctx.viewer().to_owned());
    if store.fresh_member(cid, &user).await?.is_some() {
        return Ok(());
    }
    let kind = channel_types::of(&channel)?;
    let people = respond::People::load(ctx, [user.as_str(), channel.created_by.as_str()]).await?;
    store.index_channel(&user, cid).await?;
    let mut record = channel.rewritten();
    record.member_count += 1;
    let request = MemberRequest { user_id: user.clone(), ..MemberRequest::default() };
    let member = new_member(ctx, cid, &request, false).await?;
    let mut tx = store.channel_change(cid, Tick::Change);
    store.write_channel(&mut tx, &record)?;
    store.add_member(&mut tx, cid, &member)?;
    let response = respond::member(&Member { at: Time::STAMP, ..member }, &record, &people, "", ctx.now());
    let mut added = announce::channel_event("member.added", &record);
    (added.user, added.member) = (response.user.clone(), Some(Arc::new(response)));
    let effects = vec![Effect::Channel(cid.to_owned()), Effect::Joined(cid.to_owned(), user)];
    tx.append(announce::tell(&added, Audience::Watchers(cid.to_owned()), Counts::None, effects)?)?;
    let mut updated = announce::channel_event("channel.updated", &record);
    updated.channel = Some(Arc::new(respond::channel(&record, &kind, &people)));
    tx.append(announce::tell(&updated, Audience::Watchers(cid.to_owned()), Counts::None, Vec::new())?)?;
    match store.commit_channel(cid, tx).await? {
        Outcome::Committed { .. } => Ok(()),
        // Somebody changed the channel at the same moment; the caller's own retry looks again.
        Outcome::Conflict { .. } => Err(users::busy()),
    }
}

/// Hides the channel from its creator from the start; nobody is told, since nobody saw it yet.
pub(crate) async fn hide_quietly(ctx: &Ctx, granted: &Granted) -> Result<()> {
    let state = UserChannel { hidden_at: Some(ctx.now()), ..UserChannel::default() };
    let tx = ctx.app.store.put_user_channel(ctx.viewer(), &granted.cid, &state)?;
    tx.commit(&ctx.app.store).await?;
    Ok(())
}

/// A channel's own configuration, as it is stored.
pub(crate) fn overrides(request: &ChannelConfigOverridesRequest) -> Result<Map<String, Value>> {
    match serde_json::to_value(request).map_err(ApiError::internal)? {
        Value::Object(map) => Ok(map.into_iter().filter(|(_, value)| !value.is_null()).collect()),
        _ => Ok(Map::new()),
    }
}
