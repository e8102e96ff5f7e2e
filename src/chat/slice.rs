//! Lists that are read in slices, forwards and backwards: where one ends, the cursor says by what it sorted.
//!
//! A cursor holds the sorted fields of the last thing shown, so that whatever comes, goes or moves meanwhile, nothing that stays
//! where it was is shown twice or left out.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::error::{ApiError, Result};
use crate::query::{Fields, Sort, SortKey};

/// A place between two things of a list.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cursor {
    at: Map<String, Value>,
    /// What stands before it is wanted.
    back: bool,
}

impl Cursor {
    /// The cursor that a request names as `next` or `prev`.
    pub fn asked(next: Option<&str>, prev: Option<&str>) -> Result<Option<Cursor>> {
        let text = |text: Option<&'_ str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
        let (name, text, back) = match (text(next), text(prev)) {
            (Some(_), Some(_)) => return Err(ApiError::input("next and prev cannot be used together")),
            (Some(next), None) => ("next", next, false),
            (None, Some(prev)) => ("prev", prev, true),
            (None, None) => return Ok(None),
        };
        let at = serde_json::from_str(&text)
            .map_err(|_| ApiError::field(name, format!("{name} must be what an earlier answer gave")))?;
        Ok(Some(Cursor { at, back }))
    }

    fn write(thing: &impl Fields, sort: &Sort, id: &'static str) -> Option<String> {
        let fields = sort.fields().map(|(field, _)| field).chain([id]);
        let at = fields.filter_map(|field| Some((field.to_owned(), thing.get(field)?.into_owned())));
        serde_json::to_string(&at.collect::<Map<_, _>>()).ok()
    }
}

impl Fields for Cursor {
    fn get(&self, field: &str) -> Option<Cow<'_, Value>> {
        self.at.get(field).map(Cow::Borrowed)
    }
}

/// A part of a list, and where it goes on in either direction.
#[derive(Debug)]
pub(crate) struct Slice<T> {
    pub items: Vec<T>,
    pub next: Option<String>,
    pub prev: Option<String>,
}

/// The slice of at most `most` things behind (or before) the cursor. `id` is the field in which no two are the same.
pub(crate) fn slice<T: Fields>(
    items: Vec<T>,
    sort: &Sort,
    id: &'static str,
    cursor: Option<Cursor>,
    most: usize,
) -> Slice<T> {
    let mut keyed: Vec<((SortKey, String), T)> = items.into_iter().map(|item| (place(&item, sort, id), item)).collect();
    keyed.sort_by(|(a, _), (b, _)| a.cmp(b));
    let (from, to) = match &cursor {
        None => (0, most.min(keyed.len())),
        Some(cursor) => {
            let at = place(cursor, sort, id);
            if cursor.back {
                let to = keyed.partition_point(|(key, _)| *key < at);
                (to.saturating_sub(most), to)
            } else {
                let from = keyed.partition_point(|(key, _)| *key <= at);
                (from, (from + most).min(keyed.len()))
            }
        }
    };
    let (more_before, more_behind) = (from > 0, to < keyed.len());
    let items: Vec<T> = keyed.into_iter().skip(from).take(to - from).map(|(_, item)| item).collect();
    let next = items.last().filter(|_| more_behind).and_then(|last| Cursor::write(last, sort, id));
    let prev = items.first().filter(|_| more_before).and_then(|first| Cursor::write(first, sort, id));
    Slice { items, next, prev }
}

fn place(thing: &impl Fields, sort: &Sort, id: &str) -> (SortKey, String) {
    (sort.key(thing), thing.get(id).and_then(|id| id.as_str().map(str::to_owned)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::query::{Direction, REACTIONS};

    struct Thing(i64, &'static str);

    impl Fields for Thing {
        fn get(&self, field: &str) -> Option<Cow<'_, Value>> {
            match field {
                "created_at" => Some(Cow::Owned(json!(self.0))),
                "user_id" => Some(Cow::Owned(json!(self.1))),
                _ => None,
            }
        }
    }

    fn things() -> Vec<Thing> {
        vec![Thing(1, "e"), Thing(3, "b"), Thing(3, "a"), Thing(2, "d"), Thing(5, "z")]
    }

    fn names(cursor: Option<Cursor>, most: usize, things: Vec<Thing>) -> (String, Option<String>, Option<String>) {
        let sort = Sort::parse(None, &REACTIONS, 1, &[("created_at", Direction::Descending)]).unwrap();
        let slice = slice(things, &sort, "user_id", cursor, most);
        (slice.items.iter().map(|thing| thing.1).collect(), slice.next, slice.prev)
    }

    #[test]
    fn slices_follow_one_another_in_both_directions() {
        let (first, next, prev) = names(None, 2, things());
        assert_eq!((first.as_str(), prev), ("za", None));
        let (second, next, prev) = names(Cursor::asked(next.as_deref(), None).unwrap(), 2, things());
        assert_eq!(second, "bd");
        let (third, end, _) = names(Cursor::asked(next.as_deref(), None).unwrap(), 2, things());
        assert_eq!((third.as_str(), end), ("e", None));
        let (back, _, none) = names(Cursor::asked(None, prev.as_deref()).unwrap(), 2, things());
        assert_eq!((back.as_str(), none), ("za", None));
    }

    #[test]
    fn what_moves_meanwhile_takes_no_other_with_it() {
        let (_, next, _) = names(None, 2, things());
        let mut moved = things();
        moved[2] = Thing(9, "a");
        let (second, ..) = names(Cursor::asked(next.as_deref(), None).unwrap(), 2, moved);
        assert_eq!(second, "bd");
    }

    #[test]
    fn a_cursor_is_what_was_given() {
        assert!(Cursor::asked(Some("x"), None).is_err());
        assert!(Cursor::asked(Some("{}"), Some("{}")).is_err());
        assert_eq!(Cursor::asked(Some(""), None).unwrap(), None);
    }
}
