//! Between the tail, which never waits, and the thread that indexes: a bounded queue. What finds no room is not lost, but left
//! for the thread to read from the log itself.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::document;
use crate::limits;
use crate::store::{Cursor, Entry, Places};

/// What the thread is told.
pub(super) enum Told {
    /// The log was handed over up to here, or has to be read up to here.
    UpTo(Places),
    /// The next entries, and where they end.
    Entries(Vec<Entry>, Places),
}

pub(super) struct Queue {
    sender: Sender<Told>,
    receiver: Mutex<Receiver<Told>>,
    waiting: AtomicUsize,
    /// Where what found no room ends. Until the thread took note of it, nothing more is let in.
    left_out: Mutex<Option<Places>>,
}

fn places(cursor: &Cursor) -> Places {
    cursor.positions().iter().cloned().collect()
}

impl Queue {
    pub fn new() -> Queue {
        let (sender, receiver) = channel();
        Queue { sender, receiver: Mutex::new(receiver), waiting: AtomicUsize::new(0), left_out: Mutex::default() }
    }

    fn left_out(&self) -> MutexGuard<'_, Option<Places>> {
        // A panic while the lock was held left the places themselves whole.
        self.left_out.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The log is handed over from here on.
    pub fn begin(&self, from: &Cursor) {
        self.put(0, Told::UpTo, places(from));
    }

    pub fn push(&self, mut entries: Vec<Entry>, end: &Cursor) {
        entries.retain(document::concerns);
        self.put(entries.len(), |end| Told::Entries(entries, end), places(end));
    }

    /// Lets the thread look up.
    pub fn wake(&self) {
        self.put(0, Told::UpTo, Places::new());
    }

    fn put(&self, entries: usize, told: impl FnOnce(Places) -> Told, end: Places) {
        let mut left_out = self.left_out();
        if let Some(places) = &mut *left_out {
            places.extend(end);
        } else if limits::SEARCH_QUEUE < self.waiting.load(Ordering::Relaxed) + entries {
            *left_out = Some(end);
        } else {
            self.waiting.fetch_add(entries, Ordering::Relaxed);
            // The receiver lives as long as the queue itself.
            let _ = self.sender.send(told(end));
        }
    }

    /// The next that was handed over. `None` when nothing was for so long.
    pub fn next(&self, patience: Duration) -> Option<Told> {
        let receiver = self.receiver.lock().unwrap_or_else(PoisonError::into_inner);
        let told = receiver.recv_timeout(patience).ok().or_else(|| {
            // What was let in before goes first.
            let mut left_out = self.left_out();
            receiver.try_recv().ok().or_else(|| left_out.take().map(Told::UpTo))
        })?;
        if let Told::Entries(entries, _) = &told {
            self.waiting.fetch_sub(entries.len(), Ordering::Relaxed);
        }
        Some(told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Effect, Header};
    use crate::wire::Time;

    fn cut() -> Entry {
        let effects = vec![Effect::Truncated { cid: "messaging:kitchen".into(), until: Time(1) }];
        let header = Header { effects, ..Header::default() };
        Entry { at: Time(2), header, payload: bytes::Bytes::new(), watcher_count: None }
    }

    #[test]
    fn what_finds_no_room_is_named() {
        let queue = Queue::new();
        let cursor = |id: &str| Cursor::at(3, id);
        let place = |id: &str| Places::from([(3, id.to_owned())]);
        queue.begin(&cursor("1-0"));
        queue.push(vec![cut(); limits::SEARCH_QUEUE], &cursor("2-0"));
        queue.push(vec![cut()], &cursor("3-0"));
        queue.push(Vec::new(), &cursor("4-0"));
        assert!(matches!(queue.next(Duration::ZERO), Some(Told::UpTo(places)) if places == place("1-0")));
        assert!(matches!(queue.next(Duration::ZERO), Some(Told::Entries(entries, places))
            if entries.len() == limits::SEARCH_QUEUE && places == place("2-0")));
        assert!(matches!(queue.next(Duration::ZERO), Some(Told::UpTo(places)) if places == place("4-0")));
        assert!(queue.next(Duration::ZERO).is_none());
        queue.push(vec![cut()], &cursor("5-0"));
        assert!(matches!(queue.next(Duration::ZERO), Some(Told::Entries(entries, _)) if entries.len() == 1));
    }
}
