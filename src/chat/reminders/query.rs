//! Listing reminders (`rules.md` 3.8).

use std::borrow::Cow;

use serde_json::{Value, json};

use super::shown;
use crate::chat::slice::{Cursor, slice};
use crate::chat::users::bounded;
use crate::chat::{Ctx, keeps};
use crate::error::Result;
use crate::limits;
use crate::query::{Direction, Fields, Filter, REMINDERS, Sort};
use crate::store::Reminder;
use crate::wire::reminders::{QueryRemindersRequest, QueryRemindersResponse};

/// A page of the caller's reminders: those of messages that he may still read.
pub(crate) async fn query(ctx: &Ctx, request: QueryRemindersRequest) -> Result<QueryRemindersResponse> {
    let ctx = &ctx.acting_as("user", request.user, request.user_id).await?;
    let filter = Filter::parse(request.filter.as_ref().unwrap_or(&Value::Null), &REMINDERS)?;
    let sort = Sort::parse(request.sort.as_ref(), &REMINDERS, 2, &[("remind_at", Direction::Ascending)])?;
    let most = bounded("limit", request.limit, limits::REMINDERS_PAGE_DEFAULT, limits::REMINDERS_PAGE)?;
    let cursor = Cursor::asked(request.next.as_deref(), request.prev.as_deref())?;
    let mut mine: Vec<Mine> =
        sweep(ctx).await?.into_iter().map(|reminder| Mine { user: ctx.viewer(), reminder }).collect();
    mine.retain(|mine| filter.matches(mine));
    let mut shown = shown::readable(ctx, mine.iter().map(|mine| &mine.reminder)).await?;
    mine.retain(|mine| shown.contains_key(&mine.reminder.message_id));
    let page = slice(mine, &sort, "message_id", cursor, most);
    let reminders = page.items.iter().filter_map(|mine| shown.remove(&mine.reminder.message_id));
    Ok(QueryRemindersResponse { reminders: reminders.collect(), next: page.next, prev: page.prev })
}

/// All reminders of the caller. Those whose message is gone for good are removed.
pub(super) async fn sweep(ctx: &Ctx) -> Result<Vec<Reminder>> {
    let store = &ctx.app.store;
    let reminders = store.reminders(ctx.viewer()).await?;
    let messages = reminders.iter().map(|reminder| (&*reminder.cid, &*reminder.message_id));
    let known = keeps::known(ctx, messages).await?;
    let (kept, gone): (Vec<Reminder>, Vec<Reminder>) =
        reminders.into_iter().partition(|reminder| known.contains(&reminder.message_id));
    if !gone.is_empty() {
        // One that changed meanwhile keeps them all, for the next time.
        store.remove_reminders(ctx.viewer(), &gone).commit(store).await?;
    }
    Ok(kept)
}

/// A reminder and whose it is, as filters and sorts see it.
struct Mine<'a> {
    user: &'a str,
    reminder: Reminder,
}

impl Fields for Mine<'_> {
    fn get(&self, field: &str) -> Option<Cow<'_, Value>> {
        let reminder = &self.reminder;
        let value = match field {
            "channel_cid" => json!(reminder.cid),
            "message_id" => json!(reminder.message_id),
            "user_id" => json!(self.user),
            "created_at" => json!(reminder.created_at().micros()),
            "updated_at" => json!(reminder.at.micros()),
            "remind_at" => json!(reminder.remind_at?.micros()),
            _ => return None,
        };
        Some(Cow::Owned(value))
    }
}
