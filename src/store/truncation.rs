//! How messages and channels end: cut off, or gone altogether.

use super::{Channel, Store, Transaction};
use crate::error::Result;
use crate::wire::Time;

/// Later than every message: what reaches up to here reaches everything.
pub(crate) const ALL_MESSAGES: Time = Time(253_370_764_800_000_000);

impl Store {
    /// The channel's clock: everything that happened in it happened up to then, whatever comes is later.
    pub(crate) async fn channel_clock(&self, cid: &str) -> Result<Time> {
        let clock: Option<i64> =
            self.redis.call(redis::cmd("HGET").arg(self.channel_state_key(cid)).arg("clock")).await?;
        Ok(Time(clock.unwrap_or(0)))
    }

    /// Takes all messages out of sight, and their pins. Their records stay.
    pub(crate) fn cut_all_messages(&self, tx: &mut Transaction, cid: &str) {
        self.cut_messages(tx, cid, ALL_MESSAGES);
        tx.remove(self.pins_key(cid));
        tx.count_messages_anew();
    }

    /// Takes the messages up to `until` out of sight; their pins are for the caller to take off.
    pub(crate) fn cut_messages(&self, tx: &mut Transaction, cid: &str, until: Time) {
        for key in [self.timeline_key(cid), self.silent_key(cid), self.changes_key(cid)] {
            tx.unindex_until(key, until);
        }
        tx.settle_last(self.channel_state_key(cid), self.timeline_key(cid));
    }

    /// Members, pointers and slow mode go; bans stay, as they outlive membership.
    pub(crate) fn remove_all_members(&self, tx: &mut Transaction, cid: &str) {
        for key in [
            self.members_key(cid),
            self.joined_key(cid),
            self.reads_key(cid),
            self.cooldowns_key(cid),
            self.own_deletions_key(cid),
        ] {
            tx.remove(key);
        }
    }

    /// Removes the channel's record, as if it had never been. Its clock stays, so that its time never runs backwards.
    pub(crate) fn remove_channel(&self, tx: &mut Transaction, channel: &Channel) {
        let cid = channel.cid();
        self.expect_channel(tx, channel);
        tx.end_version();
        tx.remove(self.channel_key(&cid));
        tx.unindex(self.channels_index_key(self.partition(&cid)), &cid);
        tx.remove(self.channel_bans_key(&cid));
    }

    /// Ids of the oldest messages shown in the channel, up to `until`.
    pub(crate) async fn oldest_message_ids(&self, cid: &str, until: Time, most: usize) -> Result<Vec<String>> {
        let mut cmd = redis::cmd("ZRANGEBYSCORE");
        cmd.arg(self.timeline_key(cid)).arg("-inf").arg(until.micros()).arg("LIMIT").arg(0).arg(most);
        self.redis.call(&cmd).await
    }

    /// How many messages of the channel are shown up to `until`.
    pub(crate) async fn count_messages(&self, cid: &str, until: Time) -> Result<i64> {
        self.redis.call(redis::cmd("ZCOUNT").arg(self.timeline_key(cid)).arg("-inf").arg(until.micros())).await
    }

    /// Ids of all pinned messages.
    pub(crate) async fn pinned_ids(&self, cid: &str) -> Result<Vec<String>> {
        self.redis.call(redis::cmd("ZRANGE").arg(self.pins_key(cid)).arg(0).arg(-1)).await
    }

    /// Takes an id off the channel's lists, where no record goes with it any more.
    pub(crate) fn unlist_message(&self, tx: &mut Transaction, cid: &str, id: &str) {
        for key in [self.timeline_key(cid), self.silent_key(cid), self.pins_key(cid), self.changes_key(cid)] {
            tx.unindex(key, id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_time_is_read_as_it_is_written() {
        let text = serde_json::to_string(&ALL_MESSAGES).unwrap();
        assert_eq!(serde_json::from_str::<Time>(&text).unwrap(), ALL_MESSAGES);
    }
}
