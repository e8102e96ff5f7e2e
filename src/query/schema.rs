//! What may be asked of each kind of thing: the field tables of the protocol page `rules.md` 3.

mod personal;
mod polls;

pub use personal::{DRAFTS, MESSAGE_HISTORY, REMINDERS, THREADS};
pub use polls::{POLL_VOTES, POLLS};

use super::sort::SortField;

/// The type of a field, which decides what it is compared with and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    Number,
    Bool,
    /// Compared as microseconds, however the filter and the record write it.
    Time,
    /// A set of texts. Equality with a list means exactly these, in any order; a single text means "contains".
    TextList,
    /// A custom field: any JSON, compared with its type.
    Any,
}

impl Kind {
    /// The JSON type of its values, as refusals call it.
    pub(super) fn json_type(self) -> &'static str {
        match self {
            Kind::Text | Kind::TextList | Kind::Time => "string",
            Kind::Number => "number",
            Kind::Bool => "bool",
            Kind::Any => "any",
        }
    }
}

/// The operators of a field, as a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ops(u16);

impl Ops {
    pub const NONE: Ops = Ops(0);
    pub const EQ: Ops = Ops(1);
    pub const NE: Ops = Ops(1 << 1);
    pub const GT: Ops = Ops(1 << 2);
    pub const GTE: Ops = Ops(1 << 3);
    pub const LT: Ops = Ops(1 << 4);
    pub const LTE: Ops = Ops(1 << 5);
    pub const IN: Ops = Ops(1 << 6);
    pub const NIN: Ops = Ops(1 << 7);
    pub const EXISTS: Ops = Ops(1 << 8);
    pub const CONTAINS: Ops = Ops(1 << 9);
    pub const Q: Ops = Ops(1 << 10);
    pub const AUTOCOMPLETE: Ops = Ops(1 << 11);
    pub const ANY: Ops = Ops(1 << 12);
    pub const NEAR: Ops = Ops(1 << 13);
    pub const WITHIN: Ops = Ops(1 << 14);
    /// `$gt $gte $lt $lte`
    pub const BOUNDS: Ops = Ops::GT.and(Ops::GTE).and(Ops::LT).and(Ops::LTE);
    /// What the tables call "full".
    pub const FULL: Ops = Ops::EQ.and(Ops::BOUNDS).and(Ops::IN).and(Ops::EXISTS);
    const EQ_IN: Ops = Ops::EQ.and(Ops::IN);
    const SEARCH: Ops = Ops::AUTOCOMPLETE.and(Ops::Q);

    pub const fn and(self, other: Ops) -> Ops {
        Ops(self.0 | other.0)
    }

    pub const fn has(self, other: Ops) -> bool {
        self.0 & other.0 == other.0
    }

    pub(super) fn from_name(name: &str) -> Option<Ops> {
        Some(match name {
            "$eq" => Ops::EQ,
            "$ne" => Ops::NE,
            "$gt" => Ops::GT,
            "$gte" => Ops::GTE,
            "$lt" => Ops::LT,
            "$lte" => Ops::LTE,
            "$in" => Ops::IN,
            "$nin" => Ops::NIN,
            "$exists" => Ops::EXISTS,
            "$contains" => Ops::CONTAINS,
            "$q" => Ops::Q,
            "$autocomplete" => Ops::AUTOCOMPLETE,
            "$any" => Ops::ANY,
            "$near" => Ops::NEAR,
            "$within" => Ops::WITHIN,
            _ => return None,
        })
    }
}

/// What a field asks beyond its type and operators.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rule {
    None,
    /// In the table, but refused with this text.
    Refused(&'static str),
    /// One of these values only; the refusals of another value and of another operator.
    OneOf {
        values: &'static [&'static str],
        value: &'static str,
        operator: Option<&'static str>,
    },
    /// `false` means nothing here.
    OnlyTrue(&'static str),
    /// An empty text is a mistake.
    NotEmpty(&'static str),
    /// The refusal of an operator that the field has not.
    Operators(&'static str),
    /// `$q` finds the beginnings of words too, as it does on names.
    Name,
    /// A text alone is words to search for, not a text to be equal to.
    Text,
}

/// A built-in field of a query.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    pub name: &'static str,
    pub kind: Kind,
    ops: Ops,
    pub(super) rule: Rule,
}

const fn field(name: &'static str, kind: Kind, ops: Ops) -> Field {
    Field { name, kind, ops, rule: Rule::None }
}

impl Field {
    const fn rule(mut self, rule: Rule) -> Field {
        self.rule = rule;
        self
    }
}

/// One query's language: its fields, what custom fields may do, and what it can be sorted by.
#[derive(Debug)]
pub struct Schema {
    /// What refusals call the things: `users` in `users.nickname`.
    pub(super) things: &'static str,
    fields: &'static [Field],
    /// Operators of custom fields; `None` where only the table's fields exist.
    custom: Option<Ops>,
    /// `$ne`, `$nin` and `$nor` are accepted wherever `$in` is, although the tables do not list them.
    pub(super) negation: bool,
    pub(super) sort: &'static [SortField],
    /// Whether a custom field may be sorted by.
    pub(super) custom_sort: bool,
}

/// The fields of [`CHANNELS`] that mean the asking user's own view, and so need one (`muted requires a valid user`).
pub const CHANNEL_VIEWER_FIELDS: [&str; 6] = ["muted", "pinned", "archived", "hidden", "invite", "has_unread"];

impl Schema {
    pub(super) fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    pub(super) fn custom(&self) -> Option<Ops> {
        self.custom.map(|ops| self.with_negation(ops))
    }

    pub(super) fn ops(&self, field: &Field) -> Ops {
        self.with_negation(field.ops)
    }

    fn with_negation(&self, ops: Ops) -> Ops {
        if self.negation && ops.has(Ops::IN) { ops.and(Ops::NE).and(Ops::NIN) } else { ops }
    }
}

const INVITES: &[&str] = &["pending", "accepted", "rejected"];

/// `POST /channels` (`rules.md` 3.1).
pub static CHANNELS: Schema = Schema {
    things: "channels",
    fields: &[
        field("app_banned", Kind::Text, Ops::EQ).rule(Rule::OneOf {
            values: &["only", "excluded"],
            value: "invalid app_banned parameter. should be one of only|excluded",
            operator: None,
        }),
        field("archived", Kind::Bool, Ops::EQ),
        field("blocked", Kind::Bool, Ops::EQ),
        field("channel_role", Kind::Text, Ops::EQ_IN),
        field("cid", Kind::Text, Ops::FULL),
        field("created_at", Kind::Time, Ops::FULL),
        field("created_by_id", Kind::Text, Ops::FULL),
        field("disabled", Kind::Bool, Ops::EQ),
        field("distinct", Kind::Bool, Ops::EQ),
        field("filter_tags", Kind::TextList, Ops::EQ_IN),
        field("frozen", Kind::Bool, Ops::FULL),
        field("has_unread", Kind::Bool, Ops::EQ).rule(Rule::OnlyTrue("has_unread only supports the value true")),
        field("hidden", Kind::Bool, Ops::EQ),
        field("id", Kind::Text, Ops::FULL),
        field("invite", Kind::Text, Ops::EQ).rule(Rule::OneOf {
            values: INVITES,
            value: "invalid invite parameter. should be one of pending|accepted|rejected",
            operator: Some("invalid invite operator, expecting {invite:\"pending\"} or {invite:{$eq:\"pending\"}}"),
        }),
        field("joined", Kind::Bool, Ops::EQ),
        field("last_message_at", Kind::Time, Ops::FULL),
        field("last_updated", Kind::Time, Ops::FULL),
        field("member.user.name", Kind::TextList, Ops::EQ.and(Ops::AUTOCOMPLETE)),
        field("member_count", Kind::Number, Ops::FULL),
        field("members", Kind::TextList, Ops::EQ_IN),
        field("message_count", Kind::Number, Ops::FULL),
        field("muted", Kind::Bool, Ops::EQ),
        field("name", Kind::Text, Ops::FULL.and(Ops::SEARCH)).rule(Rule::Name),
        field("pinned", Kind::Bool, Ops::EQ),
        field("team", Kind::Text, Ops::FULL),
        field("type", Kind::Text, Ops::FULL),
        field("updated_at", Kind::Time, Ops::FULL),
    ],
    custom: Some(Ops::FULL.and(Ops::CONTAINS).and(Ops::SEARCH)),
    negation: true,
    sort: &[
        ("last_updated", Kind::Time),
        ("last_message_at", Kind::Time),
        ("updated_at", Kind::Time),
        ("created_at", Kind::Time),
        ("member_count", Kind::Number),
        ("unread_count", Kind::Number),
        ("has_unread", Kind::Bool),
        ("pinned_at", Kind::Time),
        ("name", Kind::Text),
    ],
    custom_sort: true,
};

/// `GET /users` (`rules.md` 3.2). What it sorts by is not written anywhere: every field of the table is offered.
pub static USERS: Schema = Schema {
    things: "users",
    fields: &[
        field("banned", Kind::Bool, Ops::EQ.and(Ops::NE)),
        field("bypass_moderation", Kind::Bool, Ops::EQ.and(Ops::NE)),
        field("created_at", Kind::Time, Ops::FULL),
        field("email", Kind::Text, Ops::EQ_IN),
        field("id", Kind::Text, Ops::FULL.and(Ops::AUTOCOMPLETE)),
        field("language", Kind::Text, Ops::EQ),
        field("last_active", Kind::Time, Ops::FULL),
        field("name", Kind::Text, Ops::FULL.and(Ops::AUTOCOMPLETE)),
        field("role", Kind::Text, Ops::FULL),
        field("shadow_banned", Kind::Bool, Ops::EQ.and(Ops::NE)),
        field("teams", Kind::TextList, Ops::EQ_IN.and(Ops::CONTAINS))
            .rule(Rule::NotEmpty("field `teams` cannot be matched with an empty value")),
        field("updated_at", Kind::Time, Ops::FULL),
        field("username", Kind::Text, Ops::EQ.and(Ops::AUTOCOMPLETE)),
    ],
    custom: Some(Ops::FULL.and(Ops::CONTAINS)),
    negation: true,
    sort: &[
        ("created_at", Kind::Time),
        ("updated_at", Kind::Time),
        ("last_active", Kind::Time),
        ("id", Kind::Text),
        ("name", Kind::Text),
        ("role", Kind::Text),
        ("language", Kind::Text),
        ("banned", Kind::Bool),
        ("email", Kind::Text),
        ("username", Kind::Text),
    ],
    custom_sort: true,
};

/// `GET /members` (`rules.md` 3.3).
pub static MEMBERS: Schema = Schema {
    things: "members",
    fields: &[
        field("banned", Kind::Bool, Ops::EQ),
        field("channel_role", Kind::Text, Ops::EQ_IN),
        field("cid", Kind::Text, Ops::EQ).rule(Rule::Refused("cannot search by cid")),
        field("created_at", Kind::Time, Ops::FULL),
        field("id", Kind::Text, Ops::FULL),
        field("invite", Kind::Text, Ops::EQ).rule(Rule::OneOf {
            values: INVITES,
            value: "invite value must be either \"pending\", \"accepted\" or \"rejected\"",
            operator: None,
        }),
        field("is_moderator", Kind::Bool, Ops::EQ),
        field("joined", Kind::Bool, Ops::EQ),
        field("last_active", Kind::Time, Ops::EQ.and(Ops::BOUNDS)),
        field("name", Kind::Text, Ops::EQ_IN.and(Ops::SEARCH)).rule(Rule::Name),
        field("notifications_muted", Kind::Bool, Ops::EQ),
        field("updated_at", Kind::Time, Ops::FULL),
        field("user.email", Kind::Text, Ops::EQ_IN.and(Ops::SEARCH)),
        field("user.nd_deactivated", Kind::Bool, Ops::EQ),
        field("user_id", Kind::Text, Ops::FULL),
    ],
    custom: Some(Ops::FULL.and(Ops::CONTAINS).and(Ops::SEARCH)),
    negation: true,
    sort: &[
        ("created_at", Kind::Time),
        ("updated_at", Kind::Time),
        ("last_active", Kind::Time),
        ("name", Kind::Text),
        ("user_id", Kind::Text),
    ],
    custom_sort: false,
};

/// The messages of `GET /search` (`rules.md` 3.4).
pub static MESSAGES: Schema = Schema {
    things: "messages",
    fields: &[
        field("attachments", Kind::Any, Ops::EXISTS),
        field("attachments.type", Kind::TextList, Ops::EQ_IN),
        field("cid", Kind::Text, Ops::FULL),
        field("created_at", Kind::Time, Ops::FULL),
        field("id", Kind::Text, Ops::FULL),
        // Else a custom field like any other.
        field("location", Kind::Any, Ops::EQ_IN.and(Ops::BOUNDS).and(Ops::NEAR).and(Ops::WITHIN)),
        field("mentioned_users.id", Kind::TextList, Ops::CONTAINS)
            .rule(Rule::Operators("mentioned_users.id only supports $contains operator")),
        field("parent_id", Kind::Text, Ops::FULL),
        field("pinned", Kind::Bool, Ops::EQ),
        field("reply_count", Kind::Number, Ops::FULL),
        field("text", Kind::Text, Ops::FULL.and(Ops::ANY).and(Ops::SEARCH)).rule(Rule::Text),
        field("type", Kind::Text, Ops::FULL),
        field("updated_at", Kind::Time, Ops::FULL),
        field("user.id", Kind::Text, Ops::EQ_IN),
        field("user_id", Kind::Text, Ops::EQ_IN),
    ],
    custom: Some(Ops::EQ_IN.and(Ops::BOUNDS)),
    negation: false,
    sort: &[
        ("relevance", Kind::Number),
        ("id", Kind::Text),
        ("created_at", Kind::Time),
        ("updated_at", Kind::Time),
        ("reply_count", Kind::Number),
    ],
    custom_sort: true,
};

/// `POST /messages/{id}/reactions` (`rules.md` 3.6).
pub static REACTIONS: Schema = Schema {
    things: "reactions",
    fields: &[
        field("created_at", Kind::Time, Ops::FULL),
        field("type", Kind::Text, Ops::EQ_IN),
        field("user_id", Kind::Text, Ops::EQ_IN),
    ],
    custom: None,
    negation: false,
    sort: &[("created_at", Kind::Time)],
    custom_sort: false,
};

/// `GET /moderation/flags/message` (`rules.md` 3.10); what only automatic moderation knows is not there.
pub static MESSAGE_FLAGS: Schema = Schema {
    things: "message flags",
    fields: &[
        field("channel_cid", Kind::Text, Ops::EQ_IN),
        field("is_reviewed", Kind::Bool, Ops::EQ),
        field("message_id", Kind::Text, Ops::EQ_IN),
        field("reason", Kind::Text, Ops::EQ_IN),
        field("reporter_id", Kind::Text, Ops::EQ),
        field("team", Kind::Text, Ops::EQ_IN),
        field("user_id", Kind::Text, Ops::EQ_IN),
    ],
    custom: None,
    negation: false,
    sort: &[("created_at", Kind::Time)],
    custom_sort: false,
};

/// `GET /query_banned_users` (`rules.md` 3.9).
pub static BANNED_USERS: Schema = Schema {
    things: "bans",
    fields: &[
        field("banned_by_id", Kind::Text, Ops::FULL),
        field("channel_cid", Kind::Text, Ops::EQ_IN),
        field("created_at", Kind::Time, Ops::FULL),
        field("reason", Kind::Text, Ops::FULL.and(Ops::AUTOCOMPLETE)),
        field("user_id", Kind::Text, Ops::FULL),
    ],
    custom: None,
    negation: false,
    sort: &[("created_at", Kind::Time)],
    custom_sort: false,
};
