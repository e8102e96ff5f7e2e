//! Making, moving and removing reminders.

use super::shown;
use crate::access::Action;
use crate::chat::messages::{GrantedMessage, check_not_deleted};
use crate::chat::{Ctx, announce};
use crate::error::{ApiError, Result};
use crate::limits;
use crate::store::{Outcome, Reminder};
use crate::wire::Time;
use crate::wire::reminders::{DeleteReminderParams, ReminderRequest, ReminderResponse};

/// Makes a reminder of a message, for a moment or just for later.
pub(crate) async fn create(ctx: &Ctx, id: &str, request: ReminderRequest) -> Result<ReminderResponse> {
    let (ctx, found) = reach(ctx, id, &request).await?;
    check_not_deleted(&found.message)?;
    let (ctx, store, user) = (&ctx, &ctx.app.store, &ctx.writer()?.id);
    let exists = || ApiError::input(format!("user {user} already has reminder created for this message_id"));
    if store.reminder(user, id).await?.is_some() {
        return Err(exists());
    }
    if store.count_reminders(user).await? >= limits::REMINDERS {
        super::query::sweep(ctx).await?;
        if store.count_reminders(user).await? >= limits::REMINDERS {
            let message = format!("a user may have at most {} reminders; delete one of them", limits::REMINDERS);
            return Err(ApiError::input(message));
        }
    }
    let reminder = Reminder {
        at: Time::STAMP,
        message_id: id.to_owned(),
        cid: found.granted.cid.clone(),
        created_at: Some(Time::STAMP),
        remind_at: request.remind_at,
    };
    let told = shown::whole(ctx, &found, &reminder).await?;
    store.index_reminder(user, id, &reminder.cid).await?;
    let mut tx = store.put_reminder(user, None, &reminder)?;
    tx.append(announce::reminder_created(&found.granted, &found.message, told.clone())?)?;
    match tx.commit(store).await? {
        Outcome::Committed { at } => {
            store.note_kept(user);
            Ok(ReminderResponse { created_at: at, updated_at: at, ..told })
        }
        Outcome::Conflict { .. } => Err(exists()),
    }
}

/// Moves a reminder to another moment, or to none.
pub(crate) async fn update(ctx: &Ctx, id: &str, request: ReminderRequest) -> Result<ReminderResponse> {
    let (ctx, found) = reach(ctx, id, &request).await?;
    let (ctx, store, user) = (&ctx, &ctx.app.store, &ctx.writer()?.id);
    for _ in 0..limits::CONFLICT_RETRIES {
        let before = store.reminder(user, id).await?.ok_or_else(missing)?;
        let reminder = Reminder {
            at: Time::STAMP,
            created_at: Some(before.created_at()),
            remind_at: request.remind_at,
            ..before.clone()
        };
        let told = shown::whole(ctx, &found, &reminder).await?;
        let mut tx = store.put_reminder(user, Some(&before), &reminder)?;
        tx.append(announce::reminder_updated(&found.granted, &found.message, told.clone())?)?;
        if let Outcome::Committed { at } = tx.commit(store).await? {
            return Ok(ReminderResponse { updated_at: at, ..told });
        }
    }
    Err(ApiError::busy())
}

/// Removes a reminder, whatever became of its message.
pub(crate) async fn delete(ctx: &Ctx, id: &str, params: DeleteReminderParams) -> Result<()> {
    let ctx = &ctx.acting_as("user", None, params.user_id).await?;
    let (store, user) = (&ctx.app.store, &ctx.actor()?.id);
    for _ in 0..limits::CONFLICT_RETRIES {
        let before = store.reminder(user, id).await?.ok_or_else(missing)?;
        let mut tx = store.remove_reminders(user, [&before]);
        tx.append(announce::reminder_deleted(shown::as_possible(ctx, &before).await?)?)?;
        if let Outcome::Committed { .. } = tx.commit(store).await? {
            return Ok(());
        }
    }
    Err(ApiError::busy())
}

fn missing() -> ApiError {
    ApiError::not_found("reminder does not exist")
}

/// The message, where it may be remembered, for the person whose reminder it is.
async fn reach(ctx: &Ctx, id: &str, request: &ReminderRequest) -> Result<(Ctx, GrantedMessage)> {
    let ctx = ctx.acting_as("user", request.user.clone(), request.user_id.clone()).await?;
    let found = ctx.message(id, Action::ReadChannel).await?;
    if !found.granted.kind.config.user_message_reminders {
        return Err(ApiError::input("reminders are not enabled for this channel"));
    }
    let soonest = ctx.now().plus_seconds(limits::REMINDER_AHEAD.as_secs() as i64);
    if request.remind_at.is_some_and(|at| at < soonest) {
        return Err(ApiError::field("remind_at", "remind_at must be at least one minute in the future"));
    }
    Ok((ctx, found))
}
