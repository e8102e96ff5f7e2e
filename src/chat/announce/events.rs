//! Events that callers make themselves: typing, and those of the app's own.

use super::tell;
use crate::chat::Granted;
use crate::error::Result;
use crate::store::{Audience, Counts, Event};
use crate::wire::events::Event as Payload;

/// An event of somebody's own, to watchers, the sender's watching connections included. In a 1:1 channel nothing comes from
/// somebody whom the other one blocked; what a shadow-banned person does, only he sees.
pub(crate) fn sent(granted: &Granted, sender: &str, alone: bool, payload: &Payload) -> Result<Event> {
    let mut event = tell(payload, Audience::Watchers(granted.cid.clone()), Counts::None, Vec::new())?;
    event.header.passing = true;
    if alone {
        event.header.only = Some(vec![sender.to_owned()]);
    }
    if granted.channel.is_one_to_one() {
        event.header.unless_blocked = Some(sender.to_owned());
    }
    Ok(event)
}

/// An event of the app's own, to all connections of one person.
pub(crate) fn sent_to(user: &str, payload: &Payload) -> Result<Event> {
    let mut event = tell(payload, Audience::Users(vec![user.to_owned()]), Counts::None, Vec::new())?;
    event.header.passing = true;
    Ok(event)
}
