//! Pages of messages of which some are not shown: filled up, so that a short page always means an end.

use super::granted::sees;
use crate::chat::{Ctx, Granted};
use crate::error::Result;
use crate::limits;
use crate::store::{Message, MessageRow, Messages, Page, PageOf};

/// As deep as one page looks for messages to show.
const DEEPEST: usize = 16 * limits::MESSAGES_PAGE;

/// The page of those messages that the caller sees and that `shown` keeps, ascending by the list's order.
pub(super) async fn page(
    ctx: &Ctx,
    granted: &Granted,
    of: Messages<'_>,
    page: &Page,
    shown: impl Fn(&Message) -> bool + Copy + Send + Sync,
) -> Result<Vec<MessageRow>> {
    if page.of != PageOf::Around {
        return filled(ctx, granted, of, page, shown).await;
    }
    // Half of the page on each side, and more on one where the other ends.
    let bound = |mode| page.id.as_ref().map(|(id, _)| (id.clone(), mode));
    let by_id = page.id.is_some();
    let before = Page {
        of: PageOf::Newest,
        id: bound("lt"),
        min: "-inf".into(),
        max: if by_id { "+inf".into() } else { format!("({}", page.min) },
        limit: page.limit,
    };
    let after = Page { of: PageOf::Oldest, id: bound("gte"), max: "+inf".into(), ..page.clone() };
    let mut older = filled(ctx, granted, of, &before, shown).await?;
    let mut newer = filled(ctx, granted, of, &after, shown).await?;
    let kept = older.len().min((page.limit / 2).max(page.limit.saturating_sub(newer.len())));
    older.drain(..older.len() - kept);
    newer.truncate(page.limit - kept);
    older.extend(newer);
    Ok(older)
}

async fn filled(
    ctx: &Ctx,
    granted: &Granted,
    of: Messages<'_>,
    page: &Page,
    shown: impl Fn(&Message) -> bool + Copy + Send + Sync,
) -> Result<Vec<MessageRow>> {
    let mut limit = page.limit;
    loop {
        let rows = ctx.app.store.page(&granted.cid, of, ctx.viewer(), &Page { limit, ..page.clone() }).await?;
        let complete = rows.len() < limit || limit >= DEEPEST;
        let mut rows: Vec<MessageRow> =
            rows.into_iter().filter(|row| sees(ctx, granted, &row.message) && shown(&row.message)).collect();
        if complete || rows.len() >= page.limit {
            let extra = rows.len().saturating_sub(page.limit);
            match page.of {
                PageOf::Oldest => rows.truncate(page.limit),
                _ => drop(rows.drain(..extra)),
            }
            return Ok(rows);
        }
        limit = (limit * 4).min(DEEPEST);
    }
}
