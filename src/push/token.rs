//! What a service takes as proof of who sends.

use jsonwebtoken::{EncodingKey, Header};
use tokio::sync::Mutex;

use super::provider::Failure;
use crate::wire::Time;

/// A token that serves many pushes, and when its use ends.
#[derive(Default)]
pub(super) struct Held(Mutex<Option<(String, Time)>>);

impl Held {
    /// The token in use; whoever finds it old makes the next one, `(token, end)`, while the others wait.
    pub async fn or<F>(&self, make: impl FnOnce(Time) -> F) -> Result<String, Failure>
    where
        F: Future<Output = Result<(String, Time), Failure>>,
    {
        let (mut held, now) = (self.0.lock().await, Time::local());
        if let Some((token, _)) = held.as_ref().filter(|(_, until)| now < *until) {
            return Ok(token.clone());
        }
        Ok(held.insert(make(now).await?).0.clone())
    }

    /// The service refused this token: it is not used again.
    pub async fn forget(&self, refused: &str) {
        self.0.lock().await.take_if(|(token, _)| token == refused);
    }
}

/// A token of our own, signed.
pub(super) fn signed(header: &Header, claims: &serde_json::Value, key: &EncodingKey) -> Result<String, Failure> {
    jsonwebtoken::encode(header, claims, key)
        .map_err(|error| Failure::Never(format!("the signature cannot be made: {error}")))
}
