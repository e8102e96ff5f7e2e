//! Voting, answering, and taking it back. The poll's version guards its votes: what is checked here still holds when the script
//! writes the vote, its place in the counts and the event, or else it is looked at again.

use std::sync::Arc;

use super::{check_open, compose, missing, response};
use crate::access::Action;
use crate::chat::messages::{GrantedMessage, check_not_deleted, turn_within};
use crate::chat::{Ctx, announce, respond};
use crate::error::{ApiError, Result};
use crate::limits;
use crate::store::{Ballot, Outcome, PollState, Tick, Transaction, Vote};
use crate::wire::Time;
use crate::wire::polls::{CastPollVoteRequest, CastPollVoteResponse, PollVoteRequest};

enum Asked {
    /// Vote for the option of this id.
    Option(String),
    Answer(String),
    /// Take back the vote or answer of this id.
    TakeBack(String),
}

/// What a request changes of one's votes.
struct Change {
    kind: &'static str,
    own: Vec<Vote>,
    gone: Vec<Vote>,
    cast: Option<Vote>,
}

impl Change {
    /// The vote that it is about.
    fn vote(&self) -> Option<&Vote> {
        self.cast.as_ref().or(self.gone.first())
    }
}

enum Verdict {
    Change(Change),
    /// It is so already.
    Same(Vote),
}

/// Votes for an option, or answers. The same again changes nothing.
pub(crate) async fn cast(
    ctx: &Ctx,
    message: &str,
    poll: &str,
    request: CastPollVoteRequest,
) -> Result<CastPollVoteResponse> {
    let ctx = &ctx.acting_as("user", request.user, request.user_id).await?;
    act(ctx, message, poll, &asked(request.vote)?).await
}

/// Takes back a vote or an answer of one's own.
pub(crate) async fn take_back(
    ctx: &Ctx,
    message: &str,
    poll: &str,
    vote: &str,
    user_id: Option<String>,
) -> Result<CastPollVoteResponse> {
    let ctx = &ctx.acting_as("user", None, user_id).await?;
    act(ctx, message, poll, &Asked::TakeBack(vote.to_owned())).await
}

fn asked(vote: PollVoteRequest) -> Result<Asked> {
    match (vote.option_id.filter(|id| !id.is_empty()), vote.answer_text) {
        (Some(_), Some(_)) => Err(ApiError::field("vote", "vote must have either option_id or answer_text, not both")),
        (Some(option), None) => Ok(Asked::Option(option)),
        (None, Some(text)) => {
            compose::check_text("vote.answer_text", &text, 1, limits::POLL_ANSWER_CHARS).map(|()| Asked::Answer(text))
        }
        (None, None) => Err(ApiError::field("vote", "vote must have either option_id or answer_text")),
    }
}

async fn act(ctx: &Ctx, message: &str, id: &str, asked: &Asked) -> Result<CastPollVoteResponse> {
    let mut found = open(ctx, message).await?;
    let Some(_turn) = turn_within(id, limits::VOTE_PATIENCE).await else { return Err(ApiError::busy()) };
    for _ in 0..limits::VOTE_RETRIES {
        let state = shown(ctx, &found, id).await?;
        let change = match judge(&state, &ctx.writer()?.id, asked)? {
            Verdict::Same(vote) => return answer(ctx, &state, &vote).await,
            Verdict::Change(change) => change,
        };
        if let Some((after, at)) = commit(ctx, &found, &state, &change).await? {
            let vote = change.vote().map(|vote| Vote { at: settled(vote, at), ..vote.clone() });
            let vote = vote.ok_or_else(|| missing(id))?;
            return answer(ctx, &after, &vote).await;
        }
        ctx.app.store.forget_channel(&found.granted.cid, ctx.viewer());
        found = open(ctx, message).await?;
    }
    Err(ApiError::busy())
}

/// The message, where people may vote.
async fn open(ctx: &Ctx, message: &str) -> Result<GrantedMessage> {
    let found = ctx.message(message, Action::CastVote).await?;
    check_open(ctx, &found.granted)?;
    check_not_deleted(&found.message)?;
    Ok(found)
}

/// The poll that the message shows.
async fn shown(ctx: &Ctx, found: &GrantedMessage, id: &str) -> Result<PollState> {
    if found.message.poll_id.as_deref() != Some(id) {
        return Err(missing(id));
    }
    let state = ctx.app.store.poll_states(ctx.viewer(), &[(&found.granted.cid, id)]).await?.remove(id);
    state.filter(|state| !state.poll.deleted).ok_or_else(|| missing(id))
}

/// The rules of voting.
fn judge(state: &PollState, user: &str, asked: &Asked) -> Result<Verdict> {
    let poll = &state.poll;
    if poll.closed {
        return Err(ApiError::input(format!("poll with id {} is closed", poll.id)));
    }
    let new = |option, text| Vote {
        id: uuid::Uuid::new_v4().to_string(),
        user: user.to_owned(),
        option,
        text,
        at: Time::STAMP,
    };
    match asked {
        Asked::Option(id) => {
            let unknown = || ApiError::field("vote.option_id", format!("poll option with id {id} doesn't exist"));
            judge_vote(state, new(Some(poll.option(id).ok_or_else(unknown)?.number), None))
        }
        Asked::Answer(_) if !poll.answers => Err(ApiError::input("this poll does not take answers")),
        Asked::Answer(text) => Ok(judge_answer(state, new(None, Some(text.clone())))),
        Asked::TakeBack(id) => {
            let (gone, own): (Vec<Vote>, Vec<Vote>) = state.own.iter().cloned().partition(|vote| vote.id == *id);
            if gone.is_empty() {
                return Err(ApiError::not_found(format!("poll vote with id {id} by user {user} doesn't exist")));
            }
            Ok(Verdict::Change(Change { kind: REMOVED, own, gone, cast: None }))
        }
    }
}

fn judge_vote(state: &PollState, vote: Vote) -> Result<Verdict> {
    let (poll, own) = (&state.poll, &state.own);
    let (votes, answers): (Vec<Vote>, Vec<Vote>) = own.iter().cloned().partition(|vote| vote.option.is_some());
    if let Some(same) = votes.iter().find(|held| held.option == vote.option) {
        return Ok(Verdict::Same(same.clone()));
    }
    if let Some(first) = votes.first().filter(|_| poll.unique) {
        let moved = Vote { id: first.id.clone(), ..vote };
        return Ok(Verdict::Change(Change {
            kind: CHANGED,
            own: with(answers, &moved),
            gone: votes,
            cast: Some(moved),
        }));
    }
    if let Some(most) = poll.max_votes.filter(|most| votes.len() >= *most as usize) {
        return Err(ApiError::input(format!("a person may vote for at most {most} options of this poll")));
    }
    Ok(Verdict::Change(Change { kind: CASTED, own: with(own.clone(), &vote), gone: Vec::new(), cast: Some(vote) }))
}

fn judge_answer(state: &PollState, answer: Vote) -> Verdict {
    let (gone, votes): (Vec<Vote>, Vec<Vote>) = state.own.iter().cloned().partition(|vote| vote.option.is_none());
    match gone.first() {
        Some(same) if same.text == answer.text => Verdict::Same(same.clone()),
        Some(first) => {
            let changed = Vote { id: first.id.clone(), ..answer };
            Verdict::Change(Change { kind: CHANGED, own: with(votes, &changed), gone, cast: Some(changed) })
        }
        None => Verdict::Change(Change { kind: CASTED, own: with(votes, &answer), gone, cast: Some(answer) }),
    }
}

const CASTED: &str = "poll.vote_casted";
const CHANGED: &str = "poll.vote_changed";
const REMOVED: &str = "poll.vote_removed";

fn with(mut votes: Vec<Vote>, vote: &Vote) -> Vec<Vote> {
    votes.push(vote.clone());
    votes
}

fn settled(vote: &Vote, at: Time) -> Time {
    if vote.at == Time::STAMP { at } else { vote.at }
}

/// `None`: somebody else was faster.
async fn commit(
    ctx: &Ctx,
    found: &GrantedMessage,
    state: &PollState,
    change: &Change,
) -> Result<Option<(PollState, Time)>> {
    let (store, granted) = (&ctx.app.store, &found.granted);
    let ballot = Ballot { user: ctx.viewer(), own: &change.own, gone: &change.gone, cast: change.cast.as_ref() };
    let after = state.after(&ballot);
    let mut tx = store.channel_change(&granted.cid, Tick::Change);
    store.expect_channel(&mut tx, &granted.channel);
    store.write_ballot(&mut tx, state, &ballot)?;
    tell(ctx, found, &after, change, &mut tx).await?;
    Ok(match tx.commit(store).await? {
        Outcome::Committed { at } => Some((after.settled(at), at)),
        Outcome::Conflict { .. } => None,
    })
}

/// Everybody who watches hears of the vote. Whose it is in an anonymous poll, only the voter hears: clients know their own votes by it.
async fn tell(
    ctx: &Ctx,
    found: &GrantedMessage,
    after: &PollState,
    change: &Change,
    tx: &mut Transaction,
) -> Result<()> {
    let Some(vote) = change.vote() else { return Ok(()) };
    let people = respond::People::load(ctx, respond::poll_names(after).chain([ctx.viewer()])).await?;
    let poll = Arc::new(respond::poll(after, &people, ""));
    let told = |vote, user| announce::poll_vote(change.kind, &found.granted, &found.message, &poll, vote, user);
    let own = respond::poll_vote(vote, &after.poll, &people, ctx.viewer());
    let mut event = told(own, respond::actor(ctx))?;
    if after.poll.anonymous {
        let mut others = told(respond::poll_vote(vote, &after.poll, &people, ""), None)?;
        others.header.except.push(ctx.viewer().to_owned());
        tx.append(others)?;
        event.header.only = Some(vec![ctx.viewer().to_owned()]);
    }
    tx.append(event)
}

async fn answer(ctx: &Ctx, state: &PollState, vote: &Vote) -> Result<CastPollVoteResponse> {
    let people = respond::People::load(ctx, [ctx.viewer()]).await?;
    let shown = respond::poll_vote(vote, &state.poll, &people, ctx.viewer());
    Ok(CastPollVoteResponse { vote: shown, poll: response(ctx, state).await? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Poll, PollOption};

    fn poll(change: impl FnOnce(&mut Poll)) -> PollState {
        let option = |number: u32| PollOption { id: format!("o{number}"), number, ..PollOption::default() };
        let mut poll = Poll { id: "p".into(), options: (0..4).map(option).collect(), ..Poll::default() };
        change(&mut poll);
        PollState::unsent(poll)
    }

    /// Ana asks for one thing after the other; what is counted, and what was told.
    fn voted(mut state: PollState, asked: &[Asked]) -> (Vec<(u32, usize)>, usize, Vec<&'static str>) {
        let mut told = Vec::new();
        for (at, asked) in asked.iter().enumerate() {
            match judge(&state, "ana", asked) {
                Ok(Verdict::Change(change)) => {
                    let Change { own, gone, cast, kind } = &change;
                    let ballot = Ballot { user: "ana", own, gone, cast: cast.as_ref() };
                    state = state.after(&ballot).settled(Time(at as i64 + 1));
                    told.push(*kind);
                }
                Ok(Verdict::Same(_)) => told.push("same"),
                Err(error) => told.push(if error.code.number() == 4 { "refused" } else { "unknown" }),
            }
        }
        let counts = state.options.iter().filter(|(_, tally)| tally.count > 0);
        (counts.map(|(number, tally)| (*number, tally.count)).collect(), state.answers.count, told)
    }

    fn option(number: u32) -> Asked {
        Asked::Option(format!("o{number}"))
    }

    #[test]
    fn a_unique_vote_moves() {
        let (counts, _, told) = voted(poll(|poll| poll.unique = true), &[option(0), option(1), option(1)]);
        assert_eq!((counts, told), (vec![(1, 1)], vec![CASTED, CHANGED, "same"]));
    }

    #[test]
    fn votes_end_at_the_most_that_are_allowed() {
        let asked = [option(0), option(1), option(2), option(0)];
        let (counts, _, told) = voted(poll(|poll| poll.max_votes = Some(2)), &asked);
        assert_eq!((counts, told), (vec![(0, 1), (1, 1)], vec![CASTED, CASTED, "refused", "same"]));
        let (counts, _, _) = voted(poll(|_| ()), &[option(0), option(1), option(2), option(3)]);
        assert_eq!(counts.len(), 4);
    }

    #[test]
    fn answers_are_one_per_person_and_no_votes() {
        let answer = |text: &str| Asked::Answer(text.into());
        let asked = [answer("hm"), answer("hm"), answer("oh"), option(0)];
        let (counts, answers, told) = voted(poll(|poll| (poll.answers, poll.unique) = (true, true)), &asked);
        assert_eq!((counts, answers, told), (vec![(0, 1)], 1, vec![CASTED, "same", CHANGED, CASTED]));
        assert_eq!(voted(poll(|_| ()), &[answer("hm")]).2, ["refused"]);
    }

    #[test]
    fn what_is_closed_unknown_or_of_others_is_refused() {
        assert_eq!(voted(poll(|poll| poll.closed = true), &[option(0)]).2, ["refused"]);
        assert_eq!(voted(poll(|_| ()), &[option(9), Asked::TakeBack("x".into())]).2, ["refused", "unknown"]);
    }
}
