//! Threads as they last: the parent's replies, the participants' pointers, and what was set of the thread itself.
//!
//! The channel is the truth about who takes part; a user's list of threads is an index that may be too large.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::indexed::Indexed;
use super::messages::Message;
use super::record::{micros, parse};
use super::redis::Script;
use super::{Own, Store, Transaction};
use crate::error::{ApiError, Result};
use crate::wire::Time;

static THREADS: LazyLock<Script> = LazyLock::new(|| {
    Script::new(concat!(include_str!("scripts/unread_function.lua"), include_str!("scripts/threads.lua")))
});

static UNREAD_BY: LazyLock<Script> = LazyLock::new(|| {
    Script::new(concat!(include_str!("scripts/unread_function.lua"), include_str!("scripts/unread_by.lua")))
});

/// Threads read in one script.
const CHUNK: usize = 200;

/// A participant and his pointer. `at` is `last_read`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct ThreadRead {
    #[serde(default, with = "micros", skip_serializing)]
    pub at: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Creation times of his own replies behind the pointer: marking unread leaves some there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub own: Vec<i64>,
    /// Since when he takes part; [`Time::STAMP`] is `at`.
    #[serde(default, with = "micros::option", skip_serializing_if = "Option::is_none")]
    since: Option<Time>,
    /// His newest reply, the same way; none while he never wrote.
    #[serde(default, with = "micros::option", skip_serializing_if = "Option::is_none")]
    wrote: Option<Time>,
}

impl ThreadRead {
    /// Somebody who takes part from `since` on without having written, and has read up to `at`.
    pub fn new(at: Time, since: Time) -> ThreadRead {
        ThreadRead { at, since: Some(since), ..ThreadRead::default() }
    }

    /// The author of a reply: he has read all up to it. `before` is his pointer so far.
    fn author(id: &str, before: Option<&ThreadRead>) -> ThreadRead {
        let since = before.map_or(Time::STAMP, ThreadRead::since);
        ThreadRead { id: Some(id.to_owned()), since: Some(since), wrote: Some(Time::STAMP), ..ThreadRead::default() }
    }

    /// The pointer set elsewhere.
    pub fn moved(&self, at: Time, id: Option<String>, own: Vec<i64>) -> ThreadRead {
        ThreadRead { at, id, own, since: Some(self.since()), wrote: self.wrote() }
    }

    fn settled(&self, moment: Time) -> Time {
        if moment == Time::STAMP { self.at } else { moment }
    }

    /// Since when he takes part.
    pub fn since(&self) -> Time {
        self.settled(self.since.unwrap_or(self.at))
    }

    /// When he wrote last.
    pub fn wrote(&self) -> Option<Time> {
        self.wrote.map(|wrote| self.settled(wrote))
    }
}

/// What was set of a thread. `at` is when, zero when nothing ever was.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct ThreadData {
    #[serde(default, with = "micros", skip_serializing)]
    pub at: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub custom: Map<String, Value>,
}

/// A thread, as it is for one user.
#[derive(Clone, Debug)]
pub(crate) struct Thread {
    pub parent: Message,
    pub first: Message,
    /// The newest reply.
    pub newest_id: String,
    pub newest_at: Time,
    pub data: ThreadData,
    pub participants: u32,
    /// His pointer, if he takes part.
    pub read: Option<ThreadRead>,
    pub unread: u32,
    /// Whether the parent was not truncated away; with it the thread was closed.
    pub shown: bool,
}

impl Thread {
    /// Of the newest reply, or of what was set since.
    pub fn updated_at(&self) -> Time {
        self.newest_at.max(self.data.at)
    }
}

impl Store {
    /// Threads by cid and parent id, in that order; `None` where there is none. `user` may be nobody.
    pub(crate) async fn threads(
        &self,
        user: &str,
        own: &Own,
        wanted: &[(String, String)],
    ) -> Result<Vec<Option<Thread>>> {
        let mut groups: HashMap<u16, Vec<usize>> = HashMap::new();
        for (index, (cid, _)) in wanted.iter().enumerate() {
            groups.entry(self.partition(cid)).or_default().push(index);
        }
        let chunks = groups.values().flat_map(|group| group.chunks(CHUNK));
        let reads = chunks.map(|indexes| async move {
            let rows: Vec<&(String, String)> = indexes.iter().map(|index| &wanted[*index]).collect();
            let threads = self.threads_together(user, own, &rows).await?;
            Ok::<_, ApiError>(indexes.iter().copied().zip(threads).collect::<Vec<_>>())
        });
        let mut found: Vec<Option<Thread>> = vec![None; wanted.len()];
        for (index, thread) in futures_util::future::try_join_all(reads).await?.into_iter().flatten() {
            found[index] = thread;
        }
        Ok(found)
    }

    async fn threads_together(&self, user: &str, own: &Own, rows: &[&(String, String)]) -> Result<Vec<Option<Thread>>> {
        let [muted, blocked] = own.unheard(self.now());
        let mut args = vec![user.to_owned(), muted, blocked];
        for (cid, parent) in rows {
            args.extend([self.thread_key(cid, parent), self.replies_key(cid, parent)]);
            args.push(self.silent_replies_key(cid, parent));
            args.extend([self.thread_data_key(cid, parent), self.timeline_key(cid), parent.clone()]);
            args.extend([self.message_key(cid, ""), self.channel_key(cid)]);
        }
        let found: Vec<Vec<u8>> = self.redis.script(&THREADS, &args[3], &args).await?;
        rows.iter().zip(found.chunks_exact(9)).map(|((cid, parent), row)| self.read_thread(cid, parent, row)).collect()
    }

    fn read_thread(&self, cid: &str, parent: &str, row: &[Vec<u8>]) -> Result<Option<Thread>> {
        if row[0].is_empty() || row[1].is_empty() {
            return Ok(None);
        }
        let number =
            |bytes: &[u8]| std::str::from_utf8(bytes).ok().and_then(|text| text.parse::<i64>().ok()).unwrap_or(0);
        let some = |json: &[u8]| (!json.is_empty()).then(|| json.to_vec());
        let pointers = self.thread_key(cid, parent);
        Ok(Some(Thread {
            parent: parse(&self.message_key(cid, parent), &row[0])?,
            first: parse(&self.replies_key(cid, parent), &row[1])?,
            newest_id: String::from_utf8_lossy(&row[2]).into_owned(),
            newest_at: Time(number(&row[3])),
            data: some(&row[4])
                .map_or(Ok(ThreadData::default()), |json| parse(&self.thread_data_key(cid, parent), &json))?,
            participants: number(&row[5]).max(0) as u32,
            read: some(&row[6]).map(|json| parse(&pointers, &json)).transpose()?,
            unread: number(&row[7]).max(0) as u32,
            shown: !row[8].is_empty(),
        }))
    }

    /// Writes what is set of a thread, if it is still as it was read, and the thread is still there.
    pub(crate) fn write_thread_data(&self, tx: &mut Transaction, thread: &Thread, data: &ThreadData) -> Result<()> {
        let (cid, parent) = (&thread.parent.cid, &thread.parent.id);
        let key = self.thread_data_key(cid, parent);
        match thread.data.at {
            Time(0) => tx.absent(key.clone(), "thread"),
            at => tx.unchanged(key.clone(), at, "thread"),
        }
        tx.unchanged(self.message_key(cid, parent), thread.parent.at, "message");
        tx.stamp(key, data)
    }

    /// Participants of a thread with their pointers.
    pub(crate) async fn thread_reads(&self, cid: &str, parent: &str) -> Result<HashMap<String, ThreadRead>> {
        self.fields(&self.thread_key(cid, parent)).await
    }

    /// How many replies each of these pointers has not read; whom a reader does not hear is not asked.
    pub(crate) async fn unread_by(&self, cid: &str, parent: &str, reads: &[ThreadRead]) -> Result<Vec<u32>> {
        if reads.is_empty() {
            return Ok(Vec::new());
        }
        let mut args = vec![self.message_key(cid, "").into_bytes(), self.silent_replies_key(cid, parent).into_bytes()];
        for read in reads {
            args.push(super::reads::at_json(read.at, read)?);
        }
        self.redis.script(&UNREAD_BY, &self.replies_key(cid, parent), &args).await
    }

    pub(crate) fn write_thread_read(
        &self,
        tx: &mut Transaction,
        cid: &str,
        parent: &str,
        user: &str,
        read: &ThreadRead,
    ) -> Result<()> {
        tx.field_put(self.thread_key(cid, parent), user, super::reads::at_json(read.at, read)?);
        Ok(())
    }

    /// The author of a reply takes part in its thread and has read it up to his own reply. `before` is his pointer so far.
    pub(crate) fn read_own_reply(
        &self,
        tx: &mut Transaction,
        reply: &Message,
        parent: &str,
        before: Option<&ThreadRead>,
    ) -> Result<()> {
        tx.field_stamp(self.thread_key(&reply.cid, parent), &reply.user_id, &ThreadRead::author(&reply.id, before))
    }

    /// Moves a pointer in a thread, if its record is still as it was read.
    pub(crate) fn move_thread_read(
        &self,
        tx: &mut Transaction,
        cid: &str,
        parent: &str,
        user: &str,
        before: &ThreadRead,
        read: &ThreadRead,
    ) -> Result<()> {
        tx.field_is(self.thread_key(cid, parent), user, super::reads::at_json(before.at, before)?, "read");
        self.write_thread_read(tx, cid, parent, user, read)
    }

    /// He takes no part any more.
    pub(crate) fn leave_thread(&self, tx: &mut Transaction, cid: &str, parent: &str, user: &str) {
        tx.field_remove(self.thread_key(cid, parent), user);
    }

    /// Adds to the index of threads the user takes part in. Written before the thread itself: too large is harmless.
    pub(crate) async fn index_thread(&self, user: &str, parent: &str, cid: &str) -> Result<()> {
        self.put_indexed(&self.user_threads_key(user), parent, cid).await
    }

    /// Threads that the user may take part in, by parent id.
    pub(crate) async fn user_threads(&self, user: &str) -> Result<HashMap<String, Indexed>> {
        self.indexed(&self.user_threads_key(user)).await
    }

    /// Takes threads out of the user's index that are no more, or not his any more.
    pub(crate) async fn forget_threads(&self, user: &str, gone: &[(String, Indexed)]) -> Result<()> {
        self.forget_indexed(&self.user_threads_key(user), gone).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moved_pointer_keeps_since_when_its_reader_takes_part() {
        let written = ThreadRead { at: Time(10), ..ThreadRead::author("r", None) };
        assert_eq!((written.since(), written.wrote()), (Time(10), Some(Time(10))));
        let moved = written.moved(Time(25), None, Vec::new());
        assert_eq!((moved.at, moved.since(), moved.wrote()), (Time(25), Time(10), Some(Time(10))));
        let again = ThreadRead { at: Time(30), ..ThreadRead::author("s", Some(&moved)) };
        assert_eq!((again.since(), again.wrote()), (Time(10), Some(Time(30))));
    }
}
