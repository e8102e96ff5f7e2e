//! Messages that wait for their commit: in their records, and in lists of their own instead of the channel's, until they are
//! committed, erased, or have waited for too long.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::messages::Message;
use super::pages::MessageRow;
use super::record::is_default;
use super::{Store, Transaction};
use crate::error::{ApiError, Result};
use crate::limits;
use crate::wire::Time;

/// Messages erased in one transaction.
const CHUNK: usize = 100;

/// What is kept of a message for the time of its commit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pending {
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    /// Nobody's devices are told of it then.
    #[serde(default, skip_serializing_if = "is_default")]
    pub quiet: bool,
    /// Its links get no previews.
    #[serde(default, skip_serializing_if = "is_default")]
    pub plain: bool,
}

/// A message of a channel as one member of a list: neither name holds a line's end.
fn place(cid: &str, id: &str) -> String {
    format!("{cid}\n{id}")
}

impl Store {
    /// Puts a new message in that waits: claim and record like any other's, but no list of the channel's. The conflict
    /// `pending`: as many of its sender's wait as may.
    pub(crate) async fn add_pending(&self, tx: &mut Transaction, message: &Message) -> Result<()> {
        let (cid, id, user) = (&message.cid, &message.id, &message.user_id);
        let own = self.own_pending_key(cid, user);
        tx.fewer(own.clone(), limits::PENDING_MESSAGES, "pending");
        let record = self.claim_message(tx, message).await?;
        tx.stamp(record, message)?;
        tx.index_now(own, id);
        tx.index_now(self.pending_key(cid), id);
        let ends = self.now().plus_seconds(limits::PENDING_LASTS.as_secs() as i64);
        tx.index(self.pending_ends_key(self.partition(cid)), &place(cid, id), ends);
        tx.settle_pending(self.channel_state_key(cid), self.pending_key(cid));
        Ok(())
    }

    /// Puts a message that waited, `before`, into its channel as `message`, if it is still as it was read.
    pub(crate) fn commit_pending(
        &self,
        tx: &mut Transaction,
        before: &Message,
        message: &Message,
        count: bool,
    ) -> Result<()> {
        let record = self.message_key(&before.cid, &before.id);
        tx.unchanged(record.clone(), before.at, "message");
        tx.unindex(self.own_pending_key(&before.cid, &before.user_id), &before.id);
        self.unlist_pending(tx, &before.cid, &before.id);
        self.list_message(tx, record, message, count)
    }

    /// Takes a message that waited out for good. Its claim stays.
    pub(crate) fn erase_pending(&self, tx: &mut Transaction, message: &Message) {
        let key = self.message_key(&message.cid, &message.id);
        tx.unchanged(key.clone(), message.at, "message");
        tx.remove(key);
        tx.unindex(self.own_pending_key(&message.cid, &message.user_id), &message.id);
        self.unlist_pending(tx, &message.cid, &message.id);
    }

    fn unlist_pending(&self, tx: &mut Transaction, cid: &str, id: &str) {
        tx.unindex(self.pending_key(cid), id);
        tx.unindex(self.pending_ends_key(self.partition(cid)), &place(cid, id));
        tx.settle_pending(self.channel_state_key(cid), self.pending_key(cid));
    }

    /// The channel's message of this id, one that waits as well.
    pub(crate) async fn stored_message_in(&self, cid: &str, id: &str) -> Result<Option<Message>> {
        let json = self.redis.call(redis::cmd("GET").arg(self.message_key(cid, id))).await?;
        self.read_stored_message(cid, id, json)
    }

    /// The channel's messages of these ids, those that wait as well, in their order; `None` where there is none.
    pub(crate) async fn stored_messages_in(&self, cid: &str, ids: &[impl AsRef<str>]) -> Result<Vec<Option<Message>>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut cmd = redis::cmd("MGET");
        ids.iter().for_each(|id| _ = cmd.arg(self.message_key(cid, id.as_ref())));
        let found: Vec<Option<Vec<u8>>> = self.redis.call(&cmd).await?;
        ids.iter().zip(found).map(|(id, json)| self.read_stored_message(cid, id.as_ref(), json)).collect()
    }

    /// The user's newest messages that wait in the channel, ascending.
    pub(super) async fn own_pending(&self, cid: &str, user: &str, most: usize) -> Result<Vec<MessageRow>> {
        if user.is_empty() || most == 0 {
            return Ok(Vec::new());
        }
        let mut cmd = redis::cmd("ZRANGE");
        cmd.arg(self.own_pending_key(cid, user)).arg(-(most as i64)).arg(-1);
        let ids: Vec<String> = self.redis.call(&cmd).await?;
        let found = self.stored_messages_in(cid, &ids).await?;
        Ok(found.into_iter().flatten().filter(Message::is_pending).map(MessageRow::bare).collect())
    }

    /// Erases the messages of the channel that have waited since `until` or longer.
    pub(crate) async fn erase_pending_until(&self, cid: &str, until: Time) -> Result<()> {
        let mut patience = limits::CONFLICT_RETRIES;
        while patience > 0 {
            let mut cmd = redis::cmd("ZRANGEBYSCORE");
            cmd.arg(self.pending_key(cid)).arg("-inf").arg(until.micros()).arg("LIMIT").arg(0).arg(CHUNK);
            let ids: Vec<String> = self.redis.call(&cmd).await?;
            if ids.is_empty() {
                return Ok(());
            }
            patience -= usize::from(!self.erase_waiting(cid, &ids).await?);
        }
        Err(ApiError::busy())
    }

    /// Erases the messages whose time is over by `now`. Several nodes may do it at once: one of them erases each.
    pub(crate) async fn expire_pending(&self, now: Time) -> Result<()> {
        let looks = (0..self.partitions).map(|partition| async move {
            loop {
                let mut cmd = redis::cmd("ZRANGEBYSCORE");
                cmd.arg(self.pending_ends_key(partition)).arg("-inf").arg(now.micros()).arg("LIMIT").arg(0).arg(CHUNK);
                let over: Vec<String> = self.redis.call(&cmd).await?;
                let over: Vec<_> = over.iter().filter_map(|place| place.split_once('\n')).collect();
                let erased = over.iter().map(|(cid, id)| self.erase_waiting(cid, std::slice::from_ref(id)));
                futures_util::future::try_join_all(erased).await?;
                if over.len() < CHUNK {
                    return Ok::<_, ApiError>(());
                }
            }
        });
        futures_util::future::try_join_all(looks).await.map(drop)
    }

    /// Erases those of the messages that still wait; none of them is listed any more. `false`: one was committed or erased meanwhile.
    async fn erase_waiting(&self, cid: &str, ids: &[impl AsRef<str>]) -> Result<bool> {
        let found = self.stored_messages_in(cid, ids).await?;
        let mut tx = Transaction::new(self.partition(cid));
        for (id, message) in ids.iter().zip(&found) {
            match message.as_ref().filter(|message| message.is_pending()) {
                Some(message) => self.erase_pending(&mut tx, message),
                None => self.unlist_pending(&mut tx, cid, id.as_ref()),
            }
        }
        Ok(tx.commit(self).await?.at().is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Messages, Page, Tick, with_store};

    #[tokio::test]
    async fn what_waits_is_in_no_list_of_the_channel_and_ends_once() {
        with_store(async |store| {
            let (cid, user) = ("team:a", "ana");
            for id in ["one", "two"] {
                let pending = Some(Box::default());
                let message =
                    Message { id: id.into(), cid: cid.into(), user_id: user.into(), pending, ..Message::default() };
                let mut tx = store.channel_change(cid, Tick::Message);
                store.add_pending(&mut tx, &message).await.expect("is added");
                assert!(tx.commit(store).await.expect("is written").at().is_some());
            }
            let ids = ["one", "two"].map(str::to_owned);
            let waiting = async || store.own_pending(cid, user, 10).await.expect("reads").len();
            assert!(store.messages_in(cid, &ids).await.expect("reads").is_empty());
            assert!(store.page(cid, Messages::Timeline, user, &Page::newest(10)).await.expect("reads").is_empty());
            assert!(store.own_pending(cid, "bob", 10).await.expect("reads").is_empty());
            assert_eq!(waiting().await, 2);

            let lasts = limits::PENDING_LASTS.as_secs() as i64;
            store.expire_pending(store.now().plus_seconds(lasts - 60)).await.expect("looks");
            assert_eq!(waiting().await, 2);
            let over = store.now().plus_seconds(lasts + 1);
            let nodes = [store.expire_pending(over), store.expire_pending(over)];
            futures_util::future::try_join_all(nodes).await.expect("looks");
            assert_eq!(waiting().await, 0);
            assert!(store.stored_message_in(cid, "one").await.expect("reads").is_none());
            let state = store.channel_state_key(cid);
            let newest: Option<i64> =
                store.redis.call(redis::cmd("HGET").arg(&state).arg("pending")).await.expect("reads");
            assert_eq!(newest, None);
        })
        .await;
    }
}
