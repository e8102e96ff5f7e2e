//! Reminders of messages.

use super::{Answer, Body, MessagePath, Params, created, ok};
use crate::chat::{Ctx, reminders};
use crate::error::Result;
use crate::wire::reminders::{
    DeleteReminderParams, QueryRemindersRequest, QueryRemindersResponse, ReminderAnswer, ReminderRequest,
};
use crate::wire::settings::EmptyResponse;

/// Makes a reminder of a message, for a moment or just for later.
#[utoipa::path(post, path = "/messages/{id}/reminders", tag = "reminders", params(MessagePath), request_body = ReminderRequest,
    responses((status = 201, body = ReminderAnswer)))]
pub(crate) async fn create_reminder(
    ctx: Ctx,
    path: MessagePath,
    Body(request): Body<ReminderRequest>,
) -> Result<Answer> {
    let reminder = Box::pin(reminders::create(&ctx, &path.id, request)).await?;
    Ok(created(&ReminderAnswer { same: reminder.clone(), reminder }))
}

/// Moves a reminder to another moment, or to none.
#[utoipa::path(patch, path = "/messages/{id}/reminders", tag = "reminders", params(MessagePath), request_body = ReminderRequest,
    responses((status = 200, body = ReminderAnswer)))]
pub(crate) async fn update_reminder(
    ctx: Ctx,
    path: MessagePath,
    Body(request): Body<ReminderRequest>,
) -> Result<Answer> {
    let reminder = Box::pin(reminders::update(&ctx, &path.id, request)).await?;
    Ok(ok(&ReminderAnswer { same: reminder.clone(), reminder }))
}

/// Removes a reminder.
#[utoipa::path(delete, path = "/messages/{id}/reminders", tag = "reminders", params(MessagePath, DeleteReminderParams),
    responses((status = 200, body = EmptyResponse)))]
pub(crate) async fn delete_reminder(
    ctx: Ctx,
    path: MessagePath,
    Params(params): Params<DeleteReminderParams>,
) -> Result<Answer> {
    reminders::delete(&ctx, &path.id, params).await?;
    Ok(ok(&EmptyResponse {}))
}

/// Lists the caller's reminders, the next one first.
#[utoipa::path(post, path = "/reminders/query", tag = "reminders", request_body = QueryRemindersRequest,
    responses((status = 201, body = QueryRemindersResponse)))]
pub(crate) async fn query_reminders(ctx: Ctx, Body(request): Body<QueryRemindersRequest>) -> Result<Answer> {
    Ok(created(&Box::pin(reminders::query(&ctx, request)).await?))
}
