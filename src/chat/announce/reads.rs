//! Events of reading and of delivery.

use std::sync::Arc;

use super::{channel_event, tell};
use crate::chat::Granted;
use crate::error::Result;
use crate::store::{Audience, Counts, Effect, Event, User};
use crate::wire::events::Event as Payload;
use crate::wire::users::UserResponse;

/// `message.read`, to watchers; from somebody who keeps his receipts to himself, to his own watching connections only. A read
/// of a thread carries the thread, which is how clients tell it from a read of the channel.
pub(crate) fn message_read(granted: &Granted, reader: &User, payload: &Payload, effects: Vec<Effect>) -> Result<Event> {
    let mut event = tell(payload, Audience::Watchers(granted.cid.clone()), Counts::None, effects)?;
    if !reader.shares("read_receipts") {
        event.header.only = Some(vec![reader.id.clone()]);
    }
    Ok(event)
}

/// `notification.mark_read`, to the reader's own connections, with what is left to read. `read` is what watchers hear.
pub(crate) fn notification_mark_read(reader: &User, read: &Payload) -> Result<Event> {
    let mut payload = read.clone();
    payload.kind = "notification.mark_read".into();
    payload.thread_id = read.thread.as_ref().map(|thread| thread.parent_message_id.clone());
    tell(&payload, Audience::Users(vec![reader.id.clone()]), Counts::ChannelsAndThreads, Vec::new())
}

/// The same for all channels at once: without a channel, which clients take for "everything is read". The effects say what was
/// read, because the entries of the channels may come later than this one.
pub(crate) fn notification_all_read(reader: Arc<UserResponse>, effects: Vec<Effect>) -> Result<(Payload, Event)> {
    let mut payload = super::user_event("notification.mark_read");
    let audience = Audience::Users(vec![reader.id.clone()]);
    payload.user = Some(reader);
    let event = tell(&payload, audience, Counts::ChannelsAndThreads, effects)?;
    Ok((payload, event))
}

/// `notification.mark_unread`, to the reader's own connections only.
pub(crate) fn notification_mark_unread(reader: &User, payload: &Payload, effect: Effect) -> Result<Event> {
    tell(payload, Audience::Users(vec![reader.id.clone()]), Counts::ChannelsAndThreads, vec![effect])
}

/// `message.delivered`, to watchers.
pub(crate) fn message_delivered(
    granted: &Granted,
    user: Arc<UserResponse>,
    id: String,
    at: crate::wire::Time,
) -> Result<Event> {
    let mut payload = channel_event("message.delivered", &granted.channel);
    payload.user = Some(user);
    payload.last_delivered_message_id = Some(id);
    payload.last_delivered_at = Some(at);
    tell(&payload, Audience::Watchers(granted.cid.clone()), Counts::None, Vec::new())
}
