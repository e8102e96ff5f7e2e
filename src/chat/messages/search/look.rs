//! From what the index finds to a page of what the caller may see: each message is read from the store and looked at again.

use std::sync::Arc;

use super::Scope;
use super::asked::Asked;
use super::fields::MessageFields;
use crate::chat::Ctx;
use crate::chat::messages::sees;
use crate::error::{ApiError, Result};
use crate::limits;
use crate::query::Direction;
use crate::search::{Ask, Hit, Order, Rank, Search};
use crate::store::{Message, MessageRow};
use crate::wire::Time;

/// How far what an earlier page ended with may have moved up since.
const MOVED: usize = 50;
/// Messages read together, beyond those that are still needed.
const SPARE: usize = 10;
/// Messages read together where all of them are needed.
const CHUNK: usize = 500;

/// Where a page begins: after so many, the last of which is `after` if it is still among them, and without what is newer than
/// the first page.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Place {
    pub skip: usize,
    pub until: Time,
    pub after: String,
}

impl Place {
    pub fn write(&self) -> String {
        format!("{}:{}:{}", self.skip, self.until.micros(), self.after)
    }

    pub fn read(text: &str) -> Result<Place> {
        let mut parts = text.splitn(3, ':');
        let place = match (parts.next().map(str::parse), parts.next().map(str::parse), parts.next()) {
            (Some(Ok(skip)), Some(Ok(until)), Some(after)) => {
                Some(Place { skip, until: Time(until), after: after.to_owned() })
            }
            _ => None,
        };
        place
            .filter(|place| place.skip <= limits::SEARCH_DEPTH)
            .ok_or_else(|| ApiError::field("next", "next must be what an earlier answer gave"))
    }
}

/// A page, and where the next one begins.
pub(super) struct Found {
    pub rows: Vec<MessageRow>,
    pub next: Option<Place>,
}

pub(super) struct Look<'a> {
    pub ctx: &'a Ctx,
    pub search: &'a Search,
    pub scope: &'a Scope,
    pub asked: &'a Asked,
}

impl Look<'_> {
    pub async fn page(&self) -> Result<Found> {
        let (messages, next) = match &self.asked.order {
            Some(order) => self.in_order(order).await?,
            None => self.sorted().await?,
        };
        let rows = futures_util::future::try_join_all(messages.into_iter().map(|message| self.row(message))).await?;
        Ok(Found { rows, next })
    }

    /// Goes down the index' own order until the page is full.
    async fn in_order(&self, order: &Order) -> Result<(Vec<Message>, Option<Place>)> {
        let Asked { limit, from, .. } = self.asked;
        let mut most = from.skip + limit + SPARE;
        let mut hits = self.find(order, most).await?;
        let mut at = self.start(&hits);
        let (mut found, mut looked_at): (Vec<Message>, usize) = (Vec::new(), 0);
        loop {
            while at < hits.len() && found.len() < *limit && looked_at < limits::SEARCH_LOOKED_AT {
                let end = hits.len().min(at + limit - found.len());
                for message in self.seen(&hits[at..end]).await? {
                    found.extend(message);
                }
                looked_at += end - at;
                at = end;
            }
            let is_over = hits.len() < most || most == limits::SEARCH_DEPTH;
            if found.len() == *limit || looked_at >= limits::SEARCH_LOOKED_AT || is_over {
                break;
            }
            most = (most * 4).min(limits::SEARCH_DEPTH);
            hits = self.find(order, most).await?;
        }
        let next = self.after(&hits, at, most).await?;
        Ok((found, next))
    }

    /// Where the next page begins, if there is anything on it.
    async fn after(&self, hits: &[Hit], mut at: usize, most: usize) -> Result<Option<Place>> {
        let after = at.checked_sub(1).and_then(|last| hits.get(last)).map(|hit| hit.id.clone()).unwrap_or_default();
        let place = Place { skip: at, until: self.asked.from.until, after };
        while at < hits.len() {
            let end = hits.len().min(at + SPARE);
            if self.seen(&hits[at..end]).await?.iter().any(Option::is_some) {
                return Ok(Some(place));
            }
            at = end;
        }
        // The index has more, of which nothing is known yet.
        Ok((hits.len() == most && most < limits::SEARCH_DEPTH).then_some(place))
    }

    /// The newest that match, in an order that only the messages themselves tell.
    async fn sorted(&self) -> Result<(Vec<Message>, Option<Place>)> {
        let order = vec![(Rank::CreatedAt, Direction::Descending), (Rank::Relevance, Direction::Descending)];
        let hits = self.find(&order, limits::SEARCH_LOOKED_AT).await?;
        let (now, centre, mut keyed) = (self.ctx.now(), self.asked.filter.centre(), Vec::new());
        for hits in hits.chunks(CHUNK) {
            for (hit, message) in hits.iter().zip(self.seen(hits).await?) {
                let Some(message) = message else { continue };
                let key =
                    self.asked.sort.key(&MessageFields { message: &message, relevance: hit.relevance, centre, now });
                keyed.push((key, message));
            }
        }
        keyed.sort_by(|(a, left), (b, right)| a.cmp(b).then_with(|| left.id.cmp(&right.id)));
        let Asked { limit, from, .. } = self.asked;
        let end = from.skip + limit;
        let next = (end < keyed.len()).then(|| Place { skip: end, until: from.until, after: String::new() });
        Ok((keyed.into_iter().skip(from.skip).take(*limit).map(|(_, message)| message).collect(), next))
    }

    async fn find(&self, order: &Order, most: usize) -> Result<Vec<Hit>> {
        let Asked { filter, from, .. } = self.asked;
        // What came since the first page would move all that follows.
        let until = (from.skip > 0).then_some(from.until);
        self.search.find(Ask { cids: &self.scope.cids, filter, until, order: order.clone(), most }).await
    }

    /// Where the page begins now: what an earlier page ended with may have moved.
    fn start(&self, hits: &[Hit]) -> usize {
        let Place { skip, after, .. } = &self.asked.from;
        let (first, end) = (skip.saturating_sub(MOVED).min(hits.len()), (skip + SPARE).min(hits.len()));
        let found = hits[first..end].iter().position(|hit| hit.id == *after);
        found.filter(|_| !after.is_empty()).map_or(*skip, |at| first + at + 1)
    }

    /// The messages as they are now; `None` for those that the caller does not see, or that no longer match.
    async fn seen(&self, hits: &[Hit]) -> Result<Vec<Option<Message>>> {
        let places: Vec<(String, String)> = hits.iter().map(|hit| (hit.cid.clone(), hit.id.clone())).collect();
        let (messages, now) = (self.ctx.app.store.messages_at(&places).await?, self.ctx.now());
        let seen = |(hit, message): (&Hit, Option<Message>)| {
            message.filter(|message| {
                let fields = MessageFields { message, relevance: hit.relevance, centre: None, now };
                self.is_there(message) && self.asked.filter.matches(&fields)
            })
        };
        Ok(hits.iter().zip(messages).map(seen).collect())
    }

    fn is_there(&self, message: &Message) -> bool {
        let Some(granted) = self.scope.channels.get(&message.cid) else { return false };
        let (channel, at, viewer) = (&granted.channel, message.created_at(), self.ctx.viewer());
        let cleared_at = self.scope.seen.get(&message.cid).and_then(|seen| seen.cleared_at);
        message.deleted_at.is_none()
            && !message.system
            && !message.deleted_for.iter().any(|id| id == viewer)
            && channel.began() <= at
            && channel.truncated_at.is_none_or(|cut| cut <= at)
            && cleared_at.is_none_or(|cleared| cleared < at)
            && sees(self.ctx, granted, message)
    }

    async fn row(&self, message: Message) -> Result<MessageRow> {
        let own_reactions = self.ctx.app.store.reactions_of(&message, self.ctx.viewer()).await?;
        Ok(MessageRow { message: Arc::new(message), own_reactions })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back() {
        let place = Place { skip: 20, until: Time(7), after: "ana-a:b".into() };
        assert_eq!(Place::read(&place.write()).expect("reads back"), place);
        for text in ["", "x", "1:2", "-1:2:a", "999999999:2:a"] {
            assert!(Place::read(text).is_err(), "{text}");
        }
    }
}
