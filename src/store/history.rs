//! What messages said before they were changed, and how many somebody took out of his own sight.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::record::{is_default, micros, parse};
use super::{Message, Store, Transaction};
use crate::error::{ApiError, Result};
use crate::limits;
use crate::wire::Time;

/// An earlier version of a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Version {
    /// The message's `updated_at`, and who had written it so.
    #[serde(with = "micros")]
    pub at: Time,
    pub by: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub text: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Map<String, Value>>,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub custom: Map<String, Value>,
    /// It ended by deletion, not by an edit.
    #[serde(default, skip_serializing_if = "is_default")]
    pub deleted: bool,
}

impl Version {
    /// The message as it is now.
    pub fn of(message: &Message) -> Version {
        Version {
            at: message.at,
            by: message.edited_by.clone().unwrap_or_else(|| message.user_id.clone()),
            text: message.text.clone(),
            attachments: message.attachments.clone(),
            custom: message.custom.clone(),
            deleted: false,
        }
    }
}

impl Store {
    /// Keeps what the message was before this change, among the newest of its versions.
    pub(crate) fn keep_version(&self, tx: &mut Transaction, message: &Message, version: &Version) -> Result<()> {
        let key = self.history_key(&message.cid, &message.id);
        let json = serde_json::to_string(version).map_err(ApiError::internal)?;
        tx.index_now(key.clone(), &json);
        tx.keep_newest(key, limits::MESSAGE_VERSIONS);
        Ok(())
    }

    /// How many messages of the channel the person deleted for himself.
    pub(crate) async fn own_deletions(&self, cid: &str, user: &str) -> Result<u32> {
        let count: Option<u32> = self.redis.call(redis::cmd("HGET").arg(self.own_deletions_key(cid)).arg(user)).await?;
        Ok(count.unwrap_or(0))
    }

    /// Counts one more, if there are still as many as were read.
    pub(crate) fn count_own_deletion(&self, tx: &mut Transaction, cid: &str, user: &str, before: u32) {
        let key = self.own_deletions_key(cid);
        match before {
            0 => tx.field_absent(key.clone(), user, "deletions"),
            before => tx.field_is(key.clone(), user, before.to_string(), "deletions"),
        }
        tx.field_put(key, user, (before + 1).to_string());
    }

    /// The message's earlier versions, oldest first.
    pub(crate) async fn versions(&self, cid: &str, id: &str) -> Result<Vec<Version>> {
        let key = self.history_key(cid, id);
        let found: Vec<Vec<u8>> = self.redis.call(redis::cmd("ZRANGE").arg(&key).arg(0).arg(-1)).await?;
        found.iter().map(|json| parse(&key, json)).collect()
    }
}
