//! What may be asked of things that somebody has for himself: threads, drafts, reminders.

use super::{Kind, Ops, Rule, Schema, field};

/// `POST /threads` (`rules.md` 3.5).
pub static THREADS: Schema = Schema {
    things: "threads",
    fields: &[
        field("active_participant_count", Kind::Number, Ops::EQ.and(Ops::BOUNDS)),
        field("channel.disabled", Kind::Bool, Ops::EQ),
        field("channel.team", Kind::Text, Ops::EQ_IN),
        field("channel_cid", Kind::Text, Ops::EQ_IN),
        field("created_at", Kind::Time, Ops::EQ.and(Ops::BOUNDS)),
        field("created_by_user_id", Kind::Text, Ops::EQ_IN),
        field("has_unread", Kind::Bool, Ops::EQ),
        field("last_message_at", Kind::Time, Ops::EQ.and(Ops::BOUNDS)),
        field("parent_message_id", Kind::Text, Ops::EQ_IN),
        field("participant_count", Kind::Number, Ops::EQ.and(Ops::BOUNDS)),
        field("reply_count", Kind::Number, Ops::EQ.and(Ops::BOUNDS)),
        field("title", Kind::Text, Ops::FULL.and(Ops::SEARCH)).rule(Rule::Name),
        field("updated_at", Kind::Time, Ops::EQ.and(Ops::BOUNDS)),
    ],
    custom: Some(Ops::FULL.and(Ops::CONTAINS).and(Ops::SEARCH)),
    negation: false,
    sort: &[
        ("has_unread", Kind::Bool),
        ("last_message_at", Kind::Time),
        ("created_at", Kind::Time),
        ("updated_at", Kind::Time),
        ("reply_count", Kind::Number),
        ("participant_count", Kind::Number),
        ("active_participant_count", Kind::Number),
        ("parent_message_id", Kind::Text),
    ],
    custom_sort: false,
};

/// `POST /drafts/query` (`rules.md` 3.8).
pub static DRAFTS: Schema = Schema {
    things: "drafts",
    fields: &[
        field("channel_cid", Kind::Text, Ops::EQ_IN),
        field("created_at", Kind::Time, Ops::EQ.and(Ops::BOUNDS)),
        field("parent_id", Kind::Text, Ops::EQ_IN.and(Ops::EXISTS)),
    ],
    custom: None,
    negation: false,
    sort: &[("created_at", Kind::Time)],
    custom_sort: false,
};

/// `POST /messages/history` (`rules.md` 3), and the names that the JavaScript SDK's types give two of its fields.
pub static MESSAGE_HISTORY: Schema = Schema {
    things: "versions of messages",
    fields: &[
        field("created_at", Kind::Time, Ops::EQ.and(Ops::BOUNDS)),
        field("message_id", Kind::Text, Ops::EQ_IN),
        field("message_updated_at", Kind::Time, Ops::EQ.and(Ops::BOUNDS)),
        field("message_updated_by_id", Kind::Text, Ops::EQ_IN),
        field("user_id", Kind::Text, Ops::EQ_IN),
    ],
    custom: Some(Ops::FULL),
    negation: false,
    sort: &[("message_updated_at", Kind::Time), ("message_updated_by_id", Kind::Text), ("key", Kind::Text)],
    custom_sort: false,
};

/// `POST /reminders/query` (`rules.md` 3.8).
pub static REMINDERS: Schema = Schema {
    things: "reminders",
    fields: &[
        field("channel_cid", Kind::Text, Ops::EQ_IN),
        field("created_at", Kind::Time, Ops::EQ.and(Ops::BOUNDS)),
        field("message_id", Kind::Text, Ops::EQ_IN),
        field("remind_at", Kind::Time, Ops::EQ.and(Ops::BOUNDS).and(Ops::EXISTS)),
        field("user_id", Kind::Text, Ops::EQ_IN),
    ],
    custom: None,
    negation: false,
    sort: &[
        ("remind_at", Kind::Time),
        ("created_at", Kind::Time),
        ("updated_at", Kind::Time),
        ("channel_cid", Kind::Text),
        ("message_id", Kind::Text),
    ],
    custom_sort: false,
};
