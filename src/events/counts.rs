//! What one connected user has not read: loaded at connect, moved by the events that pass.

use crate::events::hashed::{HashMap, HashSet};
use std::sync::Arc;

use crate::store::{Effect, Own};
use crate::wire::Time;

/// One member channel.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct ChannelCount {
    pub unread: u32,
    pub last_read: Time,
    /// Events of the channel up to this moment are in the count.
    pub as_of: Time,
    /// Messages up to this moment are hidden from the user.
    pub hides_before: Option<Time>,
}

/// One thread the user takes part in.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ThreadCount {
    pub cid: String,
    pub unread: u32,
    pub as_of: Time,
}

/// The numbers that go into events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Totals {
    pub unread: u32,
    pub channels: u32,
    pub threads: u32,
    pub thread_messages: u32,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct UserCounts {
    channels: HashMap<Arc<str>, ChannelCount>,
    threads: HashMap<Arc<str>, ThreadCount>,
    pub hidden: HashSet<Arc<str>>,
    pub own: Arc<Own>,
    totals: Totals,
}

impl UserCounts {
    pub fn new(
        channels: HashMap<Arc<str>, ChannelCount>,
        threads: HashMap<Arc<str>, ThreadCount>,
        hidden: HashSet<Arc<str>>,
        own: Arc<Own>,
    ) -> Self {
        let mut counts = UserCounts { channels, threads, hidden, own, totals: Totals::default() };
        counts.sum(Time(0));
        counts
    }

    pub fn totals(&self) -> Totals {
        self.totals
    }

    pub fn cids(&self) -> impl Iterator<Item = &Arc<str>> {
        self.channels.keys()
    }

    /// Has the channels go by the names that `known` gives, which are equal.
    pub fn rename(&mut self, known: impl Fn(&Arc<str>) -> Option<Arc<str>>) {
        let channels = std::mem::take(&mut self.channels);
        self.channels = channels.into_iter().map(|(cid, count)| (known(&cid).unwrap_or(cid), count)).collect();
    }

    pub fn is_member(&self, cid: &str) -> bool {
        self.channels.contains_key(cid)
    }

    /// Whether a message of that moment is hidden from the user.
    pub fn hides(&self, cid: &str, written: Time) -> bool {
        self.channels.get(cid).and_then(|count| count.hides_before).is_some_and(|before| written <= before)
    }

    /// Takes the user's new mutes and blocks, unless it has newer ones: they come by two ways.
    pub fn set_own(&mut self, own: Arc<Own>, now: Time) {
        if self.own.at <= own.at {
            self.own = own;
            self.sum(now);
        }
    }

    /// Whether the event changes more than can be told from it, so that the counts must be loaded anew: a truncation that
    /// leaves messages, or that ends threads.
    pub fn must_reload(&self, effect: &Effect) -> bool {
        match effect {
            Effect::Truncated { cid, until } => {
                self.channels.get(cid.as_str()).is_some_and(|count| *until < count.as_of)
                    || self.threads.values().any(|thread| thread.cid == *cid && *until < thread.as_of)
            }
            _ => false,
        }
    }

    /// Moves the counts as an event says; `at` is its moment.
    pub fn apply(&mut self, user: &str, effect: &Effect, at: Time) {
        match effect {
            Effect::Joined(cid, who) if who == user => {
                self.channels.entry(cid.as_str().into()).or_insert(ChannelCount {
                    unread: 0,
                    last_read: at,
                    as_of: at,
                    hides_before: None,
                });
            }
            Effect::Left(cid, who) if who == user => self.drop_channel(cid, at),
            Effect::Gone(cid) => self.drop_channel(cid, at),
            Effect::Counts { cid, author, one_to_one } => {
                let mute = self.own.mutes_user(author, at) || (*one_to_one && self.own.blocks(author));
                let own = author == user;
                self.change(cid, at, |count| {
                    if own {
                        // Sending reads everything before it.
                        (count.unread, count.last_read) = (0, at);
                    } else if !mute {
                        count.unread += 1;
                    }
                });
            }
            Effect::Uncounts { cid, author, at: sent } if author != user => {
                let mute = self.own.mutes_user(author, at);
                self.change(cid, at, |count| {
                    if *sent > count.last_read && !mute {
                        count.unread = count.unread.saturating_sub(1);
                    }
                });
            }
            // Absolute, and told at the clock's present value: the same moment as the last message is not too old.
            Effect::Read { cid, user: reader, last_read, unread, at: then } if reader == user => {
                let at = then.unwrap_or(at);
                let is_news = self.channels.get(cid.as_str()).is_some_and(|count| count.as_of <= at);
                self.change(cid, Time(at.micros() + 1), |count| {
                    (count.unread, count.last_read) = (*unread, *last_read)
                });
                if let Some(count) = self.channels.get_mut(cid.as_str()).filter(|_| is_news) {
                    count.as_of = at;
                }
            }
            Effect::Truncated { cid, .. } => self.truncate(cid, at),
            Effect::Reply { .. } | Effect::ThreadRead { .. } => self.apply_thread(user, effect, at),
            Effect::Hidden { cid, user: who, hidden } if who == user => self.hide(cid, *hidden),
            _ => {}
        }
    }

    fn hide(&mut self, cid: &str, hidden: bool) {
        if hidden {
            self.hidden.insert(cid.into());
        } else {
            self.hidden.remove(cid);
        }
    }

    fn truncate(&mut self, cid: &str, at: Time) {
        let is_news = self.channels.get(cid).is_some_and(|count| count.as_of < at);
        self.change(cid, at, |count| count.unread = 0);
        // A message that comes with the cut, at the same moment, is one to read.
        if let Some(count) = self.channels.get_mut(cid).filter(|_| is_news) {
            count.as_of = Time(at.micros() - 1);
        }
        self.threads.retain(|_, thread| thread.cid != cid);
        self.sum(at);
    }

    fn apply_thread(&mut self, user: &str, effect: &Effect, at: Time) {
        match effect {
            Effect::Reply { cid, parent, author, participants, quiet, one_to_one }
                if self.is_member(cid) && participants.iter().any(|id| id == user) =>
            {
                let unheard = *quiet || self.own.mutes_user(author, at) || (*one_to_one && self.own.blocks(author));
                let thread = self
                    .threads
                    .entry(parent.as_str().into())
                    .or_insert_with(|| ThreadCount { cid: cid.clone(), ..ThreadCount::default() });
                if at > thread.as_of {
                    thread.as_of = at;
                    thread.unread = if author == user { 0 } else { thread.unread + u32::from(!unheard) };
                }
                self.sum(at);
            }
            Effect::ThreadRead { parent, user: reader, unread, .. } if reader == user => {
                if let Some(thread) = self.threads.get_mut(parent.as_str()) {
                    (thread.unread, thread.as_of) = (*unread, at);
                }
                self.sum(at);
            }
            _ => {}
        }
    }

    fn drop_channel(&mut self, cid: &str, at: Time) {
        if self.channels.get(cid).is_some_and(|count| count.as_of < at) {
            self.channels.remove(cid);
            self.threads.retain(|_, thread| thread.cid != cid);
            self.sum(at);
        }
    }

    /// Changes one channel's count, unless the event is in it already, and keeps the totals in step.
    fn change(&mut self, cid: &str, at: Time, change: impl FnOnce(&mut ChannelCount)) {
        let Some(count) = self.channels.get_mut(cid) else { return };
        if at <= count.as_of {
            return;
        }
        let before = count.unread;
        change(count);
        count.as_of = at;
        let after = count.unread;
        if before != after && !self.own.mutes_channel(cid, at) {
            self.totals.unread = (self.totals.unread + after).saturating_sub(before);
            self.totals.channels = (self.totals.channels + u32::from(after > 0)).saturating_sub(u32::from(before > 0));
        }
    }

    fn sum(&mut self, now: Time) {
        let channels =
            self.channels.iter().filter(|(cid, count)| count.unread > 0 && !self.own.mutes_channel(cid, now));
        let (mut unread, mut with_unread) = (0, 0);
        for (_, count) in channels {
            unread += count.unread;
            with_unread += 1;
        }
        let threads = self.threads.values().filter(|thread| thread.unread > 0);
        let (mut unread_threads, mut thread_messages) = (0, 0);
        for thread in threads {
            unread_threads += 1;
            thread_messages += thread.unread;
        }
        self.totals = Totals { unread, channels: with_unread, threads: unread_threads, thread_messages };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Block;

    fn counts() -> UserCounts {
        let mut counts = UserCounts::default();
        counts.apply("ada", &Effect::Joined("team:a".into(), "ada".into()), Time(10));
        counts
    }

    fn message(author: &str) -> Effect {
        Effect::Counts { cid: "team:a".into(), author: author.into(), one_to_one: false }
    }

    #[test]
    fn others_messages_count_until_they_are_read() {
        let mut counts = counts();
        counts.apply("ada", &message("bo"), Time(11));
        counts.apply("ada", &message("bo"), Time(12));
        assert_eq!((counts.totals().unread, counts.totals().channels), (2, 1));
        let read = Effect::Read { cid: "team:a".into(), user: "ada".into(), last_read: Time(11), unread: 1, at: None };
        counts.apply("ada", &read, Time(13));
        assert_eq!((counts.totals().unread, counts.totals().channels), (1, 1));
        counts.apply("ada", &message("ada"), Time(14));
        assert_eq!((counts.totals().unread, counts.totals().channels), (0, 0));
    }

    #[test]
    fn an_event_that_the_count_already_holds_changes_nothing() {
        let mut counts = counts();
        counts.apply("ada", &message("bo"), Time(10));
        assert_eq!(counts.totals().unread, 0);
    }

    #[test]
    fn a_muted_channel_is_left_out_of_the_totals() {
        let mut counts = counts();
        counts.apply("ada", &message("bo"), Time(11));
        let mute =
            crate::store::Mute { target: "team:a".into(), created_at: Time(12), updated_at: Time(12), expires: None };
        counts.set_own(Arc::new(Own { channel_mutes: vec![mute], ..Own::default() }), Time(12));
        assert_eq!(counts.totals().unread, 0);
        counts.apply("ada", &message("bo"), Time(13));
        counts.set_own(Arc::new(Own { at: Time(14), ..Own::default() }), Time(14));
        assert_eq!(counts.totals().unread, 2);
    }

    #[test]
    fn older_mutes_do_not_take_the_place_of_newer_ones() {
        let mut counts = counts();
        let block = Block { user: "bo".into(), created_at: Time(12) };
        counts.set_own(Arc::new(Own { at: Time(12), blocks: vec![block], ..Own::default() }), Time(12));
        counts.set_own(Arc::default(), Time(13));
        assert!(counts.own.blocks("bo"));
    }

    #[test]
    fn reading_told_elsewhere_counts_at_its_own_time() {
        let mut counts = counts();
        counts.apply("ada", &message("bo"), Time(11));
        counts.apply("ada", &message("bo"), Time(20));
        let read = |at| Effect::Read { cid: "team:a".into(), user: "ada".into(), last_read: Time(11), unread: 0, at };
        counts.apply("ada", &read(Some(Time(12))), Time(30));
        assert_eq!(counts.totals().unread, 2, "the read was before the second message, and is in the log before it");
        counts.apply("ada", &read(Some(Time(15))), Time(30));
        assert_eq!(counts.totals().unread, 2, "nor does one old read make way for the next");
        counts.apply("ada", &read(Some(Time(20))), Time(30));
        assert_eq!(counts.totals().unread, 0);
        counts.apply("ada", &message("bo"), Time(25));
        assert_eq!(counts.totals().unread, 1, "the message came after the read, though it is heard later");
    }

    #[test]
    fn a_cut_leaves_only_the_message_that_comes_with_it() {
        let mut counts = counts();
        counts.apply("ada", &message("bo"), Time(11));
        counts.apply("ada", &Effect::Truncated { cid: "team:a".into(), until: Time(i64::MAX) }, Time(12));
        assert_eq!(counts.totals().unread, 0);
        counts.apply("ada", &message("bo"), Time(12));
        assert_eq!(counts.totals().unread, 1);
    }

    #[test]
    fn a_cut_that_leaves_a_thread_has_it_counted_anew() {
        let mut counts = counts();
        let participants = vec!["ada".into(), "bo".into()];
        let reply = Effect::Reply {
            cid: "team:a".into(),
            parent: "m".into(),
            author: "bo".into(),
            participants,
            quiet: false,
            one_to_one: false,
        };
        let cut = |until| Effect::Truncated { cid: "team:a".into(), until: Time(until) };
        counts.apply("ada", &reply, Time(20));
        assert!(counts.must_reload(&cut(15)), "the reply is newer than what was cut off");
        assert!(!counts.must_reload(&cut(20)));
    }

    #[test]
    fn a_reply_counts_for_its_thread_only() {
        let mut counts = counts();
        let reply = |author: &str| Effect::Reply {
            cid: "team:a".into(),
            parent: "m".into(),
            author: author.into(),
            participants: vec!["ada".into(), "bo".into()],
            quiet: false,
            one_to_one: false,
        };
        counts.apply("ada", &reply("bo"), Time(11));
        assert_eq!((counts.totals().unread, counts.totals().threads, counts.totals().thread_messages), (0, 1, 1));
        counts.apply("ada", &reply("ada"), Time(12));
        assert_eq!(counts.totals().threads, 0);
    }
}
