//! Link previews: what a page says of itself (Open Graph, <https://ogp.me>), fetched so that nobody can reach through this server into
//! networks that are not theirs to reach.
//!
//! Every address is looked at after its name was resolved, and on every redirect anew; what is not public is refused, unless the
//! operator named the host. A page may take five seconds, the wait for a turn included, and one mebibyte.

mod guard;
mod page;

use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use futures_util::StreamExt;
use reqwest::header::{ACCEPT, CONTENT_TYPE, LOCATION};
use reqwest::{Client, Response, Url, redirect};
use tokio::sync::Semaphore;

use crate::wire::links::Preview;
pub(crate) use guard::Guard;

/// How long a page may take, redirects and the wait for a turn included.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of a page that are read: what describes it stands at its beginning.
const PAGE_BYTES: usize = 1024 * 1024;
const REDIRECTS: usize = 3;
/// Pages fetched at the same time.
const AT_ONCE: usize = 16;

/// Fetches pages.
pub struct Links {
    client: Client,
    guard: Guard,
    turns: Semaphore,
}

/// Why there is no preview; the text is for the log.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    #[error("{0}")]
    Refused(&'static str),
    #[error("the page answered with status {0}")]
    Status(u16),
    #[error("the page took longer than {PATIENCE:?}")]
    Slow,
    /// This says nothing of the page.
    #[error("too many other pages took longer than {PATIENCE:?}")]
    Busy,
    #[error("the page could not be fetched")]
    Fetch(#[from] reqwest::Error),
}

impl Links {
    /// `private_hosts` are names and addresses that may be fetched although they are not public.
    ///
    /// # Errors
    /// When the TLS library cannot be set up.
    pub fn new(private_hosts: &[String]) -> Result<Links, reqwest::Error> {
        let guard = Guard::new(private_hosts);
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .dns_resolver(Arc::new(guard.clone()))
            .user_agent(concat!("Weir/", env!("CARGO_PKG_VERSION"), " (link preview)"))
            .build()?;
        Ok(Links { client, guard, turns: Semaphore::new(AT_ONCE) })
    }

    /// What the page at the address says of itself; `None` when it says nothing.
    ///
    /// # Errors
    /// When the address is none that may be fetched, or the page does not come.
    pub async fn preview(&self, address: &str) -> Result<Option<Preview>, Failed> {
        let url = Url::parse(address).map_err(|_| Failed::Refused("this is no address of a page"))?;
        let waits = self.turns.available_permits() == 0;
        let fetched = async {
            // Nobody closes the semaphore.
            let _turn = self.turns.acquire().await;
            self.fetch(address, url).await
        };
        let fetched = tokio::time::timeout(PATIENCE, fetched).await;
        fetched.map_err(|_| if waits { Failed::Busy } else { Failed::Slow })?
    }

    async fn fetch(&self, address: &str, mut url: Url) -> Result<Option<Preview>, Failed> {
        for _ in 0..=REDIRECTS {
            self.guard.check(&url).map_err(Failed::Refused)?;
            let accept = "text/html,application/xhtml+xml,image/*;q=0.8";
            let response = self.client.get(url.clone()).header(ACCEPT, accept).send().await?;
            let status = response.status();
            if status.is_redirection() {
                let target = response.headers().get(LOCATION).and_then(|target| target.to_str().ok());
                url = target.and_then(|target| url.join(target).ok()).ok_or(Failed::Status(status.as_u16()))?;
                continue;
            }
            if !status.is_success() {
                return Err(Failed::Status(status.as_u16()));
            }
            return read(address, url, response).await;
        }
        Err(Failed::Refused("too many redirects"))
    }
}

async fn read(address: &str, url: Url, response: Response) -> Result<Option<Preview>, Failed> {
    let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("").to_lowercase();
    if kind.starts_with("image/") {
        return Ok(Some(Preview::image(address, url.as_str())));
    }
    if !kind.starts_with("text/html") && !kind.starts_with("application/xhtml+xml") {
        return Ok(None);
    }
    let mut bytes = BytesMut::new();
    let mut chunks = response.bytes_stream();
    while bytes.len() < PAGE_BYTES
        && let Some(chunk) = chunks.next().await
    {
        bytes.extend_from_slice(&chunk?);
    }
    bytes.truncate(PAGE_BYTES);
    let address = address.to_owned();
    let described = tokio::task::spawn_blocking(move || page::describe(&address, &url, &page::text(&bytes, &kind)));
    // The task is not cancelled, and a page that makes the parser panic has no preview.
    Ok(described.await.ok().flatten())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_waits_for_a_turn_waits_no_longer_than_for_a_page() {
        let links = Links::new(&[]).expect("is set up");
        let _others = links.turns.acquire_many(AT_ONCE as u32).await.expect("is open");
        let preview = tokio::time::timeout(2 * PATIENCE, links.preview("https://river.example/")).await;
        assert!(matches!(preview.expect("is answered in time"), Err(Failed::Busy)));
    }
}
