//! Pages of messages. A script finds their ids, and the records are read after it: inside a script each would be copied and
//! hashed once more, which takes Redis longer than another call.

use std::sync::{Arc, LazyLock};

use super::Store;
use super::channels::Page;
use super::messages::Message;
use super::reactions::Reaction;
use super::redis::Script;
use crate::error::{ApiError, Result};
use crate::wire::Time;

static PAGE: LazyLock<Script> =
    LazyLock::new(|| Script::new(concat!(include_str!("scripts/page_function.lua"), include_str!("scripts/page.lua"))));

static CHANGES: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("scripts/changes.lua")));

/// A message and the viewer's reactions to it.
#[derive(Clone, Debug)]
pub(crate) struct MessageRow {
    pub message: Arc<Message>,
    pub own_reactions: Vec<Reaction>,
}

impl MessageRow {
    /// The message as it is to nobody in particular.
    pub fn bare(message: impl Into<Arc<Message>>) -> MessageRow {
        MessageRow { message: message.into(), own_reactions: Vec::new() }
    }
}

/// Which list of a channel's messages.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Messages<'a> {
    Timeline,
    Replies(&'a str),
    Pins,
}

impl Store {
    /// A page of messages, ascending, with the viewer's reactions.
    pub(crate) async fn page(&self, cid: &str, of: Messages<'_>, viewer: &str, page: &Page) -> Result<Vec<MessageRow>> {
        let key = match of {
            Messages::Timeline => self.timeline_key(cid),
            Messages::Replies(parent) => self.replies_key(cid, parent),
            Messages::Pins => self.pins_key(cid),
        };
        let ids: Vec<String> = self.redis.script(&PAGE, &key, &page.args()).await?;
        Ok(self.rows(cid, &ids, viewer).await?.into_iter().flatten().collect())
    }

    /// Messages of the channel that were created or written again after `since`, replies included, each once and in no order; of
    /// either kind the oldest `most`.
    pub(crate) async fn changed_messages(
        &self,
        cid: &str,
        viewer: &str,
        since: Time,
        most: usize,
    ) -> Result<Vec<MessageRow>> {
        let args = [self.changes_key(cid), since.micros().to_string(), most.to_string()];
        let ids: Vec<String> = self.redis.script(&CHANGES, &self.timeline_key(cid), &args).await?;
        Ok(self.rows(cid, &ids, viewer).await?.into_iter().flatten().collect())
    }

    /// The messages of these ids, in their order, with the viewer's reactions, which are only asked for where there are any;
    /// `None` for one that is gone since.
    pub(super) async fn rows(&self, cid: &str, ids: &[String], viewer: &str) -> Result<Vec<Option<MessageRow>>> {
        let found = self.records(cid, ids).await?.into_iter();
        let mut rows: Vec<_> = found.map(|message| message.map(MessageRow::bare)).collect();
        let reacted = rows.iter_mut().flatten().filter(|row| !row.message.reactions.is_empty());
        let asked = reacted.map(|row| async move {
            row.own_reactions = self.reactions_of(&row.message, viewer).await?;
            Ok::<_, ApiError>(())
        });
        futures_util::future::try_join_all(asked).await?;
        Ok(rows)
    }
}
