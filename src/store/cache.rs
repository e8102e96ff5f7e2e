//! What a node remembers of records, kept true by the log.
//!
//! A record is loaded once and dropped when an event says that it changed. A load that was under way when the event passed is
//! answered but not kept, so a stale record can never settle.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use foldhash::quality::RandomState;

use crate::error::Result;
use crate::limits;

const SHARDS: usize = 16;

pub(super) struct Cache<V> {
    shards: [Mutex<Shard<V>>; SHARDS],
    hasher: RandomState,
    /// Off while the log is not being followed.
    trusted: AtomicBool,
    /// Most records that are kept.
    most: usize,
}

struct Shard<V> {
    entries: HashMap<Box<str>, V, RandomState>,
    /// Loads under way: how many, and whether the record changed meanwhile.
    loading: HashMap<Box<str>, (u32, bool), RandomState>,
}

impl<V: Clone> Cache<V> {
    pub fn new() -> Self {
        Cache::of(limits::CACHE_ENTRIES)
    }

    /// A cache of at most so many records.
    pub fn of(most: usize) -> Self {
        Cache {
            most,
            shards: std::array::from_fn(|_| {
                Mutex::new(Shard { entries: HashMap::default(), loading: HashMap::default() })
            }),
            hasher: RandomState::default(),
            trusted: AtomicBool::new(false),
        }
    }

    fn shard(&self, key: &str) -> std::sync::MutexGuard<'_, Shard<V>> {
        let shard = &self.shards[self.hasher.hash_one(key) as usize % SHARDS];
        // A panic while the lock was held left the maps themselves whole.
        shard.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Believe what is kept (the log is being followed), or not.
    pub fn trust(&self, trusted: bool) {
        self.trusted.store(trusted, Ordering::Release);
        if !trusted {
            self.clear();
        }
    }

    pub fn is_trusted(&self) -> bool {
        self.trusted.load(Ordering::Acquire)
    }

    pub fn get(&self, key: &str) -> Option<V> {
        if !self.is_trusted() {
            return None;
        }
        self.shard(key).entries.get(key).cloned()
    }

    /// The record, from memory or through `load`.
    pub async fn get_or_load(&self, key: &str, load: impl Future<Output = Result<V>>) -> Result<V> {
        if let Some(value) = self.get(key) {
            return Ok(value);
        }
        let loading = self.begin(key);
        let value = load.await?;
        loading.keep(value.clone());
        Ok(value)
    }

    /// Announces a load; [`Loading::keep`] ends it. Dropping it ends it too.
    pub fn begin<'a>(&'a self, key: &'a str) -> Loading<'a, V> {
        self.shard(key).loading.entry(key.into()).or_insert((0, false)).0 += 1;
        Loading { cache: self, key }
    }

    /// The record changed: forget it.
    pub fn forget(&self, key: &str) {
        let mut shard = self.shard(key);
        shard.entries.remove(key);
        if let Some(loading) = shard.loading.get_mut(key) {
            loading.1 = true;
        }
    }

    /// All records whose key begins so changed: forget them. Looks at everything that is kept, so this is for rare changes.
    pub fn forget_all(&self, prefix: &str) {
        for shard in &self.shards {
            let mut shard = shard.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            shard.entries.retain(|key, _| !key.starts_with(prefix));
            shard
                .loading
                .iter_mut()
                .filter(|(key, _)| key.starts_with(prefix))
                .for_each(|(_, loading)| loading.1 = true);
        }
    }

    /// Corrects a kept record in place.
    pub fn correct(&self, key: &str, correct: impl FnOnce(&mut V)) {
        let mut shard = self.shard(key);
        if let Some(loading) = shard.loading.get_mut(key) {
            loading.1 = true;
        }
        if let Some(value) = shard.entries.get_mut(key) {
            correct(value);
        }
    }

    fn clear(&self) {
        for shard in &self.shards {
            let mut shard = shard.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            shard.entries.clear();
            shard.loading.values_mut().for_each(|loading| loading.1 = true);
        }
    }
}

/// A load under way.
pub(super) struct Loading<'a, V: Clone> {
    cache: &'a Cache<V>,
    key: &'a str,
}

impl<V: Clone> Loading<'_, V> {
    /// Keeps the loaded value, unless the record changed meanwhile.
    pub fn keep(self, value: V) {
        let mut shard = self.cache.shard(self.key);
        let changed = shard.loading.get(self.key).is_none_or(|loading| loading.1);
        if !changed && self.cache.trusted.load(Ordering::Acquire) {
            if shard.entries.len() >= self.cache.most / SHARDS {
                // Full: any entry will do, and the map's order is random enough.
                if let Some(victim) = shard.entries.keys().next().cloned() {
                    shard.entries.remove(&victim);
                }
            }
            shard.entries.insert(self.key.into(), value);
        }
    }
}

impl<V: Clone> Drop for Loading<'_, V> {
    fn drop(&mut self) {
        let mut shard = self.cache.shard(self.key);
        if let Some(loading) = shard.loading.get_mut(self.key) {
            loading.0 -= 1;
            if loading.0 == 0 {
                shard.loading.remove(self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_record_that_changes_while_it_is_loaded_is_not_kept() {
        let cache = Cache::new();
        cache.trust(true);
        let value = cache
            .get_or_load("ada", async {
                cache.forget("ada");
                Ok(1)
            })
            .await
            .unwrap();
        assert_eq!((value, cache.get("ada")), (1, None));
        cache.get_or_load("ada", async { Ok(2) }).await.unwrap();
        assert_eq!(cache.get("ada"), Some(2));
        cache.trust(false);
        assert_eq!(cache.get("ada"), None);
    }
}
