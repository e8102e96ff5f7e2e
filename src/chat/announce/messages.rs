//! Events of messages.

use std::sync::Arc;

use super::{channel_custom, channel_event, tell};
use crate::chat::Granted;
use crate::error::Result;
use crate::store::{Audience, Counts, Effect, Event, Message};
use crate::wire::channels::ChannelResponse;
use crate::wire::messages::{MessageResponse, ThreadResponse};
use crate::wire::users::UserResponse;
use crate::wire::{Ready, Time};

/// `message.new` (`json` is the message as it is told), and for members who do not watch its form `notification.message_new`.
/// Replies that stay in their thread go to watchers only.
pub(crate) fn message_new(
    granted: &Granted,
    record: &Message,
    message: &MessageResponse,
    json: Ready<MessageResponse>,
    effects: Vec<Effect>,
) -> Result<Event> {
    let channel = &granted.channel;
    let mut payload = channel_event("message.new", channel);
    payload.message_id = Some(message.id.clone());
    payload.user = Some(message.user.clone());
    payload.message = Some(json);
    payload.channel_custom = channel_custom(channel);
    payload.channel_member_count = Some(channel.member_count.into());
    payload.channel_message_count = granted.kind.config.count_messages.then_some(channel.message_count as i64 + 1);
    let cid = granted.cid.clone();
    let audience = if record.is_thread_only() { Audience::Watchers(cid) } else { Audience::WatchersAndMembers(cid) };
    let mut event = tell(&payload, audience, Counts::Channels, effects)?;
    event.header.quiet = record.quiet;
    restrict(&mut event, granted, record, Some(message));
    Ok(event)
}

/// `message.updated`: an edit, a pin, a parent's new counters. The message is complete.
pub(crate) fn message_updated(
    granted: &Granted,
    record: &Message,
    message: &Arc<MessageResponse>,
    user: Option<Arc<UserResponse>>,
) -> Result<Event> {
    changed("message.updated", granted, record, message, user)
}

/// `message.undeleted`: as it was before.
pub(crate) fn message_undeleted(
    granted: &Granted,
    record: &Message,
    message: &Arc<MessageResponse>,
    user: Option<Arc<UserResponse>>,
) -> Result<Event> {
    changed("message.undeleted", granted, record, message, user)
}

fn changed(
    kind: &'static str,
    granted: &Granted,
    record: &Message,
    message: &Arc<MessageResponse>,
    user: Option<Arc<UserResponse>>,
) -> Result<Event> {
    let mut payload = channel_event(kind, &granted.channel);
    payload.message_id = Some(message.id.clone());
    payload.message = Some(message.clone().into());
    payload.user = user;
    let mut event = tell(&payload, Audience::Watchers(granted.cid.clone()), Counts::None, Vec::new())?;
    restrict(&mut event, granted, record, Some(message));
    Ok(event)
}

/// `message.deleted`. A soft-deleted message that was pinned still says so here: clients look for it among their pins.
pub(crate) fn message_deleted(
    granted: &Granted,
    record: &Message,
    message: &Arc<MessageResponse>,
    user: Option<Arc<UserResponse>>,
    hard: bool,
    effects: Vec<Effect>,
) -> Result<Event> {
    let mut payload = channel_event("message.deleted", &granted.channel);
    payload.message_id = Some(message.id.clone());
    payload.message = Some(message.clone().into());
    payload.user = user;
    payload.hard_delete = Some(hard);
    let mut event = tell(&payload, Audience::Watchers(granted.cid.clone()), Counts::None, effects)?;
    restrict(&mut event, granted, record, Some(message));
    Ok(event)
}

/// `message.deleted` for one person: to all his connections, and to nobody else.
pub(crate) fn message_deleted_for_me(
    granted: &Granted,
    message: &Arc<MessageResponse>,
    id: &str,
    user: Option<Arc<UserResponse>>,
) -> Result<Event> {
    let mut payload = channel_event("message.deleted", &granted.channel);
    payload.message_id = Some(message.id.clone());
    payload.message = Some(message.clone().into());
    payload.user = user;
    payload.hard_delete = Some(false);
    payload.deleted_for_me = Some(true);
    tell(&payload, Audience::Users(vec![id.to_owned()]), Counts::None, Vec::new())
}

/// `notification.thread_message_new`, to all connections of the thread's participants but the author's.
pub(crate) fn notification_thread_message_new(
    granted: &Granted,
    record: &Message,
    message: &Arc<MessageResponse>,
    participants: Vec<String>,
    parent: &MessageResponse,
    channel: ChannelResponse,
) -> Result<Event> {
    let mut payload = channel_event("notification.thread_message_new", &granted.channel);
    payload.message_id = Some(message.id.clone());
    payload.thread_id = record.parent_id.clone();
    payload.message = Some(message.clone().into());
    payload.user = Some(message.user.clone());
    payload.thread_participants.clone_from(&parent.thread_participants);
    payload.channel = Some(Arc::new(channel));
    payload.channel_custom = channel_custom(&granted.channel);
    let hearers = participants.into_iter().filter(|id| *id != record.user_id).collect();
    let mut event = tell(&payload, Audience::Users(hearers), Counts::ChannelsAndThreads, Vec::new())?;
    restrict(&mut event, granted, record, Some(message));
    Ok(event)
}

/// `thread.updated`, to watchers: title and data were set. Clients take all of the thread's data from it.
pub(crate) fn thread_updated(
    granted: &Granted,
    parent: &Message,
    thread: ThreadResponse,
    user: Option<Arc<UserResponse>>,
) -> Result<Event> {
    let mut payload = channel_event("thread.updated", &granted.channel);
    payload.thread = Some(Box::new(thread));
    payload.user = user;
    let mut event = tell(&payload, Audience::Watchers(granted.cid.clone()), Counts::None, Vec::new())?;
    restrict(&mut event, granted, parent, None);
    Ok(event)
}

/// Keeps from hearing it who may not see the message (`told` as it is): restricted visibility, a shadow ban, a hidden history, a
/// block in a 1:1 channel.
pub(crate) fn restrict(event: &mut Event, granted: &Granted, record: &Message, told: Option<&MessageResponse>) {
    // A new message is written with this very event.
    event.header.written = Some(record.created_at()).filter(|at| *at > Time(0));
    event.header.quoted = told.and_then(|told| told.quoted_message.as_ref()).map(|quoted| quoted.created_at);
    if record.shadowed {
        event.header.only = Some(vec![record.user_id.clone()]);
    } else if !record.restricted_visibility.is_empty() {
        let mut only = record.restricted_visibility.clone();
        only.push(record.user_id.clone());
        event.header.only = Some(only);
    }
    if granted.channel.is_one_to_one() {
        event.header.unless_blocked = Some(record.user_id.clone());
    }
}
