//! A channel's state, as it is read: all that a client shows of it.

use std::sync::{Arc, LazyLock};

use super::channels::{Channel, Page};
use super::messages::Message;
use super::pages::MessageRow;
use super::record::parse;
use super::redis::Script;
use super::{Member, Read, Store};
use crate::error::Result;
use crate::wire::Time;

static STATE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(concat!(
        include_str!("scripts/page_function.lua"),
        include_str!("scripts/unread_function.lua"),
        include_str!("scripts/channel_state.lua")
    ))
});

/// What a state is asked for.
#[derive(Clone, Debug)]
pub(crate) struct StatePages {
    pub messages: Page,
    pub member_offset: usize,
    pub member_limit: usize,
    pub pins: usize,
    /// Of the viewer's own messages that wait for their commit, the newest so many.
    pub pending: usize,
}

/// A channel's state at one moment.
#[derive(Clone, Debug)]
pub(crate) struct ChannelSnapshot {
    pub channel: Arc<Channel>,
    /// Members in the order of joining.
    pub members: Vec<(String, Arc<Member>)>,
    /// Read states with the number of unread messages; the viewer's own is last.
    pub reads: Vec<(String, Read, u32)>,
    pub own_member: Option<Arc<Member>>,
    pub watcher_count: u32,
    pub messages: Vec<MessageRow>,
    pub pins: Vec<MessageRow>,
    /// Messages that share a live location.
    pub live: Vec<Arc<Message>>,
    /// Somebody's messages wait for their commit here.
    pub has_pending: bool,
    /// The viewer's own of them.
    pub pending: Vec<MessageRow>,
}

impl Store {
    /// The channel's state at one moment, and the messages it names as they are right after it: two round trips. `viewer` is
    /// empty for a server.
    pub(crate) async fn snapshot(
        &self,
        cid: &str,
        viewer: &str,
        pages: &StatePages,
    ) -> Result<Option<ChannelSnapshot>> {
        let own = if viewer.is_empty() { Arc::default() } else { self.own(viewer).await? };
        let [muted, blocked] = own.unheard(self.now());
        let mut args = vec![
            self.channel_state_key(cid),
            self.members_key(cid),
            self.joined_key(cid),
            self.reads_key(cid),
            self.watchers_key(cid),
            self.timeline_key(cid),
            self.silent_key(cid),
            self.pins_key(cid),
            self.message_key(cid, ""),
            viewer.to_owned(),
            pages.member_offset.to_string(),
            pages.member_limit.to_string(),
            pages.pins.to_string(),
            muted,
        ];
        args.extend(pages.messages.args());
        args.push(blocked);
        type Bytes = Vec<u8>;
        type Answer =
            Option<(Bytes, Bytes, Bytes, Vec<Bytes>, Vec<Bytes>, Bytes, u32, Vec<String>, Vec<String>, Bytes, Bytes)>;
        let answer: Answer = self.redis.script(&STATE, &self.channel_key(cid), &args).await?;
        let Some((record, last, count, members, reads, own, watcher_count, messages, pins, sharing, pending)) = answer
        else {
            return Ok(None);
        };
        let paged = messages.len();
        let mut messages = self.rows(cid, &[messages, pins].concat(), viewer).await?;
        let pins = messages.split_off(paged);
        let name = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let read_member = |user: &str, json: &[u8]| Member::read(&self.members_key(cid), user, json).map(Arc::new);
        Ok(Some(ChannelSnapshot {
            channel: Arc::new(self.read_channel(cid, &[record, last, count])?),
            members: members
                .chunks_exact(2)
                .map(|pair| Ok((name(&pair[0]), read_member(&name(&pair[0]), &pair[1])?)))
                .collect::<Result<_>>()?,
            reads: self.read_states(cid, &reads)?,
            own_member: if own.is_empty() { None } else { Some(read_member(viewer, &own)?) },
            watcher_count,
            messages: messages.into_iter().flatten().collect(),
            pins: pins.into_iter().flatten().collect(),
            live: if self.is_ahead(&sharing) { self.live_locations(cid).await? } else { Vec::new() },
            has_pending: !pending.is_empty(),
            pending: if pending.is_empty() { Vec::new() } else { self.own_pending(cid, viewer, pages.pending).await? },
        }))
    }

    /// Each member's id, read state and unread messages.
    fn read_states(&self, cid: &str, rows: &[Vec<u8>]) -> Result<Vec<(String, Read, u32)>> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let read = |row: &[Vec<u8>]| {
            Ok((text(&row[0]), parse(&self.reads_key(cid), &row[1])?, text(&row[2]).parse().unwrap_or(0)))
        };
        rows.chunks_exact(3).map(read).collect()
    }

    /// Whether a moment, as Redis writes it, is still to come; that of nothing is not.
    fn is_ahead(&self, moment: &[u8]) -> bool {
        let moment = std::str::from_utf8(moment).ok().and_then(|text| text.parse().ok());
        moment.is_some_and(|moment| self.now() < Time(moment))
    }
}
