//! Sockets: a queue for each, and a few tasks that write what queued up.
//!
//! A delivery only queues bytes and notes the connection; no task is woken for it. A flusher then writes all that a
//! connection has in one call. What the kernel does not take is left to the connection's own task.

use std::collections::{HashMap, VecDeque};
use std::io::{ErrorKind, IoSlice};
use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use axum::extract::{Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto::upgrade::downcast;
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::{Floor, json, refused};

const FLUSHERS: usize = 2;
/// Connections that a flusher writes to before it lets others run.
const TURN: usize = 128;
/// Frames in one call to the kernel.
const SLICES: usize = 64;

/// One client's socket.
struct Connection {
    socket: TcpStream,
    outbox: Mutex<Outbox>,
    /// Tells the connection's task that the kernel took less than there is.
    blocked: Notify,
    flusher: usize,
}

#[derive(Default)]
struct Outbox {
    frames: VecDeque<Bytes>,
    /// A flusher has it on its list.
    listed: bool,
    /// The connection's task waits for the kernel; flushers have nothing to do here.
    blocked: bool,
}

/// Connections that have something to write.
#[derive(Default)]
struct Flusher {
    list: Mutex<Vec<Arc<Connection>>>,
    news: Notify,
}

type Watchers = Arc<RwLock<Vec<Arc<Connection>>>>;

/// Who is connected, and who watches what.
#[derive(Default)]
pub(super) struct Hub {
    connections: RwLock<HashMap<String, Arc<Connection>>>,
    channels: RwLock<HashMap<String, Watchers>>,
    opened: AtomicU64,
    flushers: [Flusher; FLUSHERS],
}

/// A panic elsewhere leaves these lists as they were.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Hub {
    pub(super) fn watch(&self, cid: &str, connection_id: &str) {
        let connections = self.connections.read().unwrap_or_else(PoisonError::into_inner);
        let Some(connection) = connections.get(connection_id) else { return };
        let watchers = {
            let mut channels = self.channels.write().unwrap_or_else(PoisonError::into_inner);
            channels.entry(cid.to_owned()).or_default().clone()
        };
        let mut watchers = watchers.write().unwrap_or_else(PoisonError::into_inner);
        if !watchers.iter().any(|watcher| Arc::ptr_eq(watcher, connection)) {
            watchers.push(connection.clone());
        }
    }

    pub(super) fn deliver(&self, cid: &str, frame: &Bytes) {
        let watchers = self.channels.read().unwrap_or_else(PoisonError::into_inner).get(cid).cloned();
        let Some(watchers) = watchers else { return };
        let mut lists: [Vec<Arc<Connection>>; FLUSHERS] = Default::default();
        for connection in watchers.read().unwrap_or_else(PoisonError::into_inner).iter() {
            let mut outbox = lock(&connection.outbox);
            outbox.frames.push_back(frame.clone());
            if !outbox.blocked && !mem::replace(&mut outbox.listed, true) {
                lists[connection.flusher].push(connection.clone());
            }
        }
        for (flusher, list) in self.flushers.iter().zip(lists) {
            if !list.is_empty() {
                lock(&flusher.list).extend(list);
                flusher.news.notify_one();
            }
        }
    }

    fn leave(&self, id: &str) {
        let left = self.connections.write().unwrap_or_else(PoisonError::into_inner).remove(id);
        let Some(left) = left else { return };
        for watchers in self.channels.read().unwrap_or_else(PoisonError::into_inner).values() {
            let mut watchers = watchers.write().unwrap_or_else(PoisonError::into_inner);
            watchers.retain(|watcher| !Arc::ptr_eq(watcher, &left));
        }
    }
}

impl Connection {
    /// Writes until nothing is left or the kernel takes no more.
    fn flush(&self) {
        let mut outbox = lock(&self.outbox);
        outbox.listed = false;
        while !outbox.frames.is_empty() {
            let written = if outbox.frames.len() == 1 {
                self.socket.try_write(&outbox.frames[0])
            } else {
                let slices: Vec<IoSlice> = outbox.frames.iter().take(SLICES).map(|frame| IoSlice::new(frame)).collect();
                self.socket.try_write_vectored(&slices)
            };
            match written {
                Ok(bytes) => outbox.take(bytes),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    outbox.blocked = true;
                    self.blocked.notify_one();
                    return;
                }
                Err(_) => return outbox.frames.clear(),
            }
        }
        outbox.blocked = false;
    }
}

impl Outbox {
    /// Drops what was written from the head of the queue.
    fn take(&mut self, mut bytes: usize) {
        while let Some(frame) = self.frames.front_mut() {
            if bytes < frame.len() {
                // What is left of the frame goes first next time.
                let _ = frame.split_to(bytes);
                return;
            }
            bytes -= frame.len();
            self.frames.pop_front();
        }
    }
}

/// The tasks that write; they end with the process.
pub(super) fn start_flushers(floor: &Arc<Floor>) {
    for index in 0..FLUSHERS {
        let floor = floor.clone();
        tokio::spawn(async move {
            let flusher = &floor.hub.flushers[index];
            loop {
                flusher.news.notified().await;
                loop {
                    let list = mem::take(&mut *lock(&flusher.list));
                    if list.is_empty() {
                        break;
                    }
                    for turn in list.chunks(TURN) {
                        turn.iter().for_each(|connection| connection.flush());
                        tokio::task::yield_now().await;
                    }
                }
            }
        });
    }
}

/// The payload as the bytes of one unmasked text frame.
pub(super) fn text_frame(payload: &[u8]) -> Bytes {
    let mut frame = Vec::with_capacity(payload.len() + 10);
    frame.push(0x81);
    match payload.len() {
        short @ 0..=125 => frame.push(short as u8),
        medium @ 126..=0xffff => {
            frame.push(126);
            frame.extend((medium as u16).to_be_bytes());
        }
        long => {
            frame.push(127);
            frame.extend((long as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(payload);
    frame.into()
}

pub(super) async fn connect(
    State(floor): State<Arc<Floor>>,
    Query(query): Query<HashMap<String, String>>,
    mut request: Request,
) -> Response {
    let user = query.get("authorization").and_then(|token| floor.tokens.user(token));
    let Some(user) = user else { return refused() };
    let Some(key) = request.headers().get(header::SEC_WEBSOCKET_KEY) else {
        return json(StatusCode::BAD_REQUEST, "{}");
    };
    let accept = derive_accept_key(key.as_bytes());
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        if let Ok(upgraded) = upgrade.await {
            // Boxed: the memory that the handshake needed must not stay with the connection.
            Box::pin(serve(floor, upgraded, user)).await;
        }
    });
    let headers = [(header::CONNECTION, "upgrade"), (header::UPGRADE, "websocket")];
    (StatusCode::SWITCHING_PROTOCOLS, headers, [(header::SEC_WEBSOCKET_ACCEPT, accept)]).into_response()
}

async fn serve(floor: Arc<Floor>, upgraded: Upgraded, user: String) {
    let Ok(parts) = downcast::<TokioIo<TcpStream>>(upgraded) else { return };
    // The buffer that the request was read into is several times larger than all else that a connection needs.
    drop(parts.read_buf);
    let number = floor.hub.opened.fetch_add(1, Ordering::Relaxed);
    let id = format!("connection-{number}");
    let hello =
        format!("{{\"type\":\"health.check\",\"connection_id\":\"{id}\",\"cid\":\"*\",\"me\":{{\"id\":\"{user}\"}}}}");
    let connection = Arc::new(Connection {
        socket: parts.io.into_inner(),
        outbox: Mutex::new(Outbox { frames: [text_frame(hello.as_bytes())].into(), ..Outbox::default() }),
        blocked: Notify::new(),
        flusher: number as usize % FLUSHERS,
    });
    // Known before it is greeted: a fast client watches a channel the moment it has its id.
    floor.hub.connections.write().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), connection.clone());
    connection.flush();
    read(&connection).await;
    floor.hub.leave(&id);
}

/// Reads and forgets what the client says until it leaves, and writes for the flushers when the kernel made them wait.
async fn read(connection: &Connection) {
    loop {
        let blocked = lock(&connection.outbox).blocked;
        tokio::select! {
            () = connection.blocked.notified() => {}
            ready = connection.socket.readable() => {
                let mut heard = [0; 512];
                if ready.is_err() || matches!(connection.socket.try_read(&mut heard), Ok(0)) {
                    return;
                }
            }
            ready = connection.socket.writable(), if blocked => {
                if ready.is_err() {
                    return;
                }
                connection.flush();
            }
        }
    }
}
