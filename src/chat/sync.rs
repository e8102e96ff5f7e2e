//! What somebody missed (`realtime.md` 1.12), rebuilt from what is: one event per thing that changed, with its newest state.
//! What is gone for good is not told; nor is what passes (typing, reading).

use std::collections::HashSet;
use std::sync::Arc;

use super::{Ctx, Granted, announce, channel_types, channels, messages, respond};
use crate::access::Action;
use crate::error::{ApiError, Result, reachable};
use crate::limits;
use crate::store::{Channel, Message};
use crate::wire::Time;
use crate::wire::channels::ChannelResponse;
use crate::wire::events::{Event, SyncRequest, SyncResponse};
use crate::wire::messages::MessageResponse;

/// Tells what became of the channels since `last_sync_at`, channel by channel.
pub(crate) async fn sync(ctx: &Ctx, request: SyncRequest) -> Result<SyncResponse> {
    let ctx = &ctx.acting_as("user", request.user.clone(), request.user_id.clone()).await?;
    let since = check(ctx, &request)?;
    let mut named = HashSet::new();
    let cids: Vec<&str> = request.channel_cids.iter().map(String::as_str).filter(|cid| named.insert(*cid)).collect();
    let mut inaccessible = Vec::new();
    let mut reachable = Vec::new();
    let mut events = Vec::new();
    let known = ctx.app.store.channels(cids.iter().copied()).await?;
    for cid in &cids {
        match reach(ctx, cid).await? {
            Some(granted) => reachable.push(granted),
            None => {
                let gone = known.get(*cid).filter(|channel| channel.deleted_at.is_some_and(|at| at > since));
                match gone {
                    Some(channel) if was_in(ctx, channel).await? => events.push(deleted(ctx, channel).await?),
                    _ if request.with_inaccessible_cids.unwrap_or(false) => inaccessible.push((*cid).to_owned()),
                    _ => events.extend(removed(ctx, cid, since)),
                }
            }
        }
    }
    if request.watch.unwrap_or(false) {
        channels::watch(ctx, &reachable, false, true).await?;
    }
    for granted in &reachable {
        events.extend(missed(ctx, granted, since).await?);
        if events.len() > limits::SYNC_EVENTS {
            return Err(ApiError::input(format!(
                "more than {} events since last_sync_at; query the channels instead",
                limits::SYNC_EVENTS
            )));
        }
    }
    let inaccessible_cids = request.with_inaccessible_cids.unwrap_or(false).then_some(inaccessible);
    Ok(SyncResponse { events, inaccessible_cids })
}

fn check(ctx: &Ctx, request: &SyncRequest) -> Result<Time> {
    let count = request.channel_cids.len();
    if count == 0 || count > limits::SYNC_CHANNELS {
        return Err(ApiError::field(
            "channel_cids",
            format!("channel_cids must contain 1 to {} items", limits::SYNC_CHANNELS),
        ));
    }
    let days = limits::SYNC_AGE.as_secs() / 86_400;
    if request.last_sync_at < ctx.now().plus_seconds(-(limits::SYNC_AGE.as_secs() as i64)) {
        return Err(ApiError::field("last_sync_at", format!("last_sync_at must lie within the last {days} days")));
    }
    Ok(request.last_sync_at)
}

/// The channel, if the caller may read it.
async fn reach(ctx: &Ctx, cid: &str) -> Result<Option<Granted>> {
    reachable(ctx.channel(cid, Action::ReadChannel).await)
}

/// Whether a deleted channel was the caller's: his own, or one of those he was a member of.
async fn was_in(ctx: &Ctx, channel: &Channel) -> Result<bool> {
    let member = ctx.app.store.member(&channel.cid(), ctx.viewer()).await?;
    Ok(ctx.is_server() || channel.created_by == ctx.viewer() || member.is_some())
}

/// What became of one channel that the caller reads.
async fn missed(ctx: &Ctx, granted: &Granted, since: Time) -> Result<Vec<Event>> {
    let channel = &granted.channel;
    let seen = channels::user_channel(ctx, &granted.cid).await?;
    let own = ctx.app.store.own(ctx.viewer()).await?;
    let mut events = Vec::new();
    let joined = granted.member.as_ref().filter(|member| member.created_at() > since);
    let updated = channel.updated_at() > since && channel.updated_at() > channel.created_at();
    let truncated = channel.truncated_at.filter(|at| *at > since);
    let hidden = seen.hidden_at.filter(|at| {
        *at > since && seen.is_hidden(channel.last_message_at, own.mutes_channel(&granted.cid, ctx.now()))
    });
    if joined.is_some() || updated || truncated.is_some() || hidden.is_some() {
        let member = joined.map_or("", |member| member.user_id.as_str());
        let by = channel.truncated_by.as_deref().unwrap_or("");
        let people = respond::People::load(ctx, [channel.created_by.as_str(), member, by]).await?;
        let response = Arc::new(respond::channel(channel, &granted.kind, &people));
        let event = |kind: &'static str, at: Time| Event {
            created_at: at,
            channel: Some(response.clone()),
            ..announce::channel_event(kind, channel)
        };
        if let Some(member) = joined {
            let name = if member.is_outside() { "notification.invited" } else { "notification.added_to_channel" };
            let shown = respond::member(member, channel, &people, ctx.viewer(), ctx.now());
            events.push(Event {
                user: shown.user.clone(),
                member: Some(Arc::new(shown)),
                ..event(name, member.created_at())
            });
        }
        events.extend(updated.then(|| event("channel.updated", channel.updated_at())));
        events.extend(truncated.map(|at| event("channel.truncated", at)));
        events.extend(hidden.map(|at| Event {
            clear_history: Some(seen.cleared_at.is_some_and(|cleared| cleared >= at)),
            user: respond::actor(ctx),
            ..event("channel.hidden", at)
        }));
    }
    events.extend(messages_since(ctx, granted, since, seen.cleared_at).await?);
    Ok(events)
}

/// Messages that came or changed, as they are now, in the order in which they were sent.
async fn messages_since(ctx: &Ctx, granted: &Granted, since: Time, cleared: Option<Time>) -> Result<Vec<Event>> {
    // One more than may be told, so that too many is noticed.
    let mut rows = ctx.app.store.changed_messages(&granted.cid, ctx.viewer(), since, limits::SYNC_EVENTS + 1).await?;
    // The message that came with a truncation bears its very moment.
    let floor = cleared.max(granted.channel.truncated_at.map(|at| Time(at.micros() - 1)));
    let told = |message: &Message| {
        floor.is_none_or(|floor| floor < message.created_at()) && messages::sees(ctx, granted, message)
    };
    rows.retain(|row| told(&row.message));
    rows.sort_by_key(|row| row.message.created_at());
    let found = respond::messages(ctx, granted, rows).await?;
    Ok(found.into_iter().map(|message| message_event(granted, message, since)).collect())
}

fn message_event(granted: &Granted, message: MessageResponse, since: Time) -> Event {
    let (kind, at) = match () {
        () if message.kind == "deleted" => ("message.deleted", message.deleted_at.unwrap_or(message.updated_at)),
        () if message.created_at > since => ("message.new", message.created_at),
        () => ("message.updated", message.updated_at),
    };
    Event {
        created_at: at,
        message_id: Some(message.id.clone()),
        user: Some(message.user.clone()),
        hard_delete: (kind == "message.deleted").then_some(false),
        deleted_for_me: message.deleted_for_me,
        message: Some(Arc::new(message).into()),
        ..announce::channel_event(kind, &granted.channel)
    }
}

async fn deleted(ctx: &Ctx, channel: &Channel) -> Result<Event> {
    let people = respond::People::load(ctx, [channel.created_by.as_str()]).await?;
    let response = respond::channel(channel, &*channel_types::of(channel)?, &people);
    let at = channel.deleted_at.unwrap_or(channel.at);
    Ok(Event {
        created_at: at,
        channel: Some(Arc::new(response)),
        ..announce::channel_event("channel.deleted", channel)
    })
}

/// The caller is not, or no longer, let in. He is told no more of the channel than he said himself.
fn removed(ctx: &Ctx, cid: &str, since: Time) -> Option<Event> {
    let (kind, id) = cid.split_once(':')?;
    let named = Channel { kind: kind.to_owned(), id: id.to_owned(), ..Channel::default() };
    let channel = ChannelResponse {
        id: named.id.clone(),
        kind: named.kind.clone(),
        cid: cid.to_owned(),
        created_at: since,
        updated_at: since,
        ..ChannelResponse::default()
    };
    Some(Event {
        created_at: ctx.now(),
        channel: Some(Arc::new(channel)),
        user: respond::actor(ctx),
        ..announce::channel_event("notification.removed_from_channel", &named)
    })
}
