//! What a user has not read, over all his channels and threads: the start values of a connection.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::record::parse;
use super::redis::Script;
use super::{Indexed, Member, Own, Read, Store, ThreadRead, Transaction};
use crate::error::{ApiError, Result};
use crate::wire::Time;

static UNREAD_SCRIPT: LazyLock<Script> = LazyLock::new(|| {
    Script::new(concat!(include_str!("scripts/unread_function.lua"), include_str!("scripts/unread.lua")))
});

/// Stands in an event for the number that [`Transaction::count_unread`] counts; ten digits, as the script knows.
pub(crate) const UNREAD: u32 = u32::MAX;

/// A channel of which the user is a member.
#[derive(Clone, Debug)]
pub(crate) struct ChannelUnread {
    pub read: Read,
    pub unread: u32,
    /// Whether he is in: somebody whose invite is open or rejected counts nothing.
    pub inside: bool,
    /// The channel's clock when this was counted: events up to then are in the number.
    pub as_of: Time,
    /// Messages up to this moment are hidden from him.
    pub hides_before: Option<Time>,
}

/// A thread the user takes part in.
#[derive(Clone, Debug)]
pub(crate) struct ThreadUnread {
    pub cid: String,
    pub read: ThreadRead,
    pub unread: u32,
    pub as_of: Time,
}

impl Own {
    /// Whose messages the user does not count: those he muted and, separately, those he blocked (1:1 channels only). Both are
    /// ids divided by commas, as the scripts take them.
    pub(super) fn unheard(&self, now: Time) -> [String; 2] {
        let muted: Vec<&str> =
            self.mutes.iter().filter(|mute| mute.holds(now)).map(|mute| mute.target.as_str()).collect();
        let blocked: Vec<&str> = self.blocks.iter().map(|block| block.user.as_str()).collect();
        [muted.join(","), blocked.join(",")]
    }
}

/// What a script says of one row: the name, the pointer's record, unread, clock, the membership's record.
type Row = (String, Vec<u8>, u32, Time, Vec<u8>);

impl Store {
    /// Counts for the channels among `cids` that the user is a member of.
    pub(crate) async fn channels_unread(
        &self,
        user: &str,
        own: &Own,
        cids: &[String],
    ) -> Result<HashMap<String, ChannelUnread>> {
        let rows = cids
            .iter()
            .map(|cid| (cid.as_str(), cid.as_str(), self.reads_key(cid), self.timeline_key(cid), self.silent_key(cid)));
        let found = self.counted(user, own, rows).await?;
        found
            .into_iter()
            .filter(|(.., member)| !member.is_empty())
            .map(|(cid, json, unread, as_of, member)| {
                let read = parse(&self.reads_key(&cid), &json)?;
                let member = Member::read(&self.members_key(&cid), user, &member)?;
                let (inside, hides_before) = (!member.is_outside(), member.hide_messages_before);
                Ok((cid, ChannelUnread { read, unread: if inside { unread } else { 0 }, inside, as_of, hides_before }))
            })
            .collect()
    }

    /// Counts for the threads (by parent id) that the user takes part in.
    pub(crate) async fn threads_unread(
        &self,
        user: &str,
        own: &Own,
        threads: &HashMap<String, Indexed>,
    ) -> Result<HashMap<String, ThreadUnread>> {
        let rows = threads.iter().map(|(parent, Indexed { cid, .. })| {
            let (pointers, silent) = (self.thread_key(cid, parent), self.silent_replies_key(cid, parent));
            (parent.as_str(), cid.as_str(), pointers, self.replies_key(cid, parent), silent)
        });
        let mut found = self.counted(user, own, rows).await?;
        let closed = self.closed_threads(&found, threads).await?;
        found.retain(|(parent, ..)| !closed.contains(parent));
        found
            .into_iter()
            .map(|(parent, json, unread, as_of, _)| {
                let cid = threads.get(&parent).map(|entry| entry.cid.clone()).unwrap_or_default();
                let read = parse(&self.thread_key(&cid, &parent), &json)?;
                Ok((parent, ThreadUnread { cid, read, unread, as_of }))
            })
            .collect()
    }

    /// Threads with something unread whose parent is no longer shown: it was truncated, and with it the thread was closed.
    async fn closed_threads(&self, rows: &[Row], threads: &HashMap<String, Indexed>) -> Result<HashSet<String>> {
        let mut parents: HashMap<&str, Vec<&str>> = HashMap::new();
        for (parent, _, unread, ..) in rows {
            if let Some(entry) = threads.get(parent).filter(|_| *unread > 0) {
                parents.entry(&entry.cid).or_default().push(parent);
            }
        }
        let looks = parents.into_iter().map(|(cid, parents)| async move {
            let mut cmd = redis::cmd("ZMSCORE");
            cmd.arg(self.timeline_key(cid)).arg(&parents);
            let shown: Vec<Option<f64>> = self.redis.call(&cmd).await?;
            let closed = parents.into_iter().zip(shown).filter(|(_, shown)| shown.is_none());
            Ok::<_, ApiError>(closed.map(|(parent, _)| parent.to_owned()).collect::<Vec<_>>())
        });
        Ok(futures_util::future::try_join_all(looks).await?.into_iter().flatten().collect())
    }

    /// One script per partition; rows are (name, cid, pointers, timeline or replies, silent).
    async fn counted<'a>(
        &self,
        user: &str,
        own: &Own,
        rows: impl Iterator<Item = (&'a str, &'a str, String, String, String)>,
    ) -> Result<Vec<Row>> {
        let [muted, blocked] = own.unheard(self.now());
        let mut groups: HashMap<u16, (Vec<&str>, Vec<String>)> = HashMap::new();
        for (name, cid, pointers, list, silent) in rows {
            let start = || (Vec::new(), vec![user.to_owned(), muted.clone(), blocked.clone()]);
            let (names, args) = groups.entry(self.partition(cid)).or_insert_with(start);
            names.push(name);
            args.extend([pointers, list, silent, self.channel_state_key(cid), self.message_key(cid, "")]);
            args.extend([self.members_key(cid), self.channel_key(cid)]);
        }
        let loads = groups.into_values().map(|(names, args)| async move {
            let key = args[3].clone();
            let found: Vec<Vec<u8>> = self.redis.script(&UNREAD_SCRIPT, &key, &args).await?;
            let number =
                |bytes: &[u8]| std::str::from_utf8(bytes).ok().and_then(|text| text.parse::<i64>().ok()).unwrap_or(0);
            let rows = names.into_iter().zip(found.chunks_exact(4)).filter(|(_, row)| !row[0].is_empty());
            Ok::<_, ApiError>(
                rows.map(|(name, row)| {
                    (
                        name.to_owned(),
                        row[0].clone(),
                        number(&row[1]).max(0) as u32,
                        Time(number(&row[2])),
                        row[3].clone(),
                    )
                })
                .collect::<Vec<_>>(),
            )
        });
        Ok(futures_util::future::try_join_all(loads).await?.into_iter().flatten().collect())
    }

    /// Lets the transaction count what the user has not read of the channel; see [`UNREAD`].
    pub(crate) fn count_unread(&self, tx: &mut Transaction, cid: &str, one_to_one: bool, user: &str, own: &Own) {
        let unheard = self.unheard_in(one_to_one, own);
        tx.count_unread(
            self.reads_key(cid),
            user,
            self.timeline_key(cid),
            self.silent_key(cid),
            self.message_key(cid, ""),
            unheard,
        );
    }

    /// The same for a thread.
    pub(crate) fn count_unread_replies(
        &self,
        tx: &mut Transaction,
        cid: &str,
        parent: &str,
        one_to_one: bool,
        user: &str,
        own: &Own,
    ) {
        let unheard = self.unheard_in(one_to_one, own);
        tx.count_unread(
            self.thread_key(cid, parent),
            user,
            self.replies_key(cid, parent),
            self.silent_replies_key(cid, parent),
            self.message_key(cid, ""),
            unheard,
        );
    }

    /// Whether the message is among those that count as unread in the channel.
    pub(crate) async fn counts_in_channel(&self, cid: &str, id: &str) -> Result<bool> {
        let score = |key: String| {
            let mut cmd = redis::cmd("ZSCORE");
            cmd.arg(key).arg(id);
            cmd
        };
        let (shown, silent) = (score(self.timeline_key(cid)), score(self.silent_key(cid)));
        let (shown, silent): (Option<f64>, Option<f64>) =
            futures_util::future::try_join(self.redis.call(&shown), self.redis.call(&silent)).await?;
        Ok(shown.is_some() && silent.is_none())
    }

    fn unheard_in(&self, one_to_one: bool, own: &Own) -> String {
        let [muted, blocked] = own.unheard(self.now());
        if one_to_one && !blocked.is_empty() { format!("{muted},{blocked}") } else { muted }
    }
}
