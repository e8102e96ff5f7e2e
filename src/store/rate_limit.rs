//! Limits that all nodes share.

use std::sync::LazyLock;
use std::time::Duration;

use super::Store;
use super::redis::Script;
use crate::error::Result;

static SCRIPT: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("scripts/rate_limit.lua")));

impl Store {
    /// Takes one of `burst` calls per `per` that `name` has. `None`: go ahead; otherwise the seconds to wait, and the call
    /// was not counted.
    pub(crate) async fn rate_limit(&self, name: &str, burst: u32, per: Duration) -> Result<Option<u64>> {
        let wait = self.bucket(name, burst, per, "take").await?;
        Ok((wait > 0).then(|| wait.div_ceil(1_000_000)))
    }

    /// Gives back what [`Store::rate_limit`] took.
    pub(crate) async fn rate_limit_back(&self, name: &str, burst: u32, per: Duration) -> Result<()> {
        self.bucket(name, burst, per, "give").await.map(drop)
    }

    async fn bucket(&self, name: &str, burst: u32, per: Duration, verb: &str) -> Result<u64> {
        let interval = per.as_micros() / u128::from(burst.max(1));
        let args = [interval.to_string(), burst.to_string(), verb.to_owned()];
        self.redis.script(&SCRIPT, &self.rate_limit_key(name), &args).await
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::store::with_store;

    const MINUTES: Duration = Duration::from_secs(15 * 60);

    #[tokio::test]
    async fn a_burst_and_then_one_at_a_time() {
        with_store(async |store| {
            for _ in 0..10 {
                assert_eq!(store.rate_limit("ana", 10, MINUTES).await.unwrap(), None);
            }
            let wait = store.rate_limit("ana", 10, MINUTES).await.unwrap();
            assert!((89..=90).contains(&wait.unwrap()), "{wait:?}");
            assert_eq!(store.rate_limit("bob", 10, MINUTES).await.unwrap(), None);

            store.rate_limit_back("ana", 10, MINUTES).await.unwrap();
            assert_eq!(store.rate_limit("ana", 10, MINUTES).await.unwrap(), None);
            assert!(store.rate_limit("ana", 10, MINUTES).await.unwrap().is_some());
        })
        .await;
    }

    #[tokio::test]
    async fn callers_at_once_share_the_burst() {
        with_store(async |store| {
            let tries = (0..100).map(|_| store.rate_limit("ana", 10, MINUTES));
            let waits = futures_util::future::try_join_all(tries).await.unwrap();
            assert_eq!(waits.iter().filter(|wait| wait.is_none()).count(), 10);
        })
        .await;
    }

    #[tokio::test]
    async fn what_is_given_back_unused_leaves_nothing() {
        with_store(async |store| {
            store.rate_limit("ana", 1, MINUTES).await.unwrap();
            store.rate_limit_back("ana", 1, MINUTES).await.unwrap();
            store.rate_limit_back("ana", 1, MINUTES).await.unwrap();
            assert_eq!(store.rate_limit("ana", 1, MINUTES).await.unwrap(), None);
            assert_eq!(store.rate_limit("ana", 1, MINUTES).await.unwrap(), Some(900));
        })
        .await;
    }
}
