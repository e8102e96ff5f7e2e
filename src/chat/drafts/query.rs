//! Reading drafts: one, or a page of all (`rules.md` 3.8).

use std::borrow::Cow;

use serde_json::{Value, json};

use super::shown::{Around, responses};
use super::write::one;
use crate::access::Action;
use crate::chat::slice::{Cursor, slice};
use crate::chat::users::bounded;
use crate::chat::{Ctx, keeps};
use crate::error::{ApiError, Result};
use crate::limits;
use crate::query::{DRAFTS, Direction, Fields, Filter, Sort};
use crate::store::Draft;
use crate::wire::drafts::{DraftParams, DraftResponse, QueryDraftsRequest, QueryDraftsResponse};

/// The draft for a channel, or for a thread of it.
pub(crate) async fn get(ctx: &Ctx, cid: &str, params: DraftParams) -> Result<DraftResponse> {
    let ctx = &ctx.acting_as("user", None, params.user_id).await?;
    ctx.channel(cid, Action::ReadChannel).await?;
    let draft = ctx.app.store.draft(ctx.viewer(), cid, params.parent_id.as_deref()).await?;
    one(ctx, draft.ok_or_else(|| ApiError::not_found("draft not found"))?, Around::Alone).await
}

/// A page of the caller's drafts, newest first.
pub(crate) async fn query(ctx: &Ctx, request: QueryDraftsRequest) -> Result<QueryDraftsResponse> {
    let ctx = &ctx.acting_as("user", request.user, request.user_id).await?;
    let filter = Filter::parse(request.filter.as_ref().unwrap_or(&Value::Null), &DRAFTS)?;
    let sort = Sort::parse(request.sort.as_ref(), &DRAFTS, 1, &[("created_at", Direction::Descending)])?;
    let most = bounded("limit", request.limit, limits::DRAFTS_PAGE_DEFAULT, limits::DRAFTS_PAGE)?;
    let cursor = Cursor::asked(request.next.as_deref(), request.prev.as_deref())?;
    let mut drafts = sweep(ctx).await?;
    drafts.retain(|draft| filter.matches(draft));
    let page = slice(drafts, &sort, "place", cursor, most);
    Ok(QueryDraftsResponse {
        drafts: responses(ctx, page.items, Around::Alone).await?,
        next: page.next,
        prev: page.prev,
    })
}

/// All drafts of the caller that he could still send. Those whose channel or parent is gone are removed.
pub(super) async fn sweep(ctx: &Ctx) -> Result<Vec<Draft>> {
    let store = &ctx.app.store;
    let drafts = store.drafts(ctx.viewer()).await?;
    let channels = store.channels(drafts.iter().map(|draft| draft.message.cid.as_str())).await?;
    let parents = drafts.iter().filter_map(|draft| Some((&*draft.message.cid, draft.message.parent_id.as_deref()?)));
    let known = keeps::known(ctx, parents).await?;
    let lasts = |draft: &Draft| {
        channels.get(&draft.message.cid).is_some_and(|channel| !channel.is_deleted())
            && draft.message.parent_id.as_ref().is_none_or(|parent| known.contains(parent))
    };
    let (kept, gone): (Vec<Draft>, Vec<Draft>) = drafts.into_iter().partition(lasts);
    if !gone.is_empty() {
        // One that was saved anew meanwhile keeps them all, for the next time.
        store.remove_drafts(ctx.viewer(), &gone).commit(store).await?;
    }
    Ok(kept)
}

impl Fields for Draft {
    fn get(&self, field: &str) -> Option<Cow<'_, Value>> {
        let value = match field {
            "channel_cid" => json!(self.message.cid),
            "parent_id" => json!(self.message.parent_id),
            "created_at" => json!(self.at.micros()),
            "place" => json!(format!("{} {}", self.message.cid, self.message.parent_id.as_deref().unwrap_or(""))),
            _ => return None,
        };
        (!value.is_null()).then_some(Cow::Owned(value))
    }
}
