//! The transaction: checks, writes, events and the clock, in one script (`scripts/transaction.lua`).
//!
//! All keys of a transaction live in one partition; on a single Redis the claim of a message id may live in another. The
//! outcome is [`Outcome::Committed`] with the moment that Redis' clock fixed, or [`Outcome::Conflict`] with the name of the
//! check that failed, and then nothing at all was written.

use std::sync::LazyLock;

use serde::Serialize;

use super::log::Event;
use super::redis::Script;
use super::{Proof, Store};
use crate::error::{ApiError, Result};
use crate::limits;
use crate::wire::{Time, outgoing};

static SCRIPT: LazyLock<Script> = LazyLock::new(|| {
    Script::new(concat!(
        include_str!("scripts/unread_function.lua"),
        include_str!("scripts/checks_function.lua"),
        include_str!("scripts/clock_function.lua"),
        include_str!("scripts/transaction.lua")
    ))
});

static LOG_LENGTH: LazyLock<String> = LazyLock::new(|| limits::LOG_LENGTH.to_string());

/// How the channel's clock moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tick {
    /// A message: at least a millisecond after the last one, because clients sort by milliseconds.
    Message,
    /// Any other change that orders: at least a microsecond later.
    Change,
    /// Something that must not lie before the last message, but orders nothing.
    Read,
}

/// What became of a transaction.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Committed {
        at: Time,
    },
    /// The name of the first check that failed.
    Conflict {
        what: String,
    },
}

impl Outcome {
    /// The moment, if it was committed.
    pub fn at(self) -> Option<Time> {
        match self {
            Outcome::Committed { at } => Some(at),
            Outcome::Conflict { .. } => None,
        }
    }
}

/// What a transaction does to the number of messages beside the clock.
#[derive(Clone, Copy, Debug, Default)]
struct Messages {
    /// From none on.
    anew: bool,
    more: i64,
    /// This change is the newest message.
    newest: bool,
}

/// What a transaction does to the version of the channel's record, which is kept beside the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    Stays,
    /// The record is written.
    Moves,
    /// The record is removed.
    Ends,
}

pub(crate) struct Transaction {
    partition: u16,
    clock: (String, Tick),
    messages: Messages,
    /// The version that the channel's record must have.
    expected: Option<Time>,
    /// What becomes of that version.
    version: Version,
    checks: Vec<Vec<u8>>,
    writes: Vec<Vec<u8>>,
}

macro_rules! operation {
    ($list:expr, $($part:expr),+) => { $list.extend([$(Into::<Vec<u8>>::into($part)),+]) };
}

impl Transaction {
    /// A transaction whose events go to the log of `partition`.
    pub fn new(partition: u16) -> Self {
        Transaction {
            partition,
            clock: (String::new(), Tick::Read),
            messages: Messages::default(),
            expected: None,
            version: Version::Stays,
            checks: Vec::new(),
            writes: Vec::new(),
        }
    }

    /// Lets the hash at `key` (field `clock`) order this change.
    pub fn clock(&mut self, key: String, tick: Tick) {
        self.clock = (key, tick);
    }

    /// Adds to the number of messages, which is kept beside the clock.
    pub fn count_messages(&mut self, more: i64) {
        self.messages.more += more;
    }

    /// Counts messages from none on.
    pub fn count_messages_anew(&mut self) {
        self.messages = Messages { anew: true, ..Messages::default() };
    }

    /// Makes this change the time of the newest message.
    pub fn newest_message(&mut self) {
        self.messages.newest = true;
    }

    /// The channel's record must be as it was written at `at`. Needs the channel's clock.
    pub fn expect_version(&mut self, at: Time) {
        self.expected = Some(at);
    }

    /// The channel's record is written: the moment of the commit is its version. Needs the channel's clock.
    pub fn move_version(&mut self) {
        self.version = Version::Moves;
    }

    /// The channel's record is removed: whoever still expects a version finds none. Needs the channel's clock.
    pub fn end_version(&mut self) {
        self.version = Version::Ends;
    }

    /// The key must not exist.
    pub fn absent(&mut self, key: String, what: &str) {
        operation!(self.checks, "absent", key, what);
    }

    /// The stamped record must be as it was written at `at`.
    pub fn unchanged(&mut self, key: String, at: Time, what: &str) {
        operation!(self.checks, "same", key, version(at), what);
    }

    /// The hash must not have the field.
    pub fn field_absent(&mut self, key: String, field: &str, what: &str) {
        operation!(self.checks, "fabsent", key, field, what);
    }

    /// The stamped record in the hash must be as it was written at `at`.
    pub fn field_unchanged(&mut self, key: String, field: &str, at: Time, what: &str) {
        operation!(self.checks, "fsame", key, field, version(at), what);
    }

    /// The key must hold just this.
    pub fn is(&mut self, key: String, value: &str, what: &str) {
        operation!(self.checks, "is", key, value, what);
    }

    /// The hash's field must hold just this.
    pub fn field_is(&mut self, key: String, field: &str, value: impl Into<Vec<u8>>, what: &str) {
        operation!(self.checks, "fis", key, field, value, what);
    }

    /// The sorted set must hold the member at just this score.
    pub fn listed(&mut self, key: String, member: &str, score: Time, what: &str) {
        operation!(self.checks, "zis", key, member, score.micros().to_string(), what);
    }

    /// The sorted set must have fewer members.
    pub fn fewer(&mut self, key: String, than: usize, what: &str) {
        operation!(self.checks, "fewer", key, than.to_string(), what);
    }

    /// The hash's field must not exist or hold just this value (or else `taken`), and `record` must not exist (or else
    /// `known`). Nothing but a claim makes records. The field holds the value afterwards.
    pub fn claim(&mut self, key: String, field: &str, value: &str, taken: &str, record: String, known: &str) {
        operation!(self.checks, "claim", key, field, value, taken, record, known);
    }

    /// Writes a stamped record: the moment of the commit becomes its `at`.
    pub fn stamp(&mut self, key: String, record: &impl Serialize) -> Result<()> {
        operation!(self.writes, "stamp", key, tail(record)?);
        Ok(())
    }

    /// Writes a stamped record into a hash.
    pub fn field_stamp(&mut self, key: String, field: &str, record: &impl Serialize) -> Result<()> {
        operation!(self.writes, "hstamp", key, field, tail(record)?);
        Ok(())
    }

    /// Writes a plain value into a hash.
    pub fn field_put(&mut self, key: String, field: &str, value: impl Into<Vec<u8>>) {
        operation!(self.writes, "hset", key, field, value);
    }

    pub fn field_remove(&mut self, key: String, field: &str) {
        operation!(self.writes, "hdel", key, field);
    }

    pub fn remove(&mut self, key: String) {
        operation!(self.writes, "del", key);
    }

    /// Puts `member` into the sorted set, at the moment of the commit.
    pub fn index_now(&mut self, key: String, member: &str) {
        operation!(self.writes, "znow", key, member);
    }

    /// Drops all members but the `most` newest.
    pub fn keep_newest(&mut self, key: String, most: usize) {
        operation!(self.writes, "zkeep", key, (most + 1).to_string());
    }

    /// Puts `member` into the sorted set, at `score`.
    pub fn index(&mut self, key: String, member: &str, score: Time) {
        operation!(self.writes, "zadd", key, member, score.micros().to_string());
    }

    pub fn unindex(&mut self, key: String, member: &str) {
        operation!(self.writes, "zrem", key, member);
    }

    /// Drops all members up to and including `until`.
    pub fn unindex_until(&mut self, key: String, until: Time) {
        operation!(self.writes, "zcut", key, until.micros().to_string());
    }

    /// Sets the state's `last` to the newest score of the timeline.
    pub fn settle_last(&mut self, state: String, timeline: String) {
        operation!(self.writes, "newest", state, timeline, "last");
    }

    /// Sets the state's `sharing` to the moment at which the last live location ends.
    pub fn settle_sharing(&mut self, state: String, locations: String) {
        operation!(self.writes, "newest", state, locations, "sharing");
    }

    /// Sets the state's `pending` to the moment of the newest message that waits.
    pub fn settle_pending(&mut self, state: String, pending: String) {
        operation!(self.writes, "newest", state, pending, "pending");
    }

    /// Counts what is unread for the pointer in the hash, as the writes so far leave it; the number takes the place of
    /// [`super::UNREAD`] in the events that follow. `list`, `silent`, `messages` and `unheard` are those of
    /// `scripts/unread_function.lua`.
    pub fn count_unread(
        &mut self,
        pointers: String,
        user: &str,
        list: String,
        silent: String,
        messages: String,
        unheard: String,
    ) {
        operation!(self.writes, "unread", pointers, user, list, silent, messages, unheard);
    }

    /// Tells of the change. Events keep the order in which they are appended.
    pub fn append(&mut self, event: Event) -> Result<()> {
        let kind = if event.counts_watchers { "watched" } else { "event" };
        operation!(self.writes, kind, event.packed()?);
        Ok(())
    }

    pub async fn commit(self, store: &Store) -> Result<Outcome> {
        Ok(self.commit_counted(store).await?.0)
    }

    /// The same, and what [`Transaction::count_unread`] counted.
    pub async fn commit_counted(self, store: &Store) -> Result<(Outcome, u32)> {
        let mut flags = String::with_capacity(3);
        flags.push(match self.clock.1 {
            Tick::Message => 'm',
            Tick::Change => 'c',
            Tick::Read => 'r',
        });
        if self.messages.newest {
            flags.push('n');
        }
        match self.version {
            Version::Stays => {}
            Version::Moves => flags.push('v'),
            Version::Ends => flags.push('x'),
        }
        let more = match self.messages {
            Messages { anew: true, more, .. } => format!("={more}"),
            Messages { more: 0, .. } => String::new(),
            Messages { more, .. } => more.to_string(),
        };
        let mut args = Vec::with_capacity(5 + self.checks.len() + self.writes.len());
        let expected = self.expected.map_or_else(String::new, version);
        operation!(args, self.clock.0, flags, LOG_LENGTH.as_str(), more, expected);
        args.extend(self.checks);
        args.extend(self.writes);
        let answer: String = store.redis.script(&SCRIPT, &store.log_key(self.partition), &args).await?;
        if let Some(what) = answer.strip_prefix('!') {
            // What stood in the way may be an earlier try of the same change, which will be answered with.
            store.confirm(self.partition, Proof::Order).await?;
            return Ok((Outcome::Conflict { what: what.to_owned() }, 0));
        }
        let (at, entry, unread) =
            committed(&answer).ok_or_else(|| ApiError::internal(anyhow::anyhow!("the script answered {answer}")))?;
        let proof = if entry == "-" { Proof::Order } else { Proof::Entry(entry.to_owned()) };
        store.confirm(self.partition, proof).await?;
        Ok((Outcome::Committed { at }, unread))
    }
}

/// The moment, the last entry's id and the number of unread messages that a committed transaction answers with.
fn committed(answer: &str) -> Option<(Time, &str, u32)> {
    let mut parts = answer.split(' ');
    Some((Time(parts.next()?.parse().ok()?), parts.next()?, parts.next()?.parse().ok()?))
}

/// A version as the script compares it: the sixteen digits behind `{"at":`.
fn version(at: Time) -> String {
    format!("{:016}", at.micros())
}

/// What the script puts behind `{"at":…`: the record's JSON with a comma for its opening brace.
fn tail(record: &impl Serialize) -> Result<Vec<u8>> {
    let mut json = outgoing(record, 0).map_err(ApiError::internal)?;
    if json == b"{}" {
        return Ok(b"}".to_vec());
    }
    json[0] = b',';
    Ok(json)
}
