//! Pages of polls and of votes: cursors that say where in the order the page before ended or began.

use serde::{Deserialize, Serialize};

use crate::error::{ApiError, Result};

/// Where something stands in a list: by what the list is sorted, then by its id. As text it is the cursor.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Mark(pub Key, pub String);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Key {
    Number(i64),
    Text(String),
}

/// Which page is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cursor {
    Start,
    After(Mark),
    Before(Mark),
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Page<T> {
    pub items: Vec<T>,
    pub next: Option<String>,
    pub prev: Option<String>,
}

impl Cursor {
    pub fn read(next: Option<&str>, prev: Option<&str>) -> Result<Cursor> {
        let read = |path: &str, text: &str| {
            let wrong = |_| ApiError::field(path, format!("{path} must be what an earlier answer gave"));
            serde_json::from_str::<Mark>(text).map_err(wrong)
        };
        match (next.filter(|next| !next.is_empty()), prev.filter(|prev| !prev.is_empty())) {
            (None, None) => Ok(Cursor::Start),
            (Some(next), None) => read("next", next).map(Cursor::After),
            (None, Some(prev)) => read("prev", prev).map(Cursor::Before),
            (Some(_), Some(_)) => Err(ApiError::input("next and prev cannot be used together")),
        }
    }

    /// What of a whole list lies beyond the cursor, from there on: backwards for a page before it.
    pub fn beyond<T>(&self, mut list: Vec<(Mark, T)>, descending: bool) -> Vec<(Mark, T)> {
        list.sort_by(|(a, _), (b, _)| if descending { b.cmp(a) } else { a.cmp(b) });
        let lies_after = |mark: &Mark, other: &Mark| if descending { mark < other } else { mark > other };
        match self {
            Cursor::Start => {}
            Cursor::After(at) => list.retain(|(mark, _)| lies_after(mark, at)),
            Cursor::Before(at) => {
                list.retain(|(mark, _)| lies_after(at, mark));
                list.reverse();
            }
        }
        list
    }

    /// The page, of what lies beyond the cursor: one more than fit are enough.
    pub fn page<T>(&self, mut beyond: Vec<(Mark, T)>, most: usize) -> Result<Page<T>> {
        let is_more = beyond.len() > most;
        beyond.truncate(most);
        if let Cursor::Before(_) = self {
            beyond.reverse();
        }
        let write = |mark: &Mark| serde_json::to_string(mark).map_err(ApiError::internal);
        let (first, last) = (beyond.first().map(|(mark, _)| write(mark)), beyond.last().map(|(mark, _)| write(mark)));
        let (next, prev) = match self {
            Cursor::Start => (last.filter(|_| is_more), None),
            Cursor::After(_) => (last.filter(|_| is_more), first),
            Cursor::Before(_) => (last, first.filter(|_| is_more)),
        };
        Ok(Page {
            items: beyond.into_iter().map(|(_, item)| item).collect(),
            next: next.transpose()?,
            prev: prev.transpose()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(next: Option<&str>, prev: Option<&str>, descending: bool) -> Page<i64> {
        let list = [3, 1, 5, 2, 4].map(|at| (Mark(Key::Number(at / 2), at.to_string()), at));
        let cursor = Cursor::read(next, prev).expect("a cursor");
        cursor.page(cursor.beyond(list.to_vec(), descending), 2).expect("a page")
    }

    #[test]
    fn pages_go_on_and_back() {
        let first = page(None, None, true);
        assert_eq!((&first.items, &first.prev), (&vec![5, 4], &None));
        let second = page(first.next.as_deref(), None, true);
        assert_eq!(second.items, [3, 2]);
        let third = page(second.next.as_deref(), None, true);
        assert_eq!((&third.items, &third.next), (&vec![1], &None));
        let back = page(None, third.prev.as_deref(), true);
        assert_eq!(back.items, [3, 2]);
        let start = page(None, back.prev.as_deref(), true);
        assert_eq!((start.items, start.prev), (vec![5, 4], None));
        assert_eq!(page(None, None, false).items, [1, 2]);
    }

    #[test]
    fn other_texts_are_no_cursors() {
        assert!(Cursor::read(Some("x"), None).is_err() && Cursor::read(Some("[1,\"a\"]"), Some("[1,\"a\"]")).is_err());
        assert_eq!(Cursor::read(Some(""), None).expect("none"), Cursor::Start);
    }
}
