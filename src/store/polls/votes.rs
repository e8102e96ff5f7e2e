//! Votes and answers as they last: each person's own list, and per option the order in which they came.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::super::record::{is_default, micros, parse};
use super::super::redis::Script;
use super::{Poll, PollOption, PollState, Store, Transaction};
use crate::error::{ApiError, Result};
use crate::wire::Time;

static VOTES: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("../scripts/poll_votes.lua")));

/// A vote for an option, or an answer. No two of a poll are of the same moment.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Vote {
    pub id: String,
    pub user: String,
    /// The option's number; none for an answer.
    pub option: Option<u32>,
    /// The answer.
    pub text: Option<String>,
    pub at: Time,
}

/// How many votes there are for something, and the newest of them: one more than are shown, so that one can go.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Tally {
    pub count: usize,
    pub newest: Vec<Vote>,
}

/// What somebody's voting changes.
#[derive(Debug)]
pub(crate) struct Ballot<'a> {
    pub user: &'a str,
    /// His votes and answer as they are afterwards.
    pub own: &'a [Vote],
    /// Those of his that are gone.
    pub gone: &'a [Vote],
    /// The one that came; its time is that of the commit.
    pub cast: Option<&'a Vote>,
}

/// A way through the votes of a poll, in the order of time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Walk {
    pub newest_first: bool,
    /// Where it goes on.
    pub after: Option<Time>,
    /// How many of each list are looked at together.
    pub step: usize,
}

/// One person's list. `at` is the moment of the newest entry.
#[derive(Debug, Serialize, Deserialize)]
struct Own {
    #[serde(default, with = "micros", skip_serializing)]
    at: Time,
    votes: Vec<Entry>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    option: Option<u32>,
    #[serde(default, skip_serializing_if = "is_default")]
    text: Option<String>,
    /// Absent: that of the list.
    #[serde(default, with = "micros::option", skip_serializing_if = "Option::is_none")]
    at: Option<Time>,
}

/// A person's votes; none from an empty text.
pub(super) fn read(key: &str, user: &str, json: &[u8]) -> Result<Vec<Vote>> {
    if json.is_empty() {
        return Ok(Vec::new());
    }
    let Own { at, votes } = parse(key, json)?;
    let vote = |entry: Entry| Vote {
        id: entry.id,
        user: user.to_owned(),
        option: entry.option,
        text: entry.text,
        at: entry.at.unwrap_or(at),
    };
    Ok(votes.into_iter().map(vote).collect())
}

/// What a list says of a vote: `user \n vote id`, and its time.
fn listed(member: &[u8], time: &[u8], option: Option<u32>) -> Result<Vote> {
    let broken = || ApiError::internal(anyhow::anyhow!("a list of votes holds {}", String::from_utf8_lossy(member)));
    let (user, id) = std::str::from_utf8(member).ok().and_then(|text| text.split_once('\n')).ok_or_else(broken)?;
    let at = std::str::from_utf8(time).ok().and_then(|text| text.parse().ok()).ok_or_else(broken)?;
    Ok(Vote { id: id.to_owned(), user: user.to_owned(), option, text: None, at: Time(at) })
}

fn number<T: std::str::FromStr>(bytes: Option<&Vec<u8>>) -> Result<T> {
    let text = bytes.and_then(|bytes| std::str::from_utf8(bytes).ok());
    text.and_then(|text| text.parse().ok())
        .ok_or_else(|| ApiError::internal(anyhow::anyhow!("a script gave no number: {bytes:?}")))
}

/// Rows of options: number, count, member, time, member …
pub(super) fn tallies(rows: Vec<Vec<Vec<u8>>>) -> Result<BTreeMap<u32, Tally>> {
    let read = |row: Vec<Vec<u8>>| {
        let option = number(row.first())?;
        let newest = row.get(2..).unwrap_or_default().chunks_exact(2);
        let newest = newest.map(|pair| listed(&pair[0], &pair[1], Some(option))).collect::<Result<_>>()?;
        Ok((option, Tally { count: number(row.get(1))?, newest }))
    };
    rows.into_iter().map(read).collect()
}

/// The row of answers: count, then member, time, that person's votes …
pub(super) fn answers(row: Vec<Vec<u8>>) -> Result<Tally> {
    let Some((count, rest)) = row.split_first() else { return Ok(Tally::default()) };
    Ok(Tally { count: number(Some(count))?, newest: triples(rest, None)? })
}

/// Member, time, that person's votes ('' where they are not wanted) …
fn triples(row: &[Vec<u8>], option: Option<u32>) -> Result<Vec<Vote>> {
    let read = |triple: &[Vec<u8>]| {
        let mut vote = listed(&triple[0], &triple[1], option)?;
        let own = read(&vote.id, &vote.user, &triple[2])?;
        vote.text = own.into_iter().find(|own| own.id == vote.id).and_then(|own| own.text);
        Ok(vote)
    };
    row.chunks_exact(3).map(read).collect()
}

impl PollState {
    /// Without votes for options that are no more.
    pub(super) fn current(mut self) -> PollState {
        let PollState { poll, own, options, .. } = &mut self;
        own.retain(|vote| vote.option.is_none_or(|number| poll.numbered(number).is_some()));
        options.retain(|number, _| poll.numbered(*number).is_some());
        self
    }

    /// The same votes with the poll as an edit left it.
    pub fn edited(&self, poll: Poll) -> PollState {
        PollState { poll, ..self.clone() }.current()
    }

    /// How it is after the ballot.
    pub fn after(&self, ballot: &Ballot<'_>) -> PollState {
        let mut after = self.clone();
        for vote in ballot.gone {
            let tally = after.tally(vote.option);
            tally.count = tally.count.saturating_sub(1);
            tally.newest.retain(|other| other.id != vote.id);
        }
        if let Some(vote) = ballot.cast {
            let tally = after.tally(vote.option);
            tally.count += 1;
            tally.newest.insert(0, vote.clone());
        }
        after.own = ballot.own.to_vec();
        after
    }

    /// The moment that a ballot was waiting for.
    pub fn settled(mut self, at: Time) -> PollState {
        self.poll = Poll { at, ..self.poll.rewritten() };
        let newest = self.options.values_mut().chain([&mut self.answers]).flat_map(|tally| &mut tally.newest);
        for vote in newest.chain(&mut self.own) {
            if vote.at == Time::STAMP {
                vote.at = at;
            }
        }
        self
    }

    fn tally(&mut self, option: Option<u32>) -> &mut Tally {
        match option {
            Some(number) => self.options.entry(number).or_default(),
            None => &mut self.answers,
        }
    }
}

impl Store {
    /// Writes what a person's voting changes, if the poll is still as it was read; the moment of the commit is the poll's next
    /// version and the time of the vote that was cast.
    pub(crate) fn write_ballot(&self, tx: &mut Transaction, state: &PollState, ballot: &Ballot<'_>) -> Result<()> {
        let poll = &state.poll;
        self.write_sent_poll(tx, state, &poll.rewritten())?;
        let Some(home) = &poll.home else { return Ok(()) };
        let member = |vote: &Vote| format!("{}\n{}", ballot.user, vote.id);
        for vote in ballot.gone {
            tx.unindex(self.vote_list(poll, vote.option), &member(vote));
        }
        if let Some(vote) = ballot.cast {
            tx.index_now(self.vote_list(poll, vote.option), &member(vote));
        }
        let key = self.poll_votes_key(&home.cid, &poll.id);
        if ballot.own.is_empty() {
            tx.field_remove(key, ballot.user);
        } else {
            let entry = |vote: &Vote| Entry {
                id: vote.id.clone(),
                option: vote.option,
                text: vote.text.clone(),
                at: Some(vote.at).filter(|at| *at != Time::STAMP),
            };
            let own = Own { at: Time(0), votes: ballot.own.iter().map(entry).collect() };
            tx.field_stamp(key, ballot.user, &own)?;
        }
        Ok(())
    }

    fn vote_list(&self, poll: &Poll, option: Option<u32>) -> String {
        let cid = poll.home.as_ref().map_or("", |home| home.cid.as_str());
        match option {
            Some(number) => self.poll_option_key(cid, &format!("{}/{number}", poll.id)),
            None => self.poll_answers_key(cid, &poll.id),
        }
    }

    /// Drops the votes for these options; the people's own lists are put right when they vote again.
    pub(crate) fn remove_options<'a>(
        &self,
        tx: &mut Transaction,
        poll: &Poll,
        options: impl Iterator<Item = &'a PollOption>,
    ) {
        for option in options {
            tx.remove(self.vote_list(poll, Some(option.number)));
        }
    }

    /// The next votes of these lists (an option's number; none for the answers), and whether there may be more behind them.
    pub(crate) async fn walk_votes(
        &self,
        poll: &Poll,
        lists: &[Option<u32>],
        walk: Walk,
    ) -> Result<(Vec<Vote>, Option<Walk>)> {
        let Some(home) = poll.home.as_ref().filter(|_| !lists.is_empty()) else { return Ok((Vec::new(), None)) };
        let mut args = vec![
            if walk.newest_first { "new" } else { "old" }.to_owned(),
            walk.after.map(|after| after.micros().to_string()).unwrap_or_default(),
            walk.step.to_string(),
            self.poll_votes_key(&home.cid, &poll.id),
            self.vote_list(poll, None),
        ];
        args.extend(lists.iter().map(|list| self.vote_list(poll, *list)));
        let key = self.sent_poll_key(&home.cid, &poll.id);
        let rows: Vec<Vec<Vec<u8>>> = self.redis.script(&VOTES, &key, &args).await?;
        let mut votes = Vec::new();
        let mut ends = Vec::new();
        for (list, row) in lists.iter().zip(rows) {
            let found = triples(&row, *list)?;
            // A list that may go on is known up to its last vote; beyond that the others must wait for it.
            ends.extend(found.last().filter(|_| found.len() >= walk.step).map(|vote| vote.at));
            votes.extend(found);
        }
        let reached = if walk.newest_first { ends.into_iter().max() } else { ends.into_iter().min() };
        votes.retain(|vote| reached.is_none_or(|end| if walk.newest_first { vote.at >= end } else { vote.at <= end }));
        votes.sort_by_key(|vote| vote.at);
        if walk.newest_first {
            votes.reverse();
        }
        Ok((votes, reached.map(|end| Walk { after: Some(end), ..walk })))
    }

    /// The votes and answers of these people.
    pub(crate) async fn votes_of(&self, poll: &Poll, users: &[&str]) -> Result<Vec<Vote>> {
        let Some(home) = poll.home.as_ref().filter(|_| !users.is_empty()) else { return Ok(Vec::new()) };
        let key = self.poll_votes_key(&home.cid, &poll.id);
        let found: Vec<Option<Vec<u8>>> = self.redis.call(redis::cmd("HMGET").arg(&key).arg(users)).await?;
        let mut votes = Vec::new();
        for (user, json) in users.iter().zip(found) {
            votes.extend(read(&key, user, &json.unwrap_or_default())?);
        }
        votes.retain(|vote| vote.option.is_none_or(|number| poll.numbered(number).is_some()));
        Ok(votes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_vote_of_a_list_is_of_its_moment() {
        let json =
            br#"{"at":1700000000000002,"votes":[{"id":"a","option":1,"at":1700000000000001},{"id":"b","text":"hm"}]}"#;
        let votes = read("key", "ana", json).unwrap();
        assert_eq!(votes[0].at, Time(1_700_000_000_000_001));
        assert_eq!((votes[1].at, votes[1].option), (Time(1_700_000_000_000_002), None));
        assert!(read("key", "ana", b"").unwrap().is_empty() && read("key", "ana", b"{").is_err());
    }

    #[test]
    fn rows_of_scripts_are_read() {
        let bytes = |texts: &[&str]| texts.iter().map(|text| text.as_bytes().to_vec()).collect::<Vec<_>>();
        let tallies = tallies(vec![bytes(&["3", "12", "bob\nv1", "1700000000000001"])]).unwrap();
        assert_eq!(tallies[&3].count, 12);
        assert_eq!((tallies[&3].newest[0].user.as_str(), tallies[&3].newest[0].option), ("bob", Some(3)));
        let own = r#"{"at":1700000000000002,"votes":[{"id":"v2","text":"hm"}]}"#;
        let answers = answers(bytes(&["1", "ana\nv2", "1700000000000002", own])).unwrap();
        assert_eq!(answers.newest[0].text.as_deref(), Some("hm"));
    }
}
