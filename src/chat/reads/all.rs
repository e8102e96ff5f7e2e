//! Marking several channels read, or all.

use futures_util::future::BoxFuture;

use super::mark_read::{Marked, mark};
use super::{check_enabled, counts, reader};
use crate::access::Action;
use crate::chat::{Ctx, announce, respond};
use crate::error::{Result, at_most, reachable};
use crate::limits;
use crate::store::Effect;
use crate::wire::channels::{MarkChannelsReadRequest, MarkReadResponse};

/// Channels that are written at the same time.
const AT_ONCE: usize = 16;

/// Marks the listed channels read, each told by itself; or all channels that have something to read, told in one word.
pub(crate) async fn mark_channels_read(ctx: &Ctx, request: MarkChannelsReadRequest) -> Result<MarkReadResponse> {
    let ctx = &reader(ctx, request.user, request.user_id).await?;
    let listed = request.read_by_channel.unwrap_or_default();
    if listed.is_empty() {
        return mark_all(ctx).await;
    }
    at_most("read_by_channel", listed.len(), limits::READ_CHANNELS_PER_CALL)?;
    // Everything is looked at before anything is changed.
    let mut channels = Vec::with_capacity(listed.len());
    for (cid, message) in listed {
        let granted = ctx.channel(&cid, Action::ReadChannel).await?;
        check_enabled(&granted)?;
        channels.push((granted, message.filter(|id| !id.is_empty())));
    }
    let mut last = None;
    for (granted, message) in channels.iter().filter(|(granted, _)| granted.member.is_some()) {
        last = mark(ctx, granted, message.as_deref(), true).await?.or(last);
    }
    Ok(MarkReadResponse { event: last.map(|marked| Box::new(marked.event)) })
}

async fn mark_all(ctx: &Ctx) -> Result<MarkReadResponse> {
    let user = ctx.actor()?;
    let unread = counts::unread(&ctx.app, &user.id).await?;
    let cids: Vec<&str> = unread
        .channels
        .iter()
        .filter(|channel| {
            channel.counts
                && (channel.state.unread > 0 || channel.channel.last_message_at > Some(channel.state.read.at))
        })
        .map(|channel| channel.cid.as_str())
        .collect();
    let mut effects: Vec<Effect> = Vec::new();
    for cids in cids.chunks(AT_ONCE) {
        let marks: Vec<BoxFuture<'_, Result<Option<Marked>>>> =
            cids.iter().map(|cid| Box::pin(mark_one(ctx, cid)) as _).collect();
        effects
            .extend(futures_util::future::try_join_all(marks).await?.into_iter().flatten().map(|marked| marked.effect));
    }
    let (mut payload, event) =
        announce::notification_all_read(std::sync::Arc::new(respond::user(user, ctx.now())), effects)?;
    payload.created_at = ctx.app.store.tell(&user.id, vec![event]).await?;
    Ok(MarkReadResponse { event: Some(Box::new(payload)) })
}

/// One of all; a channel that went out of reach meanwhile is passed over.
async fn mark_one(ctx: &Ctx, cid: &str) -> Result<Option<Marked>> {
    match reachable(ctx.channel(cid, Action::ReadChannel).await)? {
        Some(granted) => mark(ctx, &granted, None, false).await,
        None => Ok(None),
    }
}
