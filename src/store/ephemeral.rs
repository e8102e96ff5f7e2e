//! Messages that only their author sees, kept for a while so that he can have them sent.

use super::record::parse;
use super::{Message, Store};
use crate::error::{ApiError, Result};
use crate::limits;

impl Store {
    /// Keeps the message, in the place of an earlier one with its id.
    pub(crate) async fn keep_ephemeral(&self, message: &Message) -> Result<()> {
        let key = self.ephemeral(&message.user_id, &message.id);
        let json = serde_json::to_vec(message).map_err(ApiError::internal)?;
        let mut cmd = redis::cmd("SET");
        cmd.arg(&key).arg(json).arg("EX").arg(limits::EPHEMERAL_LASTS.as_secs());
        self.write(&key, &cmd).await
    }

    /// The person's message, if it still waits.
    pub(crate) async fn ephemeral_message(&self, user: &str, id: &str) -> Result<Option<Message>> {
        let key = self.ephemeral(user, id);
        let json: Option<Vec<u8>> = self.redis.call(redis::cmd("GET").arg(&key)).await?;
        json.map(|json| parse(&key, &json)).transpose()
    }

    pub(crate) async fn drop_ephemeral(&self, user: &str, id: &str) -> Result<()> {
        let key = self.ephemeral(user, id);
        self.write(&key, redis::cmd("DEL").arg(&key)).await
    }

    fn ephemeral(&self, user: &str, id: &str) -> String {
        self.ephemeral_key(user, &format!("{user}\n{id}"))
    }
}
