//! Events of reactions.

use std::sync::Arc;

use super::messages::restrict;
use super::{channel_event, tell};
use crate::chat::Granted;
use crate::error::Result;
use crate::store::{Audience, Counts, Event, Message};
use crate::wire::messages::{MessageResponse, ReactionResponse};

/// `reaction.new`: the first of its type by this person.
pub(crate) fn reaction_new(
    granted: &Granted,
    record: &Message,
    message: &Arc<MessageResponse>,
    reaction: &ReactionResponse,
) -> Result<Event> {
    told("reaction.new", granted, record, message, reaction)
}

/// `reaction.updated`: it takes the place of one of the same type, or of all of this person's.
pub(crate) fn reaction_updated(
    granted: &Granted,
    record: &Message,
    message: &Arc<MessageResponse>,
    reaction: &ReactionResponse,
) -> Result<Event> {
    told("reaction.updated", granted, record, message, reaction)
}

/// `reaction.deleted`
pub(crate) fn reaction_deleted(
    granted: &Granted,
    record: &Message,
    message: &Arc<MessageResponse>,
    reaction: &ReactionResponse,
) -> Result<Event> {
    told("reaction.deleted", granted, record, message, reaction)
}

/// The message is complete, with the counters after the change.
fn told(
    kind: &'static str,
    granted: &Granted,
    record: &Message,
    message: &Arc<MessageResponse>,
    reaction: &ReactionResponse,
) -> Result<Event> {
    let mut payload = channel_event(kind, &granted.channel);
    payload.message_id = Some(message.id.clone());
    payload.message = Some(message.clone().into());
    payload.user = Some(reaction.user.clone());
    payload.reaction = Some(Arc::new(reaction.clone()));
    let mut event = tell(&payload, Audience::Watchers(granted.cid.clone()), Counts::None, Vec::new())?;
    restrict(&mut event, granted, record, Some(message));
    Ok(event)
}
