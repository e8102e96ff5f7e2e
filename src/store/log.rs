//! The log: one Redis Stream per partition, holding every event in the order in which it was committed.
//!
//! An entry is a small [`Header`], which says who hears the event and what it does to caches and counters, and the payload,
//! the event's JSON as clients get it. A node that has nobody to tell reads the header and lets the payload go. In the stream
//! it is a single field: the name is the moment, with a watcher count behind it or not, and the value is one text
//! ([`packed`]), because every field, and every byte, is paid for in the script, in Redis' memory and by every reader.

use bytes::Bytes;
use redis::streams::StreamInfoStreamReply;
use redis::{FromRedisValue, Value};
use serde::{Deserialize, Serialize};

use super::Store;
use super::redis::Blocking;
use crate::error::{ApiError, Result};
use crate::limits;
use crate::wire::Time;

pub(super) mod packed;

pub(crate) use packed::Doubled;

/// Who hears an event.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) enum Audience {
    /// Nobody: the entry only carries effects.
    #[default]
    Nobody,
    /// Connections that watch the channel.
    Watchers(String),
    /// Watchers hear the event; connections of members that do not watch hear its `notification.` form, with the channel.
    WatchersAndMembers(String),
    /// Connections of members that do not watch the channel.
    MembersOnly(String),
    /// All connections of these users.
    Users(Vec<String>),
    /// Connections of these users that do not watch the channel.
    UsersNotWatching(Vec<String>, String),
    /// Connections of these users that watch the channel.
    UsersWatching(Vec<String>, String),
    /// Connections that follow this user's presence.
    Followers(String),
    /// The user's own connections, those that follow his presence, and watchers of these channels.
    Acquaintances(String, Vec<String>),
}

impl Audience {
    /// The channel whose watchers and members it is.
    pub fn cid(&self) -> Option<&str> {
        match self {
            Audience::Watchers(cid) | Audience::WatchersAndMembers(cid) | Audience::MembersOnly(cid) => Some(cid),
            _ => None,
        }
    }
}

/// What an event does to what nodes remember.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Effect {
    /// The user's record changed.
    User(String),
    /// The user keeps something of his own from now on.
    Keeps(String),
    /// The user's mutes, channel mutes or blocks changed.
    Own(String),
    /// The channel's record changed.
    Channel(String),
    /// The channel has a newer message.
    LastMessage(String),
    /// The member's record changed (cid, user id).
    Member(String, String),
    /// The user became a member (cid, user id).
    Joined(String, String),
    /// The user is no longer a member (cid, user id): his counts end.
    Left(String, String),
    /// The user may no longer read the channel (cid, user id): his watches end.
    Evict(String, String),
    /// The app's settings changed.
    Settings,
    /// A message that members other than `author` count as unread. In a 1:1 channel, those who blocked the author do not.
    Counts { cid: String, author: String, one_to_one: bool },
    /// A counted message is gone for good.
    Uncounts { cid: String, author: String, at: Time },
    /// The user's read pointer moved: `unread` messages are left. `at` is when, where the entry is not the channel's own.
    Read {
        cid: String,
        user: String,
        last_read: Time,
        unread: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Time>,
    },
    /// Messages up to `until` are gone for everybody.
    Truncated { cid: String, until: Time },
    /// The channel is gone.
    Gone(String),
    /// A reply, which its thread's participants other than `author` count; a quiet one nobody does.
    Reply {
        cid: String,
        parent: String,
        author: String,
        participants: Vec<String>,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        quiet: bool,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        one_to_one: bool,
    },
    /// The user's pointer in a thread moved.
    ThreadRead { cid: String, parent: String, user: String, unread: u32 },
    /// The channel left (`true`) or came back (`false`) to the user's list.
    Hidden { cid: String, user: String, hidden: bool },
    /// The connection watches the channel from here on (connection, cid).
    Watch(String, String),
    /// The connection no longer watches the channel (connection, cid).
    Unwatch(String, String),
    /// The connection follows the presence of these users.
    Follow(String, Vec<String>),
    /// A long-poll connection is polled on a node that does not hold it.
    Poll { connection: String, user: String, request: String },
    /// What is said of the poll with this name.
    Polled(String, Polled),
    /// A long-poll connection ends: its client is done with it, or has to recover.
    EndPoll(String),
    /// The node's lease lapsed and others give up what it held: if it lives after all, its clients must come back.
    Lapsed(String),
    /// The user's sockets must end; the text is the reason (a revoked token, a deactivated user).
    Disconnect(String, String),
    /// The user may see less than before (he left a team): his clients must come back, and are shown what he may see now.
    Renew(String),
}

/// What a node says of a poll of one of its connections.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Polled {
    /// The connection lives; the answer comes when there is one.
    Waits,
    /// A JSON array of events.
    Events(String),
    /// The connection ended.
    Ended,
}

/// Which counts of the receiving user are added to the payload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Counts {
    #[default]
    None,
    /// `unread_count`, `total_unread_count`, `unread_channels` for members.
    Channels,
    /// The same and `unread_threads`, `unread_thread_messages`.
    ChannelsAndThreads,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Header {
    #[serde(rename = "a")]
    pub audience: Audience,
    #[serde(rename = "e", default, skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<Effect>,
    #[serde(rename = "c", default)]
    pub counts: Counts,
    /// Users who alone may hear it, among the audience (restricted visibility, shadow bans).
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    pub only: Option<Vec<String>>,
    /// Users who do not hear it, among the audience.
    #[serde(rename = "x", default, skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<String>,
    /// Whose doing it is, where those who blocked that user must not hear of it (1:1 channels).
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub unless_blocked: Option<String>,
    /// When the message was written that it is about: who does not see so far back does not hear it. None for a new message.
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    pub written: Option<Time>,
    /// When the message was written that its message quotes: who does not see so far back hears it without the quote.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub quoted: Option<Time>,
    /// It tells of something that is not kept (typing, watching).
    #[serde(rename = "t", default, skip_serializing_if = "super::record::is_default")]
    pub passing: bool,
    /// Nobody's devices are told of it.
    #[serde(rename = "q", default, skip_serializing_if = "super::record::is_default")]
    pub quiet: bool,
    /// Where the payload still has to be told the time.
    #[serde(rename = "s", default, skip_serializing_if = "Vec::is_empty")]
    pub stamps: Vec<u32>,
    /// What the payload leaves out, because it says it twice.
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    pub doubled: Option<Doubled>,
}

/// An event on its way into the log.
#[derive(Clone, Debug, Default)]
pub(crate) struct Event {
    pub header: Header,
    /// The JSON that clients get; empty when nobody hears it. May hold [`Time::STAMP`].
    pub payload: Vec<u8>,
    /// The script adds the channel's `watcher_count`.
    pub counts_watchers: bool,
}

impl Event {
    /// An entry that only corrects what nodes remember.
    pub fn effects(effects: Vec<Effect>) -> Event {
        Event { header: Header { effects, ..Header::default() }, ..Event::default() }
    }

    /// The entry's text.
    pub(super) fn packed(self) -> Result<Vec<u8>> {
        packed::pack(self.header, self.payload).map_err(ApiError::internal)
    }
}

/// An event read from the log.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub at: Time,
    pub header: Header,
    /// Complete JSON, the time filled in; empty when the header's audience is nobody.
    pub payload: Bytes,
    pub watcher_count: Option<u32>,
}

/// Where a reader stands in each of its partitions.
#[derive(Clone, Debug)]
pub(crate) struct Cursor {
    positions: Vec<(u16, String)>,
}

impl Cursor {
    /// The last entry that was read of each partition.
    pub fn positions(&self) -> &[(u16, String)] {
        &self.positions
    }

    pub(super) fn into_positions(self) -> Vec<(u16, String)> {
        self.positions
    }

    /// A place in the log of one partition.
    pub fn at(partition: u16, position: &str) -> Cursor {
        Cursor { positions: vec![(partition, position.to_owned())] }
    }
}

/// A reader of the log, on a connection of its own.
pub(crate) struct Reader {
    connection: Blocking,
    /// The logs' keys, in the cursor's order.
    keys: Vec<String>,
}

impl Store {
    /// The end of the log now, for one reader per element: a cluster is read partition by partition, because one command
    /// cannot wait for keys of several slots.
    pub(crate) async fn log_cursors(&self) -> Result<Vec<Cursor>> {
        let mut positions = Vec::new();
        for partition in 0..self.partitions {
            let mut cmd = redis::cmd("XREVRANGE");
            cmd.arg(self.log_key(partition)).arg("+").arg("-").arg("COUNT").arg(1);
            let newest: Vec<(String, Value)> = self.redis.call(&cmd).await?;
            positions.push((partition, newest.into_iter().next().map_or_else(|| "0-0".to_owned(), |(id, _)| id)));
        }
        if self.redis.is_cluster() {
            return Ok(positions.into_iter().map(|position| Cursor { positions: vec![position] }).collect());
        }
        Ok(vec![Cursor { positions }])
    }

    pub(crate) async fn log_reader(&self, cursor: &Cursor) -> Result<Reader> {
        let keys: Vec<String> = cursor.positions.iter().map(|(partition, _)| self.log_key(*partition)).collect();
        let first = keys.first().map_or("", String::as_str);
        let connection = self.redis.blocking(first, limits::TAIL_BLOCK).await.map_err(ApiError::unavailable)?;
        Ok(Reader { connection, keys })
    }

    /// Whether the log still holds everything after the cursor. When not, events were missed (the log was trimmed past the
    /// cursor) or heard that are no more (a replica that had not got them took over): the cursor then goes to the log's end.
    pub(crate) async fn log_covers(&self, cursor: &mut Cursor) -> Result<bool> {
        let mut covered = true;
        for (partition, position) in &mut cursor.positions {
            let log = self.log_key(*partition);
            let exists: bool = self.redis.call(redis::cmd("EXISTS").arg(&log)).await?;
            if !exists {
                if position != "0-0" {
                    covered = false;
                    *position = "0-0".to_owned();
                }
                continue;
            }
            let info: StreamInfoStreamReply = self.redis.call(redis::cmd("XINFO").arg("STREAM").arg(&log)).await?;
            if position == "0-0" || *position == info.last_generated_id {
                continue;
            }
            let mut cmd = redis::cmd("XRANGE");
            cmd.arg(&log).arg(&*position).arg(&*position);
            let here: Vec<(String, Value)> = self.redis.call(&cmd).await?;
            if here.is_empty() {
                covered = false;
                *position = info.last_generated_id;
            }
        }
        Ok(covered)
    }

    /// How many readers follow this keyspace's log.
    pub(super) fn log_readers(&self) -> usize {
        if self.redis.is_cluster() { usize::from(self.partitions) } else { 1 }
    }

    /// Appends entries without a transaction: for passing events that no record goes with.
    pub(crate) async fn tell(&self, owner: &str, events: Vec<Event>) -> Result<Time> {
        let mut tx = super::Transaction::new(self.partition(owner));
        for event in events {
            tx.append(event)?;
        }
        match tx.commit(self).await? {
            super::Outcome::Committed { at } => Ok(at),
            super::Outcome::Conflict { what } => {
                Err(ApiError::internal(anyhow::anyhow!("conflict without a check: {what}")))
            }
        }
    }

    /// Drops log entries older than [`limits::LOG_AGE`]; any node may do it, at any time.
    pub(crate) async fn trim_logs(&self) -> Result<()> {
        let oldest = self.now().plus_seconds(-(limits::LOG_AGE.as_secs() as i64)).micros() / 1000;
        for partition in 0..self.partitions {
            let mut cmd = redis::cmd("XTRIM");
            cmd.arg(self.log_key(partition)).arg("MINID").arg("~").arg(oldest);
            let _: i64 = self.redis.call(&cmd).await?;
        }
        Ok(())
    }
}

impl Reader {
    /// Waits for what comes after the cursor and moves it. Empty when nothing came for a while.
    pub async fn next(&mut self, cursor: &mut Cursor) -> Result<Vec<Entry>> {
        let mut cmd = redis::cmd("XREAD");
        cmd.arg("COUNT").arg(limits::LOG_BATCH).arg("BLOCK").arg(limits::TAIL_BLOCK.as_millis() as u64).arg("STREAMS");
        for key in &self.keys {
            cmd.arg(key);
        }
        for (_, position) in &cursor.positions {
            cmd.arg(position);
        }
        type Streams = Option<Vec<(String, Vec<(String, [Vec<u8>; 2])>)>>;
        let answer = self.connection.call(&[&cmd]).await.map_err(ApiError::unavailable)?.pop().unwrap_or(Value::Nil);
        let streams = Streams::from_redis_value(answer).map_err(ApiError::internal)?;
        let mut entries = Vec::new();
        for (key, items) in streams.unwrap_or_default() {
            let Some(index) = self.keys.iter().position(|known| *known == key) else { continue };
            for (id, fields) in items {
                let order = entry_order(&id);
                cursor.positions[index].1 = id;
                entries.extend(entry(fields).map(|entry| (order, entry)));
            }
        }
        // The logs of one Redis share its clock: what was told in one because of the other comes after it.
        entries.sort_by_key(|(order, _)| *order);
        Ok(entries.into_iter().map(|(_, entry)| entry).collect())
    }
}

/// The entry; nothing where it cannot be read (written by a newer version), which must not stop all that follow.
pub(super) fn entry([moment, text]: [Vec<u8>; 2]) -> Option<Entry> {
    packed::unpack(&moment, text)
        .inspect_err(|error| tracing::error!(%error, "an entry of the log cannot be read"))
        .ok()
}

/// Stream ids compare by their two numbers.
pub(super) fn entry_order(id: &str) -> (u64, u64) {
    let (millis, sequence) = id.split_once('-').unwrap_or((id, "0"));
    (millis.parse().unwrap_or(0), sequence.parse().unwrap_or(0))
}
