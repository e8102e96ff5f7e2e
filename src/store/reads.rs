//! Read pointers, and what a user alone sees of a channel.
//!
//! How much is unread is not stored: it is counted from the pointer, so no message costs a write per member and a recount can
//! never differ from the count.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Serialize};

use super::indexed::FORGET;
use super::record::{micros, parse};
use super::redis::Script;
use super::{Store, Transaction};
use crate::error::{ApiError, Result};
use crate::limits;
use crate::wire::Time;

/// A member's pointers in a channel. `at` is `last_read`; delivery is never behind reading.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Read {
    #[serde(default, with = "micros", skip_serializing)]
    pub at: Time,
    /// `last_read_message_id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(default, with = "micros::option", skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered_id: Option<String>,
    /// Creation times of his own countable messages behind the pointer: marking unread leaves some there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub own: Vec<i64>,
}

impl Read {
    /// When, and which message, was delivered last; reading delivers as well.
    pub fn delivered(&self) -> (Time, Option<&String>) {
        match self.delivered_at {
            Some(at) if at > self.at => (at, self.delivered_id.as_ref()),
            _ => (self.at, self.id.as_ref()),
        }
    }

    /// The pointer moved forward to a message; it never moves back. Somebody who joined after the message has it as his last.
    pub fn forward(&self, at: Time, id: &str) -> Read {
        let mut read = self.clone();
        if at > self.at || (self.id.is_none() && self.own.is_empty()) {
            read.id = Some(id.to_owned());
        }
        read.at = self.at.max(at);
        read.own.retain(|own| *own > read.at.micros());
        if read.delivered_at.is_some_and(|delivered| delivered <= read.at) {
            (read.delivered_at, read.delivered_id) = (None, None);
        }
        read
    }

    /// The pointer moved back. What was delivered stays delivered.
    pub fn back(&self, at: Time, id: Option<String>, own: Vec<i64>) -> Read {
        let (delivered_at, delivered_id) = self.delivered();
        let delivered_id = delivered_id.cloned();
        Read { at, id, delivered_at: Some(delivered_at), delivered_id, own }
    }
}

static INDEX: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("scripts/index_channel.lua")));

/// What only this user sees of a channel; kept in the index of his channels.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct UserChannel {
    /// Hidden until a message newer than this comes.
    #[serde(default, with = "micros::option", skip_serializing_if = "Option::is_none")]
    pub hidden_at: Option<Time>,
    /// Messages up to this moment were cleared from his view.
    #[serde(default, with = "micros::option", skip_serializing_if = "Option::is_none")]
    pub cleared_at: Option<Time>,
    /// Of an entry that says nothing but that the channel is his: since when.
    #[serde(skip)]
    pub since: Option<Time>,
}

impl UserChannel {
    /// Whether the channel is out of the user's list, its newest message being from `last_message_at`.
    pub fn is_hidden(&self, last_message_at: Option<Time>, muted: bool) -> bool {
        self.hidden_at.is_some_and(|hidden_at| muted || last_message_at.is_none_or(|last| last <= hidden_at))
    }
}

impl Store {
    pub(crate) async fn read(&self, cid: &str, user: &str) -> Result<Option<Read>> {
        self.field(&self.reads_key(cid), user).await
    }

    /// Writes a pointer, if its record is still as it was read (`None`: there was none).
    pub(crate) fn write_read(
        &self,
        tx: &mut Transaction,
        cid: &str,
        user: &str,
        before: Option<&Read>,
        read: &Read,
    ) -> Result<()> {
        let key = self.reads_key(cid);
        match before {
            Some(before) => tx.field_is(key.clone(), user, at_json(before.at, before)?, "read"),
            None => tx.field_absent(key.clone(), user, "read"),
        }
        tx.field_put(key, user, at_json(read.at, read)?);
        Ok(())
    }

    /// Lets the user begin at the moment of the commit, as somebody who just came: nothing is unread.
    pub(crate) fn read_from_now(&self, tx: &mut Transaction, cid: &str, user: &str) -> Result<()> {
        tx.field_stamp(self.reads_key(cid), user, &Read::default())
    }

    /// The sender of a message has read it, and all before it.
    pub(crate) fn read_own_message(&self, tx: &mut Transaction, cid: &str, user: &str, id: &str) -> Result<()> {
        tx.field_stamp(self.reads_key(cid), user, &Read { id: Some(id.to_owned()), ..Read::default() })
    }

    /// Channels the user may be a member of, with what only he sees of them.
    pub(crate) async fn user_channels(&self, user: &str) -> Result<HashMap<String, UserChannel>> {
        let key = self.user_channels_key(user);
        read_user_channels(&key, self.redis.call(redis::cmd("HGETALL").arg(&key)).await?)
    }

    /// The same from memory; only after [`Store::catch_up`].
    pub(crate) async fn seen_channels(&self, user: &str) -> Result<Arc<HashMap<String, UserChannel>>> {
        self.seen.get_or_load(user, async { Ok(Arc::new(self.user_channels(user).await?)) }).await
    }

    pub(crate) async fn user_channel(&self, user: &str, cid: &str) -> Result<UserChannel> {
        let key = self.user_channels_key(user);
        let json: Option<Vec<u8>> = self.redis.call(redis::cmd("HGET").arg(&key).arg(cid)).await?;
        json.map_or(Ok(UserChannel::default()), |json| read_user_channel(&key, &json))
    }

    /// Adds to the index of the user's channels, and says what he alone sees of the channel. Written before the membership
    /// itself: too large is harmless, and an entry from just now is left alone.
    pub(crate) async fn index_channel(&self, user: &str, cid: &str) -> Result<UserChannel> {
        let key = self.user_channels_key(user);
        let entry: Vec<u8> =
            self.redis.script(&INDEX, &key, &[cid.to_owned(), self.now().micros().to_string()]).await?;
        read_user_channel(&key, &entry)
    }

    /// Takes channels out of the index in which the user is not: those that say nothing, are not from just now, and that nobody
    /// wrote anew.
    pub(crate) async fn forget_channels<'a>(
        &self,
        user: &str,
        gone: impl Iterator<Item = (&'a String, &'a UserChannel)>,
    ) -> Result<()> {
        let before = self.now().plus_seconds(-(limits::INDEX_GRACE.as_secs() as i64));
        let bare = gone.filter_map(|(cid, seen)| Some((cid, seen.since.filter(|since| *since < before)?)));
        let bare: Vec<_> = bare.take(limits::INDEX_FORGOTTEN).collect();
        let memberships = bare.iter().map(|(cid, since)| async move {
            let key = self.members_key(cid);
            let is_in: bool = self.redis.call(redis::cmd("HEXISTS").arg(&key).arg(user)).await?;
            let text = if *since == Time(0) { String::new() } else { since.micros().to_string() };
            Ok::<_, ApiError>((!is_in).then(|| [(*cid).clone(), text]))
        });
        let found = futures_util::future::try_join_all(memberships).await?;
        let args: Vec<String> = found.into_iter().flatten().flatten().collect();
        if !args.is_empty() {
            let _: i64 = self.redis.script(&FORGET, &self.user_channels_key(user), &args).await?;
            self.seen.forget(user);
        }
        Ok(())
    }

    /// A transaction in the user's partition that writes what he alone sees of a channel.
    pub(crate) fn put_user_channel(&self, user: &str, cid: &str, state: &UserChannel) -> Result<Transaction> {
        let mut tx = Transaction::new(self.partition(user));
        let entry = match state {
            UserChannel { hidden_at: None, cleared_at: None, .. } => self.now().micros().to_string().into_bytes(),
            state => serde_json::to_vec(state).map_err(ApiError::internal)?,
        };
        tx.field_put(self.user_channels_key(user), cid, entry);
        Ok(tx)
    }
}

/// The records of a user's channels; most are empty.
pub(super) fn read_user_channels(key: &str, found: HashMap<String, Vec<u8>>) -> Result<HashMap<String, UserChannel>> {
    found.into_iter().map(|(cid, json)| Ok((cid, read_user_channel(key, &json)?))).collect()
}

/// One of them: JSON, or only the moment since when the channel is listed, which older entries do not have either.
fn read_user_channel(key: &str, entry: &[u8]) -> Result<UserChannel> {
    if entry.first() == Some(&b'{') {
        return parse(key, entry);
    }
    let since = std::str::from_utf8(entry).ok().and_then(|text| text.parse().ok()).unwrap_or(0);
    Ok(UserChannel { since: Some(Time(since)), ..UserChannel::default() })
}

/// A stamped record whose moment is known.
pub(super) fn at_json(at: Time, record: &impl Serialize) -> Result<Vec<u8>> {
    let json = serde_json::to_string(record).map_err(ApiError::internal)?;
    let separator = if json == "{}" { "" } else { "," };
    Ok(format!("{{\"at\":{:016}{separator}{}", at.micros(), &json[1..]).into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::with_store;

    #[tokio::test]
    async fn channels_that_a_user_left_leave_his_index_and_no_others_do() {
        with_store(async |store| {
            let key = store.user_channels_key("ada");
            let written = async |cid: &str, entry: &str| {
                let mut cmd = redis::cmd("HSET");
                let _: i64 = store.redis.call(cmd.arg(&key).arg(cid).arg(entry)).await.expect("it is written");
            };
            written("team:left", "12").await;
            written("team:old", "").await;
            written("team:cleared", r#"{"cleared_at":12}"#).await;
            written("team:member", "12").await;
            written("team:again", "12").await;
            let mut cmd = redis::cmd("HSET");
            cmd.arg(store.members_key("team:member")).arg("ada").arg("{}");
            let _: i64 = store.redis.call(&cmd).await.expect("a membership");
            let read = store.user_channels("ada").await.expect("an index");
            // Somebody lets him in again between the reading and the forgetting.
            let seen = store.index_channel("ada", "team:again").await.expect("an entry");
            assert!(seen.since > Some(Time(12)));
            store.index_channel("ada", "team:fresh").await.expect("an entry");
            let cleared = store.index_channel("ada", "team:cleared").await.expect("an entry");
            assert_eq!((cleared.cleared_at, cleared.since), (Some(Time(12)), None));
            store.forget_channels("ada", read.iter()).await.expect("it is done");
            let all = store.user_channels("ada").await.expect("an index");
            store.forget_channels("ada", all.iter()).await.expect("what is fresh stays");
            let mut left: Vec<_> = store.user_channels("ada").await.expect("an index").into_keys().collect();
            left.sort();
            assert_eq!(left, ["team:again", "team:cleared", "team:fresh", "team:member"]);
        })
        .await;
    }
}
