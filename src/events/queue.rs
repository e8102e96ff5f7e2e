//! What waits to be written to one connection: bounded in bytes, never skipping.
//!
//! Whoever puts a frame in has the queue flushed afterwards ([`super::flushers`]), so that one system call writes all that
//! gathered and no task is woken per socket. Only what a full socket does not take is left to its session.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use bytes::{Buf, Bytes};
use tokio::net::TcpStream;
use tokio::sync::Notify;

use super::frame;
use crate::error::{ApiError, Code};
use crate::limits;
use crate::wire::Time;
use crate::wire::events::ConnectionError;

/// Frames in one system call.
const TOGETHER: usize = 64;
/// Bytes up to which a queue may fill before its writer comes: far below what closes a socket, far above what a busy channel
/// gathers meanwhile, which is then written in one call.
const AHEAD: usize = 64 * 1024;
/// What a waiting frame takes beside its bytes: a client that is answered in tiny frames must not fill the memory.
const FRAME_COST: usize = 64;

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
    /// The client broke the protocol; the code says how (RFC 6455, 7.4.1).
    Broken(u16),
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
            End::Broken(code) => frame::close(code, ""),
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
    /// Somebody is on the way to flush.
    awaited: bool,
    /// The socket is full: the session waits for it.
    blocked: bool,
    /// Of the first frame a part is written.
    begun: bool,
}

impl Waiting {
    /// Writes as much as the socket takes, many frames in one call. `true` when nothing is left to see to: all is written.
    fn write_to(&mut self, socket: &TcpStream) -> bool {
        while !self.frames.is_empty() {
            match self.write_some(socket) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.blocked = true;
                    return false;
                }
                Err(_) => {
                    self.frames.clear();
                    self.end.get_or_insert(End::Gone);
                    return false;
                }
            }
        }
        if self.frames.capacity() > TOGETHER {
            self.frames = VecDeque::new();
        }
        true
    }

    /// Drops what waits for a reader who is too slow. What is left of a frame that he has begun to get goes before the farewell,
    /// which would not be one otherwise.
    fn give_up(&mut self) {
        self.frames.truncate(usize::from(self.begun));
        self.held = None;
        self.frames.extend(End::TooSlow.close_frame());
        self.end = Some(End::TooSlow);
    }

    fn write_some(&mut self, socket: &TcpStream) -> io::Result<()> {
        let mut written = match self.frames.len() {
            1 => socket.try_write(&self.frames[0])?,
            _ => {
                let mut slices = [IoSlice::new(&[]); TOGETHER];
                let count = self.frames.len().min(TOGETHER);
                for (slice, frame) in slices.iter_mut().zip(&self.frames) {
                    *slice = IoSlice::new(frame);
                }
                socket.try_write_vectored(&slices[..count])?
            }
        };
        self.bytes = self.bytes.saturating_sub(written);
        while written > 0 {
            let Some(frame) = self.frames.front_mut() else { break };
            let part = written.min(frame.len());
            frame.advance(part);
            written -= part;
            self.begun = !frame.is_empty();
            if frame.is_empty() {
                self.frames.pop_front();
                self.bytes = self.bytes.saturating_sub(FRAME_COST);
            }
        }
        Ok(())
    }
}

#[derive(Default)]
pub(crate) struct Queue {
    waiting: Mutex<Waiting>,
    socket: OnceLock<Arc<TcpStream>>,
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

    /// From now on this is the socket to write to.
    pub fn attach(&self, socket: Arc<TcpStream>) {
        // A queue is opened for one socket; a second one would be ignored.
        let _ = self.socket.set(socket);
    }

    /// Queues a frame. `true`: nobody is on the way to write it, so the caller must have the queue flushed. What piles up
    /// because its writer is late is written here and now, so that the reader of the log cannot run away from the writers; a
    /// queue that overflows all the same ends its socket.
    #[must_use]
    pub fn put(&self, frame: Bytes) -> bool {
        let mut waiting = self.lock();
        if waiting.end.is_some() {
            return false;
        }
        waiting.bytes += frame.len() + FRAME_COST;
        if waiting.bytes > limits::SOCKET_QUEUE_BYTES {
            waiting.give_up();
            drop(waiting);
            self.news.notify_one();
            return false;
        }
        match &mut waiting.held {
            Some(held) => held.push(frame),
            None => waiting.frames.push_back(frame),
        }
        let writable = waiting.held.is_none() && !waiting.blocked;
        if writable && waiting.bytes > AHEAD {
            self.write(waiting);
            return false;
        }
        let unattended = writable && !waiting.awaited;
        waiting.awaited |= unattended;
        unattended
    }

    /// Queues a frame and lets the session write it.
    pub fn push(&self, frame: Bytes) {
        if self.put(frame) {
            self.news.notify_one();
        }
    }

    /// Sends `first`, then what was held back.
    pub fn release(&self, first: Bytes) {
        let mut waiting = self.lock();
        waiting.bytes += first.len() + FRAME_COST;
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

    /// Writes what waits, for whoever put it in. A connection that is no socket is told to fetch it.
    pub fn flush(&self) {
        let mut waiting = self.lock();
        waiting.awaited = false;
        self.write(waiting);
    }

    fn write(&self, mut waiting: MutexGuard<'_, Waiting>) {
        let done = match self.socket.get() {
            Some(_) if waiting.blocked => true,
            Some(socket) => waiting.write_to(socket),
            None => false,
        };
        if !done {
            drop(waiting);
            self.news.notify_one();
        }
    }

    /// The same for the session. `false`: the socket is full, and what waits is written once it is writable.
    pub fn drain(&self) -> bool {
        let mut waiting = self.lock();
        (waiting.awaited, waiting.blocked) = (false, false);
        if let Some(socket) = self.socket.get() {
            waiting.write_to(socket);
        }
        !waiting.blocked
    }

    pub fn is_empty(&self) -> bool {
        self.lock().frames.is_empty()
    }

    /// Takes out all that waits, for an answer to a poll.
    pub fn take(&self) -> Vec<Bytes> {
        let mut waiting = self.lock();
        (waiting.awaited, waiting.bytes) = (false, 0);
        std::mem::take(&mut waiting.frames).into()
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

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;
    use tokio::net::TcpListener;

    use super::*;

    /// What a client gets who took nothing for too long, and then all that is left for him.
    #[tokio::test]
    async fn who_is_too_slow_gets_whole_frames_and_then_the_reason() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (client, server) = tokio::join!(TcpStream::connect(listener.local_addr().unwrap()), listener.accept());
        let (mut client, server) = (client.unwrap(), Arc::new(server.unwrap().0));
        let (queue, event) = (Queue::default(), frame::text(&vec![b'x'; 100_000]));
        queue.attach(server.clone());
        for _ in 0..1000 {
            if queue.put(event.clone()) {
                queue.flush();
            }
        }
        assert_eq!(queue.ended(), Some(End::TooSlow));
        let write = async {
            while !queue.drain() {
                server.writable().await.unwrap();
            }
            drop((queue, server));
        };
        let mut taken = Vec::new();
        let (read, ()) = tokio::join!(client.read_to_end(&mut taken), write);
        read.unwrap();
        let events = taken.strip_suffix(&End::TooSlow.close_frame().unwrap()[..]).expect("the last is the reason");
        assert!(events.chunks(event.len()).all(|chunk| chunk == event), "something else came between whole frames");
    }

    /// No flush comes: whoever puts more in writes it.
    #[tokio::test]
    async fn what_piles_up_is_written_by_whoever_adds_to_it() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (client, server) = tokio::join!(TcpStream::connect(listener.local_addr().unwrap()), listener.accept());
        let (mut client, server) = (client.unwrap(), Arc::new(server.unwrap().0));
        let (queue, event) = (Queue::default(), frame::text(&[b'x'; 1000]));
        queue.attach(server.clone());
        server.writable().await.unwrap();
        assert!(queue.put(event.clone()), "the first frame has to be seen to");
        let more = (1..=AHEAD / event.len()).find(|_| !queue.put(event.clone()) && queue.is_empty());
        let more = more.expect("one frame takes all that waited along");
        let mut taken = vec![0; event.len() * (more + 1)];
        client.read_exact(&mut taken).await.unwrap();
        assert_eq!(queue.ended(), None);
    }
}
