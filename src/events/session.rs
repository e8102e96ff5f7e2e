//! One socket: its handshake has been answered, its frames are read and written here.
//!
//! A single task per connection reads, and writes what a full socket did not take at once. Reading goes through tungstenite,
//! whose answers (pongs, closing) are put into the same queue as the events.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto::upgrade::downcast;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::frame;
use super::queue::{End, Queue};
use crate::limits;

/// How long a closing client is given to take its last frames.
const FAREWELL: Duration = Duration::from_secs(2);

/// The read half for tungstenite; what tungstenite writes goes into the queue.
struct Half {
    socket: Arc<TcpStream>,
    queue: Arc<Queue>,
}

impl AsyncRead for Half {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        loop {
            ready!(self.socket.poll_read_ready(cx))?;
            match self.socket.try_read(buf.initialize_unfilled()) {
                Ok(n) => {
                    buf.advance(n);
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl AsyncWrite for Half {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.queue.push(Bytes::copy_from_slice(buf));
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// A socket whose upgrade is done.
pub(crate) struct Socket {
    socket: Arc<TcpStream>,
    stream: WebSocketStream<Half>,
    queue: Arc<Queue>,
}

impl Socket {
    /// Takes the upgraded connection over. `None` when it is not a plain TCP connection of this server.
    pub async fn new(upgraded: Upgraded, queue: Arc<Queue>) -> Option<Socket> {
        let parts = downcast::<TokioIo<TcpStream>>(upgraded).ok()?;
        let socket = Arc::new(parts.io.into_inner());
        queue.attach(socket.clone());
        let half = Half { socket: socket.clone(), queue: queue.clone() };
        let config = WebSocketConfig::default()
            .read_buffer_size(1024)
            .write_buffer_size(0)
            .max_message_size(Some(limits::SOCKET_FRAME_BYTES))
            .max_frame_size(Some(limits::SOCKET_FRAME_BYTES));
        let stream =
            WebSocketStream::from_partially_read(half, parts.read_buf.to_vec(), Role::Server, Some(config)).await;
        Some(Socket { socket, stream, queue })
    }

    /// Serves the socket until either side ends it, or what it was opened with no longer holds (`lasts`). `on_ping` answers a
    /// client's ping with the JSON of a `health.check`.
    pub async fn run(mut self, on_ping: impl Fn() -> Vec<u8>, lasts: Option<Duration>) -> End {
        // Most tokens of a back end never expire: those sockets need no timer.
        let mut expiry = lasts.map(|lasts| Box::pin(tokio::time::sleep(lasts.min(limits::LONGEST_TIMER))));
        loop {
            let writable = self.queue.drain();
            if let Some(end) = self.queue.ended() {
                Box::pin(self.farewell()).await;
                return end;
            }
            tokio::select! {
                message = self.stream.next() => match message {
                    Some(Ok(message)) => self.heard(message, &on_ping),
                    Some(Err(error)) => self.queue.end(fault(&error)),
                    None => self.queue.end(End::Gone),
                },
                () = self.queue.news() => {}
                () = async { if let Some(expiry) = &mut expiry { expiry.await } }, if expiry.is_some() => {
                    expiry = None;
                    self.queue.end(End::Unauthorized);
                }
                ready = self.socket.writable(), if !writable => {
                    if ready.is_err() {
                        return End::Gone;
                    }
                }
            }
        }
    }

    /// The only thing clients send is their ping, a JSON array with one `health.check` (`realtime.md` 1.9).
    fn heard(&self, message: Message, on_ping: &impl Fn() -> Vec<u8>) {
        let now = crate::events::queue::millis();
        self.queue.note(&self.queue.heard, now);
        if matches!(message, Message::Text(_)) {
            self.queue.note(&self.queue.checked, now);
            self.queue.push(frame::text(&on_ping()));
        }
    }

    /// Writes what still waits, the close frame included, and gives up when the client does not take it.
    async fn farewell(&self) {
        let write = async {
            while !self.queue.drain() {
                if self.socket.writable().await.is_err() {
                    break;
                }
            }
        };
        // A client that takes nothing for this long has lost nothing that it would have read.
        let _ = tokio::time::timeout(FAREWELL, write).await;
        if matches!(self.queue.ended(), Some(End::Broken(_))) {
            // A socket that is dropped while something is still to be read is reset, and the close frame is lost with it.
            let _ = tokio::time::timeout(FAREWELL, self.deaf()).await;
        }
    }

    /// Takes what still comes, to no effect, until the client has closed its side.
    async fn deaf(&self) {
        let mut ignored = [0; 4096];
        while self.socket.readable().await.is_ok() {
            match self.socket.try_read(&mut ignored) {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => break,
            }
        }
    }
}

/// Why a socket ends on which this was read.
fn fault(error: &Error) -> End {
    match error {
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => End::Gone,
        Error::Protocol(_) => End::Broken(1002),
        Error::Utf8(_) => End::Broken(1007),
        Error::Capacity(_) => End::Broken(1009),
        _ => End::Gone,
    }
}
