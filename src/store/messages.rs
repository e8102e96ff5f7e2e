//! Messages as they last.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::keys::shelf;
use super::reactions::{LatestReaction, ReactionGroup};
use super::record::{is_default, micros, parse};
use super::redis::Script;
use super::{Location, Pending, Store};
use crate::error::{ApiError, Result};
use crate::limits;
use crate::wire::{Slot, Time, WrittenMessage};

static CLAIMS: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("scripts/claims.lua")));

/// Who pinned a message, when, and until when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Pin {
    #[serde(with = "micros")]
    pub at: Time,
    pub by: String,
    #[serde(default, with = "micros::option", skip_serializing_if = "Option::is_none")]
    pub expires: Option<Time>,
}

/// A message. `at` is `updated_at`, and the version.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Message {
    #[serde(default, with = "micros", skip_serializing)]
    pub at: Time,
    pub id: String,
    pub cid: String,
    #[serde(rename = "user")]
    pub user_id: String,
    #[serde(default, with = "micros::option", skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Time>,
    /// A system message; `parent_id` tells `regular` and `reply` apart.
    #[serde(default, skip_serializing_if = "is_default")]
    pub system: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Map<String, Value>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<String>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub show_in_channel: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quoted_message_id: Option<String>,
    /// The poll that it shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub poll_id: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentioned_users: Vec<String>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub mentioned_channel: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub mentioned_here: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentioned_roles: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentioned_group_ids: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub restricted_visibility: Vec<String>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub silent: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub shadowed: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pin: Option<Pin>,
    #[serde(default, with = "micros::option", skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Time>,
    #[serde(default, with = "micros::option", skip_serializing_if = "Option::is_none")]
    pub text_updated_at: Option<Time>,
    /// Who wrote it as it is, when that was not its sender.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_by: Option<String>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub reply_count: u32,
    #[serde(default, skip_serializing_if = "is_default")]
    pub deleted_reply_count: u32,
    /// Authors of replies, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub thread_participants: Vec<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reactions: BTreeMap<String, ReactionGroup>,
    /// Newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub latest_reactions: Vec<LatestReaction>,
    /// The slash command that made it, and what was written behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub args: Option<String>,
    /// Its text in other languages: `language` is that of the text, `de_text` it in German.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub i18n: BTreeMap<String, String>,
    /// Users for whom the message is deleted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deleted_for: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Box<Location>>,
    /// It waits for its commit: until then it is its sender's alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<Box<Pending>>,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub custom: Map<String, Value>,
    /// Nobody's devices are told of it; known only while it is sent.
    #[serde(skip)]
    pub quiet: bool,
    /// Its JSON, while it is remembered; see `chat/respond`.
    #[serde(skip)]
    pub written: Slot<WrittenMessage>,
}

impl Message {
    pub fn created_at(&self) -> Time {
        self.created_at.unwrap_or(self.at)
    }

    /// A reply that stays in its thread.
    pub fn is_thread_only(&self) -> bool {
        self.parent_id.is_some() && !self.show_in_channel
    }

    /// Whether other members count it as unread in the channel.
    pub fn counts_as_unread(&self) -> bool {
        !self.is_thread_only() && !self.is_quiet()
    }

    /// Whether nobody counts it, wherever it stands.
    pub fn is_quiet(&self) -> bool {
        self.silent || self.shadowed || !self.restricted_visibility.is_empty()
    }

    /// Whether `viewer` (empty for a server, which sees all) may see it; moderators' extra sight is the caller's business.
    pub fn is_visible_to(&self, viewer: &str) -> bool {
        let listed = self.restricted_visibility.is_empty() || self.restricted_visibility.iter().any(|id| id == viewer);
        viewer.is_empty() || viewer == self.user_id || (listed && !self.shadowed)
    }

    pub fn is_pending(&self) -> bool {
        self.pending.is_some()
    }

    /// The pin, if it still holds.
    pub fn pin_at(&self, now: Time) -> Option<&Pin> {
        self.pin.as_ref().filter(|pin| pin.expires.is_none_or(|expires| now < expires))
    }

    /// The record as the commit will leave it, for the event that travels with it.
    pub fn stamped(&self) -> Message {
        Message { at: Time::STAMP, ..self.clone() }
    }

    /// The record for the next write, with `created_at` spelled out.
    pub fn rewritten(&self) -> Message {
        Message { created_at: Some(self.created_at()), ..self.clone() }
    }
}

impl Store {
    /// The cid that the message id was claimed for.
    pub(crate) async fn claim(&self, id: &str) -> Result<Option<String>> {
        self.redis.call(redis::cmd("HGET").arg(self.claims_key(&shelf(id))).arg(id)).await
    }

    /// Where the messages of these ids are, as cid and id, in no order; a round trip per partition. What is not remembered of it
    /// stays so: so many at once would take the place of all else.
    pub(crate) async fn message_places(&self, ids: &[String]) -> Result<Vec<(String, String)>> {
        let mut places = Vec::with_capacity(ids.len());
        let mut groups: BTreeMap<u16, Vec<&String>> = BTreeMap::new();
        for id in ids {
            match self.claims.get(id) {
                Some(cid) => places.push((cid.to_string(), id.clone())),
                None => groups.entry(self.partition(&shelf(id))).or_default().push(id),
            }
        }
        let reads = groups.into_values().map(|ids| async move {
            let args: Vec<String> = ids.iter().flat_map(|id| [self.claims_key(&shelf(id)), (*id).clone()]).collect();
            let cids: Vec<String> = self.redis.script(&CLAIMS, &args[0], &args).await?;
            let claimed = cids.into_iter().zip(ids).filter(|(cid, _)| !cid.is_empty());
            Ok::<_, ApiError>(claimed.map(|(cid, id)| (cid, id.clone())).collect::<Vec<_>>())
        });
        places.extend(futures_util::future::try_join_all(reads).await?.into_iter().flatten());
        Ok(places)
    }

    /// The message by its id alone, one that waits as well: where it is, then what it is. A claim is for ever, so where it is is
    /// remembered; only a Redis that forgot it in a crash can have given the id to another channel since.
    pub(crate) async fn stored_message(&self, id: &str) -> Result<Option<Message>> {
        if let Some(cid) = self.claims.get(id)
            && let Some(message) = self.stored_message_in(&cid, id).await?
        {
            return Ok(Some(message));
        }
        let loading = self.claims.begin(id);
        let Some(cid) = self.claim(id).await? else { return Ok(None) };
        loading.keep(cid.as_str().into());
        self.stored_message_in(&cid, id).await
    }

    /// The channel's message of this id.
    pub(crate) async fn message_in(&self, cid: &str, id: &str) -> Result<Option<Message>> {
        Ok(self.stored_message_in(cid, id).await?.filter(|message| !message.is_pending()))
    }

    /// The message of the channel, one that waits as well: its key names only the partition that the channel shares with many
    /// others.
    pub(super) fn read_stored_message(&self, cid: &str, id: &str, json: Option<Vec<u8>>) -> Result<Option<Message>> {
        let Some(json) = json else { return Ok(None) };
        Ok(Some(parse::<Message>(&self.message_key(cid, id), &json)?).filter(|message| message.cid == cid))
    }

    /// The same without one that waits.
    pub(super) fn read_message(&self, cid: &str, id: &str, json: Option<Vec<u8>>) -> Result<Option<Message>> {
        Ok(self.read_stored_message(cid, id, json)?.filter(|message| !message.is_pending()))
    }

    /// Those messages of the channel that exist among `ids`.
    pub(crate) async fn messages_in(&self, cid: &str, ids: &[String]) -> Result<HashMap<String, Message>> {
        let found = self.records(cid, ids).await?;
        Ok(ids.iter().cloned().zip(found).filter_map(|(id, message)| Some((id, message?))).collect())
    }

    /// The channel's messages of these ids, in their order; `None` where there is none.
    pub(super) async fn records(&self, cid: &str, ids: &[String]) -> Result<Vec<Option<Message>>> {
        let found = self.stored_messages_in(cid, ids).await?.into_iter();
        Ok(found.map(|message| message.filter(|message| !message.is_pending())).collect())
    }

    /// How many messages of the channel are newer than `than`.
    pub(crate) async fn newer_messages(&self, cid: &str, than: Time) -> Result<usize> {
        let mut cmd = redis::cmd("ZCOUNT");
        cmd.arg(self.timeline_key(cid)).arg(format!("({}", than.micros())).arg("+inf");
        self.redis.call(&cmd).await
    }

    /// Reserves a message id for a channel, where the transaction itself cannot (a cluster). `false`: it is another's.
    pub(crate) async fn reserve_message_id(&self, id: &str, cid: &str) -> Result<bool> {
        let key = self.claims_key(&shelf(id));
        let reserved: bool = self.write(&key, redis::cmd("HSETNX").arg(&key).arg(id).arg(cid)).await?;
        Ok(reserved || self.claim(id).await?.is_some_and(|owner| owner == cid))
    }

    /// Claims the message's id, which nothing else may have. Returns the key of its record.
    pub(super) async fn claim_message(&self, tx: &mut super::Transaction, message: &Message) -> Result<String> {
        let (cid, id) = (&message.cid, &message.id);
        let record = self.message_key(cid, id);
        if self.redis.is_cluster() {
            if !self.reserve_message_id(id, cid).await? {
                return Err(ApiError::message_exists(id));
            }
            tx.absent(record.clone(), "sent");
        } else {
            tx.claim(self.claims_key(&shelf(id)), id, cid, "claim", record.clone(), "sent");
        }
        Ok(record)
    }

    /// Puts a new message in: claim, record, timeline or thread, counters.
    pub(crate) async fn add_message(&self, tx: &mut super::Transaction, message: &Message, count: bool) -> Result<()> {
        let record = self.claim_message(tx, message).await?;
        self.list_message(tx, record, message, count)
    }

    /// Writes the record, and puts the message where others see it: timeline or thread, counters.
    pub(super) fn list_message(
        &self,
        tx: &mut super::Transaction,
        record: String,
        message: &Message,
        count: bool,
    ) -> Result<()> {
        let cid = &message.cid;
        tx.stamp(record, message)?;
        if let Some(parent) = &message.parent_id {
            tx.index_now(self.replies_key(cid, parent), &message.id);
            if message.is_quiet() {
                tx.index_now(self.silent_replies_key(cid, parent), &message.id);
            }
            tx.index_now(self.changes_key(cid), &message.id);
        }
        if !message.is_thread_only() {
            tx.index_now(self.timeline_key(cid), &message.id);
            if !message.counts_as_unread() {
                tx.index_now(self.silent_key(cid), &message.id);
            }
        }
        tx.count_messages(1);
        if count {
            tx.newest_message();
        }
        Ok(())
    }

    /// Writes an existing message again, if it is still as it was read.
    pub(crate) fn write_message(&self, tx: &mut super::Transaction, message: &Message) -> Result<()> {
        let key = self.message_key(&message.cid, &message.id);
        tx.unchanged(key.clone(), message.at, "message");
        let changes = self.changes_key(&message.cid);
        tx.unindex_until(changes.clone(), self.now().plus_seconds(-(limits::SYNC_AGE.as_secs() as i64)));
        tx.index_now(changes, &message.id);
        tx.stamp(key, &message.rewritten())
    }

    /// Takes a message out for good. Its claim stays, so that its id is never used again.
    pub(crate) fn erase_message(&self, tx: &mut super::Transaction, message: &Message) {
        let (cid, id) = (&message.cid, &message.id);
        tx.unchanged(self.message_key(cid, id), message.at, "message");
        for key in [
            self.message_key(cid, id),
            self.replies_key(cid, id),
            self.silent_replies_key(cid, id),
            self.thread_key(cid, id),
            self.thread_data_key(cid, id),
            self.reminded_key(cid, id),
            self.history_key(cid, id),
            self.reactions_key(cid, id),
        ] {
            tx.remove(key);
        }
        for key in [
            self.timeline_key(cid),
            self.silent_key(cid),
            self.pins_key(cid),
            self.changes_key(cid),
            self.locations_key(cid),
        ] {
            tx.unindex(key, id);
        }
        if let Some(parent) = &message.parent_id {
            tx.unindex(self.replies_key(cid, parent), id);
            tx.unindex(self.silent_replies_key(cid, parent), id);
        }
        tx.settle_last(self.channel_state_key(cid), self.timeline_key(cid));
        tx.count_messages(-1);
    }

    pub(crate) fn pin_message(&self, tx: &mut super::Transaction, message: &Message, at: Option<Time>) {
        match at {
            Some(at) => tx.index(self.pins_key(&message.cid), &message.id, at),
            None => tx.unindex(self.pins_key(&message.cid), &message.id),
        }
    }

    /// Shows a reply in the channel after all, at its own time, or no longer. Nobody's unread count grows by it.
    pub(crate) fn show_message(&self, tx: &mut super::Transaction, message: &Message, shown: bool) {
        let (cid, id) = (&message.cid, &message.id);
        for key in [self.timeline_key(cid), self.silent_key(cid)] {
            match shown {
                true => tx.index(key, id, message.created_at()),
                false => tx.unindex(key, id),
            }
        }
        tx.settle_last(self.channel_state_key(cid), self.timeline_key(cid));
    }

    /// Ids of a message's replies.
    pub(crate) async fn reply_ids(&self, cid: &str, parent: &str) -> Result<Vec<String>> {
        self.redis.call(redis::cmd("ZRANGE").arg(self.replies_key(cid, parent)).arg(0).arg(-1)).await
    }
}

#[cfg(test)]
mod tests {
    #[tokio::test]
    async fn messages_are_where_they_were_claimed_for() {
        crate::store::with_store(async |store| {
            for (id, cid) in [("a", "team:one"), ("b", "team:two")] {
                assert!(store.reserve_message_id(id, cid).await.expect("is written"));
            }
            let ids = ["a", "nobody's", "b"].map(str::to_owned);
            let mut places = store.message_places(&ids).await.expect("reads");
            places.sort();
            assert_eq!(places, [("team:one", "a"), ("team:two", "b")].map(|(cid, id)| (cid.to_owned(), id.to_owned())));
        })
        .await;
    }
}
