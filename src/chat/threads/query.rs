//! Listing the threads that somebody takes part in, and looking at one (`rules.md` 3.5).

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use super::fields::Found;
use super::shown::{self, Sizes};
use crate::access::Action;
use crate::chat::slice::{Cursor, slice};
use crate::chat::users::bounded;
use crate::chat::{Ctx, Granted, channels, messages};
use crate::error::{ApiError, Result};
use crate::limits;
use crate::query::{Direction, Filter, Sort, THREADS};
use crate::store::Thread;
use crate::wire::messages::{GetThreadParams, QueryThreadsRequest, QueryThreadsResponse, ThreadStateResponse};

/// Unread ones first, then those with the newest replies.
const ORDER: [(&str, Direction); 3] = [
    ("has_unread", Direction::Descending),
    ("last_message_at", Direction::Descending),
    ("parent_message_id", Direction::Descending),
];

/// A page of the caller's threads.
pub(crate) async fn query(ctx: &Ctx, request: QueryThreadsRequest) -> Result<QueryThreadsResponse> {
    let ctx = &ctx.acting_as("user", request.user.clone(), request.user_id.clone()).await?;
    let filter = Filter::parse(request.filter.as_ref().unwrap_or(&Value::Null), &THREADS)?;
    let sort = Sort::parse(request.sort.as_ref(), &THREADS, 5, &ORDER)?;
    if sort.fields().skip(1).any(|(field, _)| field == "has_unread") {
        return Err(ApiError::field("sort", "has_unread is only possible as the first field of sort"));
    }
    let most = bounded("limit", request.limit, limits::THREADS_PAGE_DEFAULT, limits::THREADS_PAGE)?;
    let sizes = Sizes::asked(request.reply_limit, request.participant_limit, request.member_limit)?;
    let cursor = Cursor::asked(request.next.as_deref(), request.prev.as_deref())?;
    let mut found = taken_part(ctx).await?;
    found.retain(|found| filter.matches(found));
    let mut page = slice(found, &sort, "parent_message_id", cursor, most);
    if watches(ctx, request.watch) && !page.items.is_empty() {
        let mut cids = BTreeSet::new();
        let granted = page.items.iter().map(|found| found.granted.clone());
        let granted: Vec<Granted> = granted.filter(|granted| cids.insert(granted.cid.clone())).collect();
        channels::watch(ctx, &granted, false, true).await?;
        // What came before the watch is not heard by it: the answer must have it.
        page.items = again(ctx, page.items).await?;
    }
    let channels = shown::channels(ctx, page.items.iter().map(|found| &found.granted), &sizes).await?;
    let states = page.items.iter().map(|found| shown::state(ctx, found, &sizes, &channels));
    let threads = futures_util::future::try_join_all(states).await?;
    Ok(QueryThreadsResponse { threads, next: page.next, prev: page.prev })
}

/// One thread, for whoever may read its channel.
pub(crate) async fn get(ctx: &Ctx, id: &str, params: GetThreadParams) -> Result<ThreadStateResponse> {
    let ctx = &ctx.acting_for("user", None, params.user_id).await?;
    let sizes = Sizes::asked(params.reply_limit, params.participant_limit, params.member_limit)?;
    let granted = find(ctx, id).await?;
    super::load(ctx, &granted, id).await?;
    if watches(ctx, params.watch) {
        channels::watch(ctx, std::slice::from_ref(&granted), false, true).await?;
    }
    let found = Found { thread: super::load(ctx, &granted, id).await?, granted };
    let channels = shown::channels(ctx, [&found.granted].into_iter(), &sizes).await?;
    shown::state(ctx, &found, &sizes, &channels).await
}

/// The channel of the thread, if the caller may read it.
pub(super) async fn find(ctx: &Ctx, id: &str) -> Result<Granted> {
    match ctx.message(id, Action::ReadChannel).await {
        Ok(found) => Ok(found.granted),
        Err(error) if error.code == crate::error::Code::NotFound => {
            Err(ApiError::not_found(format!("Can't find thread with id {id}")))
        }
        Err(error) => Err(error),
    }
}

/// Clients watch unless they say otherwise; one that names no connection cannot. Servers never do.
fn watches(ctx: &Ctx, asked: Option<bool>) -> bool {
    !ctx.is_server() && asked.unwrap_or(ctx.connection_id.is_some())
}

/// All threads that the caller takes part in and may read. What his index names besides is taken out of it.
async fn taken_part(ctx: &Ctx) -> Result<Vec<Found>> {
    let (store, viewer) = (&ctx.app.store, ctx.viewer());
    let mut index = store.user_threads(viewer).await?;
    let wanted: Vec<(String, String)> =
        index.iter().map(|(parent, entry)| (entry.cid.clone(), parent.clone())).collect();
    let own = store.own(viewer).await?;
    let threads = store.threads(viewer, &own, &wanted).await?;
    let granted = readable(ctx, wanted.iter().map(|(cid, _)| cid.as_str()).collect()).await?;
    let mut found = Vec::new();
    for ((cid, parent), thread) in wanted.into_iter().zip(threads) {
        let is_his = |thread: &Thread| thread.shown && thread.read.is_some();
        match (thread.filter(is_his), granted.get(&cid)) {
            (Some(thread), Some(granted)) => {
                index.remove(&parent);
                if messages::sees(ctx, granted, &thread.parent) {
                    found.push(Found { granted: granted.clone(), thread });
                }
            }
            // He may be let in again.
            (Some(_), None) => drop(index.remove(&parent)),
            (None, _) => {}
        }
    }
    let gone: Vec<_> = index.into_iter().collect();
    store.forget_threads(viewer, &gone).await?;
    Ok(found)
}

/// Those of the channels that the caller may read.
async fn readable(ctx: &Ctx, cids: BTreeSet<&str>) -> Result<HashMap<String, Granted>> {
    let channels = ctx.app.store.channels(cids).await?;
    let grants = channels.into_iter().filter(|(_, channel)| !channel.is_deleted()).map(|(cid, channel)| async move {
        let granted = ctx.grant(&cid, channel).await?;
        let outside = granted.member.as_ref().is_some_and(|member| member.is_outside());
        let may = !outside && granted.right.allows(Action::ReadChannel) && granted.refuse_disabled().is_ok();
        Ok::<_, ApiError>(may.then_some((cid, granted)))
    });
    Ok(futures_util::future::try_join_all(grants).await?.into_iter().flatten().collect())
}

/// The same threads as they are now, in the same order.
async fn again(ctx: &Ctx, page: Vec<Found>) -> Result<Vec<Found>> {
    let wanted: Vec<(String, String)> =
        page.iter().map(|found| (found.granted.cid.clone(), found.thread.parent.id.clone())).collect();
    let own = ctx.app.store.own(ctx.viewer()).await?;
    let fresh = ctx.app.store.threads(ctx.viewer(), &own, &wanted).await?;
    let fresh = page.into_iter().zip(fresh);
    Ok(fresh.filter_map(|(found, thread)| Some(Found { thread: thread?, ..found })).collect())
}
