//! Events of mutes, blocks and bans.

use std::sync::Arc;

use super::{channel_event, tell, user_event};
use crate::error::Result;
use crate::store::{Audience, Channel, Counts, Effect, Event};
use crate::wire::Time;
use crate::wire::channels::{ChannelMemberResponse, ChannelResponse};
use crate::wire::events::Event as Payload;
use crate::wire::users::{OwnUserResponse, UserResponse};

/// `notification.mutes_updated`, to the muter's connections: clients learn of their mutes from it alone.
pub(crate) fn notification_mutes_updated(me: OwnUserResponse) -> Result<Event> {
    own_lists("notification.mutes_updated", me)
}

/// `notification.channel_mutes_updated`, the same for channels.
pub(crate) fn notification_channel_mutes_updated(me: OwnUserResponse) -> Result<Event> {
    own_lists("notification.channel_mutes_updated", me)
}

fn own_lists(kind: &'static str, me: OwnUserResponse) -> Result<Event> {
    let id = me.user.id.clone();
    let mut payload = user_event(kind);
    payload.me = Some(Box::new(me));
    tell(&payload, Audience::Users(vec![id.clone()]), Counts::None, vec![Effect::Own(id)])
}

/// `channel.hidden` or, when the block ends, `channel.visible`, to the blocker's connections.
pub(crate) fn channel_blocked(
    channel: &Channel,
    response: ChannelResponse,
    user: Arc<UserResponse>,
    blocked: bool,
) -> Result<Event> {
    let id = user.id.clone();
    let mut payload = channel_event(if blocked { "channel.hidden" } else { "channel.visible" }, channel);
    payload.channel = Some(Arc::new(response));
    payload.user = Some(user);
    payload.clear_history = blocked.then_some(false);
    tell(&payload, Audience::Users(vec![id]), Counts::None, Vec::new())
}

/// What a ban is about, or its end.
pub(crate) struct BanTold {
    pub user: Arc<UserResponse>,
    pub created_by: Option<Arc<UserResponse>>,
    pub reason: Option<String>,
    pub expires: Option<Time>,
    pub shadow: bool,
    /// The ban ended.
    pub lifted: bool,
}

impl BanTold {
    fn payload(&self, channel: Option<&Channel>) -> Payload {
        let kind = if self.lifted { "user.unbanned" } else { "user.banned" };
        let mut payload = channel.map_or_else(|| user_event(kind), |channel| channel_event(kind, channel));
        payload.user = Some(self.user.clone());
        payload.created_by.clone_from(&self.created_by);
        payload.reason.clone_from(&self.reason);
        payload.expiration = self.expires;
        payload.shadow = Some(self.shadow);
        payload
    }
}

/// `user.banned` or `user.unbanned` in a channel: to its watchers and to the person's other connections, and not at all to
/// the person when the ban is a shadow ban.
pub(crate) fn banned_in_channel(ban: &BanTold, channel: &Channel) -> Result<Vec<Event>> {
    let (payload, cid, id) = (ban.payload(Some(channel)), channel.cid(), ban.user.id.clone());
    let mut watchers = tell(&payload, Audience::Watchers(cid.clone()), Counts::None, Vec::new())?;
    if ban.shadow {
        watchers.header.except = vec![id];
        return Ok(vec![watchers]);
    }
    let elsewhere = tell(&payload, Audience::UsersNotWatching(vec![id], cid), Counts::None, Vec::new())?;
    Ok(vec![watchers, elsewhere])
}

/// `user.banned` or `user.unbanned` in the whole app, to the person; a shadow ban is told to nobody.
pub(crate) fn banned_in_app(ban: &BanTold) -> Result<Event> {
    let id = ban.user.id.clone();
    let effects = vec![Effect::User(id.clone())];
    if ban.shadow {
        return Ok(Event::effects(effects));
    }
    tell(&ban.payload(None), Audience::Users(vec![id]), Counts::None, effects)
}

/// `member.updated` of somebody whose ban changed; of a shadow ban the person is not told.
pub(crate) fn banned_member(
    channel: &Channel,
    member: ChannelMemberResponse,
    shadow: bool,
    effects: Vec<Effect>,
) -> Result<Event> {
    let mut payload = channel_event("member.updated", channel);
    payload.user.clone_from(&member.user);
    let id = member.user_id.clone();
    payload.member = Some(Arc::new(member));
    let mut event = tell(&payload, Audience::Watchers(channel.cid()), Counts::None, effects)?;
    if shadow {
        event.header.except = id.into_iter().collect();
    }
    Ok(event)
}

/// `user.messages.deleted` of one channel, to its watchers, or of the whole app, to the person himself.
pub(crate) fn user_messages_deleted(user: Arc<UserResponse>, channel: Option<&Channel>, hard: bool) -> Result<Event> {
    let kind = "user.messages.deleted";
    let mut payload = channel.map_or_else(|| user_event(kind), |channel| channel_event(kind, channel));
    let audience =
        channel.map_or_else(|| Audience::Users(vec![user.id.clone()]), |channel| Audience::Watchers(channel.cid()));
    payload.user = Some(user);
    payload.hard_delete = Some(hard);
    tell(&payload, audience, Counts::None, Vec::new())
}
