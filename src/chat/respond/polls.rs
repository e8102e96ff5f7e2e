//! Polls in responses.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::People;
use crate::chat::Ctx;
use crate::error::Result;
use crate::limits;
use crate::store::{ChannelSnapshot, Message, MessageRow, Poll, PollState, Vote};
use crate::wire::Custom;
use crate::wire::polls::{PollOptionResponse, PollResponse, PollVoteResponse};

/// The polls that some messages show, read together.
#[derive(Clone, Default)]
pub(crate) struct Polls {
    known: HashMap<String, Arc<PollState>>,
}

impl Polls {
    /// Those that channels' states show: one round trip for all of them, none when there is no poll.
    pub async fn of_states(ctx: &Ctx, snapshots: &[&ChannelSnapshot]) -> Result<Polls> {
        let mut polls = Polls::default();
        let rows = snapshots.iter().flat_map(|snapshot| snapshot.messages.iter().chain(&snapshot.pins));
        let shown = rows.filter_map(|row| shown(&row.message)).collect();
        polls.load(ctx, shown).await?;
        Ok(polls)
    }

    /// The same and what these messages show.
    pub async fn with(&self, ctx: &Ctx, rows: &[MessageRow], quoted: &HashMap<String, Message>) -> Result<Polls> {
        let mut polls = self.clone();
        let messages = rows.iter().map(|row| &*row.message).chain(quoted.values());
        let shown = messages.filter_map(shown).filter(|(_, id)| !self.known.contains_key(*id)).collect();
        polls.load(ctx, shown).await?;
        Ok(polls)
    }

    async fn load(&mut self, ctx: &Ctx, polls: Vec<(&str, &str)>) -> Result<()> {
        if !polls.is_empty() {
            // Boxed, as most lists have none.
            let loaded = Box::pin(ctx.app.store.poll_states(ctx.viewer(), &polls)).await?;
            self.known.extend(loaded.into_iter().map(|(id, state)| (id, Arc::new(state))));
        }
        Ok(())
    }

    /// Ids of everybody whom they name.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.known.values().flat_map(|state| poll_names(state))
    }

    /// The message's poll as `viewer` sees it; `null` when it was deleted.
    pub fn of(&self, message: &Message, people: &People, viewer: &str) -> Option<Option<Box<PollResponse>>> {
        let id = message.poll_id.as_ref()?;
        let state = self.known.get(id).filter(|state| !state.poll.deleted);
        Some(state.map(|state| Box::new(poll(state, people, viewer))))
    }
}

fn shown(message: &Message) -> Option<(&str, &str)> {
    Some((message.cid.as_str(), message.poll_id.as_deref()?))
}

/// Ids of everybody whom a poll names.
pub(crate) fn poll_names(state: &PollState) -> impl Iterator<Item = &str> {
    let most = most_shown(&state.poll);
    let votes = state.options.values().flat_map(move |tally| tally.newest.iter().take(most));
    let newest = votes.chain(state.answers.newest.iter().take(limits::LATEST_VOTES));
    newest.map(|vote| vote.user.as_str()).chain([state.poll.created_by.as_str()])
}

/// How many votes of an option are shown.
fn most_shown(poll: &Poll) -> usize {
    (limits::LATEST_VOTES_IN_ALL / poll.options.len().max(1)).clamp(1, limits::LATEST_VOTES)
}

/// The poll as `viewer` sees it; nobody's in particular when that is empty.
pub(crate) fn poll(state: &PollState, people: &People, viewer: &str) -> PollResponse {
    let PollState { poll, options, answers, own, .. } = state;
    let shown = |votes: &[Vote], most: usize| -> Vec<PollVoteResponse> {
        let votes = votes.iter().take(most);
        votes.map(|vote| poll_vote(vote, poll, people, viewer)).collect()
    };
    let voted: Vec<_> = poll
        .options
        .iter()
        .filter_map(|option| Some((option.id.clone(), options.get(&option.number).filter(|tally| tally.count > 0)?)))
        .collect();
    PollResponse {
        id: poll.id.clone(),
        name: poll.name.clone(),
        description: poll.description.clone(),
        voting_visibility: Cow::Borrowed(if poll.anonymous { "anonymous" } else { "public" }),
        enforce_unique_vote: poll.unique,
        max_votes_allowed: poll.max_votes.map(i64::from),
        allow_user_suggested_options: poll.suggestions,
        allow_answers: poll.answers,
        is_closed: poll.closed,
        options: poll
            .options
            .iter()
            .map(|option| PollOptionResponse {
                id: option.id.clone(),
                text: option.text.clone(),
                custom: Custom(option.custom.clone()),
            })
            .collect(),
        vote_count: state.vote_count() as i64,
        answers_count: answers.count as i64,
        vote_counts_by_option: voted.iter().map(|(id, tally)| (id.clone(), tally.count as i64)).collect(),
        latest_votes_by_option: match poll.anonymous {
            true => BTreeMap::new(),
            false => voted.iter().map(|(id, tally)| (id.clone(), shown(&tally.newest, most_shown(poll)))).collect(),
        },
        latest_answers: shown(&answers.newest, limits::LATEST_VOTES),
        own_votes: match viewer {
            "" => Vec::new(),
            _ => own.iter().map(|vote| poll_vote(vote, poll, people, viewer)).collect(),
        },
        created_by_id: poll.created_by.clone(),
        created_by: people.get(&poll.created_by),
        created_at: poll.created_at(),
        updated_at: poll.updated_at(),
        custom: Custom(poll.custom.clone()),
    }
}

/// A vote as `viewer` sees it: whose it is in an anonymous poll, only the voter does.
pub(crate) fn poll_vote(vote: &Vote, poll: &Poll, people: &People, viewer: &str) -> PollVoteResponse {
    let is_named = !poll.anonymous || vote.user == viewer;
    let option = vote.option.and_then(|number| poll.numbered(number));
    PollVoteResponse {
        id: vote.id.clone(),
        poll_id: poll.id.clone(),
        option_id: option.map(|option| option.id.clone()).unwrap_or_default(),
        is_answer: vote.option.is_none().then_some(true),
        answer_text: vote.text.clone(),
        user_id: is_named.then(|| vote.user.clone()),
        user: is_named.then(|| people.get(&vote.user)),
        created_at: vote.at,
        updated_at: vote.at,
    }
}
