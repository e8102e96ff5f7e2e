//! What a ban takes with it: the person's messages and reactions.

use std::sync::Arc;

use crate::chat::{Caller, Ctx, announce, messages, reactions, respond};
use crate::error::{Code, Result};
use crate::limits;
use crate::store::{MessageRow, Messages, Page, PageOf, User};
use crate::wire::messages::{DeleteMessageParams, DeleteMessageRequest};

/// What goes besides the person's word.
#[derive(Clone, Copy)]
pub(super) struct Wanted {
    /// His messages, and for good (`true`).
    pub messages: Option<bool>,
    /// His reactions to the messages of others.
    pub reactions: bool,
}

/// Takes away what the person wrote last in a channel, or in all his channels, and how he reacted there.
pub(super) async fn purge(ctx: &Ctx, cid: Option<&str>, target: &Arc<User>, wanted: Wanted) -> Result<()> {
    if wanted.messages.is_none() && !wanted.reactions {
        return Ok(());
    }
    let cids = match cid {
        Some(cid) => vec![cid.to_owned()],
        None => ctx.app.store.user_channels(&target.id).await?.into_keys().take(limits::PURGE_CHANNELS).collect(),
    };
    // The right to ban was checked; it includes taking these away.
    let ctx = &Ctx { caller: Caller::Server, ..ctx.clone() };
    let user = Arc::new(respond::user(target, ctx.now()));
    let mut events = Vec::new();
    for cid in &cids {
        let Some(channel) = ctx.app.store.channel(cid).await?.filter(|channel| !channel.is_deleted()) else { continue };
        let found = found_in(ctx, cid, &target.id, wanted).await?;
        for (id, kinds) in found.reactions {
            for kind in kinds {
                taken_back(reactions::take_away(ctx, &id, &kind, target).await)?;
            }
        }
        let Some(hard) = wanted.messages else { continue };
        for id in &found.messages {
            delete(ctx, id, hard).await?;
        }
        if !found.messages.is_empty() {
            events.push(announce::user_messages_deleted(user.clone(), Some(&channel), hard)?);
        }
    }
    for event in events {
        ctx.app.store.tell(&target.id, vec![event]).await?;
    }
    if let Some(hard) = wanted.messages.filter(|_| cids.len() != 1) {
        ctx.app.store.tell(&target.id, vec![announce::user_messages_deleted(user, None, hard)?]).await?;
    }
    Ok(())
}

/// A reaction, or its message, may be gone meanwhile.
fn taken_back(result: Result<()>) -> Result<()> {
    match result {
        Err(error) if error.code == Code::NotFound => Ok(()),
        result => result,
    }
}

async fn delete(ctx: &Ctx, id: &str, hard: bool) -> Result<()> {
    let params = DeleteMessageParams { hard: Some(hard), ..DeleteMessageParams::default() };
    match messages::delete(ctx, id, params, DeleteMessageRequest::default()).await {
        // Gone with its parent, or by somebody else.
        Err(error) if error.code == Code::NotFound => Ok(()),
        result => result.map(drop),
    }
}

/// What of a channel's newest messages and their replies is the person's.
#[derive(Default)]
struct Found {
    messages: Vec<String>,
    /// Types of his reactions, by message.
    reactions: Vec<(String, Vec<String>)>,
}

impl Found {
    fn look_at(&mut self, row: &MessageRow, user: &str, wanted: Wanted) {
        let MessageRow { message, own_reactions } = row;
        if message.deleted_at.is_some() {
            return;
        }
        match message.user_id == user {
            true => self.messages.extend(wanted.messages.map(|_| message.id.clone())),
            false if wanted.reactions && !own_reactions.is_empty() => {
                let kinds = own_reactions.iter().map(|own| own.kind.clone()).collect();
                self.reactions.push((message.id.clone(), kinds));
            }
            false => {}
        }
    }
}

async fn found_in(ctx: &Ctx, cid: &str, user: &str, wanted: Wanted) -> Result<Found> {
    let store = &ctx.app.store;
    let mut found = Found::default();
    let mut page = Page::newest(limits::MESSAGES_PAGE);
    for _ in 0..limits::PURGE_PAGES {
        let rows = store.page(cid, Messages::Timeline, user, &page).await?;
        for row in &rows {
            found.look_at(row, user, wanted);
            let message = &row.message;
            // Who only reacted to a reply is no participant.
            let wrote = message.thread_participants.iter().any(|id| id == user);
            if wrote || (wanted.reactions && message.reply_count > 0) {
                let newest = Page::newest(limits::MESSAGES_PAGE);
                let replies = store.page(cid, Messages::Replies(&message.id), user, &newest).await?;
                replies.iter().for_each(|reply| found.look_at(reply, user, wanted));
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
