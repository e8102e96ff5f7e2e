//! Options of polls, one at a time. Whoever may vote may add some where suggestions are welcome.

use super::change::change;
use super::{Found, check_open, compose, find};
use crate::access::Action;
use crate::chat::{Ctx, users};
use crate::error::{ApiError, Result};
use crate::store::PollOption;
use crate::wire::Custom;
use crate::wire::polls::{PollOptionRequest, PollOptionResponse};

/// Adds an option.
pub(crate) async fn add(ctx: &Ctx, id: &str, request: PollOptionRequest) -> Result<PollOptionResponse> {
    let mut request = request;
    let ctx = &ctx.acting_for("user", request.user.take(), request.user_id.take()).await?;
    let added = change(ctx, id, |found, poll| {
        check_may_add(ctx, found)?;
        let option = compose::add(poll, &request)?;
        compose::check_size(poll).map(|()| option)
    });
    Ok(response(&added.await?.1))
}

/// Gives an option another text and other custom data.
pub(crate) async fn change_option(ctx: &Ctx, id: &str, request: PollOptionRequest) -> Result<PollOptionResponse> {
    let mut request = request;
    let ctx = &ctx.acting_for("user", request.user.take(), request.user_id.take()).await?;
    let option = request.id.clone().ok_or_else(|| ApiError::required("id"))?;
    let changed = change(ctx, id, |found, poll| {
        check_may_update(ctx, found)?;
        let at = poll.options.iter().position(|held| held.id == option).ok_or_else(|| missing(&option))?;
        let option = compose::change(poll, at, &request)?;
        compose::check_size(poll).map(|()| option)
    });
    Ok(response(&changed.await?.1))
}

/// One option.
pub(crate) async fn option(ctx: &Ctx, id: &str, option: &str, user_id: Option<String>) -> Result<PollOptionResponse> {
    let ctx = &ctx.acting_for("user", None, user_id).await?;
    let found = find(ctx, id).await?;
    found.state.poll.option(option).map(response).ok_or_else(|| missing(option))
}

/// Takes an option out, and all votes for it.
pub(crate) async fn remove(ctx: &Ctx, id: &str, option: &str, user_id: Option<String>) -> Result<()> {
    let ctx = &ctx.acting_for("user", None, user_id).await?;
    let removed = change(ctx, id, |found, poll| {
        check_may_update(ctx, found)?;
        let at = poll.options.iter().position(|held| held.id == option).ok_or_else(|| missing(option))?;
        Ok(poll.options.remove(at))
    });
    removed.await.map(drop)
}

fn check_may_update(ctx: &Ctx, found: &Found) -> Result<()> {
    users::require(ctx, Action::UpdatePoll, found.state.poll.created_by == ctx.viewer())
}

fn check_may_add(ctx: &Ctx, found: &Found) -> Result<()> {
    let refusal = match check_may_update(ctx, found) {
        Ok(()) => return Ok(()),
        Err(refusal) => refusal,
    };
    let Some(place) = found.place.as_ref().filter(|_| found.state.poll.suggestions) else { return Err(refusal) };
    place.granted.right.require(Action::CastVote)?;
    check_open(ctx, &place.granted)?;
    match found.state.poll.closed {
        true => Err(ApiError::input(format!("poll with id {} is closed", found.state.poll.id))),
        false => Ok(()),
    }
}

fn missing(id: &str) -> ApiError {
    ApiError::not_found(format!("poll option with id {id} doesn't exist"))
}

fn response(option: &PollOption) -> PollOptionResponse {
    PollOptionResponse { id: option.id.clone(), text: option.text.clone(), custom: Custom(option.custom.clone()) }
}
