//! Reminders in answers and events.

use std::collections::HashMap;

use crate::access::Action;
use crate::chat::messages::GrantedMessage;
use crate::chat::respond::{self, People};
use crate::chat::{Ctx, messages};
use crate::error::{ApiError, Result, reachable};
use crate::store::{Message, MessageRow, Reminder};
use crate::wire::reminders::ReminderResponse;

/// The reminder as it stands in its message.
pub(crate) fn bare(user: &str, reminder: &Reminder) -> ReminderResponse {
    ReminderResponse {
        channel_cid: reminder.cid.clone(),
        created_at: reminder.created_at(),
        message_id: reminder.message_id.clone(),
        remind_at: reminder.remind_at,
        updated_at: reminder.at,
        user_id: user.to_owned(),
        ..ReminderResponse::default()
    }
}

/// The reminder with its message, its channel and its owner, the caller.
pub(super) async fn whole(ctx: &Ctx, found: &GrantedMessage, reminder: &Reminder) -> Result<ReminderResponse> {
    let row = MessageRow::bare(found.message.clone());
    let (mut message, people) = futures_util::future::try_join(
        respond::message(ctx, &found.granted.cid, row),
        People::load(ctx, [found.granted.channel.created_by.as_str()]),
    )
    .await?;
    respond::conceal(&mut message);
    Ok(ReminderResponse {
        channel: Some(Box::new(respond::channel(&found.granted.channel, &found.granted.kind, &people))),
        message: Some(Box::new(message)),
        user: respond::actor(ctx),
        ..bare(ctx.viewer(), reminder)
    })
}

/// The same, without message and channel where the caller may no longer see them.
pub(super) async fn as_possible(ctx: &Ctx, reminder: &Reminder) -> Result<ReminderResponse> {
    match reachable(ctx.message(&reminder.message_id, Action::ReadChannel).await)? {
        Some(found) => whole(ctx, &found, reminder).await,
        None => Ok(ReminderResponse { user: respond::actor(ctx), ..bare(ctx.viewer(), reminder) }),
    }
}

/// Those of the reminders whose message the caller may still read, by message id.
pub(super) async fn readable<'a>(
    ctx: &Ctx,
    reminders: impl Iterator<Item = &'a Reminder>,
) -> Result<HashMap<String, ReminderResponse>> {
    let mut by_channel: HashMap<&str, Vec<&Reminder>> = HashMap::new();
    for reminder in reminders {
        by_channel.entry(&reminder.cid).or_default().push(reminder);
    }
    let shown = by_channel.into_iter().map(|(cid, reminders)| in_channel(ctx, cid, reminders));
    Ok(futures_util::future::try_join_all(shown).await?.into_iter().flatten().collect())
}

async fn in_channel(ctx: &Ctx, cid: &str, reminders: Vec<&Reminder>) -> Result<Vec<(String, ReminderResponse)>> {
    let Some(granted) = reachable(ctx.channel(cid, Action::ReadChannel).await)? else { return Ok(Vec::new()) };
    let ids: Vec<String> = reminders.iter().map(|reminder| reminder.message_id.clone()).collect();
    let mut found: HashMap<String, Message> = ctx.app.store.messages_in(cid, &ids).await?;
    found.retain(|_, message| message.deleted_at.is_none() && messages::sees(ctx, &granted, message));
    let rows: Vec<MessageRow> = found.into_values().map(MessageRow::bare).collect();
    let people = People::load(ctx, [granted.channel.created_by.as_str()]).await?;
    let channel = respond::channel(&granted.channel, &granted.kind, &people);
    let mut shown: HashMap<String, _> = respond::messages(ctx, &granted, rows)
        .await?
        .into_iter()
        .map(|message| (message.id.clone(), message))
        .collect();
    let whole = |reminder: &Reminder| {
        let message = shown.remove(&reminder.message_id)?;
        let response = ReminderResponse {
            channel: Some(Box::new(channel.clone())),
            message: Some(Box::new(message)),
            user: respond::actor(ctx),
            ..bare(ctx.viewer(), reminder)
        };
        Some((reminder.message_id.clone(), response))
    };
    Ok::<_, ApiError>(reminders.into_iter().filter_map(whole).collect())
}
