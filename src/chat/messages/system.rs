//! System messages that come with other changes: of members, of the channel, of a truncation.

use std::sync::Arc;

use super::compose;
use super::send::{Told, new_event};
use crate::chat::{Ctx, Granted, respond};
use crate::error::{ApiError, Result};
use crate::store::{Message, MessageRow, Transaction};
use crate::wire::messages::{MessageRequest, MessageResponse};

/// A system message that goes with another change (of members, of the channel, a truncation).
pub(crate) fn system_message(ctx: &Ctx, granted: &Granted, request: &MessageRequest) -> Result<Message> {
    compose::check_shape(ctx, request)?;
    if request.poll_id.is_some() {
        return Err(ApiError::field("message.poll_id", "message.poll_id is not possible here"));
    }
    if request.restricted_visibility.as_ref().is_some_and(|ids| !ids.is_empty()) {
        return Err(ApiError::field(
            "message.restricted_visibility",
            "message.restricted_visibility is not possible here",
        ));
    }
    let mut record = Message {
        id: request.id.clone().unwrap_or_else(|| uuid::Uuid::new_v4().to_string()),
        cid: granted.cid.clone(),
        user_id: ctx.actor()?.id.clone(),
        system: true,
        silent: request.silent.unwrap_or(false),
        ..Message::default()
    };
    compose::fill(&mut record, request)?;
    Ok(record)
}

/// Adds a system message to a change that is being made; its event comes after those already appended.
pub(crate) async fn send_system(
    ctx: &Ctx,
    granted: &Granted,
    record: &Message,
    tx: &mut Transaction,
) -> Result<Arc<MessageResponse>> {
    let counts_as_last = !granted.kind.config.skip_last_msg_update_for_system_msgs;
    ctx.app.store.add_message(tx, record, counts_as_last).await?;
    if granted.member.is_some() {
        ctx.app.store.read_own_message(tx, &granted.cid, &record.user_id, &record.id)?;
    }
    let row = MessageRow::bare(record.stamped());
    let told = Told::new(respond::message(ctx, &granted.cid, row).await?)?;
    tx.append(new_event(ctx, granted, record, &told, Vec::new())?)?;
    Ok(told.message)
}
