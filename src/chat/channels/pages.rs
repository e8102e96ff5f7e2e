//! Pages, as requests ask for them.

use crate::chat::users;
use crate::error::{ApiError, Result};
use crate::limits;
use crate::store::{Page, PageOf};
use crate::wire::Time;
use crate::wire::channels::PageRequest;
use crate::wire::messages::MessagePageRequest;

/// A page of messages (`rules.md` 3.11). `default` is the limit when none is named; more than 300 is refused: a page shorter than
/// asked for would look like the end.
pub(crate) fn message_page(request: &MessagePageRequest, default: usize) -> Result<Page> {
    let limit = limit("messages.limit", request.limit, default, usize::MAX)?;
    if limit > limits::MESSAGES_PAGE {
        let message = format!("messages.limit must be {} or less", limits::MESSAGES_PAGE);
        return Err(ApiError::field("messages.limit", message));
    }
    let id = [
        ("lt", &request.id_lt),
        ("lte", &request.id_lte),
        ("gt", &request.id_gt),
        ("gte", &request.id_gte),
        ("around", &request.id_around),
    ]
    .into_iter()
    .find_map(|(mode, id)| Some((id.clone()?, mode)));
    let bound = |time: Time| time.micros().to_string();
    let exclusive = |time: Time| format!("({}", time.micros());
    let min = request.created_at_after.map(exclusive).or(request.created_at_after_or_equal.map(bound));
    let max = request.created_at_before.map(exclusive).or(request.created_at_before_or_equal.map(bound));
    let around = request.created_at_around.map(bound);
    let of = match &id {
        Some((_, "around")) => PageOf::Around,
        Some((_, "gt" | "gte")) => PageOf::Oldest,
        Some(_) => PageOf::Newest,
        None if around.is_some() => PageOf::Around,
        None if min.is_some() && max.is_none() => PageOf::Oldest,
        None => PageOf::Newest,
    };
    Ok(Page {
        of,
        id,
        min: around.or(min).unwrap_or_else(|| "-inf".into()),
        max: max.unwrap_or_else(|| "+inf".into()),
        limit,
    })
}

/// Offset and limit of a page of members or watchers; beyond the largest page is refused, like one of messages.
pub(crate) fn offset_page(path: &str, request: Option<&PageRequest>, default: usize) -> Result<(usize, usize)> {
    let Some(request) = request else { return Ok((0, default)) };
    let limit = users::bounded(&format!("{path}.limit"), request.limit, default, limits::MEMBERS_PAGE)?;
    let offset = self::offset(&format!("{path}.offset"), request.offset, limits::MEMBERS_OFFSET)?;
    Ok((offset, limit))
}

/// A limit: the default when absent, cut to the most there is; negative ones are refused.
pub(crate) fn limit(path: &str, limit: Option<i64>, default: usize, most: usize) -> Result<usize> {
    match limit {
        None => Ok(default),
        Some(limit) if limit < 0 => Err(ApiError::field(path, format!("{path} must be 0 or greater"))),
        Some(limit) => Ok(usize::try_from(limit).map_or(most, |limit| limit.min(most))),
    }
}

/// An offset: 0 when absent; out of bounds is refused.
pub(crate) fn offset(path: &str, offset: Option<i64>, most: usize) -> Result<usize> {
    match offset {
        None => Ok(0),
        Some(offset) => match usize::try_from(offset) {
            Ok(offset) if offset <= most => Ok(offset),
            Ok(_) => Err(ApiError::field(path, format!("{path} must be {most} or less"))),
            Err(_) => Err(ApiError::field(path, format!("{path} must be 0 or greater"))),
        },
    }
}
