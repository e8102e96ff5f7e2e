//! Finding messages by their words: an index on this node's disk, fed by the log, disposable at any time.
//!
//! It holds terms, ids and times, and not what messages say: what it finds is read from the store by whoever asked. Each commit
//! notes where it stands in the log, so that it goes on from there; where the log does not reach back so far, or the index
//! cannot be read, it is built anew from the store, and answers with what it has meanwhile.

mod document;
mod folder;
mod follow;
mod index;
mod order;
mod plan;
mod queue;
#[cfg(test)]
mod tests;
mod walk;

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tantivy::{Searcher, SegmentReader};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, watch};

pub(crate) use order::{Hit, Order, Rank};

use self::follow::Keeper;
use self::index::Opened;
use self::queue::Queue;
use crate::error::{ApiError, Code, Result};
use crate::limits;
use crate::query::Filter;
use crate::store::{Cursor, Entry, Store};
use crate::wire::Time;

/// Searches under way at once, per processor core; others wait their turn.
const SEARCHES_PER_CORE: usize = 2;
/// How long a search waits for an index that is being opened.
const PATIENCE: Duration = Duration::from_millis(500);
/// So long after a search the next one is expected.
const SEARCHING: Duration = Duration::from_secs(10);
/// Nodes that may keep their indexes in one folder.
const NODES: usize = 64;

/// What of the stored messages is in the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// A part: so many channels are still to be read.
    Building {
        channels: usize,
        left: usize,
    },
    Complete,
}

/// What is looked for.
pub(crate) struct Ask<'a> {
    /// Only in these channels.
    pub cids: &'a [String],
    /// What the index cannot tell is not asked: the answer may have too many.
    pub filter: &'a Filter,
    /// Nothing newer than this.
    pub until: Option<Time>,
    pub order: Order,
    pub most: usize,
}

/// What the thread and those who search share.
struct Shared {
    queue: Queue,
    opened: watch::Sender<Option<Opened>>,
    /// What was told before this moment is found.
    fresh: watch::Sender<Instant>,
    state: Mutex<State>,
    wishes: Mutex<Wishes>,
    wished: Condvar,
    broken: AtomicBool,
}

/// What the thread is to do.
#[derive(Default)]
struct Wishes {
    stops: bool,
    /// Somebody waits until what was told is found.
    asked: bool,
    searched: Option<Instant>,
}

/// This node's index.
pub(crate) struct Search {
    shared: Arc<Shared>,
    turns: Arc<Semaphore>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Search {
    /// Begins to keep an index below `folder`, with so many bytes of memory for writing. Before the log is followed.
    pub async fn start(store: &Arc<Store>, folder: &Path, memory: usize) -> anyhow::Result<Search> {
        let (folder, lock) = claim(folder)?;
        let ends = store.log_ends().await?;
        let shared = Arc::new(Shared {
            queue: Queue::new(),
            opened: watch::Sender::new(None),
            fresh: watch::Sender::new(Instant::now()),
            state: Mutex::new(State::Building { channels: 0, left: 0 }),
            wishes: Mutex::default(),
            wished: Condvar::new(),
            broken: AtomicBool::new(false),
        });
        let keeper =
            Keeper { store: store.clone(), runtime: Handle::current(), shared: shared.clone(), folder, memory };
        let thread = thread::Builder::new().name("search".into()).spawn(move || {
            keeper.run(ends);
            drop(lock);
        })?;
        let cores = thread::available_parallelism().map_or(1, usize::from);
        Ok(Search {
            shared,
            turns: Arc::new(Semaphore::new(SEARCHES_PER_CORE * cores)),
            thread: Mutex::new(Some(thread)),
        })
    }

    /// The log is handed over from here on.
    pub fn hear_from(&self, cursor: &Cursor) {
        self.shared.queue.begin(cursor);
    }

    /// The next entries of the log, and where they end. Never waits.
    pub fn hear(&self, entries: Vec<Entry>, end: &Cursor) {
        self.shared.queue.push(entries, end);
    }

    pub fn state(&self) -> State {
        *self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first `most` that are found, in order.
    ///
    /// Errors: 503 while there is no index to ask.
    pub async fn find(&self, ask: Ask<'_>) -> Result<Vec<Hit>> {
        let turn = self.turns.clone().acquire_owned().await.map_err(ApiError::internal)?;
        let opened = self.opened().await.ok_or_else(away)?;
        self.freshened().await;
        let searcher = opened.reader.searcher();
        let (question, best) = plan::plan(&opened.fields, ask, channels(&searcher));
        let search = move || {
            let _turn = turn;
            searcher.search(&*question, &best)
        };
        match tokio::task::spawn_blocking(search).await.map_err(ApiError::internal)? {
            Ok(hits) => Ok(hits),
            Err(error) => {
                self.shared.broken.store(true, Ordering::Relaxed);
                Err(ApiError { cause: Some(error.into()), ..away() })
            }
        }
    }

    /// The index; one that is just being opened is waited for.
    async fn opened(&self) -> Option<Opened> {
        let mut opened = self.shared.opened.subscribe();
        let found = tokio::time::timeout(PATIENCE, opened.wait_for(Option::is_some)).await.ok()?.ok()?;
        found.clone()
    }

    /// Waits until what was told some time ago is found; whoever searches is not kept for long.
    async fn freshened(&self) {
        let now = Instant::now();
        let mut fresh = self.shared.fresh.subscribe();
        let is_fresh = |fresh: &Instant| now.saturating_duration_since(*fresh) <= limits::SEARCH_STALE;
        let asked = !is_fresh(&fresh.borrow());
        self.shared.wish(|wishes| {
            wishes.searched = Some(now);
            wishes.asked |= asked;
        });
        if asked {
            self.shared.queue.wake();
            // The index is asked as it is if it takes too long, or its thread is gone.
            let _ = tokio::time::timeout(PATIENCE, fresh.wait_for(is_fresh)).await;
        }
    }

    /// Writes down where the index stands, and lets go of it.
    pub async fn stop(&self) {
        self.shared.wish(|wishes| wishes.stops = true);
        self.shared.queue.wake();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        let ended = tokio::task::spawn_blocking(|| thread.map(JoinHandle::join)).await;
        if !matches!(ended, Ok(Some(Ok(())))) {
            tracing::warn!("the search index was not put away in order; it is looked through at the next start");
        }
    }
}

impl Shared {
    fn wishes(&self) -> MutexGuard<'_, Wishes> {
        // A panic while the lock was held left the wishes themselves whole.
        self.wishes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wish(&self, what: impl FnOnce(&mut Wishes)) {
        what(&mut self.wishes());
        self.wished.notify_all();
    }

    fn stops(&self) -> bool {
        self.wishes().stops
    }

    /// Whether somebody searches these days.
    fn is_searched(&self) -> bool {
        self.wishes().searched.is_some_and(|searched| searched.elapsed() < SEARCHING)
    }

    /// Waits, and says whether the process ends.
    fn rest(&self, time: Duration) -> bool {
        let rested = self.wished.wait_timeout_while(self.wishes(), time, |wishes| !wishes.stops);
        rested.unwrap_or_else(PoisonError::into_inner).0.stops
    }

    /// Waits, but not longer than those who search do.
    fn gather(&self, time: Duration) {
        let gathered = self.wished.wait_timeout_while(self.wishes(), time, |wishes| !wishes.stops && !wishes.asked);
        gathered.unwrap_or_else(PoisonError::into_inner).0.asked = false;
    }

    fn note(&self, state: State) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = state;
    }

    fn open(&self, opened: Opened) {
        self.broken.store(false, Ordering::Relaxed);
        self.opened.send_replace(Some(opened));
    }

    fn close(&self) {
        self.opened.send_replace(None);
    }

    fn is_broken(&self) -> bool {
        self.broken.load(Ordering::Relaxed)
    }
}

/// About how many channels the index knows.
fn channels(searcher: &Searcher) -> usize {
    let of_segment = |segment: &SegmentReader| segment.fast_fields().str(index::CID).ok()?.map(|cids| cids.num_terms());
    searcher.segment_readers().iter().filter_map(of_segment).max().unwrap_or(0)
}

fn away() -> ApiError {
    let message = "the search index of this node is not available at the moment, please try again";
    ApiError { retry_after: Some(1), ..ApiError::new(Code::Unavailable, message) }
}

/// A folder of this process' own: several nodes may share the data folder. Which one of them had it before does not matter,
/// all indexes hold the same.
fn claim(folder: &Path) -> io::Result<(PathBuf, File)> {
    fs::create_dir_all(folder)?;
    for node in 0..NODES {
        let lock = File::create(folder.join(format!("{node}.lock")))?;
        match lock.try_lock() {
            Ok(()) => return Ok((folder.join(node.to_string()), lock)),
            Err(fs::TryLockError::WouldBlock) => {}
            Err(fs::TryLockError::Error(error)) => return Err(error),
        }
    }
    Err(io::Error::other(format!("{NODES} processes keep their search indexes in {}", folder.display())))
}
