//! Finding polls (`rules.md` 3.7). Which polls can match at all is read from an index; what matches is decided on their records; only
//! the page that is answered is read with its votes.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use super::pages::{Cursor, Key, Mark};
use super::{Place, is_visible};
use crate::access::Action;
use crate::chat::channels::limit;
use crate::chat::{Ctx, respond, users};
use crate::error::Result;
use crate::limits;
use crate::query::{Direction, Fields, Filter, POLLS, Sort};
use crate::store::{Poll, PollState};
use crate::wire::polls::{QueryPollsRequest, QueryPollsResponse};

/// The polls that a filter asks for and that the caller may see, in pages.
pub(crate) async fn query(
    ctx: &Ctx,
    request: QueryPollsRequest,
    user_id: Option<String>,
) -> Result<QueryPollsResponse> {
    let ctx = &ctx.acting_for("user", request.user, request.user_id.or(user_id)).await?;
    users::require(ctx, Action::QueryPolls, true)?;
    let filter = Filter::parse(request.filter.as_ref().unwrap_or(&Value::Null), &POLLS)?;
    let sort = Sort::parse(request.sort.as_ref(), &POLLS, 1, &[("created_at", Direction::Descending)])?;
    let most = limit("limit", request.limit, limits::POLLS_PAGE_DEFAULT, limits::POLLS_PAGE)?;
    let cursor = Cursor::read(request.next.as_deref(), request.prev.as_deref())?;
    let (by, direction) = sort.fields().next().unwrap_or(("created_at", Direction::Descending));
    let ids: Vec<String> = candidates(ctx, &filter).await?.into_iter().collect();
    let mut marked = Vec::new();
    for ids in ids.chunks(limits::POLLS_STEP) {
        let mut polls = ctx.app.store.polls(ids.iter().map(String::as_str)).await?;
        polls.retain(|poll| filter.matches(&PollFields(poll)));
        // Of those beyond the page no more is kept than their places.
        marked.extend(visible(ctx, polls).await?.iter().map(|poll| (mark(by, poll), poll.outline())));
    }
    let page = cursor.page(cursor.beyond(marked, direction == Direction::Descending), most)?;
    let states = states(ctx, page.items).await?;
    let names = states.iter().flat_map(respond::poll_names).chain([ctx.viewer()]);
    let people = respond::People::load(ctx, names).await?;
    let polls = states.iter().map(|state| respond::poll(state, &people, ctx.viewer())).collect();
    Ok(QueryPollsResponse { polls, next: page.next, prev: page.prev })
}

/// Ids among which everything is found that can match and that the caller may see.
async fn candidates(ctx: &Ctx, filter: &Filter) -> Result<BTreeSet<String>> {
    let store = &ctx.app.store;
    if let Some(ids) = filter.required_values("id") {
        return Ok(ids.into_iter().map(str::to_owned).collect());
    }
    let mut found = BTreeSet::new();
    if let Some(creators) = filter.required_values("created_by_id") {
        for creator in creators {
            found.extend(store.user_poll_ids(creator).await?);
        }
    } else if ctx.is_server() {
        found.extend(store.all_poll_ids().await?);
    } else {
        let channels = store.user_channels(ctx.viewer()).await?;
        found.extend(store.user_poll_ids(ctx.viewer()).await?);
        found.extend(store.channel_poll_ids(channels.keys().map(String::as_str)).await?);
    }
    Ok(found)
}

/// Those of the polls that the caller may see: their messages are read channel by channel, all channels at once.
async fn visible(ctx: &Ctx, polls: Vec<Poll>) -> Result<Vec<Poll>> {
    if ctx.is_server() {
        return Ok(polls);
    }
    let mut homes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for home in polls.iter().filter(|poll| poll.created_by != ctx.viewer()).filter_map(|poll| poll.home.as_ref()) {
        homes.entry(home.cid.clone()).or_default().push(home.message_id.clone());
    }
    let reads = homes.into_iter().map(|(cid, ids)| async move {
        let channel = ctx.app.store.channel(&cid).await?.filter(|channel| !channel.is_deleted());
        let Some(channel) = channel else { return Ok(Vec::new()) };
        let granted = ctx.grant(&cid, channel).await?;
        let messages = ctx.app.store.messages_in(&cid, &ids).await?.into_iter();
        let place = |(id, message)| (id, Place { granted: granted.clone(), message: Some(message) });
        Ok::<_, crate::error::ApiError>(messages.map(place).collect())
    });
    let read = futures_util::future::try_join_all(reads).await?;
    let places: HashMap<String, Place> = read.into_iter().flatten().collect();
    let place = |poll: &Poll| poll.home.as_ref().and_then(|home| places.get(&home.message_id));
    Ok(polls.into_iter().filter(|poll| is_visible(ctx, poll, place(poll))).collect())
}

/// The polls of which these are outlines, with their votes, in the same order.
async fn states(ctx: &Ctx, outlines: Vec<Poll>) -> Result<Vec<PollState>> {
    let store = &ctx.app.store;
    let sent: Vec<(&str, &str)> =
        outlines.iter().filter_map(|poll| Some((poll.home.as_ref()?.cid.as_str(), poll.id.as_str()))).collect();
    let mut states = store.poll_states(ctx.viewer(), &sent).await?;
    let unsent = outlines.iter().map(|poll| poll.id.as_str()).filter(|id| !states.contains_key(*id));
    let unsent: Vec<Poll> = store.polls(unsent).await?;
    states.extend(unsent.into_iter().map(|poll| (poll.id.clone(), PollState::unsent(poll))));
    let found = outlines.iter().filter_map(|poll| states.remove(&poll.id));
    Ok(found.filter(|state| !state.poll.deleted).collect())
}

fn mark(by: &str, poll: &Poll) -> Mark {
    let key = match by {
        "name" => Key::Text(poll.name.clone()),
        "updated_at" => Key::Number(poll.updated_at().micros()),
        "is_closed" => Key::Number(poll.closed.into()),
        "id" => Key::Number(0),
        _ => Key::Number(poll.created_at().micros()),
    };
    Mark(key, poll.id.clone())
}

/// A poll as the filter language sees it.
struct PollFields<'a>(&'a Poll);

impl Fields for PollFields<'_> {
    fn get(&self, field: &str) -> Option<Cow<'_, Value>> {
        let poll = self.0;
        Some(Cow::Owned(match field {
            "id" => poll.id.as_str().into(),
            "name" => poll.name.as_str().into(),
            "allow_answers" => poll.answers.into(),
            "allow_user_suggested_options" => poll.suggestions.into(),
            "created_by_id" => poll.created_by.as_str().into(),
            "is_closed" => poll.closed.into(),
            "max_votes_allowed" => poll.max_votes?.into(),
            "voting_visibility" => if poll.anonymous { "anonymous" } else { "public" }.into(),
            "created_at" => poll.created_at().micros().into(),
            "updated_at" => poll.updated_at().micros().into(),
            custom => return poll.custom.get(custom).map(Cow::Borrowed),
        }))
    }
}
