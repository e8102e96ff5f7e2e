//! Events of reminders: for their owner's own connections.

use super::{channel_event, tell};
use crate::chat::Granted;
use crate::error::Result;
use crate::store::{Audience, Channel, Counts, Effect, Event, Message};
use crate::wire::reminders::ReminderResponse;

/// `reminder.created`.
pub(crate) fn reminder_created(granted: &Granted, message: &Message, reminder: ReminderResponse) -> Result<Event> {
    let kept = Effect::Keeps(reminder.user_id.clone());
    about("reminder.created", &granted.channel, Some(message), reminder, vec![kept])
}

/// `reminder.updated`.
pub(crate) fn reminder_updated(granted: &Granted, message: &Message, reminder: ReminderResponse) -> Result<Event> {
    about("reminder.updated", &granted.channel, Some(message), reminder, Vec::new())
}

/// `reminder.deleted`. Its message may be gone, and its channel.
pub(crate) fn reminder_deleted(reminder: ReminderResponse) -> Result<Event> {
    let (kind, id) = reminder.channel_cid.split_once(':').unwrap_or((&reminder.channel_cid, ""));
    let channel = Channel { kind: kind.to_owned(), id: id.to_owned(), ..Channel::default() };
    about("reminder.deleted", &channel, None, reminder, Vec::new())
}

/// `notification.reminder_due`: the moment has come.
pub(crate) fn notification_reminder_due(
    granted: &Granted,
    message: &Message,
    reminder: ReminderResponse,
) -> Result<Event> {
    about("notification.reminder_due", &granted.channel, Some(message), reminder, Vec::new())
}

fn about(
    kind: &'static str,
    channel: &Channel,
    message: Option<&Message>,
    reminder: ReminderResponse,
    effects: Vec<Effect>,
) -> Result<Event> {
    let mut payload = channel_event(kind, channel);
    let user = reminder.user_id.clone();
    payload.message_id = Some(reminder.message_id.clone());
    payload.user_id = Some(user.clone());
    payload.parent_id = message.and_then(|message| message.parent_id.clone());
    payload.reminder = Some(Box::new(reminder));
    tell(&payload, Audience::Users(vec![user]), Counts::None, effects)
}
