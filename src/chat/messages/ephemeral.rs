//! Updates that are told and not kept: a text that is still being made, word by word. What is kept stays as it was.

use std::sync::Arc;

use super::granted::check_not_deleted;
use super::{edit, read};
use crate::access::Action;
use crate::chat::{Ctx, announce, respond};
use crate::error::Result;
use crate::store::Message;
use crate::wire::Time;
use crate::wire::messages::{MessageResponse, UpdateMessagePartialRequest};

/// Shows the message's watchers what it would be with the change. Servers only.
pub(crate) async fn update(ctx: &Ctx, id: &str, request: UpdateMessagePartialRequest) -> Result<Arc<MessageResponse>> {
    ctx.server_only()?;
    let ctx = &ctx.acting_for("user", request.user, request.user_id).await?;
    let found = ctx.message(id, Action::UpdateMessage).await?;
    check_not_deleted(&found.message)?;
    let (set, unset) = (request.set.unwrap_or_default(), request.unset.unwrap_or_default());
    let shown = edit::partly(ctx, &found, &set, &unset).await?;
    // A pin is kept or is none, and a text that grows is not an edited one.
    let shown = Message {
        at: Time::STAMP,
        pin: found.message.pin.clone(),
        show_in_channel: found.message.show_in_channel,
        text_updated_at: found.message.text_updated_at,
        ..shown
    };
    let granted = &found.granted;
    let told = respond::announced(ctx, &granted.cid, shown.clone()).await?;
    let mut event = announce::message_updated(granted, &shown, &told, respond::actor(ctx))?;
    event.header.passing = true;
    let at = ctx.app.store.tell(&granted.cid, vec![event]).await?;
    read::answer(ctx, granted, Message { at, ..shown }).await
}
