//! Polls and votes.

use super::{Kind, Ops, Schema, field};

/// `POST /polls/query` (`rules.md` 3.7).
pub static POLLS: Schema = Schema {
    things: "polls",
    fields: &[
        field("allow_answers", Kind::Bool, Ops::EQ),
        field("allow_user_suggested_options", Kind::Bool, Ops::EQ),
        field("created_at", Kind::Time, Ops::EQ.and(Ops::BOUNDS)),
        field("created_by_id", Kind::Text, Ops::EQ_IN),
        field("id", Kind::Text, Ops::EQ_IN),
        field("is_closed", Kind::Bool, Ops::EQ),
        field("max_votes_allowed", Kind::Number, Ops::EQ.and(Ops::BOUNDS)),
        field("name", Kind::Text, Ops::EQ_IN),
        field("updated_at", Kind::Time, Ops::EQ.and(Ops::BOUNDS)),
        field("voting_visibility", Kind::Text, Ops::EQ),
    ],
    custom: Some(Ops::FULL.and(Ops::CONTAINS).and(Ops::SEARCH)),
    negation: false,
    sort: &[
        ("created_at", Kind::Time),
        ("updated_at", Kind::Time),
        ("id", Kind::Text),
        ("name", Kind::Text),
        ("is_closed", Kind::Bool),
    ],
    custom_sort: false,
};

/// `POST /polls/{poll_id}/votes` (`rules.md` 3.7).
pub static POLL_VOTES: Schema = Schema {
    things: "votes",
    fields: &[
        field("created_at", Kind::Time, Ops::EQ.and(Ops::BOUNDS)),
        field("id", Kind::Text, Ops::EQ_IN),
        field("is_answer", Kind::Bool, Ops::EQ),
        field("option_id", Kind::Text, Ops::EQ_IN.and(Ops::EXISTS)),
        field("poll_id", Kind::Text, Ops::EQ_IN),
        field("updated_at", Kind::Time, Ops::EQ.and(Ops::BOUNDS)),
        field("user_id", Kind::Text, Ops::EQ_IN),
    ],
    custom: None,
    negation: false,
    sort: &[("created_at", Kind::Time), ("updated_at", Kind::Time), ("id", Kind::Text)],
    custom_sort: false,
};
