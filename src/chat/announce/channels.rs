//! Events of channels.

use std::sync::Arc;

use super::{channel_event, tell};
use crate::error::Result;
use crate::store::{Audience, Channel, Counts, Effect, Event};
use crate::wire::channels::ChannelResponse;
use crate::wire::events::Event as Payload;
use crate::wire::messages::MessageResponse;
use crate::wire::users::UserResponse;

/// What is said of a channel: its record, how everybody sees it, and who did it (nobody for a server that acts for itself).
#[derive(Clone)]
pub(crate) struct Told<'a> {
    pub channel: &'a Channel,
    pub response: &'a Arc<ChannelResponse>,
    pub by: Option<Arc<UserResponse>>,
}

impl Told<'_> {
    fn event(&self, kind: &'static str) -> Payload {
        let mut payload = channel_event(kind, self.channel);
        payload.channel = Some(self.response.clone());
        payload.user.clone_from(&self.by);
        payload
    }
}

/// `channel.updated`, to watchers: after every change of the channel or of its members. Clients replace all they know of the
/// channel by it.
pub(crate) fn channel_updated(told: &Told<'_>, message: Option<&Arc<MessageResponse>>) -> Result<Event> {
    let mut payload = told.event("channel.updated");
    payload.channel_member_count = Some(told.channel.member_count.into());
    say(&mut payload, message);
    tell(&payload, Audience::Watchers(told.channel.cid()), Counts::None, Vec::new())
}

/// `channel.deleted`, to watchers. Whatever was unread is no longer.
pub(crate) fn channel_deleted(told: &Told<'_>, effect: Effect) -> Result<Event> {
    tell(&told.event("channel.deleted"), Audience::Watchers(told.channel.cid()), Counts::None, vec![effect])
}

/// `notification.channel_deleted`, to members who do not watch.
pub(crate) fn notification_channel_deleted(told: &Told<'_>) -> Result<Event> {
    let payload = told.event("notification.channel_deleted");
    tell(&payload, Audience::MembersOnly(told.channel.cid()), Counts::ChannelsAndThreads, Vec::new())
}

/// `channel.truncated`, to watchers.
pub(crate) fn channel_truncated(
    told: &Told<'_>,
    message: Option<&Arc<MessageResponse>>,
    effect: Effect,
) -> Result<Event> {
    let mut payload = told.event("channel.truncated");
    say(&mut payload, message);
    tell(&payload, Audience::Watchers(told.channel.cid()), Counts::None, vec![effect])
}

/// `notification.channel_truncated`, to members who do not watch. `counts`: none where they are only being counted anew.
pub(crate) fn notification_channel_truncated(
    told: &Told<'_>,
    message: Option<&Arc<MessageResponse>>,
    counts: Counts,
) -> Result<Event> {
    let mut payload = told.event("notification.channel_truncated");
    say(&mut payload, message);
    tell(&payload, Audience::MembersOnly(told.channel.cid()), counts, Vec::new())
}

/// `channel.truncated`, to all connections of those for whom alone the messages are gone.
pub(crate) fn channel_truncated_for(told: &Told<'_>, users: Vec<String>, effects: Vec<Effect>) -> Result<Event> {
    tell(&told.event("channel.truncated"), Audience::Users(users), Counts::None, effects)
}

/// `channel.hidden`, to the person's own connections.
pub(crate) fn channel_hidden(told: &Told<'_>, user: &str, clear_history: bool) -> Result<Event> {
    let mut payload = told.event("channel.hidden");
    payload.clear_history = Some(clear_history);
    let effect = Effect::Hidden { cid: told.channel.cid(), user: user.to_owned(), hidden: true };
    tell(&payload, Audience::Users(vec![user.to_owned()]), Counts::None, vec![effect])
}

/// `channel.visible`, to the person's own connections.
pub(crate) fn channel_visible(told: &Told<'_>, user: &str) -> Result<Event> {
    let effect = Effect::Hidden { cid: told.channel.cid(), user: user.to_owned(), hidden: false };
    tell(&told.event("channel.visible"), Audience::Users(vec![user.to_owned()]), Counts::None, vec![effect])
}

fn say(payload: &mut Payload, message: Option<&Arc<MessageResponse>>) {
    payload.message_id = message.map(|message| message.id.clone());
    payload.message = message.cloned().map(Into::into);
}
