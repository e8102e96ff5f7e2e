//! The thread that keeps the index: it opens or builds it, makes the changes that the log tells of, and commits them in batches.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tantivy::TantivyError;
use tokio::runtime::Handle;

use super::document::{Change, changes};
use super::index::{Mark, Writer};
use super::queue::Told;
use super::walk::Walk;
use super::{Shared, State};
use crate::error::Result;
use crate::limits;
use crate::store::{Entry, Places, Store, is_before};
use crate::wire::Time;

/// How long commits may wait while the index is built and nobody wrote anything.
const BUILDING_COMMIT: Duration = Duration::from_secs(3);
/// How long nothing may be heard before it is looked whether something was left out.
const IDLE: Duration = Duration::from_secs(1);
/// Between two tries of what went wrong.
const BACKOFF: Duration = Duration::from_millis(500);
const LONGEST_BACKOFF: Duration = Duration::from_secs(30);

/// Why an index has to be made anew.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Index(#[from] TantivyError),
    /// What came after the index was last written is no longer in the log, which goes on from these places.
    #[error("the log does not go back to where the index stands")]
    Behind(Places),
    #[error("the process ends")]
    Stopped,
}

type Done<T = ()> = std::result::Result<T, Failure>;

pub(super) struct Keeper {
    pub store: Arc<Store>,
    pub runtime: Handle,
    pub shared: Arc<Shared>,
    pub folder: PathBuf,
    /// Bytes.
    pub memory: usize,
}

impl Keeper {
    /// Keeps the index until the process ends. `ends` is where the log ended before anybody handed it over.
    pub fn run(self, ends: Places) {
        let (mut places, mut anew, mut backoff) = (ends, false, BACKOFF);
        loop {
            let began = Instant::now();
            // What was under way is thrown away; where the log stands is right at any time.
            let ended = catch_unwind(AssertUnwindSafe(|| self.live(&mut places, anew)));
            let ended = ended.unwrap_or_else(|_| Err(TantivyError::InternalError("the thread panicked".into()).into()));
            self.shared.close();
            match ended {
                Err(Failure::Stopped) | Ok(()) => return,
                Err(Failure::Behind(ends)) => {
                    tracing::warn!("the log does not go back to where the search index stands: it is built anew");
                    places.extend(ends);
                }
                Err(Failure::Index(error)) => {
                    tracing::warn!(error = %error, "the search index cannot be used: it is built anew");
                    if began.elapsed() > LONGEST_BACKOFF {
                        backoff = BACKOFF;
                    }
                    if self.shared.rest(backoff) {
                        return;
                    }
                    backoff = (backoff * 2).min(LONGEST_BACKOFF);
                }
            }
            anew = true;
        }
    }

    /// The life of one index. `places` is how far the log is in it, or behind what an index begun now has to know.
    fn live(&self, places: &mut Places, anew: bool) -> Done {
        let known = if anew { None } else { self.open() };
        let (writer, noted, walk) = match known {
            Some((writer, mark)) => {
                let noted = mark.noted();
                *places = mark.places;
                (writer, noted, None)
            }
            None => {
                let walk = self.patiently(|| Walk::begin(&self.store))?;
                (Writer::create(&self.folder, self.memory)?, self.store.now(), Some(walk))
            }
        };
        let mut follower = Follower::new(self, writer, places, noted, walk);
        follower.note_state();
        self.shared.open(follower.writer.opened.clone());
        follower.follow()
    }

    /// What an earlier process left, if it is whole.
    fn open(&self) -> Option<(Writer, Mark)> {
        if !self.folder.exists() {
            return None;
        }
        match Writer::open(&self.folder, self.memory) {
            Ok((writer, mark)) if mark.complete => Some((writer, mark)),
            Ok(_) => None,
            Err(error) => {
                tracing::warn!(error = %error, "the search index cannot be opened: it is built anew");
                None
            }
        }
    }

    /// Asks the store until it answers.
    fn patiently<T, F: Future<Output = Result<T>>>(&self, ask: impl Fn() -> F) -> Done<T> {
        loop {
            match self.runtime.block_on(ask()) {
                Ok(answer) => return Ok(answer),
                Err(error) => tracing::warn!(error = ?error, "the store cannot be read; trying again"),
            }
            if self.shared.rest(BACKOFF) {
                return Err(Failure::Stopped);
            }
        }
    }
}

struct Follower<'a> {
    keeper: &'a Keeper,
    writer: Writer,
    places: &'a mut Places,
    /// When the places were last noted.
    noted: Time,
    walk: Option<Walk>,
    /// Up to where messages that are added may be in the index already, after it was built.
    careful: Option<Places>,
    /// Something that the log told, or that was read, waits to be committed.
    told: bool,
    read: bool,
    moved: bool,
    /// What was told before this moment was taken.
    heard: Instant,
    committed: Instant,
}

impl<'a> Follower<'a> {
    fn new(keeper: &'a Keeper, writer: Writer, places: &'a mut Places, noted: Time, walk: Option<Walk>) -> Self {
        Follower {
            keeper,
            writer,
            places,
            noted,
            walk,
            careful: None,
            told: false,
            read: false,
            moved: false,
            heard: Instant::now(),
            committed: Instant::now(),
        }
    }

    fn follow(&mut self) -> Done {
        let shared = &self.keeper.shared;
        loop {
            self.hear()?;
            self.step()?;
            let stops = shared.stops();
            self.commit_if_due(stops)?;
            if stops {
                return Err(Failure::Stopped);
            }
            if shared.is_broken() {
                return Err(TantivyError::InternalError("a search could not read it".into()).into());
            }
        }
    }

    /// Takes all that is waiting. What comes once something is to be committed is gathered for a while: waking for each message
    /// costs more than indexing it.
    fn hear(&mut self) -> Done {
        let shared = &self.keeper.shared;
        let mut patience = match (&self.walk, self.told || self.read) {
            (Some(_), _) => Duration::ZERO,
            (None, true) => {
                shared.gather(limits::SEARCH_COMMIT.saturating_sub(self.heard.elapsed()));
                Duration::ZERO
            }
            (None, false) => IDLE,
        };
        let mut began = Instant::now();
        while let Some(told) = shared.queue.next(patience) {
            if patience > Duration::ZERO {
                began = Instant::now();
            }
            match told {
                Told::Entries(entries, end) => self.obey(entries, end)?,
                Told::UpTo(places) => self.catch_up(places)?,
            }
            if began.elapsed() >= limits::SEARCH_COMMIT || shared.stops() {
                return Ok(());
            }
            patience = Duration::ZERO;
        }
        self.heard = began;
        Ok(())
    }

    fn obey(&mut self, entries: Vec<Entry>, end: Places) -> Done {
        for entry in &entries {
            for change in changes(entry) {
                if let Some(walk) = &mut self.walk {
                    walk.touch(&change);
                }
                self.writer.make(change, self.walk.is_some() || self.careful.is_some())?;
                self.told = true;
            }
        }
        self.places.extend(end);
        self.moved = true;
        let places = &*self.places;
        let reached = |(partition, end): (&u16, &String)| places.get(partition).is_some_and(|at| !is_before(at, end));
        if self.careful.as_ref().is_some_and(|ends| ends.iter().all(reached)) {
            self.careful = None;
            self.read = true;
        }
        Ok(())
    }

    /// Reads from the log what was not handed over.
    fn catch_up(&mut self, until: Places) -> Done {
        let store = &self.keeper.store;
        for (partition, end) in &until {
            let Some(mut place) = self.places.get(partition).cloned() else { return Err(Failure::Behind(until)) };
            if place == *end {
                continue;
            }
            let noted = self.noted;
            if is_before(end, &place) || !self.keeper.patiently(|| store.log_reaches_back(*partition, &place, noted))? {
                return Err(Failure::Behind(until));
            }
            while place != *end {
                let (entries, next) = self.keeper.patiently(|| store.log_between(*partition, &place, end))?;
                place.clone_from(&next);
                self.obey(entries, Places::from([(*partition, next)]))?;
                self.commit_if_due(false)?;
            }
        }
        Ok(())
    }

    /// Goes one page on in building the index.
    fn step(&mut self) -> Done {
        let keeper = self.keeper;
        let Some(walk) = &mut self.walk else { return Ok(()) };
        match keeper.runtime.block_on(walk.step(&keeper.store)) {
            Ok(Some(found)) => {
                for (document, known) in found {
                    self.writer.make(if known { Change::Put(document) } else { Change::Add(document) }, false)?;
                    self.read = true;
                }
            }
            Ok(None) => {
                walk.tell_end();
                self.walk = None;
                // What was written while the walk went on may have been read by it, and is told only now.
                self.careful = Some(keeper.patiently(|| keeper.store.log_ends())?);
                self.obey(Vec::new(), Places::new())?;
            }
            Err(error) => {
                tracing::warn!(error = ?error, "the store cannot be read; trying again");
                keeper.shared.rest(BACKOFF);
            }
        }
        self.note_state();
        Ok(())
    }

    fn commit_if_due(&mut self, stops: bool) -> Done {
        let wait = match (self.told, self.read, self.moved) {
            (true, ..) if self.keeper.shared.is_searched() => limits::SEARCH_COMMIT,
            (true, ..) => limits::SEARCH_UNASKED,
            (_, true, _) if self.walk.is_some() => BUILDING_COMMIT,
            (_, true, _) => Duration::ZERO,
            (.., true) => limits::SEARCH_NOTE,
            _ => Duration::MAX,
        };
        let due = wait <= self.committed.elapsed() || (stops && wait < Duration::MAX);
        if due {
            self.commit()?;
        }
        if due || !self.told {
            self.keeper.shared.fresh.send_replace(self.heard);
        }
        Ok(())
    }

    fn commit(&mut self) -> Done {
        let complete = self.walk.is_none() && self.careful.is_none();
        self.noted = self.keeper.store.now();
        // The next wait begins now: what comes while this is written is found as soon.
        self.committed = Instant::now();
        self.writer.commit(&Mark::new(complete, self.noted, self.places.clone()))?;
        (self.told, self.read, self.moved) = (false, false, false);
        tracing::trace!(took = ?self.committed.elapsed(), "committed");
        Ok(())
    }

    fn note_state(&self) {
        let state = match &self.walk {
            Some(walk) => State::Building { channels: walk.channels, left: walk.left() },
            None => State::Complete,
        };
        self.keeper.shared.note(state);
    }
}
