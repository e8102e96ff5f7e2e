//! Read pointers, and what a user alone sees of a channel.
//!
//! How much is unread is not stored: it is counted from the pointer, so no message costs a write per member and a recount can
//! never differ from the count.

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::record::{micros, parse};
use super::{Store, Transaction};
use crate::error::{ApiError, Result};
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

/// What only this user sees of a channel; kept in the index of his channels.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct UserChannel {
    /// Hidden until a message newer than this comes.
    #[serde(default, with = "micros::option", skip_serializing_if = "Option::is_none")]
    pub hidden_at: Option<Time>,
    /// Messages up to this moment were cleared from his view.
    #[serde(default, with = "micros::option", skip_serializing_if = "Option::is_none")]
    pub cleared_at: Option<Time>,
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
        json.filter(|json| !json.is_empty()).map_or(Ok(UserChannel::default()), |json| parse(&key, &json))
    }

    /// Adds to the index of the user's channels. Written before the membership itself: too large is harmless.
    pub(crate) async fn index_channel(&self, user: &str, cid: &str) -> Result<()> {
        let key = self.user_channels_key(user);
        self.write(&key, redis::cmd("HSETNX").arg(&key).arg(cid).arg("")).await
    }

    /// A transaction in the user's partition that writes what he alone sees of a channel.
    pub(crate) fn put_user_channel(&self, user: &str, cid: &str, state: &UserChannel) -> Result<Transaction> {
        let mut tx = Transaction::new(self.partition(user));
        tx.field_put(self.user_channels_key(user), cid, serde_json::to_vec(state).map_err(ApiError::internal)?);
        Ok(tx)
    }
}

/// The records of a user's channels; most are empty.
pub(super) fn read_user_channels(key: &str, found: HashMap<String, Vec<u8>>) -> Result<HashMap<String, UserChannel>> {
    let read = |json: &[u8]| if json.is_empty() { Ok(UserChannel::default()) } else { parse(key, json) };
    found.into_iter().map(|(cid, json)| Ok((cid, read(&json)?))).collect()
}

/// A stamped record whose moment is known.
pub(super) fn at_json(at: Time, record: &impl Serialize) -> Result<Vec<u8>> {
    let json = serde_json::to_string(record).map_err(ApiError::internal)?;
    let separator = if json == "{}" { "" } else { "," };
    Ok(format!("{{\"at\":{:016}{separator}{}", at.micros(), &json[1..]).into_bytes())
}
