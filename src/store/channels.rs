//! Channels as they last.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::record::{is_default, micros, parse, settle};
use super::users::RECORDS;
use super::{Outcome, Store, Tick, Transaction};
use crate::error::{ApiError, Result};
use crate::wire::Time;

/// A channel. `at` is its version: every change of the channel or of its members moves it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Channel {
    #[serde(with = "micros", skip_serializing)]
    pub at: Time,
    #[serde(rename = "type")]
    pub kind: String,
    pub id: String,
    #[serde(default, with = "micros::option", skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Time>,
    #[serde(default, with = "micros::option", skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Time>,
    #[serde(default)]
    pub created_by: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub frozen: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub disabled: bool,
    /// Slow mode, in seconds.
    #[serde(default, skip_serializing_if = "is_default")]
    pub cooldown: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub member_count: u32,
    /// Somebody is banned here: people who are no members have to be looked up, too.
    #[serde(default, skip_serializing_if = "is_default")]
    pub has_bans: bool,
    /// The member set that named a distinct channel; empty for others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub distinct: Vec<String>,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub config_overrides: Map<String, Value>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filter_tags: Vec<String>,
    /// What is said here is translated for those who read other languages, and into this one.
    #[serde(default, skip_serializing_if = "is_default")]
    pub auto_translation: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_translation_language: Option<String>,
    #[serde(default, with = "micros::option", skip_serializing_if = "Option::is_none")]
    pub truncated_at: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub truncated_by: Option<String>,
    #[serde(default, with = "micros::option", skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Time>,
    /// Of a distinct channel that was deleted without its history: since when that goes back, should it be made anew.
    #[serde(default, with = "micros::option", skip_serializing_if = "Option::is_none")]
    pub history_since: Option<Time>,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub custom: Map<String, Value>,
    /// Kept beside the record: every message moves it.
    #[serde(skip)]
    pub last_message_at: Option<Time>,
    #[serde(skip)]
    pub message_count: u64,
}

impl Channel {
    pub fn cid(&self) -> String {
        format!("{}:{}", self.kind, self.id)
    }

    pub fn created_at(&self) -> Time {
        self.created_at.unwrap_or(self.at)
    }

    pub fn updated_at(&self) -> Time {
        self.updated_at.unwrap_or(self.at)
    }

    /// Messages from before are those of an earlier channel with the same id.
    pub fn began(&self) -> Time {
        self.history_since.unwrap_or_else(|| self.created_at())
    }

    pub fn is_deleted(&self) -> bool {
        self.deleted_at.is_some()
    }

    /// A 1:1 channel named by its two members.
    pub fn is_one_to_one(&self) -> bool {
        self.distinct.len() == 2
    }

    pub(super) fn note_message(&mut self, at: Time) {
        self.last_message_at = self.last_message_at.max(Some(at));
        self.message_count += 1;
    }

    /// The record for the next write: what was implied by `at` is spelled out, because `at` will move.
    pub fn rewritten(&self) -> Channel {
        Channel { created_at: Some(self.created_at()), updated_at: Some(self.updated_at()), ..self.clone() }
    }
}

/// Which end of the messages a page takes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum PageOf {
    /// The newest within the bounds.
    Newest,
    /// The oldest within the bounds.
    Oldest,
    /// Around this id, or around the lower bound.
    Around,
}

/// A page of messages: of which end, bounded by an id (with `lt`, `lte`, `gt`, `gte`) and by times, how many.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub of: PageOf,
    pub id: Option<(String, &'static str)>,
    /// Bounds as Redis writes them: `-inf`, `+inf`, `123`, `(123`.
    pub min: String,
    pub max: String,
    pub limit: usize,
}

impl Page {
    pub fn newest(limit: usize) -> Page {
        Page { of: PageOf::Newest, id: None, min: "-inf".into(), max: "+inf".into(), limit }
    }

    /// Lets the page reach no further back than `since` (exclusive).
    pub fn since(mut self, since: Option<Time>) -> Page {
        if let Some(since) = since {
            let bound = self.min.trim_start_matches('(').parse::<i64>();
            if bound.map_or(true, |bound| bound < since.micros()) && self.of != PageOf::Around {
                self.min = format!("({}", since.micros());
            }
        }
        self
    }

    pub(super) fn args(&self) -> [String; 6] {
        let of = match self.of {
            PageOf::Newest => "old",
            PageOf::Oldest => "new",
            PageOf::Around => "around",
        };
        let (id, mode) = self.id.clone().unwrap_or_default();
        [of.to_owned(), id, mode.to_owned(), self.min.clone(), self.max.clone(), self.limit.to_string()]
    }
}

impl Store {
    pub(crate) async fn channel(&self, cid: &str) -> Result<Option<Arc<Channel>>> {
        self.channels.get_or_load(cid, self.fresh_channel(cid)).await
    }

    /// The channel, if memory knows it and knows of no deletion.
    pub(crate) fn remembered_channel(&self, cid: &str) -> Option<Arc<Channel>> {
        self.channels.get(cid).flatten().filter(|channel| !channel.is_deleted())
    }

    /// The channel as Redis has it now.
    pub(crate) async fn fresh_channel(&self, cid: &str) -> Result<Option<Arc<Channel>>> {
        Ok(self.load_channels(&[cid]).await?.remove(cid))
    }

    /// The channels that exist among `cids`; one round trip for those that memory does not know.
    pub(crate) fn channels<'s, 'a>(
        &'s self,
        cids: impl IntoIterator<Item = &'a str>,
    ) -> BoxFuture<'s, Result<HashMap<String, Arc<Channel>>>> {
        let mut found = HashMap::new();
        let mut missing: Vec<String> = Vec::new();
        for cid in cids {
            match self.channels.get(cid) {
                Some(Some(channel)) => {
                    found.insert(cid.to_owned(), channel);
                }
                Some(None) => {}
                None => missing.push(cid.to_owned()),
            }
        }
        Box::pin(async move {
            if !missing.is_empty() {
                let loading: Vec<_> = missing.iter().map(|cid| (cid, self.channels.begin(cid))).collect();
                let cids: Vec<&str> = missing.iter().map(String::as_str).collect();
                let loaded = self.load_channels(&cids).await?;
                for (cid, loading) in loading {
                    loading.keep(loaded.get(cid).cloned());
                }
                found.extend(loaded);
            }
            Ok(found)
        })
    }

    /// Those of the channels that exist, in no order.
    pub(crate) async fn existing_channels(&self, cids: &[Cow<'_, str>]) -> Result<Vec<Arc<Channel>>> {
        let mut found = Vec::with_capacity(cids.len());
        let mut missing = Vec::new();
        for cid in cids {
            match self.channels.get(cid) {
                Some(known) => found.extend(known),
                None => missing.push(cid.as_ref()),
            }
        }
        if !missing.is_empty() {
            found.extend(self.channels(missing).await?.into_values());
        }
        Ok(found)
    }

    async fn load_channels(&self, cids: &[&str]) -> Result<HashMap<String, Arc<Channel>>> {
        let loads = self.by_partition(cids.iter().copied()).into_values().map(|cids| async move {
            let mut args = vec!["channels".to_owned()];
            for cid in &cids {
                args.extend([self.channel_key(cid), self.channel_state_key(cid)]);
            }
            let found: Vec<Vec<u8>> = self.redis.script(&RECORDS, &self.channel_key(cids[0]), &args).await?;
            let mut channels = Vec::new();
            for (cid, row) in cids.iter().zip(found.chunks_exact(3)) {
                if !row[0].is_empty() {
                    channels.push(((*cid).to_owned(), Arc::new(self.read_channel(cid, row)?)));
                }
            }
            Ok::<_, ApiError>(channels)
        });
        Ok(futures_util::future::try_join_all(loads).await?.into_iter().flatten().collect())
    }

    pub(super) fn read_channel(&self, cid: &str, row: &[Vec<u8>]) -> Result<Channel> {
        let number = |bytes: &[u8]| std::str::from_utf8(bytes).ok().and_then(|text| text.parse::<i64>().ok());
        let mut channel: Channel = parse(&self.channel_key(cid), &row[0])?;
        settle(&mut channel.truncated_at, channel.at);
        settle(&mut channel.deleted_at, channel.at);
        channel.last_message_at = number(&row[1]).map(Time);
        channel.message_count = number(&row[2]).unwrap_or(0).max(0) as u64;
        Ok(channel)
    }

    /// A transaction in the channel's partition that orders by the channel's clock.
    pub(crate) fn channel_change(&self, cid: &str, tick: Tick) -> Transaction {
        let mut tx = Transaction::new(self.partition(cid));
        tx.clock(self.channel_state_key(cid), tick);
        tx
    }

    /// Demands that neither the channel nor any of its members changed since `channel` was read.
    pub(crate) fn expect_channel(&self, tx: &mut Transaction, channel: &Channel) {
        tx.expect_version(channel.at);
    }

    /// Writes the channel's record. `record.at` is the version it was read at, zero for a new one.
    pub(crate) fn write_channel(&self, tx: &mut Transaction, record: &Channel) -> Result<()> {
        let cid = record.cid();
        if record.at == Time(0) {
            tx.absent(self.channel_key(&cid), "channel");
            tx.index_now(self.channels_index_key(self.partition(&cid)), &cid);
        } else {
            self.expect_channel(tx, record);
        }
        tx.move_version();
        tx.stamp(self.channel_key(&cid), record)
    }

    /// Commits a change of a channel and forgets what this node remembered of it.
    pub(crate) async fn commit_channel(&self, cid: &str, tx: Transaction) -> Result<Outcome> {
        let outcome = tx.commit(self).await;
        self.channels.forget(cid);
        outcome
    }

    /// Forgets a channel and one member, after a sign that memory is behind.
    pub(crate) fn forget_channel(&self, cid: &str, user: &str) {
        self.channels.forget(cid);
        self.members.forget(&super::members::cache_key(cid, user));
    }

    /// Cids of all channels, a partition at a time.
    pub(crate) async fn all_cids(&self) -> Result<Vec<String>> {
        let reads = (0..self.partitions).map(|partition| async move {
            self.redis
                .call::<Vec<String>>(redis::cmd("ZREVRANGE").arg(self.channels_index_key(partition)).arg(0).arg(-1))
                .await
        });
        Ok(futures_util::future::try_join_all(reads).await?.into_iter().flatten().collect())
    }
}
