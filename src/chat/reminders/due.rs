//! The moment has come: once for the whole deployment, whichever node looks first, and after a restart for all that was missed.

use std::sync::Arc;

use super::shown;
use crate::access::Action;
use crate::app::App;
use crate::chat::{Caller, Ctx, announce};
use crate::error::{Result, reachable};
use crate::limits;
use crate::store::{Due, Event};

/// Tells of all reminders that are due. Several nodes may do it at once: one of them takes each.
pub(crate) async fn ring(app: &Arc<App>) -> Result<()> {
    loop {
        let due = app.store.due_reminders(limits::DUE_AT_ONCE).await?;
        // One that cannot be told now does not keep the others waiting.
        let rung = futures_util::future::join_all(due.iter().map(|due| ring_one(app, due))).await;
        rung.into_iter().collect::<Result<Vec<()>>>()?;
        if due.len() < limits::DUE_AT_ONCE {
            return Ok(());
        }
    }
}

async fn ring_one(app: &Arc<App>, due: &Due) -> Result<()> {
    let mut tx = app.store.take_due(due);
    if let Some(event) = event(app, due).await? {
        tx.append(event)?;
    }
    // A conflict: another node was faster, or the reminder was moved.
    tx.commit(&app.store).await.map(drop)
}

/// What is told; nothing where the reminder is gone, or its message, or its owner's right to read it.
async fn event(app: &Arc<App>, due: &Due) -> Result<Option<Event>> {
    let Some(reminder) = app.store.reminder(&due.user, &due.message).await? else { return Ok(None) };
    let Some(user) = app.store.user(&due.user).await? else { return Ok(None) };
    if reminder.remind_at != Some(due.at) || user.deactivated_at.is_some() || user.deleted_at.is_some() {
        return Ok(None);
    }
    let caller = Caller::User(user.clone());
    let ctx = Ctx { app: app.clone(), caller, actor: Some(user), connection_id: None, address: None };
    let found = reachable(ctx.message(&due.message, Action::ReadChannel).await)?;
    let Some(found) = found.filter(|found| found.message.deleted_at.is_none()) else { return Ok(None) };
    let told = shown::whole(&ctx, &found, &reminder).await?;
    announce::notification_reminder_due(&found.granted, &found.message, told).map(Some)
}
