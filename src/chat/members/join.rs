//! How somebody becomes a member.

use serde_json::{Map, Value};

use crate::chat::channels::{self, Change, MemberChange, Turn};
use crate::chat::{Ctx, commands};
use crate::error::{ApiError, Code, Result};
use crate::limits;
use crate::store::Member;
use crate::wire::Custom;
use crate::wire::channels::{ChannelConfigOverridesRequest, MemberRequest};

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
    let kept: Map<String, Value> = custom
        .0
        .iter()
        .filter(|(key, _)| !MemberRequest::IGNORED.contains(&key.as_str()))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    if Custom(kept.clone()).json_len() > limits::CUSTOM_BYTES {
        return Err(ApiError::new(
            Code::PayloadTooBig,
            format!("member custom data must be at most {} bytes of JSON", limits::CUSTOM_BYTES),
        ));
    }
    Ok(kept)
}

/// A former member of a distinct channel asks for it again: he is back, and sees the old messages.
pub(crate) async fn rejoin(ctx: &Ctx, cid: &str) -> Result<()> {
    let (store, user) = (&ctx.app.store, &ctx.writer()?.id);
    for _ in 0..limits::CONFLICT_RETRIES {
        let granted = channels::current(ctx, cid).await?;
        if store.fresh_member(cid, user).await?.is_some() {
            return Ok(());
        }
        let request = MemberRequest { user_id: user.clone(), ..MemberRequest::default() };
        let member = new_member(ctx, cid, &request, false).await?;
        let change = Change::of_members(&granted, vec![MemberChange { turn: Turn::Added, member }]);
        if channels::commit(ctx, &granted, change).await?.is_some() {
            return Ok(());
        }
    }
    Err(ApiError::busy())
}

/// A channel's own configuration, as it is stored.
pub(crate) fn overrides(request: &ChannelConfigOverridesRequest) -> Result<Map<String, Value>> {
    if let Some(names) = &request.commands {
        commands::check(names)?;
    }
    match serde_json::to_value(request).map_err(ApiError::internal)? {
        Value::Object(map) => Ok(map.into_iter().filter(|(_, value)| !value.is_null()).collect()),
        _ => Ok(Map::new()),
    }
}
