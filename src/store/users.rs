//! Users as they last.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::record::{is_default, micros, parse};
use super::redis::Script;
use super::{Outcome, Store, Transaction};
use crate::error::Result;
use crate::wire::users::UserResponse;
use crate::wire::{Memo, Time};

pub(super) static RECORDS: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("scripts/records.lua")));

/// Whether something is so, set in place when the log says that it is. Copies begin as they were copied; values that differ in
/// nothing else are equal.
#[derive(Debug, Default)]
pub(crate) struct Flag(AtomicBool);

impl Flag {
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    pub fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Clone for Flag {
    fn clone(&self) -> Self {
        Flag(AtomicBool::new(self.is_set()))
    }
}

impl PartialEq for Flag {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// A ban in the whole app.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Ban {
    #[serde(with = "micros")]
    pub created_at: Time,
    #[serde(default, with = "micros::option", skip_serializing_if = "Option::is_none")]
    pub expires: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub shadow: bool,
}

impl Ban {
    /// Whether the ban holds at `now`.
    pub fn holds(&self, now: Time) -> bool {
        self.expires.is_none_or(|expires| now < expires)
    }
}

/// A user. `at` is `updated_at`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct User {
    #[serde(with = "micros", skip_serializing)]
    pub at: Time,
    pub id: String,
    /// Unset until the second write: then the first one's `at`.
    #[serde(default, with = "micros::option", skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    pub role: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub language: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub teams: Vec<String>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub teams_role: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub invisible: bool,
    /// Which of `typing_indicators`, `read_receipts`, `delivery_receipts` were set, and how.
    #[serde(default, skip_serializing_if = "is_default")]
    pub privacy: BTreeMap<String, bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ban: Option<Ban>,
    #[serde(default, with = "micros::option", skip_serializing_if = "Option::is_none")]
    pub deactivated_at: Option<Time>,
    #[serde(default, with = "micros::option", skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Time>,
    /// Tokens issued before this moment, and tokens without one, are refused.
    #[serde(default, with = "micros::option", skip_serializing_if = "Option::is_none")]
    pub revoke_tokens_issued_before: Option<Time>,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub custom: Map<String, Value>,
    /// Kept beside the record, because it changes without being an update.
    #[serde(skip)]
    pub last_active: Option<Time>,
    /// Whether any connection is open. What others see also depends on `invisible`.
    #[serde(skip)]
    pub connected: bool,
    /// Whether he may keep drafts or reminders: of nearly everybody this says that there are none to look for.
    #[serde(skip)]
    pub keeps: Flag,
    /// The user as others see him; see `chat/respond`.
    #[serde(skip)]
    pub shown: Memo<Arc<UserResponse>>,
}

impl User {
    pub fn new(id: &str, role: &str) -> User {
        User { id: id.to_owned(), role: role.to_owned(), ..User::default() }
    }

    pub fn created_at(&self) -> Time {
        self.created_at.unwrap_or(self.at)
    }

    pub fn updated_at(&self) -> Time {
        self.at
    }

    /// Whether the user lets others see this (`typing_indicators`, `read_receipts`, `delivery_receipts`).
    pub fn shares(&self, what: &str) -> bool {
        self.privacy.get(what).copied().unwrap_or(true)
    }

    pub fn is_banned(&self, now: Time) -> bool {
        self.ban.as_ref().is_some_and(|ban| !ban.shadow && ban.holds(now))
    }

    pub fn is_shadow_banned(&self, now: Time) -> bool {
        self.ban.as_ref().is_some_and(|ban| ban.shadow && ban.holds(now))
    }
}

impl Store {
    /// The user, from memory or Redis.
    pub(crate) async fn user(&self, id: &str) -> Result<Option<Arc<User>>> {
        self.users.get_or_load(id, async { Ok(self.load_users(&[id]).await?.remove(id)) }).await
    }

    /// The user as Redis has him now.
    pub(crate) async fn fresh_user(&self, id: &str) -> Result<Option<Arc<User>>> {
        Ok(self.load_users(&[id]).await?.remove(id))
    }

    /// The users that exist among `ids`; one round trip for those that memory does not know.
    pub(crate) fn users<'s, 'a>(
        &'s self,
        ids: impl IntoIterator<Item = &'a str>,
    ) -> BoxFuture<'s, Result<HashMap<String, Arc<User>>>> {
        let mut found = HashMap::new();
        let mut missing: Vec<String> = Vec::new();
        for id in ids {
            match self.users.get(id) {
                _ if found.contains_key(id) => {}
                Some(Some(user)) => {
                    found.insert(id.to_owned(), user);
                }
                Some(None) => {}
                None => missing.push(id.to_owned()),
            }
        }
        missing.sort_unstable();
        missing.dedup();
        Box::pin(async move {
            if !missing.is_empty() {
                let loading: Vec<_> = missing.iter().map(|id| (id, self.users.begin(id))).collect();
                let ids: Vec<&str> = missing.iter().map(String::as_str).collect();
                let loaded = self.load_users(&ids).await?;
                for (id, loading) in loading {
                    loading.keep(loaded.get(id).cloned());
                }
                found.extend(loaded);
            }
            Ok(found)
        })
    }

    async fn load_users(&self, ids: &[&str]) -> Result<HashMap<String, Arc<User>>> {
        let groups = self.by_partition(ids.iter().copied());
        let loads = groups.into_values().map(|ids| async move {
            let mut args = vec!["users".to_owned()];
            for id in &ids {
                args.extend([self.user_key(id), self.last_active_key(id), self.connections_key(id)]);
                args.extend([self.drafts_key(id), self.reminders_key(id)]);
            }
            let key = self.user_key(ids[0]);
            let rows: Vec<Vec<u8>> = self.redis.script(&RECORDS, &key, &args).await?;
            let mut users = Vec::new();
            for (id, row) in ids.iter().zip(rows.chunks_exact(4)) {
                if row[0].is_empty() {
                    continue;
                }
                let mut user: User = parse(&self.user_key(id), &row[0])?;
                user.last_active = std::str::from_utf8(&row[1]).ok().and_then(|text| text.parse().ok()).map(Time);
                user.connected = row[2] == b"1";
                if row[3] == b"1" {
                    user.keeps.set();
                }
                users.push(((*id).to_owned(), Arc::new(user)));
            }
            Ok(users)
        });
        let loaded = futures_util::future::try_join_all(loads).await?;
        Ok(loaded.into_iter().flatten().collect())
    }

    /// Names grouped by their partition.
    pub(super) fn by_partition<'a>(&self, names: impl Iterator<Item = &'a str>) -> BTreeMap<u16, Vec<&'a str>> {
        let mut groups: BTreeMap<u16, Vec<&str>> = BTreeMap::new();
        for name in names {
            groups.entry(self.partition(name)).or_default().push(name);
        }
        groups
    }

    /// A transaction in the user's partition that writes the record, if it is still as `user` was read (or absent, if new).
    pub(crate) fn put_user(&self, user: &User, is_new: bool) -> Result<Transaction> {
        let key = self.user_key(&user.id);
        let mut tx = Transaction::new(self.partition(&user.id));
        let mut record = user.clone();
        if is_new {
            tx.absent(key.clone(), "user");
            tx.index_now(self.users_index_key(self.partition(&user.id)), &user.id);
        } else {
            tx.unchanged(key.clone(), user.at, "user");
            record.created_at = Some(user.created_at());
        }
        tx.stamp(key, &record)?;
        Ok(tx)
    }

    /// Commits a change of a user and forgets what this node remembered of him.
    pub(crate) async fn commit_user(&self, id: &str, tx: Transaction) -> Result<Outcome> {
        let outcome = tx.commit(self).await;
        self.users.forget(id);
        self.owns.forget(id);
        outcome
    }

    /// The user keeps something from now on. Other nodes learn of it by the event that tells of it.
    pub(crate) fn note_kept(&self, id: &str) {
        self.users.correct(id, |user| {
            if let Some(user) = user {
                user.keeps.set();
            }
        });
    }

    /// Notes that the user is still here, unless he is not to be seen.
    pub(crate) async fn touch_last_active(&self, id: &str) -> Result<()> {
        if self.user(id).await?.is_some_and(|user| user.invisible) {
            return Ok(());
        }
        let now = self.now().micros();
        let _: () = self.redis.call(redis::cmd("SET").arg(self.last_active_key(id)).arg(now)).await?;
        self.users.correct(id, |user| {
            if let Some(user) = user {
                let user = Arc::make_mut(user);
                (user.last_active, user.shown) = (Some(Time(now)), Memo::default());
            }
        });
        Ok(())
    }

    /// Ids of all users, a partition at a time, oldest first.
    pub(crate) async fn all_user_ids(&self) -> Result<Vec<String>> {
        let reads = (0..self.partitions).map(|partition| async move {
            self.redis
                .call::<Vec<String>>(redis::cmd("ZRANGE").arg(self.users_index_key(partition)).arg(0).arg(-1))
                .await
        });
        Ok(futures_util::future::try_join_all(reads).await?.into_iter().flatten().collect())
    }
}
