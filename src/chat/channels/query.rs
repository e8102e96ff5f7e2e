//! Listing channels (`rules.md` 3.1).
//!
//! Which channels can match at all is read from an index (the filter's cids, or the channels of the members it names); what
//! matches is decided on records from memory; only the page that is answered is read from Redis, all channels at once.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::Value;

use super::fields::{ChannelFields, Facts, OfChannel};
use super::pages::{limit, offset};
use super::{places, watch};
use crate::access::Action;
use crate::chat::keeps::Keeps;
use crate::chat::{Ctx, Granted, respond, teams};
use crate::error::{ApiError, Code, Result};
use crate::limits;
use crate::query::{CHANNEL_VIEWER_FIELDS, CHANNELS, Direction, Filter, Sort};
use crate::store::{Channel, ChannelSnapshot, Page, StatePages, UserChannel};
use crate::wire::channels::{QueryChannelsRequest, QueryChannelsResponse};

/// Most channels whose unread numbers one query looks at (`has_unread`, `unread_count`).
const UNREAD_CANDIDATES: usize = 1000;

pub(crate) async fn query(ctx: &Ctx, request: QueryChannelsRequest) -> Result<QueryChannelsResponse> {
    let ctx = &ctx.acting_for("user", request.user.clone(), request.user_id.clone()).await?;
    if request.predefined_filter.is_some() {
        return Err(ApiError::field("predefined_filter", "predefined_filter names no filter of this app"));
    }
    let filter = filter(ctx, request.filter_conditions.as_ref())?;
    let sort = Sort::parse(request.sort.as_ref(), &CHANNELS, 5, &[("last_updated", Direction::Descending)])?;
    let most = limit("limit", request.limit, limits::CHANNELS_PAGE_DEFAULT, limits::CHANNELS_PAGE)?;
    let skip = offset("offset", request.offset, limits::OFFSET)?;
    if request.member_limit.is_some_and(|limit| limit > limits::STATE_MEMBERS as i64) {
        return Err(ApiError::field("member_limit", format!("member_limit must be {} or less", limits::STATE_MEMBERS)));
    }
    if request.message_limit.is_some_and(|limit| limit > limits::MESSAGES_PAGE as i64) {
        return Err(ApiError::field(
            "message_limit",
            format!("message_limit must be {} or less", limits::MESSAGES_PAGE),
        ));
    }
    let mut remembered = ctx.app.store.catch_up().await?;
    let facts = Facts::load(ctx, remembered).await?;
    let (page, facts) = matching(ctx, facts, &filter, &sort, skip, most).await?;
    if request.watch.unwrap_or(false) || request.presence.unwrap_or(false) {
        watch(ctx, &page, request.presence.unwrap_or(false), request.watch.unwrap_or(false)).await?;
        // What came before the watch is not heard by it: the state must have it.
        remembered &= ctx.app.store.catch_up_with(page.iter().map(|granted| granted.cid.as_str())).await?;
    }
    let with_state = request.state.unwrap_or(true);
    let pages = StatePages {
        messages: Page::newest(if with_state {
            limit("message_limit", request.message_limit, limits::MESSAGES_PAGE_DEFAULT, limits::MESSAGES_PAGE)?
        } else {
            0
        }),
        member_offset: 0,
        member_limit: limit("member_limit", request.member_limit, limits::STATE_MEMBERS, limits::STATE_MEMBERS)?,
        pins: if with_state { limits::STATE_PINS } else { 0 },
        pending: if with_state { limits::PENDING_MESSAGES } else { 0 },
    };
    Ok(QueryChannelsResponse { channels: states(ctx, &page, &facts, &pages, remembered).await? })
}

/// The filter, which may only ask for the view of somebody when there is somebody.
fn filter(ctx: &Ctx, asked: Option<&Value>) -> Result<Filter> {
    let filter = Filter::parse(asked.unwrap_or(&Value::Null), &CHANNELS)?;
    if ctx.viewer().is_empty() {
        for field in CHANNEL_VIEWER_FIELDS {
            if filter.mentions(field) {
                return Err(ApiError::input(format!("{field} requires a valid user")));
            }
        }
    }
    teams::check_filter(ctx, &filter)?;
    Ok(filter)
}

/// The first `most` channels that match and that the caller may read, those with the newest messages first, and what he sees of
/// his own.
pub(crate) async fn readable(
    ctx: &Ctx,
    asked: &Value,
    most: usize,
) -> Result<(Vec<Granted>, Arc<HashMap<String, UserChannel>>)> {
    let filter = filter(ctx, Some(asked))?;
    let sort = Sort::parse(None, &CHANNELS, 5, &[("last_updated", Direction::Descending)])?;
    let remembered = ctx.app.store.catch_up().await?;
    let (channels, facts) = matching(ctx, Facts::load(ctx, remembered).await?, &filter, &sort, 0, most).await?;
    Ok((channels, facts.seen))
}

/// The states of a page, read all at once.
async fn states(
    ctx: &Ctx,
    page: &[Granted],
    facts: &Facts,
    pages: &StatePages,
    remembered: bool,
) -> Result<Vec<crate::wire::channels::ChannelStateResponse>> {
    let seen = &facts.seen;
    let reads = page.iter().map(|granted| {
        let hidden_before = granted.member.as_ref().and_then(|member| member.hide_messages_before);
        let cleared = seen.get(&granted.cid).and_then(|seen| seen.cleared_at);
        let pages = StatePages { messages: pages.messages.clone().since(cleared.max(hidden_before)), ..pages.clone() };
        async move {
            let (store, viewer) = (&ctx.app.store, ctx.viewer());
            match remembered {
                true => store.newest(&granted.cid, viewer, &facts.own, granted.member.as_ref(), &pages).await,
                false => store.snapshot(&granted.cid, viewer, &pages).await,
            }
        }
    });
    let snapshots = futures_util::future::try_join_all(reads).await?;
    // Everybody whom the answer names, in one round trip; the states below find them in memory.
    let mut ids = BTreeSet::new();
    for snapshot in snapshots.iter().flatten() {
        ids.extend(snapshot.members.iter().map(|(id, _)| id.as_str()));
        ids.extend(snapshot.messages.iter().map(|row| row.message.user_id.as_str()));
    }
    ctx.app.store.users(ids).await?;
    let found: Vec<(&Granted, ChannelSnapshot)> =
        page.iter().zip(snapshots).filter_map(|(granted, snapshot)| Some((granted, snapshot?))).collect();
    let keeps = kept(ctx, &found).await?;
    let polls = respond::Polls::of_states(ctx, &found.iter().map(|(_, snapshot)| snapshot).collect::<Vec<_>>()).await?;
    let mut states = Vec::with_capacity(page.len());
    for (granted, snapshot) in found {
        let seen = seen.get(&granted.cid).cloned().unwrap_or_default();
        states.push(respond::state(ctx, granted, snapshot, &seen, None, &keeps, &polls).await?);
    }
    Ok(states)
}

/// What the caller keeps about the channels and their messages.
async fn kept(ctx: &Ctx, found: &[(&Granted, ChannelSnapshot)]) -> Result<Keeps> {
    if !ctx.keeps() {
        return Ok(Keeps::default());
    }
    let places = found.iter().flat_map(|(granted, snapshot)| places(snapshot, &granted.cid));
    Keeps::load(ctx, &places.collect::<Vec<_>>()).await
}

/// The channels of one page that match and that the caller may read.
async fn matching(
    ctx: &Ctx,
    mut facts: Facts,
    filter: &Filter,
    sort: &Sort,
    skip: usize,
    most: usize,
) -> Result<(Vec<Granted>, Facts)> {
    let mut channels = existing(ctx, filter, &facts.seen).await?;
    if filter.mentions("has_unread") || sort.fields().any(|(field, _)| matches!(field, "has_unread" | "unread_count")) {
        channels.sort_by_key(|channel| std::cmp::Reverse(channel.last_message_at));
        channels.truncate(UNREAD_CANDIDATES);
        facts.load_unread(ctx, &channels).await?;
    }
    // Mostly the order is known before anything else is: then only as many are looked at as it takes to fill the page.
    let in_order = sort.fields().all(|(field, _)| OfChannel::FIELDS.contains(&field));
    if in_order {
        let mut keyed: Vec<_> = channels.into_iter().map(|channel| (sort.key(&OfChannel(&channel)), channel)).collect();
        let name = |channel: &Channel| (channel.kind.clone(), channel.id.clone());
        keyed.sort_unstable_by(|(a, left), (b, right)| a.cmp(b).then_with(|| name(left).cmp(&name(right))));
        channels = keyed.into_iter().map(|(_, channel)| channel).collect();
    }
    let named = filter.required_values("cid").is_some() || filter.required_values("id").is_some();
    let enough = if in_order && (ctx.is_server() || !named) { skip + most } else { usize::MAX };
    let mut found = Vec::new();
    for channel in channels {
        let granted = ctx.grant(&channel.cid(), channel).await?;
        let names = facts.members_for(ctx, filter, &granted).await?;
        let fields = ChannelFields::new(ctx, &granted, &facts, names);
        let listed = (filter.mentions("hidden") || !fields.is_hidden())
            && (filter.mentions("blocked") || !fields.is_blocked())
            && (ctx.is_server() || !granted.channel.disabled);
        if !listed || !filter.matches(&fields) {
            continue;
        }
        if !ctx.is_server() && !granted.right.allows(Action::ReadChannel) {
            if granted.right.is_elsewhere() {
                return Err(granted.right.refusal(Action::ReadChannel));
            }
            if named {
                let message = "the filter names channels that you may not read; add members: {$in: [your id]} to it";
                return Err(ApiError::new(Code::NoChannelAccess, message));
            }
            continue;
        }
        let key = sort.key(&fields);
        found.push((key, granted));
        if found.len() == enough {
            break;
        }
    }
    // Equal keys need an order of their own, or pages would overlap.
    found.sort_by(|(a, left), (b, right)| a.cmp(b).then_with(|| left.cid.cmp(&right.cid)));
    Ok((found.into_iter().skip(skip).take(most).map(|(_, granted)| granted).collect(), facts))
}

/// The channels among which everything that can match is found, without those of other teams, unless the filter asks for teams.
async fn existing(ctx: &Ctx, filter: &Filter, seen: &HashMap<String, UserChannel>) -> Result<Vec<Arc<Channel>>> {
    let mut channels = ctx.app.store.existing_channels(&candidates(ctx, filter, seen).await?).await?;
    channels.retain(|channel| !channel.is_deleted());
    if let Some(user) = ctx.actor.as_ref().filter(|_| teams::count(ctx) && !filter.mentions("team")) {
        channels.retain(|channel| teams::belongs(user, channel.team.as_ref()));
    }
    Ok(channels)
}

/// Cids among which everything that can match is found.
async fn candidates<'a>(
    ctx: &Ctx,
    filter: &'a Filter,
    seen: &'a HashMap<String, UserChannel>,
) -> Result<Vec<Cow<'a, str>>> {
    if let Some(cids) = filter.required_values("cid") {
        return Ok(cids.into_iter().map(Cow::Borrowed).collect());
    }
    let members = filter
        .exact_list("members")
        .map(|list| list.iter().take(1).map(String::as_str).collect())
        .or_else(|| filter.required_values("members"));
    if let Some(members) = members {
        if let [member] = members[..]
            && member == ctx.viewer()
        {
            return Ok(seen.keys().map(|cid| Cow::Borrowed(cid.as_str())).collect());
        }
        let mut cids = BTreeSet::new();
        for member in members {
            cids.extend(ctx.app.store.user_channels(member).await?.into_keys());
        }
        return Ok(cids.into_iter().map(Cow::Owned).collect());
    }
    if let (Some(ids), Some(kinds)) = (filter.required_values("id"), filter.required_values("type")) {
        let cids = kinds.iter().flat_map(|kind| ids.iter().map(move |id| Cow::Owned(format!("{kind}:{id}"))));
        return Ok(cids.collect());
    }
    Ok(ctx.app.store.all_cids().await?.into_iter().map(Cow::Owned).collect())
}
