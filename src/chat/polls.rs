//! Polls (`rules.md` 9): made by somebody, shown by one message, voted for by whoever may in its channel.
//!
//! Where a poll lasts, and why there, is told in `store/polls`. Its creator, servers and whoever sees its message see it; to
//! all others it does not exist.

mod attach;
mod change;
mod compose;
mod create;
mod list;
mod options;
mod pages;
mod query;
mod vote;

pub(crate) use attach::{attach, check_may_send};
pub(crate) use change::{delete, update, update_partial};
pub(crate) use create::create;
pub(crate) use list::list;
pub(crate) use options::{add, change_option, option, remove};
pub(crate) use query::query;
pub(crate) use vote::{cast, take_back};

use super::messages::{check_may_write, sees};
use super::{Ctx, Granted, respond};
use crate::access::Action;
use crate::error::{ApiError, Result};
use crate::store::{Message, Poll, PollState};
use crate::wire::polls::PollResponse;

/// A poll that the caller may see, and where it stands.
struct Found {
    state: PollState,
    place: Option<Place>,
}

/// The channel of a poll that was sent, whatever the caller holds in it, and the message that shows it, if that is still there.
struct Place {
    granted: Granted,
    message: Option<Message>,
}

/// One poll.
pub(crate) async fn get(ctx: &Ctx, id: &str, user_id: Option<String>) -> Result<PollResponse> {
    let ctx = &ctx.acting_for("user", None, user_id).await?;
    let found = find(ctx, id).await?;
    response(ctx, &found.state).await
}

/// The poll. 16 when there is none, or none for the caller.
async fn find(ctx: &Ctx, id: &str) -> Result<Found> {
    let store = &ctx.app.store;
    let state = store.poll_state(id, ctx.viewer()).await?.ok_or_else(|| missing(id))?;
    let mut place = place(ctx, &state.poll).await?;
    if !is_visible(ctx, &state.poll, place.as_ref())
        && let Some(home) = &state.poll.home
    {
        // What memory says no to, Redis is asked about: a membership may be younger than the event that tells of it.
        store.forget_channel(&home.cid, ctx.viewer());
        place = self::place(ctx, &state.poll).await?;
    }
    match is_visible(ctx, &state.poll, place.as_ref()) {
        true => Ok(Found { state, place }),
        false => Err(missing(id)),
    }
}

async fn place(ctx: &Ctx, poll: &Poll) -> Result<Option<Place>> {
    let Some(home) = &poll.home else { return Ok(None) };
    let channel = ctx.app.store.channel(&home.cid).await?.filter(|channel| !channel.is_deleted());
    let Some(channel) = channel else { return Ok(None) };
    let granted = ctx.grant(&home.cid, channel).await?;
    let message = ctx.app.store.message_in(&home.cid, &home.message_id).await?;
    Ok(Some(Place { granted, message }))
}

fn is_visible(ctx: &Ctx, poll: &Poll, place: Option<&Place>) -> bool {
    let reads =
        |place: &Place| place.granted.right.allows(Action::ReadChannel) && place.granted.refuse_disabled().is_ok();
    let shown = |place: &Place| place.message.as_ref().is_some_and(|message| sees(ctx, &place.granted, message));
    let is_own = poll.created_by == ctx.viewer();
    // Where he may not read any more, his own polls are gone for him, too.
    ctx.is_server() || place.map_or(is_own, |place| reads(place) && (is_own || shown(place)))
}

fn missing(id: &str) -> ApiError {
    ApiError::not_found(format!("poll with id {id} doesn't exist"))
}

fn check_enabled(granted: &Granted) -> Result<()> {
    match granted.kind.config.polls {
        true => Ok(()),
        false => Err(ApiError::not_allowed("polls not enabled for this channel")),
    }
}

/// Refuses who may not take part in polls here for the moment. In a frozen channel nobody votes.
fn check_open(ctx: &Ctx, granted: &Granted) -> Result<()> {
    check_enabled(granted)?;
    check_may_write(ctx, granted)?;
    if granted.channel.frozen { granted.right.require(Action::UseFrozenChannel) } else { Ok(()) }
}

/// The poll as the caller sees it.
async fn response(ctx: &Ctx, state: &PollState) -> Result<PollResponse> {
    let people = respond::People::load(ctx, respond::poll_names(state).chain([ctx.viewer()])).await?;
    Ok(respond::poll(state, &people, ctx.viewer()))
}
