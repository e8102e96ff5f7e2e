//! Polls as they last.
//!
//! A poll is made before anybody knows where it will be shown, so its record begins in the partition of its own id. The message
//! that shows it takes it along into the partition of the channel: a vote, its counts and its event are then one script, and
//! the event keeps its place among the channel's others. Were it told by another log, somebody who begins to watch could miss
//! a vote that the state he was given does not hold yet.
//!
//! Two steps lead there. The first record is told its home (the channel and the message), and never changes again; then the
//! message's own transaction writes the record into the channel, which is the truth from then on. A crash between the two leaves
//! a poll that reads as before and that only this message can show: a retry of the send goes on. Whoever changes the
//! poll meanwhile writes the channel's record himself, and the send finds it there.

#[cfg(test)]
mod tests;
mod votes;

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::record::{is_default, micros, parse};
use super::redis::Script;
use super::{Outcome, Store, Transaction};
use crate::error::Result;
use crate::limits;
use crate::wire::Time;

pub(crate) use votes::{Ballot, Tally, Vote, Walk};

static POLLS: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("scripts/polls.lua")));

/// The message that shows a poll.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Home {
    pub cid: String,
    #[serde(rename = "message")]
    pub message_id: String,
}

/// Something that can be voted for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct PollOption {
    pub id: String,
    /// Names the option among all that the poll ever had: an id may come again, but not with the votes of the one before.
    #[serde(rename = "n")]
    pub number: u32,
    pub text: String,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub custom: Map<String, Value>,
}

/// A poll. `at` is its version: every vote moves it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Poll {
    #[serde(default, with = "micros", skip_serializing)]
    pub at: Time,
    pub id: String,
    #[serde(rename = "user")]
    pub created_by: String,
    #[serde(default, with = "micros::option", skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Time>,
    #[serde(default, with = "micros::option", skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home: Option<Home>,
    /// Only a trace is left, so that neither its id nor its message ever shows another poll.
    #[serde(default, skip_serializing_if = "is_default")]
    pub deleted: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub name: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub description: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub anonymous: bool,
    /// One option per person.
    #[serde(default, skip_serializing_if = "is_default")]
    pub unique: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_votes: Option<u32>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub suggestions: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub answers: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub closed: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<PollOption>,
    /// How many options the poll ever had: the number of the next one.
    #[serde(default, skip_serializing_if = "is_default")]
    pub numbers: u32,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub custom: Map<String, Value>,
}

impl Poll {
    pub fn created_at(&self) -> Time {
        self.created_at.unwrap_or(self.at)
    }

    pub fn updated_at(&self) -> Time {
        self.updated_at.unwrap_or(self.at)
    }

    pub fn option(&self, id: &str) -> Option<&PollOption> {
        self.options.iter().find(|option| option.id == id)
    }

    pub fn numbered(&self, number: u32) -> Option<&PollOption> {
        self.options.iter().find(|option| option.number == number)
    }

    /// The record for the next write that is no edit: what was implied by `at` is spelled out, because `at` will move.
    pub fn rewritten(&self) -> Poll {
        Poll { created_at: Some(self.created_at()), updated_at: Some(self.updated_at()), ..self.clone() }
    }

    /// Whose it is and where it stands, and nothing of what it asks.
    pub fn outline(&self) -> Poll {
        Poll { id: self.id.clone(), created_by: self.created_by.clone(), home: self.home.clone(), ..Poll::default() }
    }

    /// What stays of it when it is deleted.
    fn trace(&self) -> Poll {
        Poll { deleted: true, ..self.outline() }
    }
}

/// A poll with what was voted, at one moment.
#[derive(Clone, Debug, Default)]
pub(crate) struct PollState {
    pub poll: Poll,
    /// Its record is the channel's.
    pub is_there: bool,
    /// Option's number → its votes.
    pub options: BTreeMap<u32, Tally>,
    pub answers: Tally,
    /// The viewer's.
    pub own: Vec<Vote>,
}

impl PollState {
    /// One for which nobody can have voted yet.
    pub fn unsent(poll: Poll) -> PollState {
        PollState { poll, ..PollState::default() }
    }

    pub fn vote_count(&self) -> usize {
        self.options.values().map(|tally| tally.count).sum()
    }

    /// Whether anybody voted or answered.
    pub fn has_votes(&self) -> bool {
        self.answers.count > 0 || self.vote_count() > 0
    }
}

impl Store {
    /// Makes a poll. A conflict: the id is taken.
    pub(crate) async fn create_poll(&self, poll: &Poll) -> Result<Outcome> {
        // The index first: it may be too large, never too small.
        let index = self.user_polls_key(&poll.created_by);
        let now = self.now().micros();
        let _: i64 = self.write(&index, redis::cmd("ZADD").arg(&index).arg(now).arg(&poll.id)).await?;
        let (partition, key) = (self.partition(&poll.id), self.poll_key(&poll.id));
        let mut tx = Transaction::new(partition);
        tx.absent(key.clone(), "poll");
        tx.index_now(self.polls_index_key(partition), &poll.id);
        tx.stamp(key, poll)?;
        tx.commit(self).await
    }

    /// The poll wherever it is, and what was voted. Deleted ones are not found.
    pub(crate) async fn poll_state(&self, id: &str, viewer: &str) -> Result<Option<PollState>> {
        let key = self.poll_key(id);
        let json: Option<Vec<u8>> = self.redis.call(redis::cmd("GET").arg(&key)).await?;
        let Some(first) = json.map(|json| parse::<Poll>(&key, &json)).transpose()? else { return Ok(None) };
        let sent = match &first.home {
            Some(home) => self.poll_states(viewer, &[(&home.cid, id)]).await?.remove(id),
            None => None,
        };
        Ok(Some(sent.unwrap_or_else(|| PollState::unsent(first))).filter(|state| !state.poll.deleted))
    }

    /// Those of the polls (cid, id) that their channels have, each with what was voted: one round trip for all of them. Of a
    /// deleted one the trace is found.
    pub(crate) async fn poll_states(&self, viewer: &str, polls: &[(&str, &str)]) -> Result<HashMap<String, PollState>> {
        let mut groups: BTreeMap<u16, Vec<(&str, &str)>> = BTreeMap::new();
        for poll in polls {
            groups.entry(self.partition(poll.0)).or_default().push(*poll);
        }
        // In pieces: Redis does nothing else while a script runs.
        let pieces = groups.values().flat_map(|polls| polls.chunks(limits::POLLS_AT_ONCE));
        let loads = pieces.map(|polls| async move {
            let mut args = vec![viewer.to_owned(), (limits::LATEST_VOTES + 1).to_string()];
            for (cid, id) in polls {
                args.extend([
                    self.sent_poll_key(cid, id),
                    self.poll_votes_key(cid, id),
                    self.poll_answers_key(cid, id),
                ]);
                args.push(self.poll_option_key(cid, &format!("{id}/")));
            }
            type Row = (Vec<u8>, Vec<u8>, Vec<Vec<Vec<u8>>>, Vec<Vec<u8>>);
            let key = self.sent_poll_key(polls[0].0, polls[0].1);
            let rows: Vec<Row> = self.redis.script(&POLLS, &key, &args).await?;
            let found = polls.iter().zip(rows).filter(|(_, row)| !row.0.is_empty());
            found
                .map(|((cid, id), (record, own, options, answers))| {
                    let state = PollState {
                        poll: parse(&self.sent_poll_key(cid, id), &record)?,
                        is_there: true,
                        options: votes::tallies(options)?,
                        answers: votes::answers(answers)?,
                        own: votes::read(&self.poll_votes_key(cid, id), viewer, &own)?,
                    };
                    Ok(((*id).to_owned(), state.current()))
                })
                .collect::<Result<Vec<_>>>()
        });
        Ok(futures_util::future::try_join_all(loads).await?.into_iter().flatten().collect())
    }

    /// The polls that there are among `ids`, without what was voted.
    pub(crate) async fn polls<'a>(&self, ids: impl Iterator<Item = &'a str>) -> Result<Vec<Poll>> {
        let keys = ids.map(|id| (self.partition(id), self.poll_key(id)));
        let mut first = self.poll_records(keys).await?;
        let homes = first.iter().filter_map(|poll| Some((&poll.id, poll.home.as_ref()?)));
        let keys = homes.map(|(id, home)| (self.partition(&home.cid), self.sent_poll_key(&home.cid, id)));
        let sent = self.poll_records(keys).await?;
        let mut sent: HashMap<String, Poll> = sent.into_iter().map(|poll| (poll.id.clone(), poll)).collect();
        for poll in &mut first {
            if let Some(there) = sent.remove(&poll.id) {
                *poll = there;
            }
        }
        first.retain(|poll| !poll.deleted);
        Ok(first)
    }

    async fn poll_records(&self, keys: impl Iterator<Item = (u16, String)>) -> Result<Vec<Poll>> {
        let mut groups: BTreeMap<u16, Vec<String>> = BTreeMap::new();
        for (partition, key) in keys {
            groups.entry(partition).or_default().push(key);
        }
        let loads = groups.into_values().map(|keys| async move {
            let found: Vec<Option<Vec<u8>>> = self.redis.call(redis::cmd("MGET").arg(&keys)).await?;
            let found = keys.iter().zip(found).filter_map(|(key, json)| Some(parse::<Poll>(key, &json?)));
            found.collect::<Result<Vec<_>>>()
        });
        Ok(futures_util::future::try_join_all(loads).await?.into_iter().flatten().collect())
    }

    /// Ids of the polls that the user made, some of which may not be any more.
    pub(crate) async fn user_poll_ids(&self, user: &str) -> Result<Vec<String>> {
        self.redis.call(redis::cmd("ZRANGE").arg(self.user_polls_key(user)).arg(0).arg(-1)).await
    }

    /// Ids of the polls that were sent to the channels.
    pub(crate) async fn channel_poll_ids(&self, cids: impl Iterator<Item = &str>) -> Result<Vec<String>> {
        let reads = cids.map(|cid| async move {
            let mut cmd = redis::cmd("ZRANGE");
            cmd.arg(self.channel_polls_key(cid)).arg(0).arg(-1);
            self.redis.call::<Vec<String>>(&cmd).await
        });
        Ok(futures_util::future::try_join_all(reads).await?.concat())
    }

    /// Ids of all polls, a partition at a time.
    pub(crate) async fn all_poll_ids(&self) -> Result<Vec<String>> {
        let reads = (0..self.partitions).map(|partition| async move {
            let mut cmd = redis::cmd("ZRANGE");
            cmd.arg(self.polls_index_key(partition)).arg(0).arg(-1);
            self.redis.call::<Vec<String>>(&cmd).await
        });
        Ok(futures_util::future::try_join_all(reads).await?.concat())
    }

    /// Tells a poll that was never sent which message will show it. A conflict: it changed meanwhile.
    pub(crate) async fn bind_poll(&self, poll: &Poll, home: Home) -> Result<Outcome> {
        let bound = Poll { home: Some(home), ..poll.rewritten() };
        self.unsent_poll_change(&bound)?.commit(self).await
    }

    /// A transaction that writes a poll that was never sent, if it is still as it was read.
    pub(crate) fn unsent_poll_change(&self, poll: &Poll) -> Result<Transaction> {
        let key = self.poll_key(&poll.id);
        let mut tx = Transaction::new(self.partition(&poll.id));
        tx.unchanged(key.clone(), poll.at, "poll");
        tx.stamp(key, poll)?;
        Ok(tx)
    }

    /// Writes a poll into its channel, if it is still as `before`, which may not have come there yet.
    pub(crate) fn write_sent_poll(&self, tx: &mut Transaction, before: &PollState, poll: &Poll) -> Result<()> {
        let Some(home) = &poll.home else { return Ok(()) };
        let key = self.sent_poll_key(&home.cid, &poll.id);
        if before.is_there {
            tx.unchanged(key.clone(), before.poll.at, "poll");
            // Who missed it hears of the message when he asks what changed.
            tx.index_now(self.changes_key(&home.cid), &home.message_id);
        } else {
            tx.absent(key.clone(), "poll");
            tx.index_now(self.channel_polls_key(&home.cid), &poll.id);
        }
        tx.stamp(key, poll)
    }

    /// Takes a poll out of its channel but for a trace, and all votes.
    pub(crate) fn end_sent_poll(&self, tx: &mut Transaction, state: &PollState) -> Result<()> {
        let Some(Home { cid, .. }) = &state.poll.home else { return Ok(()) };
        self.write_sent_poll(tx, state, &state.poll.trace())?;
        tx.remove(self.poll_votes_key(cid, &state.poll.id));
        tx.remove(self.poll_answers_key(cid, &state.poll.id));
        self.remove_options(tx, &state.poll, state.poll.options.iter());
        tx.unindex(self.channel_polls_key(cid), &state.poll.id);
        Ok(())
    }

    /// Ends a poll but for a trace under its id: what is left to do after [`Store::end_sent_poll`], and all there is to do of one
    /// that was never sent, which a conflict says is not so any more.
    pub(crate) async fn end_poll(&self, poll: &Poll) -> Result<Outcome> {
        let (partition, key) = (self.partition(&poll.id), self.poll_key(&poll.id));
        let mut tx = Transaction::new(partition);
        if poll.home.is_none() {
            tx.unchanged(key.clone(), poll.at, "poll");
        }
        tx.stamp(key, &poll.trace())?;
        tx.unindex(self.polls_index_key(partition), &poll.id);
        let outcome = tx.commit(self).await?;
        if let Outcome::Committed { .. } = outcome {
            let index = self.user_polls_key(&poll.created_by);
            let _: i64 = self.write(&index, redis::cmd("ZREM").arg(&index).arg(&poll.id)).await?;
        }
        Ok(outcome)
    }
}
