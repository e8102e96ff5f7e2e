//! Link previews, remembered for a while, also that there was none.

use std::time::Duration;

use super::Store;
use super::keys::digest;
use super::record::parse;
use crate::error::{ApiError, Result};
use crate::wire::links::Preview;

impl Store {
    /// The preview of the address, if it was looked at lately; within, `None` when there was none.
    pub(crate) async fn preview(&self, address: &str) -> Result<Option<Option<Preview>>> {
        let key = self.preview_key(&digest(address));
        let json: Option<Vec<u8>> = self.redis.call(redis::cmd("GET").arg(&key)).await?;
        json.map(|json| parse(&key, &json)).transpose()
    }

    /// Remembers it for `lasts`.
    pub(crate) async fn keep_preview(&self, address: &str, preview: Option<&Preview>, lasts: Duration) -> Result<()> {
        let json = serde_json::to_vec(&preview).map_err(ApiError::internal)?;
        let mut cmd = redis::cmd("SET");
        cmd.arg(self.preview_key(&digest(address))).arg(json).arg("EX").arg(lasts.as_secs());
        self.redis.call(&cmd).await
    }
}
