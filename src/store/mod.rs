//! Where things last: the only room that knows Redis.
//!
//! Records hold ids, not copies of other objects. A change is one [`Transaction`]; a list is read with one script per
//! partition or channel, all of them under way at once.

mod accounts;
mod cache;
mod channels;
mod keys;
mod log;
mod members;
mod messages;
mod moderation;
mod nodes;
mod own;
pub mod private;
mod reads;

mod rate_limit;
mod reactions;
mod record;
mod redis;
mod settings;
mod transaction;
mod truncation;
mod unread;
mod uploads;
mod users;
mod watching;

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, RwLock};
use std::time::{SystemTime, UNIX_EPOCH};

#[cfg(test)]
pub(crate) use accounts::tests::with_store;
pub(crate) use accounts::{Account, SESSION_LASTS, Written};
pub(crate) use channels::{Channel, ChannelSnapshot, Page, PageOf, StatePages};
pub(crate) use log::{Audience, Counts, Cursor, Effect, Entry, Event, Header};
pub(crate) use members::Member;
pub(crate) use messages::{Message, MessageRow, Messages, Pin};
pub(crate) use moderation::{ChannelBan, Flag};
pub(crate) use own::{Block, Mute, Own};
pub(crate) use reactions::{LatestReaction, Reaction};
pub(crate) use reads::{Read, ThreadRead, UserChannel};
pub(crate) use settings::Settings;
pub(crate) use transaction::{Outcome, Tick, Transaction};
pub(crate) use truncation::ALL_MESSAGES;
pub(crate) use unread::{ChannelUnread, ThreadUnread, UNREAD};
pub(crate) use uploads::{Files, Unfinished, Upload};
pub(crate) use users::{Ban, User};
pub(crate) use watching::{ConnectionKey, Watch};

use crate::error::Result;
use crate::limits;
use crate::wire::Time;
use cache::Cache;
use redis::Redis;

/// All that lasts, and what this node remembers of it.
pub struct Store {
    redis: Redis,
    prefix: String,
    partitions: u16,
    /// Redis' clock minus ours, in microseconds.
    clock_offset: AtomicI64,
    users: Cache<Option<Arc<User>>>,
    owns: Cache<Arc<Own>>,
    channels: Cache<Option<Arc<Channel>>>,
    members: Cache<Option<Arc<Member>>>,
    settings: RwLock<Arc<Settings>>,
}

// `own` is the user's own record.
impl Store {
    /// Opens the keyspace, fixing its number of partitions if this is the first time. Refuses a Redis that evicts.
    pub async fn open(url: &str, prefix: &str) -> anyhow::Result<Store> {
        let redis = Redis::connect(url).await?;
        if !redis.is_cluster() {
            redis.require_no_eviction().await?;
        }
        let meta = Self::meta_key(prefix);
        let mut cmd = ::redis::cmd("HSETNX");
        cmd.arg(&meta).arg("partitions").arg(limits::PARTITIONS);
        let _: bool = redis.call(&cmd).await?;
        let partitions: u16 = redis.call(::redis::cmd("HGET").arg(&meta).arg("partitions")).await?;
        anyhow::ensure!(partitions > 0, "the keyspace's meta key {meta} holds no number of partitions");
        let store = Store {
            redis,
            prefix: prefix.to_owned(),
            partitions,
            clock_offset: AtomicI64::new(0),
            users: Cache::new(),
            owns: Cache::new(),
            channels: Cache::new(),
            members: Cache::new(),
            settings: RwLock::default(),
        };
        store.sync_clock().await?;
        store.reload_settings().await?;
        Ok(store)
    }

    /// Redis' time as this node knows it; see [`Store::sync_clock`]. Nothing orders by it: order is fixed by scripts.
    pub fn now(&self) -> Time {
        Time(local_micros() + self.clock_offset.load(Ordering::Relaxed))
    }

    /// Asks Redis for its time and remembers how far ours is off.
    pub async fn sync_clock(&self) -> Result<()> {
        let before = local_micros();
        let (seconds, micros): (i64, i64) = self.redis.call(&::redis::cmd("TIME")).await?;
        let middle = before + (local_micros() - before) / 2;
        self.clock_offset.store(seconds * 1_000_000 + micros - middle, Ordering::Relaxed);
        Ok(())
    }

    /// Whether Redis answers.
    pub async fn ping(&self) -> Result<()> {
        self.redis.call(&::redis::cmd("PING")).await
    }

    /// The log is being followed from now on (`true`), or no longer: caches are believed, or emptied.
    pub(crate) fn trust_caches(&self, trusted: bool) {
        self.users.trust(trusted);
        self.owns.trust(trusted);
        self.channels.trust(trusted);
        self.members.trust(trusted);
    }

    /// Corrects the caches as an event of the log says.
    pub(crate) fn obey(&self, effect: &Effect, at: Time) {
        match effect {
            Effect::User(id) => self.users.forget(id),
            Effect::Own(id) => self.owns.forget(id),
            Effect::Channel(cid) | Effect::Gone(cid) | Effect::Truncated { cid, .. } | Effect::Uncounts { cid, .. } => {
                self.channels.forget(cid);
                if matches!(effect, Effect::Gone(_)) {
                    self.forget_members(cid);
                }
            }
            Effect::LastMessage(cid) => self.channels.correct(cid, |channel| {
                if let Some(channel) = channel {
                    Arc::make_mut(channel).note_message(at);
                }
            }),
            Effect::Member(cid, user) | Effect::Joined(cid, user) | Effect::Left(cid, user) => {
                self.members.forget(&members::cache_key(cid, user));
            }
            _ => {}
        }
    }
}

fn local_micros() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros() as i64)
}
