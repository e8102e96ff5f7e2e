//! What a ban takes with it: the person's messages.

use std::sync::Arc;

use crate::chat::{Caller, Ctx, announce, messages, respond};
use crate::error::{Code, Result};
use crate::limits;
use crate::store::{MessageRow, Messages, Page, PageOf, User};
use crate::wire::messages::{DeleteMessageParams, DeleteMessageRequest};

/// Deletes the person's newest messages in a channel, or in all his channels.
pub(super) async fn purge(ctx: &Ctx, cid: Option<&str>, target: &User, hard: bool) -> Result<()> {
    let cids = match cid {
        Some(cid) => vec![cid.to_owned()],
        None => ctx.app.store.user_channels(&target.id).await?.into_keys().take(limits::PURGE_CHANNELS).collect(),
    };
    // The right to ban was checked; it includes taking the messages away.
    let ctx = &Ctx { caller: Caller::Server, ..ctx.clone() };
    let user = Arc::new(respond::user(target, ctx.now()));
    let mut events = Vec::new();
    for cid in &cids {
        let Some(channel) = ctx.app.store.channel(cid).await?.filter(|channel| !channel.is_deleted()) else { continue };
        let ids = messages_of(ctx, cid, &target.id).await?;
        for id in &ids {
            delete(ctx, id, hard).await?;
        }
        if !ids.is_empty() {
            events.push(announce::user_messages_deleted(user.clone(), Some(&channel), hard)?);
        }
    }
    for event in events {
        ctx.app.store.tell(&target.id, vec![event]).await?;
    }
    if cids.len() != 1 {
        ctx.app.store.tell(&target.id, vec![announce::user_messages_deleted(user, None, hard)?]).await?;
    }
    Ok(())
}

async fn delete(ctx: &Ctx, id: &str, hard: bool) -> Result<()> {
    let params = DeleteMessageParams { hard: Some(hard), ..DeleteMessageParams::default() };
    match messages::delete(ctx, id, params, DeleteMessageRequest::default()).await {
        // Gone with its parent, or by somebody else.
        Err(error) if error.code == Code::NotFound => Ok(()),
        result => result.map(drop),
    }
}

/// Ids of the person's messages among the newest of the channel and their replies.
async fn messages_of(ctx: &Ctx, cid: &str, user: &str) -> Result<Vec<String>> {
    let store = &ctx.app.store;
    let mut found = Vec::new();
    let mut page = Page::newest(limits::MESSAGES_PAGE);
    for _ in 0..limits::PURGE_PAGES {
        let rows = store.page(cid, Messages::Timeline, "", &page).await?;
        for MessageRow { message, .. } in &rows {
            if message.user_id == user && message.deleted_at.is_none() {
                found.push(message.id.clone());
            }
            if message.thread_participants.iter().any(|id| id == user) {
                let replies =
                    store.page(cid, Messages::Replies(&message.id), "", &Page::newest(limits::MESSAGES_PAGE)).await?;
                let own = replies
                    .into_iter()
                    .map(|row| row.message)
                    .filter(|reply| reply.user_id == user && reply.deleted_at.is_none());
                found.extend(own.map(|reply| reply.id.clone()));
            }
        }
        match rows.first() {
            Some(oldest) if rows.len() == limits::MESSAGES_PAGE => {
                page = Page { of: PageOf::Newest, id: Some((oldest.message.id.clone(), "lt")), ..page };
            }
            _ => break,
        }
    }
    Ok(found)
}
