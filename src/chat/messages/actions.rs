//! Buttons of command messages (`rules.md` 5.12).

use std::sync::Arc;

use super::{Sent, read};
use crate::access::Action;
use crate::chat::{Ctx, commands};
use crate::error::{ApiError, Result};
use crate::wire::messages::RunMessageActionRequest;

/// Presses a button of a message that a command left to its writer. `None`: the client drops the message.
pub(crate) async fn run_action(ctx: &Ctx, id: &str, request: RunMessageActionRequest) -> Result<Option<Sent>> {
    let ctx = &ctx.acting_as("user", request.user, request.user_id).await?;
    let form = request.form_data.unwrap_or_default();
    let button = form.get("image_action").and_then(|value| value.as_str()).unwrap_or_default();
    if let Some(kept) = ctx.app.store.ephemeral_message(ctx.viewer(), id).await? {
        let granted = ctx.channel(&kept.cid, Action::ReadChannel).await?;
        granted.right.require_on(Action::RunMessageAction, true)?;
        return commands::press(ctx, kept, button).await;
    }
    let found = ctx.stored_message(id, Action::RunMessageAction).await?;
    // The button was pressed before, and its answer perhaps lost.
    if button == "send" && found.message.command.is_some() && found.message.user_id == ctx.viewer() {
        return Ok(Some(Arc::unwrap_or_clone(read::answer(ctx, &found.granted, found.message).await?).into()));
    }
    Err(ApiError::input(format!("message with id {id} has no actions")))
}
