//! Events of members. Their `user` is the member, whoever did it.

use std::sync::Arc;

use super::{channel_event, tell};
use crate::error::Result;
use crate::store::{Audience, Channel, Counts, Effect, Event};
use crate::wire::channels::{ChannelMemberResponse, ChannelResponse};
use crate::wire::events::Event as Payload;

/// A member of a channel, as everybody sees him.
#[derive(Clone)]
pub(crate) struct ToldMember<'a> {
    pub channel: &'a Channel,
    pub member: Arc<ChannelMemberResponse>,
}

impl ToldMember<'_> {
    fn id(&self) -> String {
        self.member.user_id.clone().unwrap_or_default()
    }

    fn event(&self, kind: &'static str) -> Payload {
        let mut payload = channel_event(kind, self.channel);
        payload.user.clone_from(&self.member.user);
        payload.member = Some(self.member.clone());
        payload
    }

    fn to_watchers(&self, payload: &Payload) -> Result<Event> {
        tell(payload, Audience::Watchers(self.channel.cid()), Counts::None, Vec::new())
    }

    fn with_channel(&self, kind: &'static str, channel: &Arc<ChannelResponse>) -> Payload {
        Payload { channel: Some(channel.clone()), ..self.event(kind) }
    }

    /// The newcomer's other connections learn of the channel in another way: they watch it.
    fn unless_watching(&self, payload: &Payload) -> Result<Event> {
        tell(payload, Audience::UsersNotWatching(vec![self.id()], self.channel.cid()), Counts::None, Vec::new())
    }
}

/// `member.added`, to watchers.
pub(crate) fn member_added(told: &ToldMember<'_>) -> Result<Event> {
    let mut payload = told.event("member.added");
    payload.channel_last_message_at = told.channel.last_message_at;
    told.to_watchers(&payload)
}

/// `member.updated`, to watchers.
pub(crate) fn member_updated(told: &ToldMember<'_>) -> Result<Event> {
    told.to_watchers(&told.event("member.updated"))
}

/// `member.updated`, to the member's own connections that do not watch: his pins and archives order the list there.
pub(crate) fn member_updated_own(told: &ToldMember<'_>) -> Result<Event> {
    told.unless_watching(&told.event("member.updated"))
}

/// `member.removed`, to watchers, who know the member by `user`.
pub(crate) fn member_removed(told: &ToldMember<'_>) -> Result<Event> {
    told.to_watchers(&told.event("member.removed"))
}

/// `notification.added_to_channel`, to the newcomer.
pub(crate) fn notification_added_to_channel(told: &ToldMember<'_>, channel: &Arc<ChannelResponse>) -> Result<Event> {
    told.unless_watching(&told.with_channel("notification.added_to_channel", channel))
}

/// `notification.invited`, to the invited person.
pub(crate) fn notification_invited(told: &ToldMember<'_>, channel: &Arc<ChannelResponse>) -> Result<Event> {
    told.unless_watching(&told.with_channel("notification.invited", channel))
}

/// `notification.invite_accepted`, to all connections of the person who accepted.
pub(crate) fn notification_invite_accepted(told: &ToldMember<'_>, channel: &Arc<ChannelResponse>) -> Result<Event> {
    let payload = told.with_channel("notification.invite_accepted", channel);
    tell(&payload, Audience::Users(vec![told.id()]), Counts::None, Vec::new())
}

/// `notification.invite_rejected`, to all connections of the person who rejected.
pub(crate) fn notification_invite_rejected(told: &ToldMember<'_>, channel: &Arc<ChannelResponse>) -> Result<Event> {
    let payload = told.with_channel("notification.invite_rejected", channel);
    tell(&payload, Audience::Users(vec![told.id()]), Counts::None, Vec::new())
}

/// `channel.kicked`, to those connections of the person removed that watch the channel and must not any longer.
pub(crate) fn channel_kicked(told: &ToldMember<'_>, channel: &Arc<ChannelResponse>) -> Result<Event> {
    let payload = Payload { channel: Some(channel.clone()), ..channel_event("channel.kicked", told.channel) };
    tell(&payload, Audience::UsersWatching(vec![told.id()], told.channel.cid()), Counts::None, Vec::new())
}

/// `notification.removed_from_channel`, to all connections of the person removed: it is the only event on which clients drop the
/// channel. The effects end his membership everywhere.
pub(crate) fn notification_removed_from_channel(
    told: &ToldMember<'_>,
    channel: &Arc<ChannelResponse>,
    effects: Vec<Effect>,
) -> Result<Event> {
    let payload = told.with_channel("notification.removed_from_channel", channel);
    tell(&payload, Audience::Users(vec![told.id()]), Counts::None, effects)
}

/// `notification.mark_read`, to the person removed: his totals without this channel.
pub(crate) fn notification_left(told: &ToldMember<'_>) -> Result<Event> {
    let mut payload = told.event("notification.mark_read");
    payload.member = None;
    tell(&payload, Audience::Users(vec![told.id()]), Counts::ChannelsAndThreads, Vec::new())
}
