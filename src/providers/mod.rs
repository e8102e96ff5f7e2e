//! Services of others that the operator named. They are asked within bounds of time and size, follow no redirect, and what they
//! answer is taken for what a stranger says.

mod gifs;
mod translations;

use std::time::Duration;

use bytes::BytesMut;
use futures_util::StreamExt;
use reqwest::{Client, RequestBuilder, Url, redirect};
use serde_json::Value;
use tokio::sync::Semaphore;

pub use gifs::Gifs;
pub use translations::Translations;

/// How long an answer may take: somebody waits for it.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of an answer.
const ANSWER_BYTES: usize = 1024 * 1024;
/// Questions asked at the same time.
const AT_ONCE: usize = 16;

/// Why there is no answer; the text is for the log and holds no address, as keys stand in it.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    #[error("the service answered with status {0}")]
    Status(u16),
    #[error("the service took longer than {PATIENCE:?}")]
    Slow,
    #[error("the service's answer is longer than {ANSWER_BYTES} bytes")]
    Long,
    #[error("the service's answer is not what was expected: {0}")]
    Answer(#[from] serde_json::Error),
    #[error("the service does not say which language it read")]
    Language,
    #[error("the service could not be asked: {0}")]
    Ask(reqwest::Error),
}

impl From<reqwest::Error> for Failed {
    fn from(error: reqwest::Error) -> Failed {
        Failed::Ask(error.without_url())
    }
}

/// One service.
struct Provider {
    client: Client,
    base: Url,
    turns: Semaphore,
}

impl Provider {
    /// # Errors
    /// When the TLS library cannot be set up.
    fn new(base: Url) -> Result<Provider, reqwest::Error> {
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .user_agent(concat!("Weir/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Provider { client, base, turns: Semaphore::new(AT_ONCE) })
    }

    /// The address of something below the service's own.
    fn address(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        let below = format!("{}/{path}", self.base.path().trim_end_matches('/'));
        url.set_path(&below);
        url
    }

    /// The answer to the question, as JSON.
    async fn ask(&self, question: RequestBuilder) -> Result<Value, Failed> {
        // Nobody closes the semaphore.
        let answer = async {
            let _turn = self.turns.acquire().await;
            let response = question.send().await?;
            let status = response.status();
            if !status.is_success() {
                return Err(Failed::Status(status.as_u16()));
            }
            let mut bytes = BytesMut::new();
            let mut chunks = response.bytes_stream();
            while let Some(chunk) = chunks.next().await {
                bytes.extend_from_slice(&chunk?);
                if bytes.len() > ANSWER_BYTES {
                    return Err(Failed::Long);
                }
            }
            Ok(serde_json::from_slice(&bytes)?)
        };
        tokio::time::timeout(PATIENCE, answer).await.map_err(|_| Failed::Slow)?
    }
}
