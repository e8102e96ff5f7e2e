//! Bans (`rules.md` 14.2, 14.3): in one channel or in the whole app, open or so that the person does not notice.

use std::sync::Arc;

use super::{MINUTE, addresses, check_reason, end, future, purge};
use crate::access::Action;
use crate::chat::announce::{self, BanTold};
use crate::chat::{Ctx, Granted, respond, users};
use crate::error::{ApiError, Result};
use crate::limits;
use crate::store::{Ban, Channel, ChannelBan, Effect, Event, Member, Outcome, Tick, User};
use crate::wire::Time;
use crate::wire::moderation::{BanRequest, UnbanParams};

/// Bans a person; again replaces.
pub(crate) async fn ban(ctx: &Ctx, request: BanRequest) -> Result<()> {
    check_reason(request.reason.as_ref())?;
    let cid = cid(request.channel_cid.as_ref(), request.kind.as_ref(), request.id.as_ref())?;
    let delete = delete_mode(request.delete_messages.as_deref())?;
    let (by, by_id) = match (request.banned_by, request.banned_by_id) {
        (None, None) => (request.user, request.user_id),
        by => by,
    };
    let ctx = &ctx.acting_for("banned_by", by, by_id).await?;
    if !ctx.is_server() && ctx.viewer() == request.target_user_id {
        return Err(ApiError::input("user cannot ban themselves"));
    }
    let target = target(ctx, cid.as_deref(), &request.target_user_id).await?;
    let lasting = request.ban_from_future_channels.unwrap_or(false);
    if lasting && cid.is_none() {
        return Err(ApiError::field("channel_cid", "channel_cid is required with ban_from_future_channels"));
    }
    let ban = Ban {
        created_at: ctx.now(),
        expires: end(ctx.now(), request.timeout, MINUTE),
        by: ctx.actor.as_ref().map(|actor| actor.id.clone()),
        reason: request.reason.filter(|reason| !reason.is_empty()),
        shadow: request.shadow.unwrap_or(false),
    };
    let wanted = purge::Wanted { messages: delete, reactions: request.delete_reactions.unwrap_or(false) };
    let (ctx, with_address) = (ctx.clone(), request.ip_ban.unwrap_or(false));
    // By itself, so that a caller who leaves just now does not leave half of it, nor half of what the person wrote.
    let banned = tokio::spawn(async move {
        if lasting {
            // First: if only this is done, trying again does both.
            future::put(&ctx, &target, &ban).await?;
        }
        change(&ctx, cid.as_deref(), &target, Some(&ban)).await?;
        match with_address {
            true => addresses::bar(&ctx, cid.as_deref(), &target, &ban).await?,
            false => addresses::lift(&ctx, cid.as_deref(), &target).await?,
        }
        purge::purge(&ctx, cid.as_deref(), &target, wanted).await
    });
    banned.await.map_err(ApiError::internal)?
}

/// Lifts a ban; where there is none, nothing happens.
pub(crate) async fn unban(ctx: &Ctx, params: UnbanParams) -> Result<()> {
    let id = params.target_user_id.ok_or_else(|| ApiError::required("target_user_id"))?;
    let cid = cid(params.channel_cid.as_ref(), params.kind.as_ref(), params.id.as_ref())?;
    let ctx = &ctx.acting_for("user", None, params.created_by.or(params.user_id)).await?;
    let target = target(ctx, cid.as_deref(), &id).await?;
    if params.remove_future_channels_ban.unwrap_or(false) {
        future::lift(ctx, &target).await?;
    }
    change(ctx, cid.as_deref(), &target, None).await?;
    addresses::lift(ctx, cid.as_deref(), &target).await
}

/// The channel that a request names, if it names one.
fn cid(cid: Option<&String>, kind: Option<&String>, id: Option<&String>) -> Result<Option<String>> {
    let given = |text: Option<&String>| text.filter(|text| !text.is_empty()).cloned();
    match (given(cid), given(kind), given(id)) {
        (Some(cid), ..) if cid.contains(':') => Ok(Some(cid)),
        (Some(_), ..) => Err(ApiError::field("channel_cid", "channel_cid must be type:id")),
        (None, Some(kind), Some(id)) => Ok(Some(format!("{kind}:{id}"))),
        (None, None, None) => Ok(None),
        _ => Err(ApiError::input("type and id must be provided together")),
    }
}

/// Whether messages go, and for good (`true`).
fn delete_mode(mode: Option<&str>) -> Result<Option<bool>> {
    match mode {
        None | Some("") => Ok(None),
        Some("soft" | "pruning") => Ok(Some(false)),
        Some("hard") => Ok(Some(true)),
        Some(_) => Err(ApiError::field("delete_messages", "delete_messages must be one of [soft pruning hard]")),
    }
}

/// The person, whom the caller may ban here. Who may not learns nothing of who there is.
async fn target(ctx: &Ctx, cid: Option<&str>, id: &str) -> Result<Arc<User>> {
    if !ctx.is_server() {
        ctx.writer()?;
    }
    if let Some(cid) = cid {
        ctx.channel(cid, Action::BanChannelMember).await?;
        return users::existing(ctx, id).await;
    }
    users::require(ctx, Action::BanUser, true)?;
    let target = users::existing(ctx, id).await?;
    users::require_on(ctx, Action::BanUser, &target)?;
    Ok(target)
}

async fn change(ctx: &Ctx, cid: Option<&str>, target: &User, ban: Option<&Ban>) -> Result<()> {
    for _ in 0..limits::CONFLICT_RETRIES {
        let done = match cid {
            Some(cid) => in_channel(ctx, cid, target, ban).await?,
            None => in_app(ctx, &target.id, ban).await?,
        };
        if done {
            return Ok(());
        }
    }
    Err(ApiError::busy())
}

/// `false`: somebody else was faster.
async fn in_app(ctx: &Ctx, id: &str, ban: Option<&Ban>) -> Result<bool> {
    let store = &ctx.app.store;
    let before = users::existing(ctx, id).await?;
    let record = User { ban: ban.cloned(), ..User::clone(&before) };
    if before.ban == record.ban {
        return Ok(true);
    }
    let mut user = respond::user(&record, ctx.now());
    (user.created_at, user.updated_at) = (record.created_at(), Time::STAMP);
    let shadow = ban.or(before.ban.as_ref()).is_some_and(|ban| ban.shadow);
    let mut tx = store.put_user(&record, false)?;
    tx.append(announce::banned_in_app(&told(ctx, user, ban, shadow))?)?;
    Ok(matches!(store.commit_user(id, tx).await?, Outcome::Committed { .. }))
}

fn told(ctx: &Ctx, user: crate::wire::users::UserResponse, ban: Option<&Ban>, shadow: bool) -> BanTold {
    BanTold {
        user: Arc::new(user),
        created_by: respond::actor(ctx),
        reason: ban.and_then(|ban| ban.reason.clone()),
        expires: ban.and_then(|ban| ban.expires),
        shadow,
        lifted: ban.is_none(),
    }
}

/// The ban, its copy at the member and the channel's version change together. `false`: somebody else was faster.
async fn in_channel(ctx: &Ctx, cid: &str, target: &User, ban: Option<&Ban>) -> Result<bool> {
    let store = &ctx.app.store;
    store.forget_channel(cid, &target.id);
    let granted = ctx.channel(cid, Action::BanChannelMember).await?;
    let (before, member) =
        futures_util::future::try_join(store.channel_ban(cid, &target.id), store.fresh_member(cid, &target.id)).await?;
    if before.is_none() && ban.is_none() {
        return Ok(true);
    }
    let shadow = ban.map(|ban| ban.shadow).or(before.map(|before| before.shadow)).unwrap_or(false);
    let record = ban.map(|ban| ChannelBan {
        at: Time(0),
        expires: ban.expires,
        by: ban.by.clone().unwrap_or_default(),
        reason: ban.reason.clone(),
        shadow,
    });
    let others = match ban {
        Some(_) => true,
        None => store.channel_bans(cid).await?.keys().any(|id| *id != target.id),
    };
    let mut tx = store.channel_change(cid, Tick::Change);
    store.write_channel(&mut tx, &Channel { has_bans: others, ..granted.channel.rewritten() })?;
    store.write_channel_ban(&mut tx, cid, &target.id, record.as_ref())?;
    for event in
        announce::banned_in_channel(&told(ctx, respond::user(target, ctx.now()), ban, shadow), &granted.channel)?
    {
        tx.append(event)?;
    }
    let mut effects = vec![Effect::Channel(cid.to_owned())];
    match member {
        Some(member) => {
            effects.push(Effect::Member(cid.to_owned(), target.id.clone()));
            let changed = with_ban(&member, record.as_ref());
            store.write_member(&mut tx, cid, &changed)?;
            tx.append(member_updated(ctx, &granted, &changed, shadow, effects).await?)?;
        }
        None => tx.append(Event::effects(effects))?,
    }
    let outcome = store.commit_channel(cid, tx).await?;
    store.forget_member(cid, &target.id);
    Ok(matches!(outcome, Outcome::Committed { .. }))
}

/// The member with a copy of the ban.
pub(crate) fn with_ban(member: &Member, ban: Option<&ChannelBan>) -> Member {
    Member {
        banned: ban.is_some_and(|ban| !ban.shadow),
        shadow_banned: ban.is_some_and(|ban| ban.shadow),
        ban_expires: ban.and_then(|ban| ban.expires),
        ..member.rewritten()
    }
}

async fn member_updated(
    ctx: &Ctx,
    granted: &Granted,
    member: &Member,
    shadow: bool,
    effects: Vec<Effect>,
) -> Result<Event> {
    let people = respond::People::load(ctx, [member.user_id.as_str()]).await?;
    let stamped = Member { at: Time::STAMP, ..member.clone() };
    let response = respond::member(&stamped, &granted.channel, &people, "", ctx.now());
    announce::banned_member(&granted.channel, response, shadow, effects)
}
