//! Events of watching. The script adds `watcher_count`.

use std::sync::Arc;

use super::{channel_event, tell};
use crate::error::Result;
use crate::store::{Audience, Channel, Counts, Event};
use crate::wire::users::UserResponse;

/// `user.watching.start`, to all watchers, the new one included; of somebody who is not seen (`is_seen`), to himself alone.
pub(crate) fn user_watching_start(channel: &Channel, user: Arc<UserResponse>, is_seen: bool) -> Result<Event> {
    watching("user.watching.start", channel, user, is_seen)
}

/// `user.watching.stop`, to those who still watch; the same goes for who is not seen.
pub(crate) fn user_watching_stop(channel: &Channel, user: Arc<UserResponse>, is_seen: bool) -> Result<Event> {
    watching("user.watching.stop", channel, user, is_seen)
}

fn watching(kind: &'static str, channel: &Channel, user: Arc<UserResponse>, is_seen: bool) -> Result<Event> {
    let only = (!is_seen).then(|| vec![user.id.clone()]);
    let mut payload = channel_event(kind, channel);
    payload.user = Some(user);
    let mut event = tell(&payload, Audience::Watchers(channel.cid()), Counts::None, Vec::new())?;
    event.header.passing = true;
    event.header.only = only;
    Ok(event)
}
