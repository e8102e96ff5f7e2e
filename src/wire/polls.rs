//! Polls: the object, its options, votes and answers (`objects.md` 10). Bodies of requests are in `request`.

mod request;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use utoipa::ToSchema;

pub use request::{
    CastPollVoteRequest, PollOptionRequest, PollRequest, PollVoteRequest, QueryPollVotesRequest, QueryPollsRequest,
    UpdatePollPartialRequest,
};

use super::users::UserResponse;
use super::{Custom, Time};

/// A poll.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct PollResponse {
    pub id: String,
    pub name: String,
    pub description: String,
    /// `public` or `anonymous`.
    #[schema(value_type = String)]
    pub voting_visibility: Cow<'static, str>,
    pub enforce_unique_vote: bool,
    /// Absent: no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_votes_allowed: Option<i64>,
    pub allow_user_suggested_options: bool,
    pub allow_answers: bool,
    pub is_closed: bool,
    pub options: Vec<PollOptionResponse>,
    /// Votes for options; answers are counted apart.
    pub vote_count: i64,
    pub answers_count: i64,
    /// Option id → votes; options without any are left out.
    pub vote_counts_by_option: BTreeMap<String, i64>,
    /// Option id → newest first, at most 10 (fewer in polls with more than 10 options). Empty when the poll is anonymous.
    pub latest_votes_by_option: BTreeMap<String, Vec<PollVoteResponse>>,
    /// Newest first, at most 10.
    pub latest_answers: Vec<PollVoteResponse>,
    /// Of the asking user, answer included; empty in events.
    pub own_votes: Vec<PollVoteResponse>,
    pub created_by_id: String,
    #[serde(serialize_with = "crate::wire::written::within")]
    #[schema(value_type = UserResponse)]
    pub created_by: Arc<UserResponse>,
    pub created_at: Time,
    pub updated_at: Time,
    #[serde(flatten)]
    pub custom: Custom,
}

/// Something that can be voted for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct PollOptionResponse {
    pub id: String,
    pub text: String,
    #[serde(flatten)]
    pub custom: Custom,
}

/// One person's vote for an option, or his answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct PollVoteResponse {
    pub id: String,
    pub poll_id: String,
    /// Empty for an answer.
    pub option_id: String,
    /// Only on answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_answer: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer_text: Option<String>,
    /// Absent for others in an anonymous poll.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// Absent for others in an anonymous poll.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[serde(serialize_with = "crate::wire::written::perhaps_within")]
    #[schema(value_type = Option<UserResponse>)]
    pub user: Option<Arc<UserResponse>>,
    /// A vote that moves, and an answer that is written anew, are as new as that.
    pub created_at: Time,
    pub updated_at: Time,
}

/// The poll, and `duration`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct GetPollResponse {
    pub poll: PollResponse,
}

/// The option, and `duration`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct GetPollOptionResponse {
    pub poll_option: PollOptionResponse,
}

/// The vote that was cast or taken back, the poll after it, and `duration`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct CastPollVoteResponse {
    pub vote: PollVoteResponse,
    pub poll: PollResponse,
}

/// A page of polls, and `duration`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct QueryPollsResponse {
    pub polls: Vec<PollResponse>,
    /// Absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// Absent at the beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prev: Option<String>,
}

/// A page of votes and answers, and `duration`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct QueryPollVotesResponse {
    pub votes: Vec<PollVoteResponse>,
    /// Absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// Absent at the beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prev: Option<String>,
}
