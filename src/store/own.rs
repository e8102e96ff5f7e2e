//! What only the user himself sees: whom and what he muted, whom he blocked, his devices and what they are to be told.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Serialize};

use super::record::{micros, parse};
use super::{Device, PushPreferences, Store, Transaction, Wishes};
use crate::error::Result;
use crate::wire::Time;

/// A muted user or channel; `target` is the user id or the cid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Mute {
    pub target: String,
    #[serde(with = "micros")]
    pub created_at: Time,
    #[serde(with = "micros")]
    pub updated_at: Time,
    #[serde(default, with = "micros::option", skip_serializing_if = "Option::is_none")]
    pub expires: Option<Time>,
}

impl Mute {
    pub fn holds(&self, now: Time) -> bool {
        self.expires.is_none_or(|expires| now < expires)
    }
}

/// A blocked user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Block {
    pub user: String,
    #[serde(with = "micros")]
    pub created_at: Time,
}

/// The record; `at` is zero while none was written.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Own {
    #[serde(default, with = "micros", skip_serializing)]
    pub at: Time,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mutes: Vec<Mute>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channel_mutes: Vec<Mute>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocks: Vec<Block>,
    /// Oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<Device>,
    /// Boxed, as few ever set them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub push: Option<Box<PushPreferences>>,
}

/// What most people have: nothing, and all of them the same, which keeps it at hand while thousands are looked up.
static NOTHING: LazyLock<Arc<Own>> = LazyLock::new(Arc::default);

impl Own {
    /// From the record; an empty one is nobody's.
    pub(super) fn read(key: &str, json: &[u8]) -> Result<Arc<Own>> {
        if json.is_empty() { Ok(NOTHING.clone()) } else { Ok(Arc::new(parse(key, json)?)) }
    }

    pub fn mutes_user(&self, id: &str, now: Time) -> bool {
        self.mutes.iter().any(|mute| mute.target == id && mute.holds(now))
    }

    pub fn mutes_channel(&self, cid: &str, now: Time) -> bool {
        self.channel_mutes.iter().any(|mute| mute.target == cid && mute.holds(now))
    }

    /// Whether no author's messages are left out of what he has not read.
    pub fn counts_everybody(&self) -> bool {
        self.mutes.is_empty() && self.blocks.is_empty()
    }

    /// What he wants to be notified of in this channel alone.
    pub fn push_in(&self, cid: &str) -> Option<&Wishes> {
        self.push.as_ref()?.channels.get(cid)
    }

    pub fn blocks(&self, id: &str) -> bool {
        self.blocks.iter().any(|block| block.user == id)
    }
}

impl Store {
    pub(crate) async fn own(&self, id: &str) -> Result<Arc<Own>> {
        self.owns.get_or_load(id, self.fresh_own(id)).await
    }

    /// The same of several, those who have none included; one round trip for those that memory does not know.
    pub(crate) async fn owns_of<'a>(&self, ids: impl Iterator<Item = &'a str>) -> Result<HashMap<&'a str, Arc<Own>>> {
        let (mut found, mut missing) = (HashMap::new(), Vec::new());
        for id in ids {
            match self.owns.get(id) {
                Some(own) => _ = found.insert(id, own),
                None => missing.push(id),
            }
        }
        let loads = self.by_partition(missing.into_iter()).into_values().map(|ids| async move {
            let loading: Vec<_> = ids.iter().map(|id| self.owns.begin(id)).collect();
            let mut cmd = redis::cmd("MGET");
            ids.iter().for_each(|id| _ = cmd.arg(self.own_key(id)));
            let rows: Vec<Option<Vec<u8>>> = self.redis.call(&cmd).await?;
            let mut owns = Vec::with_capacity(ids.len());
            for ((id, loading), json) in ids.into_iter().zip(loading).zip(rows) {
                let own = Own::read(&self.own_key(id), &json.unwrap_or_default())?;
                loading.keep(own.clone());
                owns.push((id, own));
            }
            Ok::<_, crate::error::ApiError>(owns)
        });
        found.extend(futures_util::future::try_join_all(loads).await?.into_iter().flatten());
        Ok(found)
    }

    pub(crate) async fn fresh_own(&self, id: &str) -> Result<Arc<Own>> {
        let key = self.own_key(id);
        let json: Option<Vec<u8>> = self.redis.call(redis::cmd("GET").arg(&key)).await?;
        Own::read(&key, &json.unwrap_or_default())
    }

    /// A transaction in the user's partition that writes the record, if it is still as it was read.
    pub(crate) fn put_own(&self, id: &str, own: &Own) -> Result<Transaction> {
        let key = self.own_key(id);
        let mut tx = Transaction::new(self.partition(id));
        if own.at == Time(0) {
            tx.absent(key.clone(), "own");
        } else {
            tx.unchanged(key.clone(), own.at, "own");
        }
        tx.stamp(key, own)?;
        Ok(tx)
    }
}
