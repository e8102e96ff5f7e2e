//! Events of polls: to those who watch the channel and see the message that shows the poll.

use std::sync::Arc;

use super::messages::restrict;
use super::{channel_event, tell};
use crate::chat::Granted;
use crate::error::Result;
use crate::store::{Audience, Counts, Event, Message};
use crate::wire::polls::{PollResponse, PollVoteResponse};
use crate::wire::users::UserResponse;

/// `poll.updated`: its text, its rules or its options.
pub(crate) fn poll_updated(
    granted: &Granted,
    message: &Message,
    poll: &Arc<PollResponse>,
    user: Option<Arc<UserResponse>>,
) -> Result<Event> {
    told("poll.updated", granted, message, poll, None, user)
}

/// `poll.closed`
pub(crate) fn poll_closed(
    granted: &Granted,
    message: &Message,
    poll: &Arc<PollResponse>,
    user: Option<Arc<UserResponse>>,
) -> Result<Event> {
    told("poll.closed", granted, message, poll, None, user)
}

/// `poll.deleted`: the poll as it was.
pub(crate) fn poll_deleted(
    granted: &Granted,
    message: &Message,
    poll: &Arc<PollResponse>,
    user: Option<Arc<UserResponse>>,
) -> Result<Event> {
    told("poll.deleted", granted, message, poll, None, user)
}

/// `poll.vote_casted`, `poll.vote_changed` or `poll.vote_removed` (`kind`), with the counts after it.
pub(crate) fn poll_vote(
    kind: &'static str,
    granted: &Granted,
    message: &Message,
    poll: &Arc<PollResponse>,
    vote: PollVoteResponse,
    user: Option<Arc<UserResponse>>,
) -> Result<Event> {
    told(kind, granted, message, poll, Some(vote), user)
}

fn told(
    kind: &'static str,
    granted: &Granted,
    message: &Message,
    poll: &Arc<PollResponse>,
    vote: Option<PollVoteResponse>,
    user: Option<Arc<UserResponse>>,
) -> Result<Event> {
    let mut payload = channel_event(kind, &granted.channel);
    payload.message_id = Some(message.id.clone());
    payload.poll = Some(poll.clone());
    payload.poll_vote = vote.map(Box::new);
    payload.user = user;
    let mut event = tell(&payload, Audience::Watchers(granted.cid.clone()), Counts::None, Vec::new())?;
    restrict(&mut event, granted, message, None);
    Ok(event)
}
