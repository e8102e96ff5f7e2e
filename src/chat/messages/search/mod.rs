//! Finding messages (`rules.md` 3.4).
//!
//! The channels that may be searched are found as a list of channels is; the index finds messages in them; and each of those is
//! read from the store and looked at again before it is answered with.

mod asked;
mod fields;
mod look;

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use self::asked::Asked;
use self::look::{Found, Look, Place};
use crate::chat::{Ctx, Granted, channels, respond};
use crate::error::{ApiError, Code, Result};
use crate::limits;
use crate::search::State;
use crate::store::{MessageRow, UserChannel};
use crate::wire::messages::{MessageResponse, SearchRequest, SearchResponse, SearchResult, SearchWarning};

/// More channels match than are searched.
const TOO_MANY_CHANNELS: i64 = 1;
/// The index is being built.
const INCOMPLETE: i64 = 2;

/// The channels of one search, by cid.
struct Scope {
    channels: HashMap<String, Granted>,
    cids: Vec<String>,
    seen: Arc<HashMap<String, UserChannel>>,
    /// There are more of them than are searched.
    more: bool,
}

pub(crate) async fn search(ctx: &Ctx, request: SearchRequest) -> Result<SearchResponse> {
    let ctx = &ctx.acting_for("user", request.user.clone(), request.user_id.clone()).await?;
    let Some(search) = &ctx.app.search else {
        let message = "search is switched off on this server; its operator can switch it on with WEIR_SEARCH=on";
        return Err(ApiError::new(Code::FeatureNotSupported, message));
    };
    let asked = Asked::read(ctx, &request)?;
    let scope = scope(ctx, request.filter_conditions.as_ref()).await?;
    let state = search.state();
    let Found { rows, next } = Look { ctx, search, scope: &scope, asked: &asked }.page().await?;
    let results = answer(ctx, &scope, rows).await?;
    let previous = asked.previous().map(|place| place.write());
    Ok(SearchResponse {
        results: results.into_iter().map(|message| SearchResult { message }).collect(),
        next: next.filter(|_| asked.by_cursor).map(|place: Place| place.write()),
        previous,
        results_warning: warning(scope, state),
    })
}

/// Those channels that match, that the caller may read, and in which search is on.
async fn scope(ctx: &Ctx, asked: Option<&Value>) -> Result<Scope> {
    let required = || ApiError::required("filter_conditions");
    let asked = asked.filter(|asked| !asked.is_null()).ok_or_else(required)?;
    let (mut found, seen) = channels::readable(ctx, asked, limits::SEARCH_CHANNELS + 1).await?;
    let more = found.len() > limits::SEARCH_CHANNELS;
    found.truncate(limits::SEARCH_CHANNELS);
    found.retain(|granted| granted.kind.config.search);
    if found.is_empty() {
        return Err(ApiError::input("There are no searchable channels"));
    }
    let cids = found.iter().map(|granted| granted.cid.clone()).collect();
    let channels = found.into_iter().map(|granted| (granted.cid.clone(), granted)).collect();
    Ok(Scope { channels, cids, seen, more })
}

fn warning(scope: Scope, state: State) -> Option<SearchWarning> {
    let (warning_code, warning_description) = match state {
        State::Building { channels, left } => {
            let done = channels.saturating_sub(left);
            let text = format!("the search index is being built: {done} of {channels} channels are in it");
            (INCOMPLETE, text)
        }
        State::Complete if scope.more => {
            let text = format!("more than {} channels match; only these were searched", limits::SEARCH_CHANNELS);
            (TOO_MANY_CHANNELS, text)
        }
        State::Complete => return None,
    };
    Some(SearchWarning {
        warning_code,
        warning_description,
        channel_search_count: scope.cids.len() as i64,
        channel_search_cids: scope.cids,
    })
}

/// The messages as the caller sees them, each with its channel, in the order given.
async fn answer(ctx: &Ctx, scope: &Scope, rows: Vec<MessageRow>) -> Result<Vec<MessageResponse>> {
    let order: Vec<String> = rows.iter().map(|row| row.message.id.clone()).collect();
    let mut by_channel: HashMap<String, Vec<MessageRow>> = HashMap::new();
    for row in rows {
        by_channel.entry(row.message.cid.clone()).or_default().push(row);
    }
    let mut named = Vec::new();
    let found = || by_channel.keys().filter_map(|cid| scope.channels.get(cid));
    for granted in found() {
        named.push(granted.channel.created_by.as_str());
        named.extend(granted.channel.truncated_by.as_deref());
    }
    let people = respond::People::load(ctx, named).await?;
    let mut responses: HashMap<String, MessageResponse> = HashMap::new();
    for granted in found().cloned().collect::<Vec<_>>() {
        let channel = respond::channel_for(ctx, &granted, &people);
        let rows = by_channel.remove(&granted.cid).unwrap_or_default();
        for mut message in respond::messages(ctx, &granted, rows).await? {
            message.channel = Some(Box::new(channel.clone()));
            responses.insert(message.id.clone(), message);
        }
    }
    Ok(order.iter().filter_map(|id| responses.remove(id)).collect())
}
