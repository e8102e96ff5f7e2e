//! Buttons of command messages (`rules.md` 5.12).

use crate::access::Action;
use crate::chat::Ctx;
use crate::error::{ApiError, Result};
use crate::wire::messages::{RunMessageActionRequest, RunMessageActionResponse};

/// Presses a button. Only messages that commands leave behind have any, and Weir's channel types offer no commands.
pub(crate) async fn run_action(
    ctx: &Ctx,
    id: &str,
    request: RunMessageActionRequest,
) -> Result<RunMessageActionResponse> {
    let ctx = &ctx.acting_as("user", request.user, request.user_id).await?;
    let found = ctx.message(id, Action::RunMessageAction).await?;
    Err(ApiError::input(format!("message with id {} has no actions", found.message.id)))
}
