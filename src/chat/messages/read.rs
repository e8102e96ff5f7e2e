//! Reading messages: one, several, replies and pins (`rules.md` 3.11).

use std::sync::Arc;

use serde_json::Value;

use super::granted::sees;
use super::pages::page;
use super::pending;
use crate::access::Action;
use crate::chat::channels::{message_page, user_channel};
use crate::chat::{Ctx, Granted, keeps, respond};
use crate::error::{ApiError, Result, at_most};
use crate::limits;
use crate::store::{Message, MessageRow, Messages, Page, PageOf};
use crate::wire::Time;
use crate::wire::messages::{
    GetMessageParams, GetMessageResponse, GetPinnedMessagesParams, MessagePageRequest, MessageResponse,
};

/// The message as the caller of a change gets it: with his own reactions, its text whatever became of it.
pub(super) async fn answer(ctx: &Ctx, granted: &Granted, message: Message) -> Result<Arc<MessageResponse>> {
    let own_reactions = ctx.app.store.reactions_of(&message, ctx.viewer()).await?;
    Ok(Arc::new(respond::message(ctx, &granted.cid, MessageRow { message: message.into(), own_reactions }).await?))
}

/// One message with its channel.
pub(crate) async fn get(ctx: &Ctx, id: &str, params: GetMessageParams) -> Result<GetMessageResponse> {
    let ctx = &ctx.acting_for("user", None, params.user_id).await?;
    let found = ctx.stored_message(id, Action::ReadChannel).await?;
    let pending_message_metadata = pending::metadata(&found.message);
    let channel = &found.granted.channel;
    let ids = [Some(channel.created_by.as_str()), channel.truncated_by.as_deref()];
    let people = respond::People::load(ctx, ids.into_iter().flatten()).await?;
    let mut message = Arc::unwrap_or_clone(answer(ctx, &found.granted, found.message).await?);
    if !ctx.is_server() {
        respond::conceal(&mut message);
    }
    message.channel = Some(Box::new(respond::channel_for(ctx, &found.granted, &people)));
    let message = Arc::new(keeps::mark_one(ctx, message).await?).into();
    Ok(GetMessageResponse { message, pending_message_metadata })
}

/// Those messages of the channel among `ids`, a comma-separated list, that the caller sees.
pub(crate) async fn many(
    ctx: &Ctx,
    cid: &str,
    ids: Option<&str>,
    user_id: Option<String>,
) -> Result<Vec<MessageResponse>> {
    let ctx = &ctx.acting_for("user", None, user_id).await?;
    let mut ids: Vec<String> = ids.unwrap_or("").split(',').filter(|id| !id.is_empty()).map(str::to_owned).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Err(ApiError::required("ids"));
    }
    at_most("ids", ids.len(), limits::MESSAGES_BY_ID)?;
    let granted = ctx.channel(cid, Action::ReadChannel).await?;
    let since = since(ctx, &granted).await?;
    let mut found: Vec<Message> = ctx.app.store.stored_messages_in(cid, &ids).await?.into_iter().flatten().collect();
    found.retain(|message| sees(ctx, &granted, message) && since < Some(message.created_at()));
    found.sort_by_key(Message::created_at);
    let own = found.iter().map(|message| ctx.app.store.reactions_of(message, ctx.viewer()));
    let own = futures_util::future::try_join_all(own).await?;
    let rows = found
        .into_iter()
        .zip(own)
        .map(|(message, own_reactions)| MessageRow { message: message.into(), own_reactions });
    keeps::mark(ctx, respond::messages(ctx, &granted, rows.collect()).await?).await
}

/// A page of the replies to a message: ascending, whatever end it is taken from; without the deleted ones.
pub(crate) async fn replies(
    ctx: &Ctx,
    parent: &str,
    request: MessagePageRequest,
    user_id: Option<String>,
) -> Result<Vec<MessageResponse>> {
    let ctx = &ctx.acting_for("user", None, user_id).await?;
    let found = ctx.message(parent, Action::ReadChannel).await?;
    let mut wanted = message_page(&request, limits::MESSAGES_PAGE_DEFAULT)?;
    let ascending = ascending(request.sort.as_ref(), "created_at")?;
    if ascending == Some(true) && is_unbounded(&wanted) {
        wanted.of = PageOf::Oldest;
    }
    let since = since(ctx, &found.granted).await?;
    let shown = |message: &Message| message.deleted_at.is_none() && since < Some(message.created_at());
    let rows = page(ctx, &found.granted, Messages::Replies(parent), &wanted, shown).await?;
    keeps::mark(ctx, respond::messages(ctx, &found.granted, rows).await?).await
}

/// The newest replies that the caller sees, ascending: what a thread shows of itself.
pub(crate) async fn newest_replies(
    ctx: &Ctx,
    granted: &Granted,
    parent: &str,
    most: usize,
) -> Result<Vec<MessageResponse>> {
    if most == 0 {
        return Ok(Vec::new());
    }
    let since = since(ctx, granted).await?;
    let shown = |message: &Message| message.deleted_at.is_none() && since < Some(message.created_at());
    let rows = page(ctx, granted, Messages::Replies(parent), &Page::newest(most), shown).await?;
    keeps::mark(ctx, respond::messages(ctx, granted, rows).await?).await
}

/// A page of the channel's pinned messages, by the time of pinning.
pub(crate) async fn pinned(ctx: &Ctx, cid: &str, params: GetPinnedMessagesParams) -> Result<Vec<MessageResponse>> {
    let params = match &params.payload {
        Some(payload) => {
            serde_json::from_str(payload).map_err(|error| ApiError::field("payload", format!("payload: {error}")))?
        }
        None => params,
    };
    let ctx = &ctx.acting_for("user", None, params.user_id.clone()).await?;
    let granted = ctx.channel(cid, Action::ReadChannel).await?;
    let ascending = ascending(params.sort.as_ref(), "pinned_at")?.unwrap_or(true);
    let mut wanted = message_page(&pins_page(params), limits::MESSAGES_PAGE_DEFAULT)?;
    if ascending && is_unbounded(&wanted) {
        wanted.of = PageOf::Oldest;
    }
    let (since, now) = (since(ctx, &granted).await?, ctx.now());
    let shown = |message: &Message| message.pin_at(now).is_some() && since < Some(message.created_at());
    let mut rows = page(ctx, &granted, Messages::Pins, &wanted, shown).await?;
    if !ascending {
        rows.reverse();
    }
    keeps::mark(ctx, respond::messages(ctx, &granted, rows).await?).await
}

/// The list of pins is ordered by pinning, so its bounds are those of any list of messages.
fn pins_page(params: GetPinnedMessagesParams) -> MessagePageRequest {
    MessagePageRequest {
        limit: params.limit,
        offset: params.offset,
        id_lt: params.id_lt,
        id_lte: params.id_lte,
        id_gt: params.id_gt,
        id_gte: params.id_gte,
        id_around: params.id_around,
        created_at_before: params.pinned_at_before,
        created_at_before_or_equal: params.pinned_at_before_or_equal,
        created_at_after: params.pinned_at_after,
        created_at_after_or_equal: params.pinned_at_after_or_equal,
        created_at_around: params.pinned_at_around,
        sort: None,
    }
}

fn is_unbounded(page: &crate::store::Page) -> bool {
    page.of != PageOf::Around && page.id.is_none() && page.min == "-inf" && page.max == "+inf"
}

/// Up to when the history is cleared from the caller's view.
async fn since(ctx: &Ctx, granted: &Granted) -> Result<Option<Time>> {
    Ok(user_channel(ctx, &granted.cid).await?.cleared_at)
}

/// The direction of a sort of at most one entry, on `field`; `None` when there is none.
fn ascending(sort: Option<&Value>, field: &str) -> Result<Option<bool>> {
    let entry = match sort {
        None | Some(Value::Null) => None,
        Some(Value::Array(list)) if list.len() > 1 => {
            return Err(ApiError::field("sort", "sort must contain at maximum 1 item"));
        }
        Some(Value::Array(list)) => {
            list.first().map(|entry| (entry["field"].as_str().unwrap_or(""), entry.get("direction")))
        }
        Some(Value::Object(map)) => map.iter().next().map(|(field, direction)| (field.as_str(), Some(direction))),
        Some(_) => return Err(ApiError::field("sort", "sort must be a list of {field, direction}")),
    };
    match entry {
        None => Ok(None),
        Some((name, _)) if name != field => {
            Err(ApiError::field("sort", format!("sorting by \"{name}\" is not allowed")))
        }
        Some((_, direction)) => match direction.and_then(Value::as_i64) {
            Some(-1) => Ok(Some(false)),
            Some(1) => Ok(Some(true)),
            None if direction.is_none_or(Value::is_null) => Ok(Some(true)),
            _ => Err(ApiError::field("sort", "sort direction must be 1 or -1")),
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_sort_has_at_most_one_entry_on_its_field() {
        let read = |sort: Value| ascending(Some(&sort), "created_at");
        assert_eq!(read(json!([{"field": "created_at", "direction": -1}])).unwrap(), Some(false));
        assert_eq!(read(json!([{"field": "created_at"}])).unwrap(), Some(true));
        assert_eq!(read(json!({"created_at": 1})).unwrap(), Some(true));
        assert_eq!(read(json!([])).unwrap(), None);
        assert!(read(json!([{"field": "text"}])).is_err());
        assert!(read(json!([{"field": "created_at", "direction": 2}])).is_err());
    }
}
