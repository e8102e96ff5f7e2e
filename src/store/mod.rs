//! Where things last: the only room that knows Redis.
//!
//! Records hold ids, not copies of other objects. A change is one [`Transaction`]; a list is read with one script per
//! partition or channel, all of them under way at once.

mod accounts;
mod addresses;
mod cache;
mod channels;
mod cluster;
mod cooldowns;
mod devices;
mod drafts;
mod ephemeral;
mod hashes;
pub mod health;
mod history;
mod indexed;
mod keys;
mod links;
mod locations;
mod log;
mod members;
mod messages;
mod moderation;
mod newest;
mod nodes;
mod own;
mod pages;
mod pending;
mod polls;
pub mod private;
mod reads;

mod push;
mod rate_limit;
mod reactions;
mod record;
mod redis;
mod reminders;
mod replicas;
mod search;
mod settings;
mod sizes;
mod states;
mod threads;
mod transaction;
mod truncation;
mod unread;
mod uploads;
mod user_groups;
mod users;
mod watching;

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

#[cfg(test)]
pub(crate) use accounts::tests::with_store;
pub(crate) use accounts::{Account, SESSION_LASTS, Written};
pub(crate) use addresses::{AddressBan, AddressBans};
pub(crate) use channels::{Channel, Page, PageOf};
pub(crate) use devices::{Device, PushPreferences, Wishes};
pub(crate) use drafts::Draft;
pub(crate) use history::Version;
pub(crate) use indexed::Indexed;
pub(crate) use locations::{GEOLOCATION, Location};
pub(crate) use log::{Audience, Counts, Cursor, Effect, Entry, Event, Header, Polled};
pub(crate) use members::Member;
pub(crate) use messages::{Message, Pin};
pub(crate) use moderation::{ChannelBan, Flag};
pub(crate) use nodes::Estate;
pub(crate) use own::{Block, Mute, Own};
pub(crate) use pages::{MessageRow, Messages};
pub(crate) use pending::Pending;
pub(crate) use polls::{Ballot, Home, Poll, PollOption, PollState, Vote, Walk};
pub(crate) use push::{Notification, PushJob, Settled, Taken};
pub(crate) use reactions::{LatestReaction, Reaction};
pub(crate) use reads::{Read, UserChannel};
pub(crate) use reminders::{Due, Reminder};
pub(crate) use search::{Places, is_before};
pub(crate) use settings::Settings;
pub(crate) use sizes::Sizes;
pub(crate) use states::{ChannelSnapshot, StatePages};
pub(crate) use threads::{Thread, ThreadData, ThreadRead};
pub(crate) use transaction::{Outcome, Tick, Transaction};
pub(crate) use truncation::ALL_MESSAGES;
pub(crate) use unread::{ChannelUnread, ThreadUnread, UNREAD};
pub(crate) use uploads::{Files, Unfinished, Upload};
pub(crate) use user_groups::{GroupMember, UserGroup};
pub(crate) use users::{Ban, User};
pub(crate) use watching::{Belongings, ConnectionKey, Opened, Watch};

use crate::config::{Durability, Promise};
use crate::error::Result;
use crate::limits;
use crate::wire::Time;
use cache::Cache;
use redis::Redis;
use replicas::{Proof, Replicas};

/// All that lasts, and what this node remembers of it.
pub struct Store {
    redis: Redis,
    prefix: String,
    partitions: u16,
    /// What an acknowledged write survives; nothing is known of a Redis that keeps nothing on its disk.
    kept: Option<Durability>,
    /// Who waits for replicas, where that is promised.
    replicas: Option<Replicas>,
    /// When this node began to count time: unlike the machine's clock, nobody sets that anew.
    began: Instant,
    /// Redis' time at that moment, in microseconds.
    began_at: AtomicI64,
    /// Readers that follow the log at this moment.
    following: Mutex<usize>,
    users: Cache<Option<Arc<User>>>,
    owns: Cache<Arc<Own>>,
    channels: Cache<Option<Arc<Channel>>>,
    members: Cache<Option<Arc<Member>>>,
    newest: Cache<Option<Arc<ChannelSnapshot>>>,
    seen: Cache<Arc<HashMap<String, UserChannel>>>,
    /// The cid that a message id was claimed for.
    claims: Cache<Arc<str>>,
    heard: newest::Heard,
    settings: RwLock<Arc<Settings>>,
    address_bans: RwLock<Arc<AddressBans>>,
}

impl Store {
    /// Opens the keyspace, fixing its number of partitions if this is the first time. Refuses a Redis that cannot keep what
    /// is promised.
    pub async fn open(url: &str, prefix: &str, promise: &Promise) -> anyhow::Result<Store> {
        let redis = Redis::connect(url).await?;
        let kept = health::at_start(&redis, promise).await?;
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
            kept,
            replicas: (kept == Some(Durability::Replicated)).then(|| Replicas::new(promise, partitions)),
            began: Instant::now(),
            began_at: AtomicI64::new(0),
            following: Mutex::new(0),
            users: Cache::new(),
            owns: Cache::new(),
            channels: Cache::new(),
            members: Cache::new(),
            newest: Cache::of(limits::NEWEST_CHANNELS),
            seen: Cache::of(limits::SEEN_USERS),
            claims: Cache::of(limits::CLAIMS),
            heard: newest::Heard::default(),
            settings: RwLock::default(),
            address_bans: RwLock::default(),
        };
        store.sync_clock().await?;
        store.reload_settings().await?;
        Ok(store)
    }

    /// What an acknowledged write survives.
    pub fn durability(&self) -> Option<Durability> {
        self.kept
    }

    /// Redis' time as this node knows it; see [`Store::sync_clock`]. Nothing orders by it: order is fixed by scripts.
    pub fn now(&self) -> Time {
        Time(self.began_at.load(Ordering::Relaxed) + self.elapsed())
    }

    fn elapsed(&self) -> i64 {
        self.began.elapsed().as_micros() as i64
    }

    /// Asks Redis for its time, and goes on counting from there.
    pub async fn sync_clock(&self) -> Result<()> {
        let before = self.elapsed();
        let (seconds, micros): (i64, i64) = self.redis.call(&::redis::cmd("TIME")).await?;
        let middle = before + (self.elapsed() - before) / 2;
        self.began_at.store(seconds * 1_000_000 + micros - middle, Ordering::Relaxed);
        Ok(())
    }

    /// Whether Redis answers.
    pub async fn ping(&self) -> Result<()> {
        let _pongs: Vec<(String, String)> = self.redis.on_masters(&::redis::cmd("PING")).await?;
        Ok(())
    }

    /// One reader follows its part of the log until the guard is dropped. While all of them do, caches are believed.
    pub(crate) fn following(&self) -> Following<'_> {
        self.count_readers(1);
        Following(self)
    }

    fn count_readers(&self, more: isize) {
        // A panic while the lock was held left the number itself whole.
        let mut following = self.following.lock().unwrap_or_else(PoisonError::into_inner);
        *following = following.saturating_add_signed(more);
        let trusted = *following == self.log_readers();
        self.users.trust(trusted);
        self.owns.trust(trusted);
        self.channels.trust(trusted);
        self.members.trust(trusted);
        self.newest.trust(trusted);
        self.seen.trust(trusted);
        self.claims.trust(trusted);
    }

    /// Corrects the caches as an entry of the log says.
    pub(crate) fn obey(&self, entry: &Entry) {
        for effect in &entry.header.effects {
            self.obey_effect(effect, entry.at);
        }
        self.forget_newest(entry);
    }

    fn obey_effect(&self, effect: &Effect, at: Time) {
        match effect {
            Effect::User(id) => self.users.forget(id),
            Effect::Own(id) => self.owns.forget(id),
            Effect::Keeps(id) => self.note_kept(id),
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
            Effect::Member(cid, user) => self.members.forget(&members::cache_key(cid, user)),
            Effect::Joined(cid, user) | Effect::Left(cid, user) => {
                self.members.forget(&members::cache_key(cid, user));
                self.seen.forget(user);
            }
            Effect::Hidden { user, .. } => self.seen.forget(user),
            _ => {}
        }
    }
}

/// A reader that follows the log; see [`Store::following`].
pub(crate) struct Following<'a>(&'a Store);

impl Drop for Following<'_> {
    fn drop(&mut self) {
        self.0.count_readers(-1);
    }
}

fn local_micros() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros() as i64)
}
