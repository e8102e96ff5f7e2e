//! Getting or creating a channel (`rules.md` 4.1, 4.2).

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{data, distinct, hide, message_page, offset_page, state, watch};
use crate::access::Action;
use crate::chat::{Ctx, Granted, Right, announce, channel_types, members, moderation, respond, teams};
use crate::error::{ApiError, Code, Result, at_most};
use crate::limits;
use crate::store::{Channel, Effect, Event, Member, Outcome, StatePages, Tick};
use crate::wire::Time;
use crate::wire::channels::{ChannelDataRequest, ChannelStateResponse, GetOrCreateChannelRequest, MemberRequest};
use crate::wire::messages::MessagePageRequest;

/// The channel `kind:id`, or, without an id, that of the members named; created if it is not there yet.
pub(crate) async fn get_or_create(
    ctx: &Ctx,
    kind: &str,
    id: Option<&str>,
    request: GetOrCreateChannelRequest,
) -> Result<ChannelStateResponse> {
    channel_types::named(kind)?;
    let data = request.data.clone().unwrap_or_default();
    let ctx = &acting(ctx, &data, &request).await?;
    let members = member_requests(&data)?;
    let set: Vec<String> =
        members.iter().map(|(member, _)| member.user_id.clone()).collect::<BTreeSet<_>>().into_iter().collect();
    let id = match id {
        Some(id) => id.to_owned(),
        None if set.len() < 2 => return Err(ApiError::input("When using member based IDs specify at least 2 members")),
        None => distinct::id(&set),
    };
    let wanted = Wanted { kind, id: &id, data: &data, members: &members, request: &request };
    let cid = format!("{kind}:{id}");
    let from_memory = ctx.app.store.remembered_channel(&cid).is_some();
    match open(ctx, &wanted).await {
        // It was deleted elsewhere, and memory did not know it yet.
        Err(error) if from_memory && error.code == Code::NotFound => {
            ctx.app.store.forget_channel(&cid, ctx.viewer());
            open(ctx, &wanted).await
        }
        answer => answer,
    }
}

/// A channel that is asked for, and made if it is not there.
struct Wanted<'a> {
    kind: &'a str,
    id: &'a str,
    data: &'a ChannelDataRequest,
    /// Each with whether he is invited.
    members: &'a [(MemberRequest, bool)],
    request: &'a GetOrCreateChannelRequest,
}

async fn open(ctx: &Ctx, wanted: &Wanted<'_>) -> Result<ChannelStateResponse> {
    let request = wanted.request;
    let granted = ensure(ctx, wanted.kind, wanted.id, wanted.data, wanted.members).await?;
    let (watched, presence) = (request.watch.unwrap_or(false), request.presence.unwrap_or(false));
    if watched || presence {
        watch(ctx, std::slice::from_ref(&granted), presence, watched).await?;
    }
    if request.hide_for_creator.unwrap_or(false) && !ctx.viewer().is_empty() {
        hide::hide_quietly(ctx, &granted.cid).await?;
    }
    let with_state = request.state.unwrap_or(!ctx.is_server());
    let default = if with_state { limits::STATE_MESSAGES_DEFAULT } else { 0 };
    let mut messages = message_page(request.messages.as_ref().unwrap_or(&MessagePageRequest::default()), default)?;
    if !with_state {
        messages.limit = 0;
    }
    // An empty answer to a page request would empty the member list on screen (sdk-behaviours.md 2.1).
    let (member_offset, member_limit) = offset_page("members", request.members.as_ref(), limits::STATE_MEMBERS)?;
    let watchers =
        request.watchers.as_ref().map(|page| offset_page("watchers", Some(page), limits::STATE_MEMBERS)).transpose()?;
    let pending = if with_state { limits::PENDING_MESSAGES } else { 0 };
    let pages = StatePages { messages, member_offset, member_limit, pins: limits::STATE_PINS, pending };
    state(ctx, &granted, pages, watchers.filter(|(_, limit)| *limit > 0)).await
}

/// A server acts for whom the request or the channel's data names.
async fn acting(ctx: &Ctx, data: &ChannelDataRequest, request: &GetOrCreateChannelRequest) -> Result<Ctx> {
    if !ctx.is_server() {
        return Ok(ctx.clone());
    }
    let by = data.created_by.clone().or(request.created_by.clone());
    let by_id = data.created_by_id.clone().or(request.created_by_id.clone());
    if by.is_some() || by_id.is_some() {
        return ctx.acting_for("data.created_by", by, by_id).await;
    }
    ctx.acting_for("user", request.user.clone(), request.user_id.clone()).await
}

/// Members and invited ones in the order given, each with whether he is invited.
fn member_requests(data: &ChannelDataRequest) -> Result<Vec<(MemberRequest, bool)>> {
    for list in data.members.iter().chain(&data.invites) {
        at_most("data.members", list.len(), limits::MEMBERS_PER_CALL)?;
    }
    let mut seen = BTreeSet::new();
    let named = data
        .members
        .iter()
        .flatten()
        .map(|member| (member, false))
        .chain(data.invites.iter().flatten().map(|member| (member, true)));
    let members: Vec<_> = named
        .filter(|(member, _)| seen.insert(member.user_id.clone()))
        .map(|(member, invited)| (member.clone(), invited))
        .collect();
    at_most("data.members", members.len(), limits::MEMBERS_PER_CALL)?;
    Ok(members)
}

/// The channel as it is, or made anew.
pub(crate) async fn ensure(
    ctx: &Ctx,
    kind: &str,
    id: &str,
    data: &ChannelDataRequest,
    members: &[(MemberRequest, bool)],
) -> Result<Granted> {
    let (cid, store) = (format!("{kind}:{id}"), &ctx.app.store);
    for _ in 0..limits::CONFLICT_RETRIES {
        let known = match store.remembered_channel(&cid) {
            Some(channel) => Some(channel),
            None => store.fresh_channel(&cid).await?,
        };
        match known {
            Some(channel) if !channel.is_deleted() => {
                if channel.distinct.iter().any(|member| member == ctx.viewer()) && !ctx.is_server() {
                    members::rejoin(ctx, &cid).await?;
                }
                return ctx.channel(&cid, Action::ReadChannel).await;
            }
            old => {
                if create(ctx, kind, id, data, members, old).await? {
                    let channel = store.fresh_channel(&cid).await?;
                    let missing = || ApiError::not_found(format!("Can't find channel with id {cid}"));
                    store.forget_channel(&cid, ctx.viewer());
                    return ctx.grant(&cid, channel.ok_or_else(missing)?).await;
                }
            }
        }
    }
    Err(ApiError::busy())
}

/// `false`: somebody else was faster.
async fn create(
    ctx: &Ctx,
    kind: &str,
    id: &str,
    data: &ChannelDataRequest,
    members: &[(MemberRequest, bool)],
    old: Option<Arc<Channel>>,
) -> Result<bool> {
    let named = distinct::id(
        &members
            .iter()
            .map(|(member, _)| member.user_id.clone())
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect::<Vec<_>>(),
    );
    let is_distinct = id == named;
    if !is_distinct {
        valid_id(id)?;
    }
    let Some(creator) = ctx.actor.as_ref() else {
        return Err(ApiError::input(
            "either data.created_by or data.created_by_id must be provided when using server side auth.",
        ));
    };
    let creator = if ctx.is_server() { creator } else { ctx.writer()? };
    let mut record =
        Channel { kind: kind.to_owned(), id: id.to_owned(), created_by: creator.id.clone(), ..Channel::default() };
    fill(ctx, &mut record, data)?;
    if is_distinct {
        record.distinct =
            members.iter().map(|(member, _)| member.user_id.clone()).collect::<BTreeSet<_>>().into_iter().collect();
    }
    let kind = channel_types::named(kind)?;
    let right = Right::of(ctx, &kind, &record, None);
    teams::check_new(ctx, &right, &record)?;
    right.require(if old.is_some() { Action::RecreateChannel } else { Action::CreateChannel })?;
    if is_distinct && !record.distinct.contains(&creator.id) {
        right.require(Action::CreateDistinctChannelForOthers)?;
    }
    let ids: Vec<String> = members.iter().map(|(member, _)| member.user_id.clone()).collect();
    check_members_exist(ctx, &right, record.team.as_ref(), &ids, "create").await?;
    record.at = old.as_ref().map_or(Time(0), |old| old.at);
    record.history_since = old.as_ref().and_then(|old| old.history_since);
    record.member_count = members.len() as u32;
    commit(ctx, &kind, record, members).await
}

async fn commit(
    ctx: &Ctx,
    kind: &channel_types::ChannelType,
    record: Channel,
    members: &[(MemberRequest, bool)],
) -> Result<bool> {
    let (store, cid) = (&ctx.app.store, record.cid());
    let bans = moderation::awaiting(ctx, &record.created_by).await?;
    let record = Channel { has_bans: record.has_bans || !bans.is_empty(), ..record };
    let mut tx = store.channel_change(&cid, Tick::Change);
    store.write_channel(&mut tx, &record)?;
    for (user, ban) in &bans {
        store.write_channel_ban(&mut tx, &cid, user, Some(ban))?;
    }
    tx.append(Event::effects(vec![Effect::Channel(cid.clone())]))?;
    let ids = members.iter().map(|(member, _)| member.user_id.as_str()).chain([record.created_by.as_str()]);
    let people = respond::People::load(ctx, ids).await?;
    let mut shown = record.clone();
    (shown.at, shown.created_at, shown.updated_at) = (Time::STAMP, None, None);
    let mut response = respond::channel(&shown, kind, &people);
    response.members = Some(Vec::new());
    for (request, invited) in members {
        let mut member = members::new_member(ctx, &cid, request, *invited).await?;
        if let Some((_, ban)) = bans.iter().find(|(user, _)| *user == member.user_id) {
            member = moderation::with_ban(&member, Some(ban));
        }
        store.add_member(&mut tx, &cid, &member)?;
        let member_response = respond::member(&Member { at: Time::STAMP, ..member }, &record, &people, "", ctx.now());
        response.members.iter_mut().for_each(|list| list.push(member_response.clone()));
    }
    let response = Arc::new(response);
    for member in response.members.iter().flatten() {
        let Some(user) = &member.user else { continue };
        let told = announce::ToldMember { channel: &record, member: Arc::new(member.clone()) };
        // Who is only invited hears and counts nothing yet.
        let (mut event, effect) = match member.invited {
            Some(true) => {
                (announce::notification_invited(&told, &response)?, Effect::Member(cid.clone(), user.id.clone()))
            }
            _ => (
                announce::notification_added_to_channel(&told, &response)?,
                Effect::Joined(cid.clone(), user.id.clone()),
            ),
        };
        event.header.effects = vec![effect];
        tx.append(event)?;
    }
    // The lists first: they may be too large, never too small.
    let lists: Vec<_> = members.iter().map(|(member, _)| hide::list(ctx, &cid, &member.user_id)).collect();
    futures_util::future::try_join_all(lists).await?;
    Ok(matches!(store.commit_channel(&cid, tx).await?, Outcome::Committed { .. }))
}

/// Takes what the request may set.
fn fill(ctx: &Ctx, record: &mut Channel, data: &ChannelDataRequest) -> Result<()> {
    record.custom = data::custom(data)?;
    if ctx.is_server() {
        record.disabled = data.disabled.unwrap_or(false);
        if let Some(overrides) = &data.config_overrides {
            record.config_overrides = members::overrides(overrides)?;
        }
        data::translation(record, data)?;
    } else if data.disabled.is_some() {
        return Err(ApiError::not_allowed("changing channel disabled is not allowed client-side"));
    } else if data.auto_translation_enabled.is_some() || data.auto_translation_language.is_some() {
        return Err(ApiError::not_allowed("channels with automatic translation can only be created server-side"));
    }
    record.frozen = data.frozen.unwrap_or(false);
    record.team.clone_from(&data.team);
    record.filter_tags = data.filter_tags.clone().unwrap_or_default();
    data::check_tags("data.filter_tags", &record.filter_tags)
}

/// A channel id that a caller may choose.
pub(crate) fn valid_id(id: &str) -> Result<()> {
    let fine = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-');
    if id.is_empty() || id.len() > limits::CHANNEL_ID_CHARS || !id.chars().all(fine) {
        let message = format!("channel id must be 1 to {} letters, digits, _ or -", limits::CHANNEL_ID_CHARS);
        return Err(ApiError::field("id", message));
    }
    Ok(())
}

/// Refuses members who are not users, or are of other teams than the channel. `call` is `create` or `update`.
pub(crate) async fn check_members_exist(
    ctx: &Ctx,
    right: &Right,
    team: Option<&String>,
    ids: &[String],
    call: &str,
) -> Result<()> {
    let known = ctx.app.store.users(ids.iter().map(String::as_str)).await?;
    let missing: Vec<&str> = ids
        .iter()
        .map(String::as_str)
        .filter(|id| {
            let known = known.get(*id).filter(|user| user.deleted_at.is_none());
            !known.is_some_and(|user| teams::may_join(ctx, right, team, user))
        })
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(ApiError::input(format!(
        "The following users are involved in channel {call} operation, but don't exist: [{}]. Please create the user objects before setting up the channel.",
        missing.join(" ")
    )))
}
