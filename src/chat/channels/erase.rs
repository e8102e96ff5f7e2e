//! Messages erased for good, many at a time: a channel's last step before a hard truncation or deletion.

use crate::chat::Ctx;
use crate::error::{ApiError, Result};
use crate::limits;
use crate::store::{Outcome, Tick};
use crate::wire::Time;

/// Messages erased in one transaction.
const CHUNK: usize = 100;

/// Erases the messages shown up to `until`, with their replies and reactions. Nobody is told: the event of the cut says it all.
pub(super) async fn erase_messages(ctx: &Ctx, cid: &str, until: Time) -> Result<()> {
    loop {
        let ids = ctx.app.store.oldest_message_ids(cid, until, CHUNK).await?;
        if ids.is_empty() {
            return Ok(());
        }
        // Replies first: a parent that is gone could not name them any more.
        for id in &ids {
            let replies = ctx.app.store.reply_ids(cid, id).await?;
            for replies in replies.chunks(CHUNK) {
                erase(ctx, cid, replies).await?;
            }
        }
        erase(ctx, cid, &ids).await?;
    }
}

async fn erase(ctx: &Ctx, cid: &str, ids: &[String]) -> Result<()> {
    let store = &ctx.app.store;
    for _ in 0..limits::CONFLICT_RETRIES {
        let messages = store.messages_in(cid, ids).await?;
        let mut tx = store.channel_change(cid, Tick::Change);
        for id in ids {
            match messages.get(id) {
                Some(message) => store.erase_message(&mut tx, message),
                None => store.unlist_message(&mut tx, cid, id),
            }
        }
        if let Outcome::Committed { .. } = tx.commit(store).await? {
            return Ok(());
        }
    }
    Err(ApiError::busy())
}
