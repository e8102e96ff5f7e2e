//! What waits to be written to one socket: bounded in bytes, never skipping.

use std::collections::VecDeque;
use std::io::IoSlice;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::{Buf, Bytes};
use tokio::net::TcpStream;
use tokio::sync::Notify;

use super::frame;
use crate::error::{ApiError, Code};
use crate::limits;
use crate::wire::Time;
use crate::wire::events::ConnectionError;

/// Why a socket ends: the close code and reason the client gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The reader is too slow for its queue; it recovers by connecting again.
    TooSlow,
    /// This process stops; the client finds another node.
    Restart,
    /// Nothing was heard from the client.
    Silent,
    /// Events were missed; the client must recover.
    Resync,
    /// The token no longer holds.
    Unauthorized,
    /// The handshake was refused; the client must not try again (`realtime.md` 1.6).
    Refused,
    /// The client went away by itself.
    Gone,
}

impl End {
    fn close_frame(self) -> Option<Bytes> {
        // 1000 only for a refusal: on a live socket the JS client would believe that it is still connected (realtime.md 1.7).
        Some(match self {
            End::TooSlow => frame::close(1013, "too slow"),
            End::Restart => frame::close(1012, "restarting"),
            End::Silent => frame::close(1001, "silent"),
            End::Resync => frame::close(1012, "events were missed"),
            End::Unauthorized => frame::close(4001, "token no longer valid"),
            End::Refused => frame::close(1000, ""),
            End::Gone => return None,
        })
    }
}

#[derive(Default)]
struct Waiting {
    frames: VecDeque<Bytes>,
    bytes: usize,
    end: Option<End>,
    /// While set, frames are kept back: the first frame a client gets is its `health.check`.
    held: Option<Vec<Bytes>>,
}

#[derive(Default)]
pub(crate) struct Queue {
    waiting: Mutex<Waiting>,
    news: Notify,
    /// Milliseconds (of the process) at which the client was last heard, and was last sent a `health.check`.
    pub heard: AtomicI64,
    pub checked: AtomicI64,
}

impl Queue {
    /// A queue that holds everything back until [`Queue::release`].
    pub fn held() -> Queue {
        let queue = Queue::default();
        queue.lock().held = Some(Vec::new());
        queue
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a frame. A queue that overflows ends its socket.
    pub fn push(&self, frame: Bytes) {
        let mut waiting = self.lock();
        if waiting.end.is_some() {
            return;
        }
        waiting.bytes += frame.len();
        if waiting.bytes > limits::SOCKET_QUEUE_BYTES {
            waiting.frames.clear();
            waiting.end = Some(End::TooSlow);
        } else if let Some(held) = &mut waiting.held {
            held.push(frame);
            return;
        } else {
            waiting.frames.push_back(frame);
        }
        drop(waiting);
        self.news.notify_one();
    }

    /// Sends `first`, then what was held back.
    pub fn release(&self, first: Bytes) {
        let mut waiting = self.lock();
        waiting.bytes += first.len();
        waiting.frames.push_front(first);
        if let Some(held) = waiting.held.take() {
            waiting.frames.extend(held);
        }
        drop(waiting);
        self.news.notify_one();
    }

    /// Ends the socket after what waits. The first reason counts.
    pub fn end(&self, end: End) {
        let mut waiting = self.lock();
        if waiting.end.is_none() {
            waiting.end = Some(end);
            if end == End::Unauthorized {
                waiting.frames.push_back(expired());
            }
            if let Some(close) = end.close_frame() {
                waiting.frames.push_back(close);
            }
        }
        drop(waiting);
        self.news.notify_one();
    }

    pub async fn news(&self) {
        self.news.notified().await;
    }

    pub fn ended(&self) -> Option<End> {
        self.lock().end
    }

    /// Whether anything waits.
    pub fn is_empty(&self) -> bool {
        self.lock().frames.is_empty()
    }

    /// Writes as much as the socket takes, many frames in one call. `WouldBlock` when the socket is full.
    pub fn write_to(&self, socket: &TcpStream) -> std::io::Result<()> {
        const TOGETHER: usize = 64;
        let mut waiting = self.lock();
        while !waiting.frames.is_empty() {
            let slices: Vec<IoSlice<'_>> =
                waiting.frames.iter().take(TOGETHER).map(|frame| IoSlice::new(frame)).collect();
            let mut written = socket.try_write_vectored(&slices)?;
            waiting.bytes = waiting.bytes.saturating_sub(written);
            while written > 0 {
                let Some(frame) = waiting.frames.front_mut() else { break };
                let part = written.min(frame.len());
                frame.advance(part);
                written -= part;
                if frame.is_empty() {
                    waiting.frames.pop_front();
                }
            }
        }
        if waiting.frames.capacity() > TOGETHER {
            waiting.frames = VecDeque::new();
        }
        Ok(())
    }

    pub fn note(&self, stamp: &AtomicI64, millis: i64) {
        stamp.store(millis, Ordering::Relaxed);
    }
}

/// What a client is told whose token no longer holds: code 40 makes it bring a new one (`realtime.md` 1.8).
fn expired() -> Bytes {
    let body = ApiError::new(Code::TokenExpired, "JWTAuth error: token is expired (exp)").body(None);
    // A struct of texts and numbers always serialises.
    frame::text(&serde_json::to_vec(&ConnectionError::new(Time::local(), body)).unwrap_or_default())
}

/// Milliseconds since the process started: for ages, never for dates.
pub(crate) fn millis() -> i64 {
    static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    START.get_or_init(std::time::Instant::now).elapsed().as_millis() as i64
}
