//! What a search asks for: words or a filter, an order, a page.

use serde_json::{Value, json};

use super::look::Place;
use crate::chat::Ctx;
use crate::chat::users::bounded;
use crate::error::{ApiError, Result};
use crate::limits;
use crate::query::{Direction, Filter, MESSAGES, Sort};
use crate::search::{Order, Rank};
use crate::wire::messages::SearchRequest;

/// Entries of a sort.
const SORT_KEYS: usize = 5;
const DEFAULT_SORT: [(&str, Direction); 2] = [("relevance", Direction::Descending), ("id", Direction::Ascending)];

pub(super) struct Asked {
    pub filter: Filter,
    pub sort: Sort,
    /// The sort, if the index can do it.
    pub order: Option<Order>,
    pub limit: usize,
    /// Where the page begins.
    pub from: Place,
    /// Whether pages follow each other by cursors, and not by offsets.
    pub by_cursor: bool,
}

impl Asked {
    pub fn read(ctx: &Ctx, request: &SearchRequest) -> Result<Asked> {
        let filter = filter(request)?;
        let sort = Sort::parse(request.sort.as_ref(), &MESSAGES, SORT_KEYS, &DEFAULT_SORT)?;
        let limit = bounded("limit", request.limit, limits::SEARCH_PAGE_DEFAULT, limits::SEARCH_PAGE)?;
        let offset = bounded("offset", request.offset, 0, limits::OFFSET)?;
        if offset > 0 && offset + limit > limits::OFFSET {
            let message = format!("offset and limit together must be {} or less: go on with next", limits::OFFSET);
            return Err(ApiError::field("offset", message));
        }
        let next = request.next.as_deref().filter(|next| !next.is_empty());
        if offset > 0 && (next.is_some() || request.sort.as_ref().is_some_and(asks)) {
            return Err(ApiError::input("cannot use offset with next or sort parameters"));
        }
        let from = match next {
            Some(next) => Place::read(next)?,
            None => Place { skip: offset, until: ctx.now(), after: String::new() },
        };
        let order = sort.fields().map(|(field, direction)| Some((rank(field)?, direction))).collect();
        Ok(Asked { filter, sort, order, limit, from, by_cursor: request.offset.is_none_or(|offset| offset == 0) })
    }

    /// The page before this one.
    pub fn previous(&self) -> Option<Place> {
        let skip = self.from.skip.saturating_sub(self.limit);
        let place = Place { skip, until: self.from.until, after: String::new() };
        (self.by_cursor && self.from.skip > 0).then_some(place)
    }
}

/// Whether a sort names anything.
fn asks(sort: &Value) -> bool {
    match sort {
        Value::Null => false,
        Value::Array(list) => !list.is_empty(),
        Value::Object(map) => !map.is_empty(),
        _ => true,
    }
}

fn filter(request: &SearchRequest) -> Result<Filter> {
    let conditions = request.message_filter_conditions.as_ref().filter(|conditions| !conditions.is_null());
    match (&request.query, conditions) {
        (Some(query), Some(_)) if !query.is_empty() => {
            Err(ApiError::input("query and message_filter_conditions cannot be used together"))
        }
        (_, Some(conditions)) => Filter::parse(conditions, &MESSAGES),
        (Some(query), None) if query.chars().any(char::is_alphanumeric) => {
            Filter::parse(&json!({"text": query}), &MESSAGES)
        }
        (Some(_), None) => Err(ApiError::field("query", "query must have at least one letter or digit")),
        (None, None) => Err(ApiError::input("either query or message_filter_conditions must be provided")),
    }
}

fn rank(field: &str) -> Option<Rank> {
    Some(match field {
        "relevance" => Rank::Relevance,
        "id" => Rank::Id,
        "created_at" => Rank::CreatedAt,
        "updated_at" => Rank::UpdatedAt,
        "reply_count" => Rank::ReplyCount,
        _ => return None,
    })
}
