//! Bans from the channels that somebody will make (`rules.md` 14.2): kept by whom they are from, and in force from a channel's
//! first moment.

use crate::chat::users::bounded;
use crate::chat::{Ctx, respond};
use crate::error::{ApiError, Result};
use crate::limits;
use crate::store::{Ban, ChannelBan, User};
use crate::wire::Time;
use crate::wire::moderation::{BanResponse, QueryFutureChannelBansRequest, QueryFutureChannelBansResponse};

/// Keeps the ban for all channels that the banner makes from now on.
pub(super) async fn put(ctx: &Ctx, target: &User, ban: &Ban) -> Result<()> {
    let (store, by) = (&ctx.app.store, actor_id(ctx)?);
    let known = store.future_bans(by).await?;
    if known.len() >= limits::FUTURE_BANS && !known.contains_key(&target.id) {
        let message =
            format!("at most {} people can be banned from future channels; lift some first", limits::FUTURE_BANS);
        return Err(ApiError::field("ban_from_future_channels", message));
    }
    let ban = ChannelBan {
        at: Time(0),
        expires: ban.expires,
        by: by.to_owned(),
        reason: ban.reason.clone(),
        shadow: ban.shadow,
    };
    store.put_future_ban(by, &target.id, Some(&ban))?.commit(store).await.map(drop)
}

/// Lifts it; the channels made meanwhile keep theirs.
pub(super) async fn lift(ctx: &Ctx, target: &User) -> Result<()> {
    let (store, by) = (&ctx.app.store, actor_id(ctx)?);
    store.put_future_ban(by, &target.id, None)?.commit(store).await.map(drop)
}

/// Whoever bans must be somebody, where the ban is kept with him.
fn actor_id(ctx: &Ctx) -> Result<&str> {
    let missing = || ApiError::field("banned_by_id", "banned_by_id is required for bans from future channels");
    ctx.actor.as_ref().map(|actor| actor.id.as_str()).ok_or_else(missing)
}

/// The bans with which a channel of this creator begins, by user id.
pub(crate) async fn awaiting(ctx: &Ctx, creator: &str) -> Result<Vec<(String, ChannelBan)>> {
    let bans = ctx.app.store.future_bans(creator).await?;
    Ok(bans.into_iter().filter(|(_, ban)| ban.holds(ctx.now())).collect())
}

/// Lists the caller's bans from future channels, newest first.
pub(crate) async fn query_future_bans(
    ctx: &Ctx,
    request: QueryFutureChannelBansRequest,
) -> Result<QueryFutureChannelBansResponse> {
    let ctx = &ctx.acting_as("user", request.user, request.user_id).await?;
    let limit = bounded("limit", request.limit, limits::USERS_PAGE_DEFAULT, limits::BANS_PAGE)?;
    let offset = bounded("offset", request.offset, 0, limits::BANS_OFFSET)?;
    let (now, target) = (ctx.now(), request.target_user_id.filter(|id| !id.is_empty()));
    let mut bans: Vec<(String, ChannelBan)> = ctx.app.store.future_bans(ctx.viewer()).await?.into_iter().collect();
    bans.retain(|(user, ban)| {
        target.as_ref().is_none_or(|target| target == user)
            && (!request.exclude_expired_bans.unwrap_or(false) || ban.holds(now))
    });
    bans.sort_by(|(a, left), (b, right)| (right.at, a).cmp(&(left.at, b)));
    let total = request.include_total.unwrap_or(false).then_some(bans.len() as i64);
    let page: Vec<_> = bans.into_iter().skip(offset).take(limit).collect();
    let ids = page.iter().flat_map(|(user, ban)| [user.as_str(), ban.by.as_str()]);
    let people = respond::People::load(ctx, ids).await?;
    let bans = page.into_iter().map(|(user, ban)| BanResponse {
        banned_by: Some(people.get(&ban.by)),
        channel: None,
        created_at: ban.at,
        expires: ban.expires,
        reason: ban.reason,
        shadow: Some(ban.shadow),
        // Who asks about one person knows who it is (`objects.md` 14.3).
        user: target.is_none().then(|| people.get(&user)),
    });
    Ok(QueryFutureChannelBansResponse { bans: bans.collect(), total })
}
