//! The live locations that somebody shares.

use std::collections::HashMap;

use super::shown;
use crate::chat::Ctx;
use crate::error::{ApiError, Result};
use crate::store::Message;
use crate::wire::locations::SharedLocationResponse;

/// The caller's live locations that have not ended, those first that end first.
pub(crate) async fn list(ctx: &Ctx, user_id: Option<String>) -> Result<Vec<SharedLocationResponse>> {
    let ctx = &ctx.acting_as("user", None, user_id).await?;
    let mut locations: Vec<SharedLocationResponse> = active(ctx).await?.iter().filter_map(shown).collect();
    locations.sort_by(|a, b| (a.end_at, &a.message_id).cmp(&(b.end_at, &b.message_id)));
    Ok(locations)
}

/// The messages that share them. What the caller's index names besides is taken out of it.
pub(super) async fn active(ctx: &Ctx) -> Result<Vec<Message>> {
    let store = &ctx.app.store;
    let mut index = store.user_locations(ctx.viewer()).await?;
    let mut ids: HashMap<&str, Vec<String>> = HashMap::new();
    for (id, entry) in &index {
        ids.entry(&entry.cid).or_default().push(id.clone());
    }
    let channels = store.channels(ids.keys().copied()).await?;
    let found = ids.into_iter().map(|(cid, ids)| {
        let channel = channels.get(cid).filter(|channel| !channel.is_deleted());
        async move {
            let Some(channel) = channel else { return Ok(Vec::new()) };
            let mut messages: Vec<Message> = store.messages_in(cid, &ids).await?.into_values().collect();
            let since = channel.truncated_at.max(Some(channel.began()));
            messages.retain(|message| since <= Some(message.created_at()));
            Ok::<_, ApiError>(messages)
        }
    });
    let mut found: Vec<Message> = futures_util::future::try_join_all(found).await?.into_iter().flatten().collect();
    let now = ctx.now();
    found.retain(|message| message.user_id == ctx.viewer() && message.live_location(now).is_some());
    for message in &found {
        index.remove(&message.id);
    }
    let gone: Vec<_> = index.into_iter().collect();
    store.forget_user_locations(ctx.viewer(), &gone).await?;
    Ok(found)
}
