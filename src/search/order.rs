//! The best of what is found: a collector that orders by any of the index' columns, and by id in the end.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, HashSet};
use std::io;

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::StrColumn;
use tantivy::fastfield::Column;
use tantivy::{DocId, Score, SegmentReader, f64_to_u64, i64_to_u64};

use super::index::{CID, CREATED_AT, ID, REPLY_COUNT, UPDATED_AT};
use crate::query::Direction;

/// What the index can order by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rank {
    Relevance,
    Id,
    CreatedAt,
    UpdatedAt,
    ReplyCount,
}

/// Ranks by descending importance. Equal ones are in the order of their ids.
pub(crate) type Order = Vec<(Rank, Direction)>;

/// Ranks that an order may have, the last one by id included.
const RANKS: usize = 6;

/// A message that was found.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Hit {
    pub cid: String,
    pub id: String,
    /// How well it fits the words; only where the order asks.
    pub relevance: f32,
    /// Smaller comes first. What stands for an id is that of its segment.
    keys: [u64; RANKS],
}

pub(super) struct Best {
    order: Order,
    most: usize,
    /// Nothing of other channels; `None`: the question says so itself.
    channels: Option<HashSet<String>>,
}

impl Best {
    /// The first `most` in this order; what an order has beyond five ranks is left off.
    pub fn new(mut order: Order, most: usize) -> Best {
        order.truncate(RANKS - 1);
        order.push((Rank::Id, Direction::Ascending));
        Best { order, most: most.max(1), channels: None }
    }

    /// Of these channels only: each message that is found is looked at.
    pub fn among(self, cids: &[String]) -> Best {
        Best { channels: Some(cids.iter().cloned().collect()), ..self }
    }

    fn compare(&self, a: &Hit, b: &Hit) -> Ordering {
        let by = |(index, (rank, direction)): (usize, &(Rank, Direction))| match (rank, direction) {
            (Rank::Id, Direction::Ascending) => a.id.cmp(&b.id),
            (Rank::Id, Direction::Descending) => b.id.cmp(&a.id),
            _ => a.keys[index].cmp(&b.keys[index]),
        };
        self.order.iter().enumerate().map(by).find(|ordering| ordering.is_ne()).unwrap_or(Ordering::Equal)
    }
}

impl Collector for Best {
    type Fruit = Vec<Hit>;
    type Child = BestOfSegment;

    fn for_segment(&self, _: u32, segment: &SegmentReader) -> tantivy::Result<BestOfSegment> {
        let columns = segment.fast_fields();
        let source = |rank| {
            Ok::<_, tantivy::TantivyError>(match rank {
                Rank::Relevance => Source::Score,
                Rank::Id => Source::Id,
                Rank::CreatedAt => Source::Number(columns.i64(CREATED_AT)?),
                Rank::UpdatedAt => Source::Number(columns.i64(UPDATED_AT)?),
                Rank::ReplyCount => Source::Number(columns.i64(REPLY_COUNT)?),
            })
        };
        let sources = self.order.iter().map(|&(rank, direction)| Ok((source(rank)?, direction)));
        let cids = columns.str(CID)?;
        Ok(BestOfSegment {
            sources: sources.collect::<tantivy::Result<_>>()?,
            ids: columns.str(ID)?,
            among: self.channels.as_ref().map(|channels| places(cids.as_ref(), channels)).transpose()?,
            cids,
            best: BinaryHeap::new(),
            most: self.most,
        })
    }

    fn requires_scoring(&self) -> bool {
        self.order.iter().any(|(rank, _)| *rank == Rank::Relevance)
    }

    fn merge_fruits(&self, found: Vec<Vec<Hit>>) -> tantivy::Result<Vec<Hit>> {
        let mut hits: Vec<Hit> = found.into_iter().flatten().collect();
        hits.sort_unstable_by(|a, b| self.compare(a, b));
        hits.dedup_by(|a, b| a.id == b.id);
        hits.truncate(self.most);
        Ok(hits)
    }
}

/// For each channel of the segment, in the order of its column, whether it is one of these.
fn places(column: Option<&StrColumn>, channels: &HashSet<String>) -> io::Result<Vec<bool>> {
    let (mut among, Some(column)) = (Vec::new(), column) else { return Ok(Vec::new()) };
    let mut names = column.dictionary().stream()?;
    while names.advance() {
        among.push(std::str::from_utf8(names.key()).is_ok_and(|cid| channels.contains(cid)));
    }
    Ok(among)
}

enum Source {
    Score,
    Id,
    Number(Column<i64>),
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    keys: [u64; RANKS],
    document: DocId,
    relevance: u32,
}

pub(super) struct BestOfSegment {
    sources: Vec<(Source, Direction)>,
    ids: Option<StrColumn>,
    cids: Option<StrColumn>,
    /// By the place of a channel in `cids`, whether it counts; `None`: all do.
    among: Option<Vec<bool>>,
    /// The last of them on top.
    best: BinaryHeap<Candidate>,
    most: usize,
}

impl BestOfSegment {
    fn key(&self, (source, direction): &(Source, Direction), document: DocId, score: Score) -> u64 {
        let value = match source {
            Source::Score => Some(f64_to_u64(score.into())),
            Source::Id => self.ids.as_ref().and_then(|ids| ids.ords().first(document)),
            Source::Number(column) => column.first(document).map(i64_to_u64),
        };
        match (value, direction) {
            (None, _) => u64::MAX,
            (Some(value), Direction::Ascending) => value,
            (Some(value), Direction::Descending) => !value,
        }
    }

    fn keys(&self, document: DocId, score: Score) -> [u64; RANKS] {
        let mut keys = [0; RANKS];
        for (key, source) in keys.iter_mut().zip(&self.sources) {
            *key = self.key(source, document, score);
        }
        keys
    }

    fn counts(&self, document: DocId) -> bool {
        let Some(among) = &self.among else { return true };
        let place = self.cids.as_ref().and_then(|cids| cids.ords().first(document));
        place.and_then(|place| among.get(usize::try_from(place).ok()?)).is_some_and(|counts| *counts)
    }
}

impl SegmentCollector for BestOfSegment {
    type Fruit = Vec<Hit>;

    fn collect(&mut self, document: DocId, score: Score) {
        let last = self.best.peek().filter(|_| self.best.len() == self.most).map(|last| last.keys);
        // Most of what is found is not among the best, and nearly always the first rank says so.
        if last.is_some_and(|last| self.key(&self.sources[0], document, score) > last[0]) || !self.counts(document) {
            return;
        }
        let candidate = Candidate { keys: self.keys(document, score), document, relevance: score.to_bits() };
        match last {
            None => self.best.push(candidate),
            Some(last) if candidate.keys < last => {
                self.best.pop();
                self.best.push(candidate);
            }
            Some(_) => {}
        }
    }

    fn harvest(self) -> Vec<Hit> {
        let name = |column: &Option<StrColumn>, document| {
            let (column, mut name) = (column.as_ref()?, String::new());
            let term = column.ords().first(document)?;
            // A term that cannot be read is an index that cannot be read: nothing is found in it.
            column.ord_to_str(term, &mut name).ok().filter(|found| *found).map(|_| name)
        };
        let hit = |candidate: Candidate| {
            Some(Hit {
                cid: name(&self.cids, candidate.document)?,
                id: name(&self.ids, candidate.document)?,
                relevance: f32::from_bits(candidate.relevance),
                keys: candidate.keys,
            })
        };
        self.best.into_iter().filter_map(hit).collect()
    }
}
