//! Delivery receipts (`realtime.md` 6.3).

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::reader;
use crate::access::Action;
use crate::chat::{Ctx, Granted, announce, messages, respond};
use crate::error::{ApiError, Result, at_most, reachable};
use crate::limits;
use crate::store::{Outcome, Read, Tick};
use crate::wire::channels::{DeliveredMessageRequest, MarkDeliveredRequest};

/// Notes the newest message that reached a device in each channel. What is unknown, out of reach or older than what is known is
/// passed over without a word; so is everything of somebody who keeps deliveries to himself.
pub(crate) async fn mark_delivered(ctx: &Ctx, request: MarkDeliveredRequest) -> Result<()> {
    let ctx = &reader(ctx, request.user, request.user_id).await?;
    let reports = request.latest_delivered_messages.unwrap_or_default();
    at_most("latest_delivered_messages", reports.len(), limits::DELIVERED_PER_CALL)?;
    if !ctx.actor()?.shares("delivery_receipts") {
        return Ok(());
    }
    let reports: Vec<BoxFuture<'_, Result<()>>> =
        reports.iter().map(|report| Box::pin(note(ctx, report)) as _).collect();
    futures_util::future::try_join_all(reports).await?;
    Ok(())
}

async fn note(ctx: &Ctx, report: &DeliveredMessageRequest) -> Result<()> {
    let (store, user, cid) = (&ctx.app.store, ctx.actor()?, &report.cid);
    let granted = reachable(ctx.channel(cid, Action::ReadChannel).await)?;
    let reports = |granted: &Granted| granted.kind.config.delivery_events && granted.member.is_some();
    let Some(granted) = granted.filter(reports) else { return Ok(()) };
    for _ in 0..limits::CONFLICT_RETRIES {
        let (message, before) =
            futures_util::future::try_join(store.message_in(cid, &report.id), store.read(cid, &user.id)).await?;
        let message = message.filter(|message| !message.is_thread_only() && messages::sees(ctx, &granted, message));
        let (Some(message), Some(before)) = (message, before) else { return Ok(()) };
        let at = message.created_at();
        if at <= before.delivered().0 {
            return Ok(());
        }
        let after = Read { delivered_at: Some(at), delivered_id: Some(message.id.clone()), ..before.clone() };
        let mut tx = store.channel_change(cid, Tick::Read);
        store.write_read(&mut tx, cid, &user.id, Some(&before), &after)?;
        tx.append(announce::message_delivered(&granted, Arc::new(respond::user(user, ctx.now())), message.id, at)?)?;
        if let Outcome::Committed { .. } = tx.commit(store).await? {
            return Ok(());
        }
    }
    Err(ApiError::busy())
}
