//! Bans in channels, and flags.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::record::{is_default, micros, parse};
use super::redis::Script;
use super::{Proof, Store, Transaction};
use crate::error::{ApiError, Result};
use crate::wire::Time;

static FLAGS: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("scripts/flags.lua")));
static UNFLAG: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("scripts/unflag.lua")));

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

    /// Ids of messages that were flagged, those flagged last first, `most` of them at most. An index: some may be gone.
    pub(crate) async fn flagged_messages(&self, most: usize) -> Result<Vec<String>> {
        let newest = (0..self.partitions).map(|partition| async move {
            let mut cmd = redis::cmd("ZREVRANGE");
            cmd.arg(self.flagged_key(partition)).arg(0).arg(most.saturating_sub(1)).arg("WITHSCORES");
            self.redis.call::<Vec<(String, i64)>>(&cmd).await
        });
        let targets = futures_util::future::try_join_all(newest).await?.into_iter().flatten();
        let mut ids: Vec<(String, i64)> =
            targets.filter_map(|(target, at)| Some((target.strip_prefix("message:")?.to_owned(), at))).collect();
        ids.sort_by(|(a, left), (b, right)| (right, a).cmp(&(left, b)));
        ids.truncate(most);
        Ok(ids.into_iter().map(|(id, _)| id).collect())
    }

    /// All flags of the targets, by target and by who flagged; a round trip per partition.
    pub(crate) async fn flags(&self, targets: &[String]) -> Result<HashMap<String, HashMap<String, Flag>>> {
        let groups = self.by_partition(targets.iter().map(String::as_str));
        let reads = groups.into_values().map(|targets| async move {
            let keys: Vec<String> = targets.iter().map(|target| self.flags_key(target)).collect();
            let found: Vec<Vec<Vec<u8>>> = self.redis.script(&FLAGS, &keys[0], &keys).await?;
            let found = targets.into_iter().zip(keys.iter().zip(found));
            let read = found.map(|(target, (key, fields))| Ok((target.to_owned(), read_flags(key, &fields)?)));
            read.collect::<Result<Vec<_>>>()
        });
        Ok(futures_util::future::try_join_all(reads).await?.into_iter().flatten().collect())
    }

    /// Takes flags away, each said by its target and by who flagged it (nobody, to say the target alone). A target that then has
    /// none leaves the index.
    pub(crate) async fn remove_flags(&self, flags: &[(&str, &str)]) -> Result<()> {
        let mut groups: BTreeMap<u16, Vec<String>> = BTreeMap::new();
        for (target, user) in flags {
            let args = [self.flags_key(target), (*target).to_owned(), (*user).to_owned()];
            groups.entry(self.partition(target)).or_default().extend(args);
        }
        let writes = groups.into_iter().map(|(partition, args)| async move {
            let _: i64 = self.redis.script(&UNFLAG, &self.flagged_key(partition), &args).await?;
            self.confirm(partition, Proof::Order).await
        });
        futures_util::future::try_join_all(writes).await.map(drop)
    }
}

/// The flags in a hash, by who flagged.
fn read_flags(key: &str, fields: &[Vec<u8>]) -> Result<HashMap<String, Flag>> {
    let pairs = fields.chunks_exact(2);
    pairs.map(|pair| Ok((String::from_utf8_lossy(&pair[0]).into_owned(), parse(key, &pair[1])?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_target_is_listed_for_as_long_as_it_has_flags() {
        crate::store::with_store(async |store| {
            let flags = [("message:a", "ada"), ("message:a", "bob"), ("message:b", "ada"), ("user:bob", "ada")];
            for (target, user) in flags {
                let tx = store.put_flag(target, user, &Flag::default()).expect("is written");
                tx.commit(store).await.expect("commits");
            }
            assert_eq!(store.flagged_messages(10).await.expect("reads"), ["b", "a"]);
            assert_eq!(store.flagged_messages(1).await.expect("reads"), ["b"]);
            store.remove_flags(&[("message:a", "ada"), ("message:b", "")]).await.expect("removes");
            assert_eq!(store.flagged_messages(10).await.expect("reads"), ["b", "a"]);
            let targets = ["message:a", "message:b", "message:c"].map(str::to_owned);
            let flags = store.flags(&targets).await.expect("reads");
            let reporters = targets.map(|target| flags[&target].keys().cloned().collect::<Vec<_>>().join(" "));
            assert_eq!(reporters, ["bob", "ada", ""]);
            store.remove_flags(&[("message:a", "bob"), ("user:bob", "ada")]).await.expect("removes");
            assert_eq!(store.flagged_messages(10).await.expect("reads"), ["b"]);
        })
        .await;
    }
}
