//! What clients send to make, change and query polls, and to vote.

use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::wire::users::UserRequest;
use crate::wire::{Custom, lenient};

/// A poll to make or to put in the place of another: what is left out has its default. Further keys are custom data.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct PollRequest {
    /// Chosen by the client, so that a retry is known; made by the server when absent. Names the poll in an update.
    pub id: Option<String>,
    #[serde(default, deserialize_with = "lenient::or_default")]
    #[schema(required)]
    pub name: String,
    pub description: Option<String>,
    /// Those that bear the id of one that is there keep its votes.
    pub options: Option<Vec<PollOptionRequest>>,
    /// One option per person: another vote moves the first one.
    pub enforce_unique_vote: Option<bool>,
    /// 1 to 10 options per person; absent: no limit.
    #[serde(default, deserialize_with = "lenient::number")]
    pub max_votes_allowed: Option<i64>,
    /// `public` (when absent) or `anonymous`.
    pub voting_visibility: Option<String>,
    /// Whether people may write an answer of their own.
    pub allow_answers: Option<bool>,
    pub allow_user_suggested_options: Option<bool>,
    pub is_closed: Option<bool>,
    /// Servers only.
    pub user: Option<UserRequest>,
    /// Servers only.
    pub user_id: Option<String>,
    #[serde(flatten)]
    pub custom: Custom,
}

impl PollRequest {
    /// Built-in names that a request may carry without effect: clients echo polls that they were given.
    pub const IGNORED: &'static [&'static str] = &[
        "answers_count",
        "created_at",
        "created_by",
        "created_by_id",
        "description_i18n",
        "latest_answers",
        "latest_votes_by_option",
        "name_i18n",
        "own_votes",
        "updated_at",
        "vote_count",
        "vote_counts_by_option",
    ];
    /// Built-in names that a request may not carry: none.
    pub const REFUSED: &'static [&'static str] = &[];
}

/// An option to add or to change. Further keys are custom data.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct PollOptionRequest {
    /// Made by the server when absent. Names the option in an update.
    pub id: Option<String>,
    #[serde(default, deserialize_with = "lenient::or_default")]
    #[schema(required)]
    pub text: String,
    /// Servers only.
    pub user: Option<UserRequest>,
    /// Servers only.
    pub user_id: Option<String>,
    #[serde(flatten)]
    pub custom: Custom,
}

impl PollOptionRequest {
    /// Built-in names that a request may carry without effect.
    pub const IGNORED: &'static [&'static str] =
        &["created_at", "poll_id", "position", "text_i18n", "updated_at", "vote_count", "votes"];
    /// Built-in names that a request may not carry: none.
    pub const REFUSED: &'static [&'static str] = &[];
}

/// Body of `PATCH /polls/{poll_id}`; keys may be dotted paths into custom data.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct UpdatePollPartialRequest {
    pub set: Option<Map<String, Value>>,
    pub unset: Option<Vec<String>>,
    pub user: Option<UserRequest>,
    pub user_id: Option<String>,
}

/// Body of `POST /messages/{message_id}/polls/{poll_id}/vote`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct CastPollVoteRequest {
    pub vote: PollVoteRequest,
    pub user: Option<UserRequest>,
    pub user_id: Option<String>,
}

/// Either an option or an answer.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct PollVoteRequest {
    pub option_id: Option<String>,
    pub answer_text: Option<String>,
    /// Without effect: `answer_text` says it.
    pub is_answer: Option<bool>,
}

/// Body of `POST /polls/query`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct QueryPollsRequest {
    pub filter: Option<Value>,
    /// One entry, on `id`, `name`, `created_at`, `updated_at` or `is_closed`.
    pub sort: Option<Value>,
    #[serde(default, deserialize_with = "lenient::number")]
    pub limit: Option<i64>,
    pub next: Option<String>,
    pub prev: Option<String>,
    pub user: Option<UserRequest>,
    /// May also stand in the query.
    pub user_id: Option<String>,
}

/// Body of `POST /polls/{poll_id}/votes`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct QueryPollVotesRequest {
    /// On `option_id`, `is_answer`, `user_id`, `id`, `poll_id`, `created_at` and `updated_at`.
    pub filter: Option<Value>,
    /// One entry, on `id`, `created_at` or `updated_at`.
    pub sort: Option<Value>,
    #[serde(default, deserialize_with = "lenient::number")]
    pub limit: Option<i64>,
    pub next: Option<String>,
    pub prev: Option<String>,
    pub user: Option<UserRequest>,
    /// May also stand in the query.
    pub user_id: Option<String>,
}
