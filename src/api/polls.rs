//! Polls, their options and votes.

use super::{Answer, Body, Params, PollOptionPath, PollPath, PollVotePath, ShownPollPath, created, ok};
use crate::chat::{Ctx, polls};
use crate::error::Result;
use crate::wire::polls::{
    CastPollVoteRequest, CastPollVoteResponse, GetPollOptionResponse, GetPollResponse, PollOptionRequest, PollRequest,
    QueryPollVotesRequest, QueryPollVotesResponse, QueryPollsRequest, QueryPollsResponse, UpdatePollPartialRequest,
};
use crate::wire::settings::EmptyResponse;
use crate::wire::users::UserIdParams;

/// Makes a poll, for a message to show.
#[utoipa::path(post, path = "/polls", tag = "polls", request_body = PollRequest, responses((status = 201, body = GetPollResponse)))]
pub(crate) async fn create_poll(ctx: Ctx, Body(request): Body<PollRequest>) -> Result<Answer> {
    Ok(created(&GetPollResponse { poll: polls::create(&ctx, request).await? }))
}

/// Replaces a poll: what is left out has its default.
#[utoipa::path(put, path = "/polls", tag = "polls", request_body = PollRequest, responses((status = 201, body = GetPollResponse)))]
pub(crate) async fn update_poll(ctx: Ctx, Body(request): Body<PollRequest>) -> Result<Answer> {
    Ok(created(&GetPollResponse { poll: Box::pin(polls::update(&ctx, request)).await? }))
}

/// Finds polls.
#[utoipa::path(post, path = "/polls/query", tag = "polls", params(UserIdParams), request_body = QueryPollsRequest,
    responses((status = 201, body = QueryPollsResponse)))]
pub(crate) async fn query_polls(
    ctx: Ctx,
    Params(params): Params<UserIdParams>,
    Body(request): Body<QueryPollsRequest>,
) -> Result<Answer> {
    Ok(created(&polls::query(&ctx, request, params.user_id).await?))
}

/// Gets a poll.
#[utoipa::path(get, path = "/polls/{poll_id}", tag = "polls", params(PollPath, UserIdParams),
    responses((status = 200, body = GetPollResponse)))]
pub(crate) async fn get_poll(ctx: Ctx, path: PollPath, Params(params): Params<UserIdParams>) -> Result<Answer> {
    Ok(ok(&GetPollResponse { poll: polls::get(&ctx, &path.poll_id, params.user_id).await? }))
}

/// Changes or closes a poll: only what is named changes.
#[utoipa::path(patch, path = "/polls/{poll_id}", tag = "polls", params(PollPath), request_body = UpdatePollPartialRequest,
    responses((status = 200, body = GetPollResponse)))]
pub(crate) async fn update_poll_partial(
    ctx: Ctx,
    path: PollPath,
    Body(request): Body<UpdatePollPartialRequest>,
) -> Result<Answer> {
    Ok(ok(&GetPollResponse { poll: Box::pin(polls::update_partial(&ctx, &path.poll_id, request)).await? }))
}

/// Deletes a poll with its votes.
#[utoipa::path(delete, path = "/polls/{poll_id}", tag = "polls", params(PollPath, UserIdParams),
    responses((status = 200, body = EmptyResponse)))]
pub(crate) async fn delete_poll(ctx: Ctx, path: PollPath, Params(params): Params<UserIdParams>) -> Result<Answer> {
    polls::delete(&ctx, &path.poll_id, params.user_id).await?;
    Ok(ok(&EmptyResponse {}))
}

/// Adds an option.
#[utoipa::path(post, path = "/polls/{poll_id}/options", tag = "polls", params(PollPath), request_body = PollOptionRequest,
    responses((status = 201, body = GetPollOptionResponse)))]
pub(crate) async fn create_poll_option(
    ctx: Ctx,
    path: PollPath,
    Body(request): Body<PollOptionRequest>,
) -> Result<Answer> {
    Ok(created(&GetPollOptionResponse { poll_option: polls::add(&ctx, &path.poll_id, request).await? }))
}

/// Changes an option, which keeps its votes.
#[utoipa::path(put, path = "/polls/{poll_id}/options", tag = "polls", params(PollPath), request_body = PollOptionRequest,
    responses((status = 201, body = GetPollOptionResponse)))]
pub(crate) async fn update_poll_option(
    ctx: Ctx,
    path: PollPath,
    Body(request): Body<PollOptionRequest>,
) -> Result<Answer> {
    Ok(created(&GetPollOptionResponse { poll_option: polls::change_option(&ctx, &path.poll_id, request).await? }))
}

/// Gets an option.
#[utoipa::path(get, path = "/polls/{poll_id}/options/{option_id}", tag = "polls", params(PollOptionPath, UserIdParams),
    responses((status = 200, body = GetPollOptionResponse)))]
pub(crate) async fn get_poll_option(
    ctx: Ctx,
    path: PollOptionPath,
    Params(params): Params<UserIdParams>,
) -> Result<Answer> {
    let poll_option = polls::option(&ctx, &path.poll_id, &path.option_id, params.user_id).await?;
    Ok(ok(&GetPollOptionResponse { poll_option }))
}

/// Deletes an option with its votes.
#[utoipa::path(delete, path = "/polls/{poll_id}/options/{option_id}", tag = "polls", params(PollOptionPath, UserIdParams),
    responses((status = 200, body = EmptyResponse)))]
pub(crate) async fn delete_poll_option(
    ctx: Ctx,
    path: PollOptionPath,
    Params(params): Params<UserIdParams>,
) -> Result<Answer> {
    polls::remove(&ctx, &path.poll_id, &path.option_id, params.user_id).await?;
    Ok(ok(&EmptyResponse {}))
}

/// Lists votes and answers.
#[utoipa::path(post, path = "/polls/{poll_id}/votes", tag = "polls", params(PollPath, UserIdParams),
    request_body = QueryPollVotesRequest, responses((status = 201, body = QueryPollVotesResponse)))]
pub(crate) async fn query_poll_votes(
    ctx: Ctx,
    path: PollPath,
    Params(params): Params<UserIdParams>,
    Body(request): Body<QueryPollVotesRequest>,
) -> Result<Answer> {
    Ok(created(&polls::list(&ctx, &path.poll_id, request, params.user_id).await?))
}

/// Votes for an option, or answers.
#[utoipa::path(post, path = "/messages/{message_id}/polls/{poll_id}/vote", tag = "polls", params(ShownPollPath),
    request_body = CastPollVoteRequest, responses((status = 201, body = CastPollVoteResponse)))]
pub(crate) async fn cast_poll_vote(
    ctx: Ctx,
    path: ShownPollPath,
    Body(request): Body<CastPollVoteRequest>,
) -> Result<Answer> {
    Ok(created(&Box::pin(polls::cast(&ctx, &path.message_id, &path.poll_id, request)).await?))
}

/// Takes back a vote or an answer.
#[utoipa::path(delete, path = "/messages/{message_id}/polls/{poll_id}/vote/{vote_id}", tag = "polls",
    params(PollVotePath, UserIdParams), responses((status = 200, body = CastPollVoteResponse)))]
pub(crate) async fn delete_poll_vote(
    ctx: Ctx,
    path: PollVotePath,
    Params(params): Params<UserIdParams>,
) -> Result<Answer> {
    let PollVotePath { message_id, poll_id, vote_id } = &path;
    let taken_back = polls::take_back(&ctx, message_id, poll_id, vote_id, params.user_id);
    Ok(ok(&Box::pin(taken_back).await?))
}
