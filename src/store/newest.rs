//! What a list shows of a channel, kept in memory: its members, read states and newest messages, as everybody sees them.
//!
//! The log keeps it true: whatever changes a channel passes by and takes its page away. A list first asks Redis where the log
//! ends, and waits until this node has read so far, so that memory is never behind what was acknowledged anywhere.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use redis::Value;
use tokio::sync::Notify;

use super::log::{Audience, Cursor, Effect, Entry, entry_order};
use super::{ChannelSnapshot, Member, Own, Page, PageOf, StatePages, Store};
use crate::error::Result;
use crate::limits;

/// How far this node has read the log, per partition.
#[derive(Default)]
pub(super) struct Heard {
    positions: Mutex<Vec<String>>,
    moved: Notify,
}

impl Heard {
    fn positions(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        // A panic while the lock was held left the list itself whole.
        self.positions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn position(&self, partition: u16) -> Option<String> {
        self.positions().get(usize::from(partition)).filter(|id| !id.is_empty()).cloned()
    }

    fn has(&self, partition: u16, id: &str) -> bool {
        self.position(partition).is_some_and(|position| entry_order(id) <= entry_order(&position))
    }
}

impl Store {
    /// A reader obeyed everything up to its cursor.
    pub(crate) fn note_heard(&self, cursor: &Cursor) {
        let mut positions = self.heard.positions();
        positions.resize(usize::from(self.partitions), String::new());
        for (partition, id) in cursor.positions() {
            positions[usize::from(*partition)].clone_from(id);
        }
        drop(positions);
        self.heard.moved.notify_waiters();
    }

    /// Waits until this node has read all that is in the log now. `false`: it is too far behind, and memory must not be asked.
    pub(crate) async fn catch_up(&self) -> Result<bool> {
        self.catch_up_on((0..self.partitions).collect()).await
    }

    /// The same for the logs of these channels.
    pub(crate) async fn catch_up_with<'a>(&self, cids: impl Iterator<Item = &'a str>) -> Result<bool> {
        self.catch_up_on(cids.map(|cid| self.partition(cid)).collect()).await
    }

    async fn catch_up_on(&self, partitions: BTreeSet<u16>) -> Result<bool> {
        if !self.newest.is_trusted() {
            return Ok(false);
        }
        let ends = partitions.into_iter().map(|partition| async move {
            let Some(position) = self.heard.position(partition) else { return Ok(None) };
            let mut cmd = redis::cmd("XREVRANGE");
            cmd.arg(self.log_key(partition)).arg("+").arg(format!("({position}")).arg("COUNT").arg(1);
            let unheard: Vec<(String, Value)> = self.redis.call(&cmd).await?;
            let end = unheard.into_iter().next().map_or(position, |(id, _)| id);
            Ok::<_, crate::error::ApiError>(Some((partition, end)))
        });
        let ends: Option<Vec<(u16, String)>> = futures_util::future::try_join_all(ends).await?.into_iter().collect();
        let Some(ends) = ends else { return Ok(false) };
        let wait = async {
            loop {
                let moved = self.heard.moved.notified();
                if ends.iter().all(|(partition, id)| self.heard.has(*partition, id)) {
                    return;
                }
                moved.await;
            }
        };
        Ok(tokio::time::timeout(limits::CATCH_UP, wait).await.is_ok())
    }

    /// The channel's state for the viewer, whose membership is `member`: from memory if it is a usual page of somebody who counts
    /// everybody, else from Redis. Only after [`Store::catch_up`].
    pub(crate) async fn newest(
        &self,
        cid: &str,
        viewer: &str,
        own: &Own,
        member: Option<&Arc<Member>>,
        pages: &StatePages,
    ) -> Result<Option<ChannelSnapshot>> {
        if !is_usual(pages) || !own.counts_everybody() {
            return self.snapshot(cid, viewer, pages).await;
        }
        let load = async { Ok(self.snapshot(cid, "", &usual()).await?.map(Arc::new)) };
        let Some(known) = self.newest.get_or_load(cid, load).await? else { return Ok(None) };
        if member.is_some() && !known.reads.iter().any(|(id, ..)| id == viewer) {
            // Beyond the first page of members: his own read state is not on it.
            return self.snapshot(cid, viewer, pages).await;
        }
        let mut snapshot = ChannelSnapshot { own_member: member.cloned(), ..(*known).clone() };
        snapshot.messages.drain(..snapshot.messages.len().saturating_sub(pages.messages.limit));
        if snapshot.has_pending {
            snapshot.pending = self.own_pending(cid, viewer, pages.pending).await?;
        }
        if !viewer.is_empty() {
            let reacted = snapshot.messages.iter_mut().chain(&mut snapshot.pins);
            let own = reacted.filter(|row| !row.message.reactions.is_empty()).map(|row| async move {
                row.own_reactions = self.reactions_of(&row.message, viewer).await?;
                Ok::<_, crate::error::ApiError>(())
            });
            futures_util::future::try_join_all(own).await?;
        }
        Ok(Some(snapshot))
    }

    /// Drops the page that the entry makes untrue.
    pub(super) fn forget_newest(&self, entry: &Entry) {
        for effect in &entry.header.effects {
            match effect {
                Effect::Watch(_, cid) | Effect::Unwatch(_, cid) => match entry.watcher_count {
                    // Watching comes with every list: it must not cost the page.
                    Some(count) => self.newest.correct(cid, |known| {
                        if let Some(known) = known {
                            Arc::make_mut(known).watcher_count = count;
                        }
                    }),
                    None => self.newest.forget(cid),
                },
                Effect::Channel(cid)
                | Effect::LastMessage(cid)
                | Effect::Gone(cid)
                | Effect::Member(cid, _)
                | Effect::Joined(cid, _)
                | Effect::Left(cid, _)
                | Effect::Counts { cid, .. }
                | Effect::Uncounts { cid, .. }
                | Effect::Read { cid, .. }
                | Effect::Truncated { cid, .. }
                | Effect::Reply { cid, .. } => self.newest.forget(cid),
                _ => {}
            }
        }
        match &entry.header.audience {
            Audience::Watchers(cid)
            | Audience::WatchersAndMembers(cid)
            | Audience::MembersOnly(cid)
            | Audience::UsersNotWatching(_, cid)
                if !entry.header.passing =>
            {
                self.newest.forget(cid);
            }
            _ => {}
        }
    }
}

/// The page that is remembered.
fn usual() -> StatePages {
    StatePages {
        messages: Page::newest(limits::NEWEST_MESSAGES),
        member_offset: 0,
        member_limit: limits::STATE_MEMBERS,
        pins: limits::STATE_PINS,
        pending: 0,
    }
}

fn is_usual(pages: &StatePages) -> bool {
    let messages = &pages.messages;
    let newest =
        messages.of == PageOf::Newest && messages.id.is_none() && messages.min == "-inf" && messages.max == "+inf";
    newest
        && (1..=limits::NEWEST_MESSAGES).contains(&messages.limit)
        && (pages.member_offset, pages.member_limit, pages.pins) == (0, limits::STATE_MEMBERS, limits::STATE_PINS)
}
