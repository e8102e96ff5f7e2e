//! Stream's filter and sort language (protocol page `rules.md` 2): parse it, check it against what a query offers, apply it.
//!
//! A [`Schema`] is the table of one query's fields. [`Filter::parse`] refuses what the table does not offer, and bounds what a
//! hostile filter can cost; [`Filter::matches`] then asks a record's [`Fields`]. A few questions about a filter
//! ([`Filter::required_values`], [`Filter::exact_list`], [`Filter::mentions`]) let the store choose where to look first.

mod matches;
mod parse;
mod places;
mod schema;
mod sort;
mod teams;
#[cfg(test)]
mod tests;
mod values;
mod words;

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::Value;

use crate::wire::Time;

pub use parse::{FILTER_CONDITIONS, FILTER_DEPTH, FILTER_VALUES};
pub use places::Place;
pub(crate) use places::{Area, Bounds};
pub use schema::{
    BANNED_USERS, CHANNEL_VIEWER_FIELDS, CHANNELS, DRAFTS, Field, Kind, MEMBERS, MESSAGE_FLAGS, MESSAGE_HISTORY,
    MESSAGES, Ops, POLL_VOTES, POLLS, REACTIONS, REMINDERS, Schema, THREADS, USERS,
};
pub use sort::{Direction, Sort, SortKey};
pub(crate) use words::{Wanted, Words, words};

/// What a filter or a sort sees of a record.
pub trait Fields {
    /// The value of a field; missing is the same as `null`.
    ///
    /// A time is RFC 3339 text or, cheaper, a number of microseconds. A custom field is asked for by its whole name first and
    /// then, when that has dots, by the part before the first dot: reaching into the object is done here.
    fn get(&self, field: &str) -> Option<Cow<'_, Value>>;

    /// Where the record is, for `$near` and `$within`; most are nowhere.
    fn place(&self) -> Option<Place> {
        None
    }
}

/// A checked filter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter(All);

/// Conditions that all have to hold.
pub(crate) type All = Vec<Node>;

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Node {
    /// `$or`: one of these holds.
    Or(Vec<All>),
    /// `$nor`: none of these holds.
    Nor(Vec<All>),
    Clause(Clause),
}

/// All tests of one field. There may be none: `{"team": {}}` speaks about the team and asks nothing.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Clause {
    pub field: String,
    kind: Kind,
    pub tests: Vec<Test>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Test {
    Equal(Operand),
    Bound(Bound, Operand),
    In(List),
    Exists(bool),
    Contains(Value),
    Words(Words),
    /// The record's place is in the area.
    At(Area),
    /// `$ne` and `$nin`: the opposite of `$eq` and `$in`, so they find missing values too.
    Not(Box<Test>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bound {
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

/// What a value is compared with.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Operand {
    Missing,
    Time(Time),
    /// Exactly these texts: sorted, each once.
    Exactly(Vec<String>),
    Json(Value),
}

/// The list of `$in`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct List {
    /// Its texts, sorted: nearly all lists are ids.
    pub texts: Vec<String>,
    pub others: Vec<Operand>,
}

impl Filter {
    /// The conditions themselves, for whoever looks in an index first.
    pub(crate) fn conditions(&self) -> &All {
        &self.0
    }

    /// Whether the filter asks nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the filter speaks about a field anywhere.
    pub fn mentions(&self, field: &str) -> bool {
        fn any(all: &All, field: &str) -> bool {
            all.iter().any(|node| match node {
                Node::Or(groups) | Node::Nor(groups) => groups.iter().any(|all| any(all, field)),
                Node::Clause(clause) => clause.field == field,
            })
        }
        any(&self.0, field)
    }

    /// Texts of which a match must have at least one in this field; the shortest such list that the filter gives away.
    ///
    /// `Some` of an empty list means that nothing can match, `None` that the filter says nothing of the kind.
    pub fn required_values(&self, field: &str) -> Option<Vec<&str>> {
        required(&self.0, field)
    }

    /// What a match must have in this field, if the filter says so of a bool at its top.
    pub fn required_flag(&self, field: &str) -> Option<bool> {
        clauses(&self.0, field).flat_map(|clause| &clause.tests).find_map(|test| match test {
            Test::Equal(Operand::Json(Value::Bool(flag))) => Some(*flag),
            _ => None,
        })
    }

    /// The texts that the filter asks this list for, where it asks nothing else of it: whether a record has each of these is
    /// all that one needs to know. `None` when it asks more, such as whether they are all.
    pub fn asked_values(&self, field: &str) -> Option<BTreeSet<&str>> {
        let mut texts = BTreeSet::new();
        asked(&self.0, field, &mut texts).then_some(texts)
    }

    /// The point that every match is near to.
    pub(crate) fn centre(&self) -> Option<Place> {
        self.0.iter().find_map(|node| match node {
            Node::Clause(clause) => clause.tests.iter().find_map(|test| match test {
                Test::At(Area::Near { centre, .. }) => Some(*centre),
                _ => None,
            }),
            _ => None,
        })
    }

    /// The texts that a match must have in this field, all of them and no others: `members: ["a", "b"]`. Sorted.
    pub fn exact_list(&self, field: &str) -> Option<&[String]> {
        clauses(&self.0, field).flat_map(|clause| &clause.tests).find_map(|test| match test {
            Test::Equal(Operand::Exactly(list)) => Some(list.as_slice()),
            _ => None,
        })
    }
}

fn clauses<'a>(all: &'a All, field: &str) -> impl Iterator<Item = &'a Clause> {
    all.iter().filter_map(move |node| match node {
        Node::Clause(clause) if clause.field == field => Some(clause),
        _ => None,
    })
}

fn required<'a>(all: &'a All, field: &str) -> Option<Vec<&'a str>> {
    let by_clause = clauses(all, field).flat_map(|clause| &clause.tests).filter_map(Test::required);
    let by_group = all.iter().filter_map(|node| match node {
        // Every branch has to name its values, or a match may come through the one that does not.
        Node::Or(groups) => {
            groups.iter().map(|all| required(all, field)).collect::<Option<Vec<_>>>().map(|lists| lists.concat())
        }
        _ => None,
    });
    by_clause.chain(by_group).min_by_key(Vec::len)
}

fn asked<'a>(all: &'a All, field: &str, texts: &mut BTreeSet<&'a str>) -> bool {
    all.iter().all(|node| match node {
        Node::Or(groups) | Node::Nor(groups) => groups.iter().all(|all| asked(all, field, texts)),
        Node::Clause(clause) => clause.field != field || clause.tests.iter().all(|test| test.asks(texts)),
    })
}

impl Test {
    /// Whether the test only looks for texts in a list; they are added.
    fn asks<'a>(&'a self, texts: &mut BTreeSet<&'a str>) -> bool {
        match self {
            Test::In(List { texts: listed, others }) if others.is_empty() => {
                texts.extend(listed.iter().map(String::as_str))
            }
            Test::Contains(Value::String(text)) => texts.extend([text.as_str()]),
            Test::Not(test) => return test.asks(texts),
            _ => return false,
        }
        true
    }

    fn required(&self) -> Option<Vec<&str>> {
        match self {
            Test::Equal(Operand::Json(Value::String(text))) | Test::Contains(Value::String(text)) => Some(vec![text]),
            // All of them are required, so any one will do.
            Test::Equal(Operand::Exactly(texts)) => texts.first().map(|text| vec![text.as_str()]),
            Test::In(List { texts, others }) if others.is_empty() => Some(texts.iter().map(String::as_str).collect()),
            _ => None,
        }
    }
}
