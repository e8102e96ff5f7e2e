//! What messages said before they were edited or deleted (`rules.md` 3).

use std::borrow::Cow;

use serde_json::{Value, json};

use crate::chat::Ctx;
use crate::chat::slice::{Cursor, slice};
use crate::chat::users::bounded;
use crate::error::{ApiError, Result};
use crate::limits;
use crate::query::{Direction, Fields, Filter, MESSAGE_HISTORY, Sort};
use crate::store::Version;
use crate::wire::messages::{
    Attachment, MessageHistoryEntryResponse, QueryMessageHistoryRequest, QueryMessageHistoryResponse,
};

/// A page of the earlier versions of the messages that the filter names, newest first. Servers only.
pub(crate) async fn query(ctx: &Ctx, request: QueryMessageHistoryRequest) -> Result<QueryMessageHistoryResponse> {
    ctx.server_only()?;
    let filter = Filter::parse(request.filter.as_ref().unwrap_or(&Value::Null), &MESSAGE_HISTORY)?;
    let newest = [("message_updated_at", Direction::Descending)];
    let sort = Sort::parse(request.sort.as_ref(), &MESSAGE_HISTORY, 2, &newest)?;
    let most = bounded("limit", request.limit, limits::HISTORY_PAGE_DEFAULT, limits::HISTORY_PAGE)?;
    let cursor = Cursor::asked(request.next.as_deref(), request.prev.as_deref())?;
    let mut ids: Vec<&str> = filter.required_values("message_id").unwrap_or_default();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() || ids.len() > limits::HISTORY_MESSAGES {
        let message = format!("filter.message_id must name 1 to {} messages, by $eq or $in", limits::HISTORY_MESSAGES);
        return Err(ApiError::field("filter.message_id", message));
    }
    let found = futures_util::future::try_join_all(ids.into_iter().map(|id| entries(ctx, id))).await?;
    let mut found: Vec<Entry> = found.into_iter().flatten().collect();
    found.retain(|entry| filter.matches(entry));
    let page = slice(found, &sort, "key", cursor, most);
    let message_history = page.items.into_iter().map(Entry::response).collect();
    Ok(QueryMessageHistoryResponse { message_history, next: page.next, prev: page.prev })
}

async fn entries(ctx: &Ctx, id: &str) -> Result<Vec<Entry>> {
    let store = &ctx.app.store;
    let Some(cid) = store.claim(id).await? else { return Ok(Vec::new()) };
    let versions = store.versions(&cid, id).await?;
    Ok(versions.into_iter().map(|version| Entry { message_id: id.to_owned(), version }).collect())
}

/// A version, and of which message.
struct Entry {
    message_id: String,
    version: Version,
}

impl Entry {
    fn response(self) -> MessageHistoryEntryResponse {
        let Version { at, by, text, attachments, custom, deleted } = self.version;
        MessageHistoryEntryResponse {
            message_id: self.message_id,
            message_updated_at: at,
            message_updated_by_id: by,
            text,
            attachments: attachments.into_iter().map(Attachment).collect(),
            custom,
            is_deleted: deleted,
        }
    }
}

impl Fields for Entry {
    fn get(&self, field: &str) -> Option<Cow<'_, Value>> {
        let version = &self.version;
        let value = match field {
            "message_id" => json!(self.message_id),
            // As the JavaScript SDK's types call the two that follow.
            "message_updated_by_id" | "user_id" => json!(version.by),
            "message_updated_at" | "created_at" => json!(version.at.micros()),
            "key" => json!(format!("{} {}", version.at.micros(), self.message_id)),
            _ => return version.custom.get(field).map(Cow::Borrowed),
        };
        Some(Cow::Owned(value))
    }
}
