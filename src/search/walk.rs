//! Building the index from what is stored: channel by channel, a page at a time, while new messages go on being indexed.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use super::document::{Change, Document};
use crate::error::Result;
use crate::store::{Messages, Store};
use crate::wire::Time;

/// Messages read together.
const PAGE: usize = 500;
/// Between two words about the progress.
const TOLD_EVERY: Duration = Duration::from_secs(10);

pub(super) struct Walk {
    cids: Vec<String>,
    /// Of how many there were.
    pub channels: usize,
    pub messages: u64,
    /// The channel that is being read, and up to where.
    page: Option<(String, Option<Time>)>,
    /// Parents whose replies are still to be read.
    parents: Vec<(String, String, Option<Time>)>,
    /// Messages that the log told of meanwhile: they may be in the index already.
    touched: HashSet<String>,
    began: Instant,
    told: Instant,
}

impl Walk {
    pub async fn begin(store: &Store) -> Result<Walk> {
        let cids = store.all_cids().await?;
        let (channels, now) = (cids.len(), Instant::now());
        if channels > 0 {
            tracing::info!(channels, "the search index is built from the store; until then searches find only a part");
        }
        Ok(Walk {
            cids,
            channels,
            messages: 0,
            page: None,
            parents: Vec::new(),
            touched: HashSet::new(),
            began: now,
            told: now,
        })
    }

    pub fn left(&self) -> usize {
        self.cids.len() + usize::from(self.page.is_some() || !self.parents.is_empty())
    }

    /// The log tells of this message while the walk goes on.
    pub fn touch(&mut self, change: &Change) {
        if let Change::Add(document) | Change::Put(document) = change {
            self.touched.insert(document.id.clone());
        }
    }

    /// The next page: each message with whether it may be in the index already. `None` when all was read.
    ///
    /// What is read here is never older than what the log told before, and what it tells later comes later.
    pub async fn step(&mut self, store: &Store) -> Result<Option<Vec<(Document, bool)>>> {
        self.tell();
        let (cid, parent, since) = match (self.parents.pop(), self.page.take()) {
            (Some((cid, parent, since)), page) => {
                self.page = page;
                (cid, Some(parent), since)
            }
            (None, Some((cid, since))) => (cid, None, since),
            (None, None) => match self.cids.pop() {
                Some(cid) => (cid, None, None),
                None => return Ok(None),
            },
        };
        let list = parent.as_deref().map_or(Messages::Timeline, Messages::Replies);
        let rows = match store.messages_since(&cid, list, since, PAGE).await {
            Ok(rows) => rows,
            Err(error) => {
                self.go_on(cid, parent, since);
                return Err(error);
            }
        };
        let mut found = Vec::with_capacity(rows.len());
        for row in &rows {
            let message = &row.message;
            // Those shown in the channel were read there.
            if parent.is_some() && message.show_in_channel {
                continue;
            }
            if parent.is_none() && message.reply_count > 0 {
                self.parents.push((cid.clone(), message.id.clone(), None));
            }
            if let Some(document) = Document::of_record(message) {
                let known = self.touched.contains(&document.id);
                found.push((document, known));
            }
        }
        self.messages += found.len() as u64;
        if let Some(last) = rows.last().filter(|_| rows.len() == PAGE) {
            self.go_on(cid, parent, Some(last.message.created_at()));
        }
        Ok(Some(found))
    }

    fn go_on(&mut self, cid: String, parent: Option<String>, since: Option<Time>) {
        match parent {
            Some(parent) => self.parents.push((cid, parent, since)),
            None => self.page = Some((cid, since)),
        }
    }

    fn tell(&mut self) {
        if TOLD_EVERY < self.told.elapsed() {
            self.told = Instant::now();
            let (done, channels) = (self.channels - self.left().min(self.channels), self.channels);
            tracing::info!(done, channels, messages = self.messages, "the search index is being built");
        }
    }

    pub fn tell_end(&self) {
        if self.channels > 0 {
            let seconds = self.began.elapsed().as_secs_f32();
            tracing::info!(channels = self.channels, messages = self.messages, seconds, "the search index is complete");
        }
    }
}
