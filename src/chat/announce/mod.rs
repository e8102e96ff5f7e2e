//! One function per event: what is said, and who hears it. Each event travels in the transaction of its change.
//!
//! The catalogue is the protocol page `realtime.md` 4. Payloads carry [`Time::STAMP`] where the moment of the commit belongs,
//! and no counts: those of the receiving user are added where he is connected.

mod channels;
mod drafts;
mod events;
mod members;
mod messages;
mod moderation;
mod polls;
mod reactions;
mod reads;
mod reminders;
mod user_groups;
mod users;
mod watching;

pub(crate) use channels::{
    Told, channel_deleted, channel_hidden, channel_truncated, channel_truncated_for, channel_updated, channel_visible,
    notification_channel_deleted, notification_channel_truncated,
};
pub(crate) use drafts::{draft_deleted, draft_updated};
pub(crate) use events::{sent, sent_to};
pub(crate) use members::{
    ToldMember, channel_kicked, member_added, member_removed, member_updated, member_updated_own,
    notification_added_to_channel, notification_invite_accepted, notification_invite_rejected, notification_invited,
    notification_left, notification_removed_from_channel,
};
pub(crate) use messages::{
    message_deleted, message_deleted_for_me, message_new, message_undeleted, message_updated,
    notification_thread_message_new, thread_updated,
};
pub(crate) use moderation::{
    BanTold, banned_in_app, banned_in_channel, banned_member, channel_blocked, notification_channel_mutes_updated,
    notification_mutes_updated, user_messages_deleted,
};
pub(crate) use polls::{poll_closed, poll_deleted, poll_updated, poll_vote};
pub(crate) use reactions::{reaction_deleted, reaction_new, reaction_updated};
pub(crate) use reads::{
    message_delivered, message_read, notification_all_read, notification_mark_read, notification_mark_unread,
};
pub(crate) use reminders::{notification_reminder_due, reminder_created, reminder_deleted, reminder_updated};
pub(crate) use user_groups::user_group;
pub(crate) use users::{user_presence_changed, user_updated, user_updated_own};
pub(crate) use watching::{user_watching_start, user_watching_stop};

use std::borrow::Cow;

use crate::error::{ApiError, Result};
use crate::store::Channel;
use crate::store::{Audience, Counts, Effect, Event, Header};
use crate::wire::events::Event as Payload;
use crate::wire::{Custom, Time, outgoing};

/// The fields of every channel event (`realtime.md` 2.1, block C).
pub(crate) fn channel_event(kind: &'static str, channel: &Channel) -> Payload {
    Payload {
        kind: Cow::Borrowed(kind),
        created_at: Time::STAMP,
        cid: Some(channel.cid()),
        channel_type: Some(channel.kind.clone()),
        channel_id: Some(channel.id.clone()),
        team: channel.team.clone(),
        ..Payload::default()
    }
}

/// An event that concerns no channel.
pub(crate) fn user_event(kind: &'static str) -> Payload {
    Payload { kind: Cow::Borrowed(kind), created_at: Time::STAMP, ..Payload::default() }
}

/// The channel's custom data, as message events carry it.
pub(crate) fn channel_custom(channel: &Channel) -> Option<Custom> {
    (!channel.custom.is_empty()).then(|| Custom(channel.custom.clone()))
}

/// An event for the log: its payload, its hearers, what it does to what nodes remember.
pub(crate) fn tell(payload: &Payload, audience: Audience, counts: Counts, effects: Vec<Effect>) -> Result<Event> {
    Ok(Event {
        header: Header { audience, counts, effects, ..Header::default() },
        payload: outgoing(payload, 0).map_err(ApiError::internal)?,
        counts_watchers: false,
    })
}

/// The channel as `notification.message_new` carries it: complete, with its configuration, without what differs per viewer.
pub(crate) async fn describe(ctx: &crate::chat::Ctx, cid: &str) -> Result<bytes::Bytes> {
    let missing = || ApiError::not_found(format!("Can't find channel with id {cid}"));
    let channel = ctx.app.store.channel(cid).await?.ok_or_else(missing)?;
    let people = crate::chat::respond::People::load(ctx, [channel.created_by.as_str()]).await?;
    let response = crate::chat::respond::channel(&channel, &*crate::chat::channel_types::of(&channel)?, &people);
    Ok(outgoing(&response, 0).map_err(ApiError::internal)?.into())
}
