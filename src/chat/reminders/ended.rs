//! A message is deleted: those who have a reminder of it hear that there is nothing to be reminded of, wherever they are.
//!
//! The message goes first, in its own transaction, then its owners are told one by one: a crash between the two leaves reminders
//! that lists do not show and that never ring.

use super::shown;
use crate::chat::messages::GrantedMessage;
use crate::chat::respond::People;
use crate::chat::{Ctx, announce};
use crate::error::Result;
use crate::store::{Message, Reminder};
use crate::wire::reminders::ReminderResponse;

/// Who may have a reminder of the message; to be asked before it goes for good.
pub(crate) async fn owners(ctx: &Ctx, message: &Message) -> Result<Vec<String>> {
    ctx.app.store.reminded(&message.cid, &message.id).await
}

/// The message was deleted softly. Should it come back, so do its reminders.
pub(crate) async fn message_deleted(ctx: &Ctx, message: &Message) {
    let told = async {
        let owners = owners(ctx, message).await?;
        let tells = owners.iter().map(|user| async move {
            match reminder(ctx, message, user).await? {
                Some((_, told)) => ctx.app.store.tell(user, vec![announce::reminder_deleted(told)?]).await.map(drop),
                None => Ok(()),
            }
        });
        futures_util::future::try_join_all(tells).await
    };
    report(message, told.await.map(drop));
}

/// The message came back, and with it its reminders.
pub(crate) async fn message_undeleted(ctx: &Ctx, found: &GrantedMessage) {
    let GrantedMessage { granted, message } = found;
    let told = async {
        let owners = owners(ctx, message).await?;
        let tells = owners.iter().map(|user| async move {
            match reminder(ctx, message, user).await? {
                Some((_, told)) => {
                    let event = announce::reminder_created(granted, message, told)?;
                    ctx.app.store.tell(user, vec![event]).await.map(drop)
                }
                None => Ok(()),
            }
        });
        futures_util::future::try_join_all(tells).await
    };
    report(message, told.await.map(drop));
}

/// The message is gone for good, and its reminders with it.
pub(crate) async fn message_erased(ctx: &Ctx, message: &Message, owners: &[String]) {
    let removals = owners.iter().map(|user| async move {
        let Some((reminder, told)) = reminder(ctx, message, user).await? else { return Ok(()) };
        let mut tx = ctx.app.store.remove_reminders(user, [&reminder]);
        tx.append(announce::reminder_deleted(told)?)?;
        // Who changed it meanwhile has one of nothing, which goes when he reads his list.
        tx.commit(&ctx.app.store).await.map(drop)
    });
    report(message, futures_util::future::try_join_all(removals).await.map(drop));
}

async fn reminder(ctx: &Ctx, message: &Message, user: &str) -> Result<Option<(Reminder, ReminderResponse)>> {
    let Some(reminder) = ctx.app.store.reminder(user, &message.id).await? else { return Ok(None) };
    let people = People::load(ctx, [user]).await?;
    let told = ReminderResponse { user: Some(people.get(user)), ..shown::bare(user, &reminder) };
    Ok(Some((reminder, told)))
}

/// The message itself is deleted, whatever became of this.
fn report(message: &Message, told: Result<()>) {
    if let Err(error) = told {
        tracing::warn!(error = ?error, message = message.id, "owners of reminders did not hear what became of their message");
    }
}
