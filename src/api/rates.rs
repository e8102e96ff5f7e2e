//! Rate limits as Stream's clients know them (`rest.md` 8): per operation and platform in a minute, and per user. Counted by
//! each node for itself; the headers are always there, enforcement is a setting.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Mutex;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::http::HeaderMap;

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
    counts: HashMap<(String, String), u64>,
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

    /// Counts a request.
    pub fn count(&self, operation: &str, headers: &HeaderMap, query: &str) -> Rate {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let platform = platform(headers, query);
        let token = headers.get("authorization").and_then(|token| token.to_str().ok()).unwrap_or("");
        let mut window = self.window.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if window.minute != now / 60 || window.counts.len() > COUNTERS {
            *window = Window { minute: now / 60, counts: HashMap::new() };
        }
        let mut count = |owner: &str| {
            let count = window.counts.entry((operation.to_owned(), owner.to_owned())).or_insert(0);
            *count += 1;
            *count
        };
        let all = count(platform);
        // Everybody without a token would share one counter; a server's limit is that of its platform.
        let own = if token.is_empty() || Tokens::is_server(token) { 0 } else { count(&short(token)) };
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

/// A short name for the token: a token may be long, and there are many.
fn short(token: &str) -> String {
    let mut hasher = DefaultHasher::new();
    token.hash(&mut hasher);
    hasher.finish().to_string()
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
