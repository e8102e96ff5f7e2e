//! What the search index reads: the log once more from a known place, and messages of many channels at once.

use std::collections::BTreeMap;

use super::log::{Cursor, Entry, entry, entry_order};
use super::{Message, MessageRow, Messages, Page, PageOf, Store};
use crate::error::Result;
use crate::limits;
use crate::wire::Time;

/// A place in the log: partition → the last entry that was read of it.
pub(crate) type Places = BTreeMap<u16, String>;

impl Store {
    /// The end of the log now.
    pub(crate) async fn log_ends(&self) -> Result<Places> {
        Ok(self.log_cursors().await?.into_iter().flat_map(Cursor::into_positions).collect())
    }

    /// Whether the log still holds everything after `place`, which was noted at `noted`.
    pub(crate) async fn log_reaches_back(&self, partition: u16, place: &str, noted: Time) -> Result<bool> {
        if !self.log_covers(&mut Cursor::at(partition, place)).await? {
            return Ok(false);
        }
        if place != "0-0" {
            return Ok(true);
        }
        // Nothing was in the log then: whether its first entry is still there can only be told by its size and age.
        let length: usize = self.redis.call(redis::cmd("XLEN").arg(self.log_key(partition))).await?;
        let age = limits::LOG_AGE.as_secs() as i64 - 2 * limits::NODE_RENEWAL.as_secs() as i64;
        Ok(length == 0 || (length < limits::LOG_LENGTH && self.now() < noted.plus_seconds(age)))
    }

    /// The next entries after `place`, up to and including `until`, and where they end. None are left when they end at `until`.
    pub(crate) async fn log_between(&self, partition: u16, place: &str, until: &str) -> Result<(Vec<Entry>, String)> {
        let mut cmd = redis::cmd("XRANGE");
        cmd.arg(self.log_key(partition)).arg(format!("({place}")).arg(until).arg("COUNT").arg(limits::LOG_BATCH);
        let items: Vec<(String, [Vec<u8>; 2])> = self.redis.call(&cmd).await?;
        let end = if items.len() < limits::LOG_BATCH { until } else { items.last().map_or(until, |(id, _)| id) };
        let end = end.to_owned();
        let entries = items.into_iter().filter_map(|(_, fields)| entry(fields)).collect();
        Ok((entries, end))
    }

    /// The messages (cid, id) in the order asked for, `None` where there is none; a round trip per partition, all at once.
    pub(crate) async fn messages_at(&self, asked: &[(String, String)]) -> Result<Vec<Option<Message>>> {
        let mut groups: BTreeMap<u16, Vec<usize>> = BTreeMap::new();
        for (index, (cid, _)) in asked.iter().enumerate() {
            groups.entry(self.partition(cid)).or_default().push(index);
        }
        let reads = groups.into_values().map(|group| async move {
            let mut cmd = redis::cmd("MGET");
            for (cid, id) in group.iter().map(|index| &asked[*index]) {
                cmd.arg(self.message_key(cid, id));
            }
            let found: Vec<Option<Vec<u8>>> = self.redis.call(&cmd).await?;
            Ok::<_, crate::error::ApiError>((group, found))
        });
        let mut messages: Vec<Option<Message>> = Vec::new();
        messages.resize_with(asked.len(), || None);
        for (group, found) in futures_util::future::try_join_all(reads).await? {
            for (index, json) in group.into_iter().zip(found) {
                let (cid, id) = &asked[index];
                messages[index] = self.read_message(cid, id, json)?;
            }
        }
        Ok(messages)
    }

    /// The oldest messages of a list that are newer than `since`.
    pub(crate) async fn messages_since(
        &self,
        cid: &str,
        of: Messages<'_>,
        since: Option<Time>,
        most: usize,
    ) -> Result<Vec<MessageRow>> {
        let page = Page { of: PageOf::Oldest, ..Page::newest(most) };
        self.page(cid, of, "", &page.since(since)).await
    }
}

/// Stream ids in the order in which they were given.
pub(crate) fn is_before(place: &str, other: &str) -> bool {
    entry_order(place) < entry_order(other)
}
