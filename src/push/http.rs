//! How providers are called.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::RETRY_AFTER;
use reqwest::{Client, Response};

use super::provider::Failure;
use crate::limits;
use crate::links::Guard;

/// Bytes of a refusal that are read.
const REFUSAL_BYTES: usize = 4096;

/// Calls whom the operator named.
pub(super) fn trusting() -> reqwest::Result<Client> {
    builder().build()
}

/// Calls whom users named, as far as the guard lets it.
pub(super) fn guarded(guard: &Guard) -> reqwest::Result<Client> {
    builder().dns_resolver(Arc::new(guard.clone())).build()
}

fn builder() -> reqwest::ClientBuilder {
    Client::builder()
        .user_agent(concat!("Weir/", env!("CARGO_PKG_VERSION")))
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(limits::PUSH_TIMEOUT)
        .timeout(limits::PUSH_TIMEOUT)
}

/// No answer came.
pub(super) fn unreachable(error: &reqwest::Error) -> Failure {
    // Not the error's own text, which names the whole link: of a browser's subscription that is a secret.
    let what = if error.is_timeout() { "no answer in time" } else { "no connection" };
    Failure::Later(what.to_owned(), None)
}

/// An answer that says no, taken apart.
pub(super) struct Refusal {
    pub status: u16,
    pub text: String,
    /// When it may be tried again.
    pub after: Option<Duration>,
}

impl Refusal {
    pub async fn of(mut response: Response) -> Refusal {
        let after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let after = after.and_then(|text| text.trim().parse().ok()).map(Duration::from_secs);
        let (status, mut text) = (response.status().as_u16(), Vec::new());
        // A refusal that breaks off says as much as it said.
        while let Ok(Some(chunk)) = response.chunk().await {
            text.extend_from_slice(&chunk);
            if text.len() > REFUSAL_BYTES {
                text.truncate(REFUSAL_BYTES);
                break;
            }
        }
        Refusal { status, text: String::from_utf8_lossy(&text).into_owned(), after }
    }

    /// What it says of the push, where the status alone decides.
    pub fn failure(self) -> Failure {
        let reason = format!("{} {}", self.status, self.text);
        match self.status {
            408 | 425 | 429 | 500.. => Failure::Later(reason, self.after),
            _ => Failure::Never(reason),
        }
    }
}
