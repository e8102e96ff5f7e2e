//! The order of an answer.

use std::borrow::Cow;
use std::cmp::{Ordering, Reverse};

use serde_json::Value;

use super::matches::{time_of, value_of};
use super::values::{Num, type_name};
use super::{Fields, Kind, Schema};
use crate::error::{ApiError, Result};
use crate::wire::Time;

/// A field that a query can be sorted by.
pub(super) type SortField = (&'static str, Kind);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Ascending,
    Descending,
}

/// A checked sort: fields by descending importance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sort(Vec<Entry>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    field: Cow<'static, str>,
    kind: Kind,
    direction: Direction,
}

impl Sort {
    /// Reads a sort of at most `most` entries; when there is none (absent, `null`, `[]`, `{}`), `default` stands in.
    ///
    /// A list of `{field, direction, type}` is Stream's form today, a plain map `{"field": -1}` the older one. `type` only
    /// says what a custom field's JSON type shows anyway.
    pub fn parse(
        value: Option<&Value>,
        schema: &Schema,
        most: usize,
        default: &[(&'static str, Direction)],
    ) -> Result<Sort> {
        let asked: Vec<(&str, Option<&Value>)> = match value {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(list)) => list.iter().map(list_entry).collect::<Result<_>>()?,
            Some(Value::Object(map)) => {
                map.iter().map(|(field, direction)| (field.as_str(), Some(direction))).collect()
            }
            Some(_) => return Err(ApiError::input("sort must be a list of {field, direction}")),
        };
        if most < asked.len() {
            let items = if most == 1 { "item" } else { "items" };
            return Err(ApiError::input(format!("sort must contain at maximum {most} {items}")));
        }
        if asked.is_empty() {
            return default
                .iter()
                .map(|&(field, direction)| entry(field, direction, schema))
                .collect::<Result<_>>()
                .map(Sort);
        }
        asked.into_iter().map(|(field, value)| entry(field, direction(value)?, schema)).collect::<Result<_>>().map(Sort)
    }

    /// The fields and their directions, for the choice of an index.
    pub fn fields(&self) -> impl Iterator<Item = (&str, Direction)> {
        self.0.iter().map(|entry| (entry.field.as_ref(), entry.direction))
    }

    /// The order of two records; equal ones are left to the caller's tie-breaker.
    pub fn compare(&self, a: &impl Fields, b: &impl Fields) -> Ordering {
        let mut parts = self.0.iter().map(|entry| entry.key(a).cmp(&entry.key(b)));
        parts.find(|ordering| ordering.is_ne()).unwrap_or(Ordering::Equal)
    }

    /// What [`Sort::compare`] compares, taken once: for `sort_by_cached_key` and heaps.
    pub fn key(&self, fields: &impl Fields) -> SortKey {
        SortKey(self.0.iter().map(|entry| entry.key(fields)).collect())
    }
}

fn list_entry(value: &Value) -> Result<(&str, Option<&Value>)> {
    let field =
        value.get("field").and_then(Value::as_str).ok_or_else(|| ApiError::input("sort.field is a required field"))?;
    Ok((field, value.get("direction")))
}

fn direction(value: Option<&Value>) -> Result<Direction> {
    match value {
        None | Some(Value::Null) => Ok(Direction::Ascending),
        Some(value) if value.as_f64() == Some(1.0) => Ok(Direction::Ascending),
        Some(value) if value.as_f64() == Some(-1.0) => Ok(Direction::Descending),
        Some(Value::Number(number)) => Err(ApiError::input(format!("sort direction must be 1 or -1, got {number}"))),
        Some(value) => Err(ApiError::input(format!("sort direction must be 1 or -1, got {}", type_name(value)))),
    }
}

fn entry(field: &str, direction: Direction, schema: &Schema) -> Result<Entry> {
    if let Some(&(field, kind)) = schema.sort.iter().find(|(name, _)| *name == field) {
        return Ok(Entry { field: field.into(), kind, direction });
    }
    // A built-in field that is not in the list is not a custom one either.
    if !schema.custom_sort || schema.field(field).is_some() || field.is_empty() || field.starts_with('$') {
        return Err(ApiError::input(format!("sorting by \"{field}\" is not allowed")));
    }
    Ok(Entry { field: field.to_owned().into(), kind: Kind::Any, direction })
}

/// A record's place in the order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SortKey(Vec<Part>);

/// One field's part of the key. Missing values come last whatever the direction.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Up(Scalar),
    Down(Reverse<Scalar>),
    Missing,
}

/// A value that has an order. Types are told apart first, so that a mixed field still sorts the same way each time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Scalar {
    Bool(bool),
    Number(Num),
    Time(Time),
    Text(String),
    /// Arrays and objects, by their JSON.
    Json(String),
}

impl Entry {
    fn key(&self, fields: &impl Fields) -> Part {
        let scalar = value_of(fields, &self.field, self.kind).and_then(|value| scalar(value, self.kind));
        match (scalar, self.direction) {
            (None, _) => Part::Missing,
            (Some(scalar), Direction::Ascending) => Part::Up(scalar),
            (Some(scalar), Direction::Descending) => Part::Down(Reverse(scalar)),
        }
    }
}

fn scalar(value: Cow<'_, Value>, kind: Kind) -> Option<Scalar> {
    if kind == Kind::Time {
        return time_of(&value).map(Scalar::Time);
    }
    Some(match value.into_owned() {
        Value::Null => return None,
        Value::Bool(value) => Scalar::Bool(value),
        Value::Number(number) => Scalar::Number(Num::from(&number)),
        Value::String(text) => Scalar::Text(text),
        value => Scalar::Json(value.to_string()),
    })
}
