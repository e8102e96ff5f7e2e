//! Does a record match?

use std::borrow::Cow;

use serde_json::Value;

use super::values::{compare, same};
use super::{All, Bound, Clause, Fields, Filter, Kind, List, Node, Operand, Test};
use crate::wire::Time;

impl Filter {
    /// Whether the record is one of those that the filter asks for.
    pub fn matches(&self, fields: &impl Fields) -> bool {
        all_hold(&self.0, fields)
    }
}

fn all_hold(all: &All, fields: &impl Fields) -> bool {
    all.iter().all(|node| match node {
        Node::Or(groups) => groups.iter().any(|all| all_hold(all, fields)),
        Node::Nor(groups) => !groups.iter().any(|all| all_hold(all, fields)),
        Node::Clause(clause) => clause.holds(fields),
    })
}

impl Clause {
    fn holds(&self, fields: &impl Fields) -> bool {
        if self.tests.is_empty() {
            return true;
        }
        let value = value_of(fields, &self.field, self.kind);
        self.tests.iter().all(|test| match test {
            Test::At(area) => fields.place().is_some_and(|place| area.has(&place)),
            test => test.holds(value.as_deref()),
        })
    }
}

/// The value of a field, `None` for `null` and for an empty list of texts too: who has no team has no teams.
pub(super) fn value_of<'a>(fields: &'a impl Fields, name: &str, kind: Kind) -> Option<Cow<'a, Value>> {
    let value = fields.get(name).or_else(|| if kind == Kind::Any { value_inside(fields, name) } else { None });
    value.filter(|value| match &**value {
        Value::Null => false,
        Value::Array(array) => kind != Kind::TextList || !array.is_empty(),
        _ => true,
    })
}

/// The value of a dotted name, inside a custom object.
fn value_inside<'a>(fields: &'a impl Fields, name: &str) -> Option<Cow<'a, Value>> {
    let (outer, path) = name.split_once('.')?;
    match fields.get(outer)? {
        Cow::Borrowed(value) => descend(value, path).map(Cow::Borrowed),
        Cow::Owned(value) => descend(&value, path).cloned().map(Cow::Owned),
    }
}

fn descend<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(value, |value, key| value.get(key))
}

/// The moment that a record's time field holds.
pub(super) fn time_of(value: &Value) -> Option<Time> {
    match value {
        Value::String(text) => Time::parse(text),
        _ => value.as_i64().map(Time),
    }
}

impl Test {
    pub(super) fn holds(&self, value: Option<&Value>) -> bool {
        match self {
            Test::Equal(operand) => operand.equals(value),
            Test::Bound(bound, operand) => value.is_some_and(|value| bound.admits(value, operand)),
            Test::In(list) => list.has(value),
            Test::Exists(wanted) => value.is_some() == *wanted,
            Test::Contains(wanted) => {
                value.and_then(Value::as_array).is_some_and(|array| array.iter().any(|v| same(v, wanted)))
            }
            Test::Words(words) => value.is_some_and(|value| words.found_in(value)),
            Test::Not(test) => !test.holds(value),
            // A place is no value.
            Test::At(_) => false,
        }
    }
}

impl Operand {
    fn equals(&self, value: Option<&Value>) -> bool {
        match (self, value) {
            (Operand::Missing, None) => true,
            // One of the members has no name.
            (Operand::Missing, Some(Value::Array(array))) => array.iter().any(Value::is_null),
            // No list is an empty list.
            (Operand::Exactly(texts), None) => texts.is_empty(),
            (Operand::Exactly(texts), Some(Value::Array(array))) => is_exactly(array, texts),
            (Operand::Time(time), Some(value)) => time_of(value) == Some(*time),
            (Operand::Json(wanted), Some(value)) => same(wanted, value),
            (_, _) => false,
        }
    }
}

fn is_exactly(array: &[Value], sorted: &[String]) -> bool {
    let mut seen = vec![false; sorted.len()];
    let all_wanted = array.iter().all(|value| match position(sorted, value) {
        Some(at) => {
            seen[at] = true;
            true
        }
        None => false,
    });
    all_wanted && seen.into_iter().all(|seen| seen)
}

fn position(sorted: &[String], value: &Value) -> Option<usize> {
    let text = value.as_str()?;
    sorted.binary_search_by(|other| other.as_str().cmp(text)).ok()
}

impl Bound {
    fn admits(self, value: &Value, operand: &Operand) -> bool {
        let ordering = match operand {
            Operand::Time(time) => time_of(value).map(|value| value.cmp(time)),
            Operand::Json(wanted) => compare(value, wanted),
            _ => None,
        };
        ordering.is_some_and(|ordering| match self {
            Bound::Greater => ordering.is_gt(),
            Bound::GreaterOrEqual => ordering.is_ge(),
            Bound::Less => ordering.is_lt(),
            Bound::LessOrEqual => ordering.is_le(),
        })
    }
}

impl List {
    /// Whether the value or, of an array, an element is listed.
    fn has(&self, value: Option<&Value>) -> bool {
        self.lists(value)
            || value.and_then(Value::as_array).is_some_and(|array| array.iter().any(|v| self.lists(Some(v))))
    }

    fn lists(&self, value: Option<&Value>) -> bool {
        value.is_some_and(|value| position(&self.texts, value).is_some())
            || self.others.iter().any(|operand| operand.equals(value))
    }
}
