//! Rate limits as Stream's clients know them (`rest.md` 8): per operation and platform in a minute, and per user. Counted by
//! each node for itself; the headers are always there, enforcement is a setting.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::Mutex;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::http::HeaderMap;
use foldhash::quality::RandomState;

use crate::auth::Tokens;

/// Calls of one operation from one platform in a minute.
const PER_PLATFORM: u64 = 60_000;
/// Calls of one operation by one token in a minute.
const PER_CALLER: u64 = 300;
/// Counters kept; beyond it a minute's counters start over.
const COUNTERS: usize = 200_000;

pub(crate) struct Rates {
    enforced: bool,
    window: Mutex<Window>,
}

#[derive(Default)]
struct Window {
    minute: u64,
    platforms: HashMap<(usize, &'static str), u64, RandomState>,
    callers: HashMap<(usize, u64), Calls, RandomState>,
}

/// What one token called.
struct Calls {
    /// A server's limit is that of its platform.
    exempt: bool,
    count: u64,
}

/// One request's place in its window.
pub(crate) struct Rate {
    pub limit: u64,
    remaining: u64,
    reset: u64,
    pub retry_after: u64,
    pub exceeded: bool,
}

impl Rates {
    pub fn new(enforced: bool) -> Rates {
        Rates { enforced, window: Mutex::default() }
    }

    /// Counts a request for the operation of this number.
    pub fn count(&self, operation: usize, headers: &HeaderMap, query: &str) -> Rate {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let platform = platform(headers, query);
        let token = headers.get("authorization").and_then(|token| token.to_str().ok()).unwrap_or("");
        let mut window = self.window.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if window.minute != now / 60 || window.callers.len() > COUNTERS {
            *window = Window { minute: now / 60, ..Window::default() };
        }
        let all = window.platforms.entry((operation, platform)).or_insert(0);
        *all += 1;
        let all = *all;
        // Everybody without a token would share one counter.
        let own = if token.is_empty() { 0 } else { window.call(operation, token) };
        let reset = (now / 60 + 1) * 60;
        Rate {
            limit: PER_PLATFORM,
            remaining: PER_PLATFORM.saturating_sub(all),
            reset,
            retry_after: reset - now,
            exceeded: self.enforced && (all > PER_PLATFORM || own > PER_CALLER),
        }
    }
}

impl Window {
    /// How often the token called the operation, this time included.
    fn call(&mut self, operation: usize, token: &str) -> u64 {
        // A short name for the token: a token may be long, and there are many.
        let name = self.callers.hasher().hash_one(token);
        let new = || Calls { exempt: Tokens::is_server(token), count: 0 };
        let calls = self.callers.entry((operation, name)).or_insert_with(new);
        calls.count += 1;
        if calls.exempt { 0 } else { calls.count }
    }
}

/// The platform is named by the client, so it only chooses a counter.
fn platform(headers: &HeaderMap, query: &str) -> &'static str {
    let client = headers.get("x-stream-client").and_then(|client| client.to_str().ok()).unwrap_or(query);
    match client {
        client if client.contains("android") => "android",
        client if client.contains("ios") || client.contains("swift") => "ios",
        client if client.contains("browser") || client.contains("react") => "web",
        _ => "server",
    }
}

impl Rate {
    /// The names are lower case: Python's client looks them up so.
    pub fn write(&self, headers: &mut HeaderMap) {
        headers.insert("x-ratelimit-limit", self.limit.into());
        headers.insert("x-ratelimit-remaining", self.remaining.into());
        headers.insert("x-ratelimit-reset", self.reset.into());
    }
}
