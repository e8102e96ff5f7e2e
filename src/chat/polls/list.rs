//! Listing votes and answers (`rules.md` 3.7).

use std::borrow::Cow;

use serde_json::Value;

use super::pages::{Cursor, Key, Mark, Page};
use super::{Found, check_enabled, find};
use crate::access::Action;
use crate::chat::channels::limit;
use crate::chat::{Ctx, respond};
use crate::error::Result;
use crate::limits;
use crate::query::{Direction, Fields, Filter, POLL_VOTES, Sort};
use crate::store::{Poll, Vote, Walk};
use crate::wire::polls::{QueryPollVotesRequest, QueryPollVotesResponse};

/// Votes and answers that a filter asks for, in pages. In an anonymous poll clients get their own votes, and answers without
/// names.
pub(crate) async fn list(
    ctx: &Ctx,
    id: &str,
    request: QueryPollVotesRequest,
    user_id: Option<String>,
) -> Result<QueryPollVotesResponse> {
    let ctx = &ctx.acting_for("user", request.user, request.user_id.or(user_id)).await?;
    let filter = Filter::parse(request.filter.as_ref().unwrap_or(&Value::Null), &POLL_VOTES)?;
    let sort = Sort::parse(request.sort.as_ref(), &POLL_VOTES, 1, &[("created_at", Direction::Descending)])?;
    let most = limit("limit", request.limit, limits::POLLS_PAGE_DEFAULT, limits::POLLS_PAGE)?;
    let cursor = Cursor::read(request.next.as_deref(), request.prev.as_deref())?;
    let found = find(ctx, id).await?;
    if let Some(place) = &found.place {
        place.granted.right.require(Action::QueryVotes)?;
        check_enabled(&place.granted)?;
    }
    let asked =
        Asked { found: &found, filter: &filter, sort: &sort, hides: found.state.poll.anonymous && !ctx.is_server() };
    let page = asked.page(ctx, &cursor, most).await?;
    let people = respond::People::load(ctx, page.items.iter().map(|vote| vote.user.as_str())).await?;
    // A server sees who voted even where nobody else does.
    let shown = |vote: &Vote| {
        let viewer = if ctx.is_server() { &vote.user } else { ctx.viewer() };
        respond::poll_vote(vote, &found.state.poll, &people, viewer)
    };
    Ok(QueryPollVotesResponse { votes: page.items.iter().map(shown).collect(), next: page.next, prev: page.prev })
}

struct Asked<'a> {
    found: &'a Found,
    filter: &'a Filter,
    sort: &'a Sort,
    /// Others' names, and their votes, are not for the caller.
    hides: bool,
}

impl Asked<'_> {
    async fn page(&self, ctx: &Ctx, cursor: &Cursor, most: usize) -> Result<Page<Vote>> {
        let (by, direction) = self.sort.fields().next().unwrap_or(("created_at", Direction::Descending));
        let (by_id, descending) = (by == "id", direction == Direction::Descending);
        let mark = |vote: &Vote| match by_id {
            true => Mark(Key::Text(vote.id.clone()), String::new()),
            false => Mark(Key::Number(vote.at.micros()), String::new()),
        };
        let named = self.filter.required_values("user_id").filter(|_| !self.hides);
        let poll = &self.found.state.poll;
        let mut votes = match &named {
            Some(users) => ctx.app.store.votes_of(poll, users).await?,
            // His own list says what the poll's lists must not.
            None if self.hides => self.found.state.own.iter().filter(|vote| vote.option.is_some()).cloned().collect(),
            None => Vec::new(),
        };
        votes.retain(|vote| self.matches(ctx, vote));
        if named.is_some() {
            return cursor.page(cursor.beyond(marked(votes, mark), descending), most);
        }
        let whole = by_id || self.hides;
        let mut walk = Some(match (cursor, whole) {
            (Cursor::After(Mark(Key::Number(at), _)), false) => walk_from(descending, *at),
            (Cursor::Before(Mark(Key::Number(at), _)), false) => walk_from(!descending, *at),
            _ => Walk { newest_first: descending, after: None, step: limits::VOTES_STEP },
        });
        let lists = self.lists();
        while let Some(step) = walk
            && (whole || votes.len() <= most)
        {
            let (found, next) = ctx.app.store.walk_votes(poll, &lists, step).await?;
            votes.extend(found.into_iter().filter(|vote| self.matches(ctx, vote)));
            walk = next;
        }
        let votes = marked(votes, mark);
        cursor.page(if whole { cursor.beyond(votes, descending) } else { votes }, most)
    }

    /// The lists in which everything that can match is found.
    fn lists(&self) -> Vec<Option<u32>> {
        let poll = &self.found.state.poll;
        let wanted = self.filter.required_values("option_id");
        let is_answer = self.filter.required_flag("is_answer");
        let options = poll.options.iter().filter(|option| {
            !self.hides
                && is_answer != Some(true)
                && wanted.as_ref().is_none_or(|ids| ids.contains(&option.id.as_str()))
                && self.found.state.options.get(&option.number).is_some_and(|tally| tally.count > 0)
        });
        let mut lists: Vec<Option<u32>> = options.map(|option| Some(option.number)).collect();
        if is_answer != Some(false) && wanted.is_none() {
            lists.push(None);
        }
        lists
    }

    fn matches(&self, ctx: &Ctx, vote: &Vote) -> bool {
        let poll = &self.found.state.poll;
        self.filter.matches(&VoteFields { vote, poll, is_named: !self.hides || vote.user == ctx.viewer() })
    }
}

fn walk_from(newest_first: bool, after: i64) -> Walk {
    Walk { newest_first, after: Some(crate::wire::Time(after)), step: limits::VOTES_STEP }
}

fn marked(votes: Vec<Vote>, mark: impl Fn(&Vote) -> Mark) -> Vec<(Mark, Vote)> {
    votes.into_iter().map(|vote| (mark(&vote), vote)).collect()
}

/// A vote as the filter language sees it.
struct VoteFields<'a> {
    vote: &'a Vote,
    poll: &'a Poll,
    is_named: bool,
}

impl Fields for VoteFields<'_> {
    fn get(&self, field: &str) -> Option<Cow<'_, Value>> {
        let vote = self.vote;
        Some(Cow::Owned(match field {
            "id" => vote.id.as_str().into(),
            "poll_id" => self.poll.id.as_str().into(),
            "is_answer" => vote.option.is_none().into(),
            "option_id" => self.poll.numbered(vote.option?)?.id.as_str().into(),
            "user_id" if self.is_named => vote.user.as_str().into(),
            "created_at" | "updated_at" => vote.at.micros().into(),
            _ => return None,
        }))
    }
}
