//! Bans in channels, and flags.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::record::{is_default, micros};
use super::{Store, Transaction};
use crate::error::{ApiError, Result};
use crate::wire::Time;

/// A ban in one channel. It outlives membership: whoever comes back is still banned.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct ChannelBan {
    #[serde(default, with = "micros", skip_serializing)]
    pub at: Time,
    #[serde(default, with = "micros::option", skip_serializing_if = "Option::is_none")]
    pub expires: Option<Time>,
    #[serde(default)]
    pub by: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub shadow: bool,
}

impl ChannelBan {
    /// Whether the ban holds at `now`.
    pub fn holds(&self, now: Time) -> bool {
        self.expires.is_none_or(|expires| now < expires)
    }
}

/// A flag on a message or a user.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Flag {
    #[serde(with = "micros")]
    pub created_at: Time,
    #[serde(with = "micros")]
    pub updated_at: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub custom: Map<String, Value>,
}

impl Store {
    pub(crate) async fn channel_ban(&self, cid: &str, user: &str) -> Result<Option<ChannelBan>> {
        self.field(&self.channel_bans_key(cid), user).await
    }

    /// Bans of the channel, by user id.
    pub(crate) async fn channel_bans(&self, cid: &str) -> Result<HashMap<String, ChannelBan>> {
        self.fields(&self.channel_bans_key(cid)).await
    }

    pub(crate) fn write_channel_ban(
        &self,
        tx: &mut Transaction,
        cid: &str,
        user: &str,
        ban: Option<&ChannelBan>,
    ) -> Result<()> {
        match ban {
            Some(ban) => tx.field_stamp(self.channel_bans_key(cid), user, ban),
            None => {
                tx.field_remove(self.channel_bans_key(cid), user);
                Ok(())
            }
        }
    }

    /// Whom the user will find banned in every channel that he makes, by user id.
    pub(crate) async fn future_bans(&self, by: &str) -> Result<HashMap<String, ChannelBan>> {
        self.fields(&self.future_bans_key(by)).await
    }

    /// A transaction that sets (`None`: lifts) such a ban.
    pub(crate) fn put_future_ban(&self, by: &str, user: &str, ban: Option<&ChannelBan>) -> Result<Transaction> {
        let mut tx = Transaction::new(self.partition(by));
        let key = self.future_bans_key(by);
        match ban {
            Some(ban) => tx.field_stamp(key, user, ban)?,
            None => tx.field_remove(key, user),
        }
        Ok(tx)
    }

    /// The user's flag of a target (`message:<id>` or `user:<id>`).
    pub(crate) async fn flag(&self, target: &str, user: &str) -> Result<Option<Flag>> {
        self.field(&self.flags_key(target), user).await
    }

    /// A transaction that writes one user's flag of a target.
    pub(crate) fn put_flag(&self, target: &str, user: &str, flag: &Flag) -> Result<Transaction> {
        let mut tx = Transaction::new(self.partition(target));
        tx.field_put(self.flags_key(target), user, serde_json::to_vec(flag).map_err(ApiError::internal)?);
        tx.index_now(self.flagged_key(self.partition(target)), target);
        Ok(tx)
    }

    /// Targets that were flagged, those flagged last first, `most` of them at most; their flags may have been taken back.
    pub(crate) async fn flagged(&self, most: usize) -> Result<Vec<String>> {
        let newest = (0..self.partitions).map(|partition| async move {
            let mut cmd = redis::cmd("ZREVRANGE");
            cmd.arg(self.flagged_key(partition)).arg(0).arg(most.saturating_sub(1)).arg("WITHSCORES");
            self.redis.call::<Vec<(String, i64)>>(&cmd).await
        });
        let mut targets: Vec<(String, i64)> =
            futures_util::future::try_join_all(newest).await?.into_iter().flatten().collect();
        targets.sort_by(|(a, left), (b, right)| (right, a).cmp(&(left, b)));
        targets.truncate(most);
        Ok(targets.into_iter().map(|(target, _)| target).collect())
    }

    /// All flags of a target, by who flagged.
    pub(crate) async fn flags(&self, target: &str) -> Result<HashMap<String, Flag>> {
        self.fields(&self.flags_key(target)).await
    }

    /// A transaction that takes one user's flag of a target away.
    pub(crate) fn remove_flag(&self, target: &str, user: &str) -> Transaction {
        let mut tx = Transaction::new(self.partition(target));
        tx.field_remove(self.flags_key(target), user);
        tx
    }
}
