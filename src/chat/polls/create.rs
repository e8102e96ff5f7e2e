//! Making polls.

use super::{compose, response};
use crate::access::Action;
use crate::chat::{Ctx, users};
use crate::error::{ApiError, Result};
use crate::store::{Outcome, Poll, PollState};
use crate::wire::polls::{PollRequest, PollResponse};

/// Makes a poll, which nobody but its creator sees until a message shows it. A known id with the same content is a retry, and
/// answered with what there is.
pub(crate) async fn create(ctx: &Ctx, request: PollRequest) -> Result<PollResponse> {
    let mut request = request;
    let ctx = &ctx.acting_as("user", request.user.take(), request.user_id.take()).await?;
    let creator = ctx.writer()?;
    users::require(ctx, Action::CreatePoll, true)?;
    let id = match &request.id {
        Some(id) => compose::check_id("id", id).map(|()| id.clone())?,
        None => uuid::Uuid::new_v4().to_string(),
    };
    let mut poll = Poll { id, created_by: creator.id.clone(), ..Poll::default() };
    compose::fill(&mut poll, &request)?;
    match ctx.app.store.create_poll(&poll).await? {
        Outcome::Committed { at } => response(ctx, &PollState::unsent(Poll { at, ..poll })).await,
        Outcome::Conflict { .. } => {
            let taken = || ApiError::field("id", format!("a poll with id {} already exists", poll.id));
            let first = ctx.app.store.poll_state(&poll.id, ctx.viewer()).await?.ok_or_else(taken)?;
            if !is_same(&first.poll, &poll) {
                return Err(taken());
            }
            response(ctx, &first).await
        }
    }
}

fn is_same(first: &Poll, poll: &Poll) -> bool {
    let texts = |poll: &Poll| poll.options.iter().map(|option| option.text.clone()).collect::<Vec<_>>();
    (&first.created_by, &first.name, &first.description) == (&poll.created_by, &poll.name, &poll.description)
        && texts(first) == texts(poll)
}
