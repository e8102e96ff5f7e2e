//! Changing, closing and deleting polls.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{Found, check_open, compose, find, response};
use crate::access::Action;
use crate::chat::messages::Tries;
use crate::chat::{Ctx, announce, partial, respond, users};
use crate::error::{ApiError, Result};
use crate::limits;
use crate::store::{Message, Outcome, Poll, PollState, Tick, Transaction};
use crate::wire::Time;
use crate::wire::polls::{PollRequest, PollResponse, UpdatePollPartialRequest};

/// Built-in names that a partial update cannot reach.
const FIXED: [&str; 3] = ["id", "user", "user_id"];

/// Puts another content in the poll's place; what is left out has its default.
pub(crate) async fn update(ctx: &Ctx, request: PollRequest) -> Result<PollResponse> {
    let mut request = request;
    let ctx = &ctx.acting_for("user", request.user.take(), request.user_id.take()).await?;
    let id = request.id.clone().ok_or_else(|| ApiError::required("id"))?;
    let state = change(ctx, &id, |found, poll| {
        compose::fill(poll, &request)?;
        check_rights(ctx, found, poll)
    });
    response(ctx, &state.await?.0).await
}

/// Changes only what is named.
pub(crate) async fn update_partial(ctx: &Ctx, id: &str, request: UpdatePollPartialRequest) -> Result<PollResponse> {
    let ctx = &ctx.acting_for("user", request.user, request.user_id).await?;
    let (set, unset) = (request.set.unwrap_or_default(), request.unset.unwrap_or_default());
    let state = change(ctx, id, |found, poll| {
        compose::fill(poll, &merged(poll, &set, &unset)?)?;
        check_rights(ctx, found, poll)
    });
    response(ctx, &state.await?.0).await
}

/// The whole poll as the partial update leaves it.
fn merged(poll: &Poll, set: &Map<String, Value>, unset: &[String]) -> Result<PollRequest> {
    let option = |option: &crate::store::PollOption| {
        let mut whole = option.custom.clone();
        whole.extend([("id", &option.id), ("text", &option.text)].map(|(key, text)| (key.to_owned(), json!(text))));
        whole
    };
    let mut whole = poll.custom.clone();
    let parts = [
        ("name", json!(poll.name)),
        ("description", json!(poll.description)),
        ("options", json!(poll.options.iter().map(option).collect::<Vec<_>>())),
        ("enforce_unique_vote", json!(poll.unique)),
        ("max_votes_allowed", json!(poll.max_votes)),
        ("voting_visibility", json!(if poll.anonymous { "anonymous" } else { "public" })),
        ("allow_answers", json!(poll.answers)),
        ("allow_user_suggested_options", json!(poll.suggestions)),
        ("is_closed", json!(poll.closed)),
    ];
    whole.extend(parts.map(|(key, value)| (key.to_owned(), value)));
    partial::apply(&mut whole, set, unset)?;
    for key in FIXED {
        whole.shift_remove(key);
    }
    let request = serde_path_to_error::deserialize::<_, PollRequest>(Value::Object(whole));
    request.map_err(|error| {
        let path = format!("set.{}", error.path());
        ApiError::field(path.clone(), format!("{path}: {}", error.inner()))
    })
}

/// A server may act for nobody. Whoever may not write where the poll is shown cannot say something there with it either.
fn check_may_act(ctx: &Ctx, found: &Found) -> Result<()> {
    if ctx.is_server() {
        return Ok(());
    }
    ctx.writer()?;
    found.place.as_ref().map_or(Ok(()), |place| check_open(ctx, &place.granted))
}

/// Closing (and opening again) is a right of its own.
fn check_rights(ctx: &Ctx, found: &Found, poll: &Poll) -> Result<()> {
    let before = &found.state.poll;
    let is_own = before.created_by == ctx.viewer();
    if poll.closed != before.closed {
        users::require(ctx, Action::ClosePoll, is_own)?;
    }
    if *poll != (Poll { closed: poll.closed, ..before.clone() }) || poll.closed == before.closed {
        users::require(ctx, Action::UpdatePoll, is_own)?;
    }
    if before.anonymous && !poll.anonymous && found.state.has_votes() {
        let message = "voting_visibility cannot become public: people voted in an anonymous poll";
        return Err(ApiError::field("voting_visibility", message));
    }
    Ok(())
}

/// Reads and edits a poll until nobody was faster; returns it, and what the edit said. An edit that changes nothing writes and
/// tells nothing.
pub(super) async fn change<T>(
    ctx: &Ctx,
    id: &str,
    edit: impl Fn(&Found, &mut Poll) -> Result<T>,
) -> Result<(PollState, T)> {
    let mut tries = Tries::at_most(limits::VOTE_RETRIES, id);
    while tries.next().await {
        let found = find(ctx, id).await?;
        check_may_act(ctx, &found)?;
        let before = &found.state.poll;
        let mut poll = before.clone();
        let said = edit(&found, &mut poll)?;
        if poll == *before {
            return Ok((found.state, said));
        }
        let edited = Poll { created_at: Some(before.created_at()), updated_at: None, ..poll };
        if let Outcome::Committed { at } = commit(ctx, &found, &edited).await? {
            return Ok((found.state.edited(Poll { at, ..edited }), said));
        }
    }
    Err(ApiError::busy())
}

async fn commit(ctx: &Ctx, found: &Found, edited: &Poll) -> Result<Outcome> {
    let (store, before) = (&ctx.app.store, &found.state.poll);
    let Some(home) = &edited.home else { return store.unsent_poll_change(edited)?.commit(store).await };
    let mut tx = store.channel_change(&home.cid, Tick::Change);
    store.write_sent_poll(&mut tx, &found.state, edited)?;
    let gone = before.options.iter().filter(|option| edited.numbered(option.number).is_none());
    store.remove_options(&mut tx, before, gone);
    if let Some((place, message)) = found.shown() {
        let poll = told(ctx, &found.state.edited(Poll { at: Time::STAMP, ..edited.clone() })).await?;
        let closes = edited.closed && !before.closed;
        let is_all = *edited == (Poll { closed: true, updated_at: None, ..before.rewritten() });
        if !(closes && is_all) {
            tx.append(announce::poll_updated(&place.granted, message, &poll, respond::actor(ctx))?)?;
        }
        if closes {
            tx.append(announce::poll_closed(&place.granted, message, &poll, respond::actor(ctx))?)?;
        }
    }
    tx.commit(store).await
}

/// The poll as events carry it: nobody's in particular.
async fn told(ctx: &Ctx, state: &PollState) -> Result<Arc<PollResponse>> {
    let people = respond::People::load(ctx, respond::poll_names(state)).await?;
    Ok(Arc::new(respond::poll(state, &people, "")))
}

impl Found {
    /// Where it is seen.
    fn shown(&self) -> Option<(&super::Place, &Message)> {
        self.place.as_ref().and_then(|place| Some((place, place.message.as_ref()?)))
    }
}

/// Deletes a poll with its votes; the message that shows it stays. The channel's record goes first, because it is the truth: when
/// nothing comes after it, all that is left of the poll says that it is deleted.
pub(crate) async fn delete(ctx: &Ctx, id: &str, user_id: Option<String>) -> Result<()> {
    let ctx = &ctx.acting_for("user", None, user_id).await?;
    let mut tries = Tries::at_most(limits::VOTE_RETRIES, id);
    while tries.next().await {
        let found = find(ctx, id).await?;
        check_may_act(ctx, &found)?;
        users::require(ctx, Action::DeletePoll, found.state.poll.created_by == ctx.viewer())?;
        if let Outcome::Committed { .. } = end(ctx, &found).await?
            && let Outcome::Committed { .. } = ctx.app.store.end_poll(&found.state.poll).await?
        {
            return Ok(());
        }
    }
    Err(ApiError::busy())
}

async fn end(ctx: &Ctx, found: &Found) -> Result<Outcome> {
    let (store, poll) = (&ctx.app.store, &found.state.poll);
    let Some(home) = &poll.home else { return Ok(Outcome::Committed { at: poll.at }) };
    let mut tx: Transaction = store.channel_change(&home.cid, Tick::Change);
    store.end_sent_poll(&mut tx, &found.state)?;
    if let Some((place, message)) = found.shown() {
        let user = respond::actor(ctx);
        let poll = told(ctx, &found.state).await?;
        tx.append(announce::poll_deleted(&place.granted, message, &poll, user.clone())?)?;
        // Clients do not know that event: they see that the message shows nothing any more.
        let mut shown = Arc::unwrap_or_clone(respond::announced(ctx, &home.cid, message.clone()).await?);
        shown.poll = Some(None).filter(|_| shown.poll.is_some());
        tx.append(announce::message_updated(&place.granted, message, &Arc::new(shown), user)?)?;
    }
    tx.commit(store).await
}
