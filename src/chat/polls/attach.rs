//! Sending a message that shows a poll.

use super::check_enabled;
use crate::access::Action;
use crate::chat::{Ctx, Granted, respond};
use crate::error::{ApiError, Result};
use crate::limits;
use crate::store::{Home, Message, Outcome, PollState, Transaction};
use crate::wire::polls::PollResponse;

/// Whether somebody may send polls to the channel.
pub(crate) fn check_may_send(granted: &Granted) -> Result<()> {
    check_enabled(granted)?;
    granted.right.require(Action::SendPoll)
}

/// Lets the message that `tx` sends take its poll along into the channel; returns it as the message shows it. A poll belongs to one
/// message, and only its creator or a server can send it. `None`: the message has none.
///
/// The poll is told its home before the transaction: see `store/polls`.
pub(crate) async fn attach(
    ctx: &Ctx,
    granted: &Granted,
    record: &Message,
    tx: &mut Transaction,
) -> Result<Option<PollResponse>> {
    let Some(id) = &record.poll_id else { return Ok(None) };
    let state = bound(ctx, id, Home { cid: granted.cid.clone(), message_id: record.id.clone() }).await?;
    ctx.app.store.write_sent_poll(tx, &state, &state.poll.rewritten())?;
    let people = respond::People::load(ctx, respond::poll_names(&state)).await?;
    Ok(Some(respond::poll(&state, &people, "")))
}

/// The poll, which no message but this one shows.
async fn bound(ctx: &Ctx, id: &str, home: Home) -> Result<PollState> {
    let store = &ctx.app.store;
    for _ in 0..limits::CONFLICT_RETRIES {
        let state = store.poll_state(id, "").await?;
        let is_his = |state: &PollState| ctx.is_server() || state.poll.created_by == ctx.viewer();
        let mut state = state
            .filter(is_his)
            .ok_or_else(|| ApiError::field("message.poll_id", format!("poll with id {id} doesn't exist")))?;
        match &state.poll.home {
            Some(known) if *known == home => return Ok(state),
            Some(_) => {
                let message = format!("poll with id {id} is part of another message; make a new poll");
                return Err(ApiError::field("message.poll_id", message));
            }
            None => {
                if let Outcome::Committed { .. } = store.bind_poll(&state.poll, home.clone()).await? {
                    state.poll.home = Some(home);
                    return Ok(state);
                }
            }
        }
    }
    Err(ApiError::busy())
}
