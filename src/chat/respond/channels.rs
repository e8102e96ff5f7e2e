//! Channels, members and channel states in responses.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use super::messages::{messages_with, ready};
use super::{People, Polls};
use crate::chat::channel_types::ChannelType;
use crate::chat::keeps::Keeps;
use crate::chat::messages::pending;
use crate::chat::{Ctx, Granted, devices, locations};
use crate::error::Result;
use crate::store::{Channel, ChannelSnapshot, Member, Message, MessageRow, Own, UserChannel};
use crate::wire::channels::{ChannelMemberResponse, ChannelResponse, ChannelStateResponse, ReadStateResponse};
use crate::wire::locations::SharedLocationResponse;
use crate::wire::messages::PendingMessageResponse;
use crate::wire::{Custom, Time};

/// The channel as everybody sees it: for events, mutes, bans.
pub(crate) fn channel(channel: &Channel, kind: &ChannelType, people: &People) -> ChannelResponse {
    ChannelResponse {
        id: channel.id.clone(),
        kind: channel.kind.clone(),
        cid: channel.cid(),
        last_message_at: channel.last_message_at,
        created_at: channel.created_at(),
        updated_at: channel.updated_at(),
        deleted_at: channel.deleted_at,
        created_by: Some(people.get(&channel.created_by)),
        frozen: channel.frozen,
        disabled: channel.disabled,
        member_count: Some(channel.member_count.into()),
        config: Some(kind.config.clone()),
        message_count: kind.config.count_messages.then_some(channel.message_count as i64),
        cooldown: (channel.cooldown > 0).then_some(channel.cooldown.into()),
        filter_tags: (!channel.filter_tags.is_empty()).then(|| channel.filter_tags.clone()),
        auto_translation_enabled: channel.auto_translation.then_some(true),
        auto_translation_language: channel.auto_translation_language.clone(),
        team: channel.team.clone(),
        truncated_at: channel.truncated_at,
        truncated_by: channel.truncated_by.as_ref().map(|id| people.get(id)),
        custom: Custom(channel.custom.clone()),
        ..ChannelResponse::default()
    }
}

/// The channel as the caller sees it: with his capabilities (not told to servers).
pub(crate) fn channel_for(ctx: &Ctx, granted: &Granted, people: &People) -> ChannelResponse {
    let mut response = channel(&granted.channel, &granted.kind, people);
    if !ctx.is_server() {
        let capabilities = granted.right.capabilities(&granted.kind, &granted.channel);
        response.own_capabilities = Some(capabilities.into_iter().map(Cow::Borrowed).collect());
    }
    response
}

/// A member. `viewer` is not told of his own shadow ban.
pub(crate) fn member(
    member: &Member,
    channel: &Channel,
    people: &People,
    viewer: &str,
    now: Time,
) -> ChannelMemberResponse {
    let user = people.get(&member.user_id);
    let role = match user.role.as_str() {
        _ if channel.created_by == member.user_id => "owner",
        "admin" => "admin",
        _ if member.is_moderator() => "moderator",
        _ => "member",
    };
    ChannelMemberResponse {
        user_id: Some(member.user_id.clone()),
        user: Some(user),
        status: Some(Cow::Borrowed(member.status())),
        created_at: member.created_at(),
        updated_at: member.at,
        banned: member.is_banned(now),
        shadow_banned: member.is_shadow_banned(now) && viewer != member.user_id,
        role: Some(Cow::Borrowed(role)),
        channel_role: member.channel_role.clone(),
        is_moderator: member.is_moderator().then_some(true),
        notifications_muted: false,
        archived_at: member.archived_at,
        ban_expires: member.ban_expires.filter(|expires| now < *expires),
        invite_accepted_at: member.invite_accepted_at,
        invite_rejected_at: member.invite_rejected_at,
        invited: member.invited.then_some(true),
        pinned_at: member.pinned_at,
        custom: Custom(member.custom.clone()),
        ..ChannelMemberResponse::default()
    }
}

/// A channel's state for the caller. `watchers` are the ids of a watchers page, if one was asked for; `polls` those of its messages.
pub(crate) async fn state(
    ctx: &Ctx,
    granted: &Granted,
    snapshot: ChannelSnapshot,
    seen: &UserChannel,
    watchers: Option<Vec<String>>,
    keeps: &Keeps,
    polls: &Polls,
) -> Result<ChannelStateResponse> {
    let (now, viewer) = (ctx.now(), ctx.viewer());
    let own = match viewer {
        "" => Arc::default(),
        viewer => ctx.app.store.own(viewer).await?,
    };
    let ids = snapshot.members.iter().map(|(id, _)| id.as_str());
    let ids = ids
        .chain(snapshot.reads.iter().map(|(id, ..)| id.as_str()))
        .chain(watchers.iter().flatten().map(String::as_str));
    let truncated_by = snapshot.channel.truncated_by.as_deref().unwrap_or("");
    let ids = ids.chain([snapshot.channel.created_by.as_str(), truncated_by, viewer]);
    let people = People::load(ctx, ids).await?;
    let granted = Granted { channel: snapshot.channel.clone(), member: snapshot.own_member.clone(), ..granted.clone() };
    let blocked = one_to_one_with_blocked(&granted.channel, viewer, &own);
    let hidden = blocked || seen.is_hidden(snapshot.channel.last_message_at, own.mutes_channel(&granted.cid, now));
    let hide_messages_before =
        seen.cleared_at.max(snapshot.own_member.as_ref().and_then(|member| member.hide_messages_before));
    let channel = ChannelResponse {
        hidden: (!viewer.is_empty()).then_some(hidden),
        hide_messages_before,
        blocked: blocked.then_some(true),
        ..channel_muted(ctx, &granted, &people, &own)
    };
    let read = match granted.kind.config.read_events {
        true => Some(reads(ctx, &granted, &snapshot, &own, &people).await?),
        false => None,
    };
    let mut pins = snapshot.pins;
    pins.retain(|row| hide_messages_before.is_none_or(|before| before < row.message.created_at()));
    let pins = messages_with(ctx, &granted, pins, polls).await?.into_iter().filter(|message| message.pinned);
    let member_response = |record: &Member| member(record, &granted.channel, &people, viewer, now);
    Ok(ChannelStateResponse {
        read,
        watcher_count: (snapshot.watcher_count > 0).then_some(snapshot.watcher_count.into()),
        watchers: watchers.map(|ids| ids.iter().map(|id| people.get(id)).collect()),
        members: snapshot.members.iter().map(|(_, record)| member_response(record)).collect(),
        membership: snapshot.own_member.as_deref().map(member_response),
        threads: Vec::new(),
        hidden: hidden.then_some(true),
        hide_messages_before,
        active_live_locations: live_locations(ctx, &granted, &snapshot.live),
        pending_messages: pending_messages(ctx, &granted, snapshot.pending, polls).await?,
        draft: keeps.draft(&granted.cid),
        messages: ready(ctx, &granted, snapshot.messages, keeps, polls).await?,
        pinned_messages: pins.map(|message| keeps.marked(message)).collect(),
        push_preferences: own.push_in(&granted.cid).map(|wishes| devices::shown_preferences_in(wishes, now)),
        channel,
    })
}

/// The channel as the caller sees it, who may have muted it.
fn channel_muted(ctx: &Ctx, granted: &Granted, people: &People, own: &Own) -> ChannelResponse {
    let mut channel = channel_for(ctx, granted, people);
    if let Some(mute) = own.channel_mutes.iter().find(|mute| mute.target == granted.cid && mute.holds(ctx.now())) {
        channel.muted = Some(true);
        channel.mute_expires_at = mute.expires;
    }
    channel
}

/// The caller's messages that wait for their commit.
async fn pending_messages(
    ctx: &Ctx,
    granted: &Granted,
    mut rows: Vec<MessageRow>,
    polls: &Polls,
) -> Result<Option<Vec<PendingMessageResponse>>> {
    rows.retain(|row| crate::chat::messages::sees(ctx, granted, &row.message));
    if rows.is_empty() {
        return Ok(None);
    }
    let kept: Vec<_> = rows.iter().map(|row| pending::metadata(&row.message).unwrap_or_default()).collect();
    // Boxed, as most channels have none.
    let shown = Box::pin(messages_with(ctx, granted, rows, polls)).await?.into_iter().zip(kept);
    let shown = shown.map(|(message, metadata)| PendingMessageResponse {
        message,
        pending_message_metadata: metadata.clone(),
        metadata,
    });
    Ok(Some(shown.collect()))
}

/// Those live locations that have not ended and whose message the caller sees.
fn live_locations(ctx: &Ctx, granted: &Granted, live: &[Arc<Message>]) -> Option<Vec<SharedLocationResponse>> {
    let now = ctx.now();
    let shown = live.iter().filter(|message| message.live_location(now).is_some());
    let shown = shown.filter(|message| crate::chat::messages::sees(ctx, granted, message));
    let shown: Vec<_> = shown.filter_map(|message| locations::shown(message)).collect();
    (!shown.is_empty()).then_some(shown)
}

/// Read states: those of others only as far as they share them, none counted for people who are not inside yet.
async fn reads(
    ctx: &Ctx,
    granted: &Granted,
    snapshot: &ChannelSnapshot,
    own: &Own,
    people: &People,
) -> Result<Vec<ReadStateResponse>> {
    let (now, viewer) = (ctx.now(), ctx.viewer());
    let users = ctx.app.store.users(snapshot.reads.iter().map(|(id, ..)| id.as_str())).await?;
    let shared =
        |id: &str| id == viewer || ctx.is_server() || users.get(id).is_none_or(|user| user.shares("read_receipts"));
    let own_member = snapshot.own_member.iter().map(|member| (&member.user_id, member));
    let known = snapshot.members.iter().map(|(id, member)| (id, member)).chain(own_member);
    let outside: HashSet<&str> = known.filter(|(_, member)| member.is_outside()).map(|(id, _)| id.as_str()).collect();
    let uncounted = |id: &str| outside.contains(id) || (id == viewer && own.mutes_channel(&granted.cid, now));
    let reads = snapshot.reads.iter().filter(|(id, ..)| shared(id));
    Ok(reads
        .map(|(id, read, unread)| ReadStateResponse {
            user: people.get(id),
            unread_messages: if uncounted(id) { 0 } else { (*unread).into() },
            last_read: read.at,
            last_read_message_id: read.id.clone(),
            last_delivered_at: Some(read.delivered_at.unwrap_or(read.at)),
            last_delivered_message_id: read.delivered_id.clone().or_else(|| read.id.clone()),
        })
        .collect())
}

/// A 1:1 channel with somebody whom the viewer blocked.
pub(crate) fn one_to_one_with_blocked(channel: &Channel, viewer: &str, own: &Own) -> bool {
    channel.is_one_to_one() && channel.distinct.iter().any(|id| id != viewer && own.blocks(id))
}
