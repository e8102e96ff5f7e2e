//! Entries of a user's own indexes of things that live elsewhere: the channel where each is, and since when the index says so.
//!
//! An index is written before the thing itself, so it may be too large. What is found to be gone is taken out on reading, unless
//! it was only just put in: then the thing itself may still be on its way.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::Store;
use super::redis::Script;
use crate::error::Result;
use crate::limits;
use crate::wire::Time;

/// Takes entries out that are still as they were read.
pub(super) static FORGET: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("scripts/forget_entries.lua")));

/// Where something of a user's is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Indexed {
    pub cid: String,
    /// When the entry was written; zero where that was not noted.
    pub since: Time,
    /// As it is kept.
    text: String,
}

impl Indexed {
    fn read(text: String) -> Indexed {
        let (since, cid) = match text.split_once(' ') {
            Some((since, cid)) => (since.parse().map_or(Time(0), Time), cid.to_owned()),
            None => (Time(0), text.clone()),
        };
        Indexed { cid, since, text }
    }
}

/// The entries of an index by their fields.
pub(super) fn read(found: HashMap<String, String>) -> HashMap<String, Indexed> {
    found.into_iter().map(|(field, text)| (field, Indexed::read(text))).collect()
}

impl Store {
    pub(super) async fn put_indexed(&self, key: &str, field: &str, cid: &str) -> Result<()> {
        let entry = format!("{} {cid}", self.now().micros());
        self.write(key, redis::cmd("HSET").arg(key).arg(field).arg(entry)).await
    }

    pub(super) async fn indexed(&self, key: &str) -> Result<HashMap<String, Indexed>> {
        Ok(read(self.redis.call(redis::cmd("HGETALL").arg(key)).await?))
    }

    /// Takes out the entries that are still as they were read and not from just now.
    pub(super) async fn forget_indexed(&self, key: &str, gone: &[(String, Indexed)]) -> Result<()> {
        let before = self.now().plus_seconds(-(limits::INDEX_GRACE.as_secs() as i64));
        let old = gone.iter().filter(|(_, entry)| entry.since < before);
        let args: Vec<&str> = old.flat_map(|(field, entry)| [field.as_str(), entry.text.as_str()]).collect();
        for args in args.chunks(1000) {
            let _: i64 = self.redis.script(&FORGET, key, args).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_knows_its_channel_with_and_without_a_moment() {
        let entry = |text: &str| Indexed::read(text.to_owned());
        assert_eq!((entry("12 team:a").cid.as_str(), entry("12 team:a").since), ("team:a", Time(12)));
        assert_eq!((entry("team:a").cid.as_str(), entry("team:a").since), ("team:a", Time(0)));
    }

    #[tokio::test]
    async fn an_index_shrinks_by_what_is_old_and_as_it_was_read() {
        crate::store::with_store(async |store| {
            let key = store.user_threads_key("ada");
            for parent in ["old", "rewritten"] {
                let mut cmd = redis::cmd("HSET");
                let _: i64 = store.redis.call(cmd.arg(&key).arg(parent).arg("12 team:a")).await.expect("it is written");
            }
            store.index_thread("ada", "fresh", "team:a").await.expect("it is written");
            let read: Vec<_> = store.user_threads("ada").await.expect("it is read").into_iter().collect();
            store.index_thread("ada", "rewritten", "team:b").await.expect("it is written again");
            store.forget_threads("ada", &read).await.expect("it is repaired");
            let mut left: Vec<_> = store.user_threads("ada").await.expect("it is read").into_keys().collect();
            left.sort();
            assert_eq!(left, ["fresh", "rewritten"]);
        })
        .await;
    }
}
