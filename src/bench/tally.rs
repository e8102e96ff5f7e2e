//! What was sent, accepted and heard. Every message's text begins with a mark that names the message and when it was
//! sent, so that an event is known by a search in the bytes of its frame.

use std::fmt::Write;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

pub const MARK: &[u8] = b"wb=";
/// Mark, number and time in hexadecimal digits.
const MARK_LEN: usize = 3 + 8 + 16;
const FILLER: &str = " and the rest of what somebody wrote";
/// More messages than any run can send.
const CAPACITY: usize = 1 << 22;

/// The mark of one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    pub number: u32,
    /// Nanoseconds since the tally began.
    pub sent: u64,
}

impl Mark {
    /// A text of `length` bytes, at least that of the mark.
    pub fn text(self, length: usize) -> String {
        let mut text = String::with_capacity(length + FILLER.len());
        // Writing into a text does not fail.
        let _ = write!(text, "wb={:08x}{:016x}", self.number, self.sent);
        while text.len() < length {
            text.push_str(FILLER);
        }
        text.truncate(length.max(MARK_LEN));
        text
    }

    /// Reads the mark that these bytes begin with.
    pub fn read(bytes: &[u8]) -> Option<Mark> {
        let digits = std::str::from_utf8(bytes.get(MARK.len()..MARK_LEN)?).ok()?;
        let (number, sent) = digits.split_at(8);
        Some(Mark { number: u32::from_str_radix(number, 16).ok()?, sent: u64::from_str_radix(sent, 16).ok()? })
    }
}

/// What one socket heard while it was measured.
#[derive(Default)]
pub struct Heard {
    pub events: u64,
    pub bytes: u64,
    /// Microseconds from send to socket.
    pub latencies: Vec<u32>,
}

impl Heard {
    /// What all sockets heard together, once the server has ended.
    pub async fn of(listeners: Vec<JoinHandle<Heard>>) -> Result<Heard> {
        let mut all = Heard::default();
        for listener in listeners {
            let heard = listener.await?;
            all.events += heard.events;
            all.bytes += heard.bytes;
            all.latencies.extend(heard.latencies);
        }
        Ok(all)
    }
}

/// The books of one run.
pub struct Tally {
    start: Instant,
    begun: AtomicU64,
    ended: AtomicU64,
    next: AtomicU32,
    watchers: u32,
    accepted: Box<[AtomicBool]>,
    received: Box<[AtomicU32]>,
    /// Messages that may be on their way at a time, when they are bounded; each is given back when all have it.
    pub window: Option<Semaphore>,
    pub is_stopping: AtomicBool,
    pub is_over: AtomicBool,
    closed: AtomicU32,
}

impl Tally {
    /// `watchers` sockets are to hear every message.
    pub fn new(watchers: usize, window: Option<usize>) -> Tally {
        Tally {
            start: Instant::now(),
            begun: u64::MAX.into(),
            ended: u64::MAX.into(),
            next: 0.into(),
            watchers: watchers as u32,
            accepted: (0..CAPACITY).map(|_| AtomicBool::new(false)).collect(),
            received: (0..CAPACITY).map(|_| AtomicU32::new(0)).collect(),
            window: window.map(Semaphore::new),
            is_stopping: false.into(),
            is_over: false.into(),
            closed: 0.into(),
        }
    }

    pub fn now(&self) -> u64 {
        self.start.elapsed().as_nanos() as u64
    }

    /// The moment that is `nanoseconds` after the start.
    pub fn moment(&self, nanoseconds: u64) -> Instant {
        self.start + Duration::from_nanos(nanoseconds)
    }

    /// From here on it counts.
    pub fn begin(&self) {
        self.begun.store(self.now(), Ordering::Relaxed);
    }

    /// From here on it does not count any more.
    pub fn end(&self) -> Duration {
        let now = self.now();
        self.ended.store(now, Ordering::Relaxed);
        Duration::from_nanos(now - self.begun.load(Ordering::Relaxed))
    }

    pub fn counts(&self, moment: u64) -> bool {
        moment >= self.begun.load(Ordering::Relaxed) && moment < self.ended.load(Ordering::Relaxed)
    }

    /// The next message's mark.
    pub fn mark(&self, sent: u64) -> Result<Mark> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        ensure!((number as usize) < CAPACITY, "more than {CAPACITY} messages in one run");
        Ok(Mark { number, sent })
    }

    /// The server said that it has the message.
    pub fn accepted(&self, mark: Mark) {
        self.accepted[mark.number as usize].store(true, Ordering::Relaxed);
    }

    /// A socket has the message.
    pub fn heard(&self, mark: Mark, now: u64, bytes: usize, heard: &mut Heard) {
        let Some(received) = self.received.get(mark.number as usize) else { return };
        let before = received.fetch_add(1, Ordering::Relaxed);
        if let (Some(window), true) = (&self.window, before + 1 == self.watchers) {
            window.add_permits(1);
        }
        if self.counts(now) {
            heard.events += 1;
            heard.bytes += bytes as u64;
        }
        if self.counts(mark.sent) {
            heard.latencies.push((now.saturating_sub(mark.sent) / 1000) as u32);
        }
    }

    /// A socket has ended.
    pub fn ended(&self) {
        if !self.is_over.load(Ordering::Acquire) {
            self.closed.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Every accepted message has reached every watcher once, and the server has closed no socket.
    pub fn ensure_even(&self) -> Result<()> {
        let Balance { accepted, lost, doubled } = self.balance();
        let closed = self.closed.load(Ordering::Relaxed);
        ensure!(
            lost == 0 && doubled == 0 && closed == 0,
            "of {accepted} accepted messages {lost} deliveries were lost and {doubled} doubled; the server closed {closed} sockets"
        );
        Ok(())
    }

    /// Waits until everybody has everything, or nothing has come for a while.
    pub async fn drain(&self) {
        const STEP: Duration = Duration::from_millis(50);
        const STILL: usize = 60;
        let (mut last, mut still) = (self.balance(), 0);
        while last.lost > 0 && still < STILL {
            tokio::time::sleep(STEP).await;
            let balance = self.balance();
            still = if balance == last { still + 1 } else { 0 };
            last = balance;
        }
    }

    /// Deliveries of accepted messages that are missing, and deliveries of any message that are too many.
    fn balance(&self) -> Balance {
        let sent = (self.next.load(Ordering::Relaxed) as usize).min(CAPACITY);
        let mut balance = Balance::default();
        for (accepted, received) in self.accepted[..sent].iter().zip(&self.received[..sent]) {
            let received = received.load(Ordering::Relaxed);
            if accepted.load(Ordering::Relaxed) {
                balance.accepted += 1;
                balance.lost += u64::from(self.watchers.saturating_sub(received));
            }
            balance.doubled += u64::from(received.saturating_sub(self.watchers));
        }
        balance
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Balance {
    accepted: u64,
    lost: u64,
    doubled: u64,
}
