//! Marking unread: the pointer goes back, for the reader alone.

use std::sync::Arc;

use super::mark_read::read_effect;
use super::{check_enabled, no_such_message, reader, threads};
use crate::access::Action;
use crate::chat::{Ctx, Granted, announce, messages, respond};
use crate::error::{ApiError, Result};
use crate::limits;
use crate::store::{Message, Messages, Outcome, Page, PageOf, Tick, UNREAD};
use crate::wire::Time;
use crate::wire::channels::MarkUnreadRequest;

/// Marks a channel unread from a message or a moment on, or a thread as a whole. Without a read state nothing happens.
pub(crate) async fn mark_unread(ctx: &Ctx, cid: &str, request: MarkUnreadRequest) -> Result<()> {
    let ctx = &reader(ctx, request.user, request.user_id).await?;
    let granted = ctx.channel(cid, Action::ReadChannel).await?;
    check_enabled(&granted)?;
    let text = |id: Option<String>| id.filter(|id| !id.is_empty());
    match (text(request.message_id), request.message_timestamp, text(request.thread_id)) {
        _ if granted.member.is_none() => Ok(()),
        (Some(id), None, None) => from_message(ctx, &granted, &first_by_id(ctx, &granted, &id).await?).await,
        (None, Some(time), None) => {
            let first = first_by_time(ctx, &granted, time).await?;
            from_message(ctx, &granted, &first).await
        }
        (None, None, Some(thread)) => threads::mark_unread(ctx, &granted, &thread).await,
        _ => Err(ApiError::input("exactly one of message_id, message_timestamp and thread_id must be provided")),
    }
}

async fn first_by_id(ctx: &Ctx, granted: &Granted, id: &str) -> Result<Message> {
    let named =
        ctx.app.store.message_in(&granted.cid, id).await?.filter(|message| messages::sees(ctx, granted, message));
    match named {
        Some(message) if message.is_thread_only() => Err(ApiError::field(
            "message_id",
            format!("message with id {id} is a reply; mark its thread unread with thread_id"),
        )),
        Some(message) => Ok(message),
        None => Err(no_such_message(id)),
    }
}

async fn first_by_time(ctx: &Ctx, granted: &Granted, time: Time) -> Result<Arc<Message>> {
    let page = Page { of: PageOf::Oldest, min: time.micros().to_string(), ..Page::newest(limits::MARK_UNREAD_WITHIN) };
    let rows = ctx.app.store.page(&granted.cid, Messages::Timeline, "", &page).await?;
    let seen = rows.into_iter().map(|row| row.message).find(|message| messages::sees(ctx, granted, message));
    seen.ok_or_else(|| ApiError::field("message_timestamp", "there is no message at or after message_timestamp"))
}

async fn from_message(ctx: &Ctx, granted: &Granted, first: &Message) -> Result<()> {
    let (store, user, cid) = (&ctx.app.store, ctx.actor()?, &granted.cid);
    if store.newer_messages(cid, first.created_at()).await? >= limits::MARK_UNREAD_WITHIN {
        return Err(ApiError::input(format!(
            "only the newest {} messages of a channel can be marked unread",
            limits::MARK_UNREAD_WITHIN
        )));
    }
    let own = store.own(&user.id).await?;
    for _ in 0..limits::CONFLICT_RETRIES {
        let Some(before) = store.read(cid, &user.id).await? else { return Ok(()) };
        let (at, id, mine) = behind(ctx, granted, first).await?;
        let after = before.back(at, id, mine);
        let mut payload = announce::channel_event("notification.mark_unread", &granted.channel);
        payload.user = Some(Arc::new(respond::user(user, ctx.now())));
        payload.first_unread_message_id = Some(first.id.clone());
        payload.last_read_message_id.clone_from(&after.id);
        payload.last_read_at = Some(after.at);
        payload.unread_messages = Some(UNREAD.into());
        let mut tx = store.channel_change(cid, Tick::Read);
        store.write_read(&mut tx, cid, &user.id, Some(&before), &after)?;
        store.count_unread(&mut tx, cid, granted.channel.is_one_to_one(), &user.id, &own);
        let effect = read_effect(cid, &user.id, &after, UNREAD, None);
        tx.append(announce::notification_mark_unread(user, &payload, effect)?)?;
        if let Outcome::Committed { .. } = tx.commit(store).await? {
            return Ok(());
        }
    }
    Err(ApiError::busy())
}

/// Where the pointer goes: to the message before the first unread one, or to shortly before that one when it is the oldest. And
/// when the reader's own messages behind the pointer were sent, because those do not count.
async fn behind(ctx: &Ctx, granted: &Granted, first: &Message) -> Result<(Time, Option<String>, Vec<i64>)> {
    let (store, cid, start) = (&ctx.app.store, &granted.cid, first.created_at());
    let older = Page { max: format!("({}", start.micros()), ..Page::newest(limits::MARK_UNREAD_WITHIN) };
    let newer =
        Page { of: PageOf::Oldest, min: start.micros().to_string(), ..Page::newest(limits::MARK_UNREAD_WITHIN) };
    let (older, newer) = futures_util::future::try_join(
        store.page(cid, Messages::Timeline, "", &older),
        store.page(cid, Messages::Timeline, "", &newer),
    )
    .await?;
    let last = older.into_iter().rev().map(|row| row.message).find(|message| messages::sees(ctx, granted, message));
    let mine = newer
        .iter()
        .map(|row| &row.message)
        .filter(|message| message.user_id == ctx.viewer() && message.counts_as_unread());
    let mine = mine.map(|message| message.created_at().micros()).collect();
    Ok(match last {
        Some(last) => (last.created_at(), Some(last.id.clone()), mine),
        None => (start.plus_millis(-1), None, mine),
    })
}
