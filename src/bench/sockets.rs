//! Clients' sockets: opened as Stream's SDKs do, then read for the marks of messages.

use std::net::SocketAddr;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use memchr::memmem;
use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;

use crate::client::user_token;
use crate::subjects::API_KEY;
use crate::tally::{Heard, MARK, Mark, Tally};

/// A handshake that takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(30);
/// Bytes asked of the kernel at once, at least.
const READ: usize = 4096;

const TEXT: u8 = 1;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// An open connection.
pub struct Socket {
    stream: TcpStream,
    buffer: Vec<u8>,
    /// Where in the buffer the next frame begins.
    next: usize,
    pub connection_id: String,
}

/// What is read of a first frame.
#[derive(Deserialize)]
struct Hello {
    connection_id: String,
}

impl Socket {
    /// Connects a user, up to the first `health.check`.
    pub async fn open(address: SocketAddr, user: &str) -> Result<Socket> {
        let open = async {
            let stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            let mut socket = Socket { stream, buffer: Vec::new(), next: 0, connection_id: String::new() };
            socket.upgrade(address, user).await?;
            socket.connection_id = socket.greeted().await?;
            anyhow::Ok(socket)
        };
        tokio::time::timeout(PATIENCE, open).await.context("no health.check in time")?
    }

    async fn upgrade(&mut self, address: SocketAddr, user: &str) -> Result<()> {
        let details = format!("{{\"user_id\":\"{user}\",\"user_details\":{{\"id\":\"{user}\"}}}}");
        let parameters = [
            ("json", details.as_str()),
            ("api_key", API_KEY),
            ("authorization", &user_token(user)?),
            ("stream-auth-type", "jwt"),
            ("X-Stream-Client", "weir-bench"),
        ];
        let url = reqwest::Url::parse_with_params(&format!("http://{address}/connect"), parameters)?;
        let request = format!(
            "GET {}?{} HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {}\r\n\r\n",
            url.path(),
            url.query().unwrap_or_default(),
            generate_key()
        );
        self.stream.write_all(request.as_bytes()).await?;
        let head = loop {
            if let Some(end) = memmem::find(&self.buffer, b"\r\n\r\n") {
                break end + 4;
            }
            self.read().await?;
        };
        let said = String::from_utf8_lossy(&self.buffer[..head]);
        ensure!(said.starts_with("HTTP/1.1 101 "), "the socket was not opened: {said}");
        self.next = head;
        Ok(())
    }

    async fn greeted(&mut self) -> Result<String> {
        loop {
            while let Some((kind, payload)) = self.frame() {
                let payload = &self.buffer[payload];
                if kind == TEXT {
                    let hello = serde_json::from_slice::<Hello>(payload);
                    return match hello {
                        Ok(hello) => Ok(hello.connection_id),
                        Err(_) => bail!("the first frame is no health.check: {}", String::from_utf8_lossy(payload)),
                    };
                }
            }
            self.read().await?;
        }
    }

    /// Reads until the server ends the connection, as a client does that keeps up; tells the tally of every message.
    pub fn listen(self, tally: &Arc<Tally>) -> JoinHandle<Heard> {
        let tally = tally.clone();
        tokio::spawn(async move {
            let heard = self.hear(&tally).await;
            tally.ended();
            heard
        })
    }

    async fn hear(mut self, tally: &Tally) -> Heard {
        let mark = memmem::Finder::new(MARK);
        let mut heard = Heard::default();
        loop {
            let now = tally.now();
            while let Some((kind, payload)) = self.frame() {
                match kind {
                    TEXT => {
                        let payload = &self.buffer[payload];
                        // An event holds its message's text once or twice; the first time counts.
                        let found = mark.find(payload).and_then(|at| Mark::read(&payload[at..]));
                        if let Some(found) = found {
                            tally.heard(found, now, payload.len(), &mut heard);
                        }
                    }
                    PING if self.pong(payload).await.is_err() => return heard,
                    CLOSE => return heard,
                    _ => {}
                }
            }
            if self.read().await.is_err() {
                return heard;
            }
        }
    }

    /// The kind of the next frame, if it is all there, and where its payload is.
    fn frame(&mut self) -> Option<(u8, Range<usize>)> {
        let bytes = &self.buffer[self.next..];
        let (kind, short) = (*bytes.first()? & 0x0f, *bytes.get(1)? & 0x7f);
        let (length, head) = match short {
            126 => (u64::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?)), 4),
            127 => (u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?), 10_usize),
            length => (u64::from(length), 2),
        };
        let length = usize::try_from(length).ok()?;
        bytes.get(head..head.checked_add(length)?)?;
        let start = self.next + head;
        self.next = start + length;
        Some((kind, start..self.next))
    }

    async fn pong(&mut self, payload: Range<usize>) -> Result<()> {
        // A mask of zeros leaves the payload as it is; control frames are short.
        let mut frame = vec![0x80 | PONG, 0x80 | payload.len() as u8, 0, 0, 0, 0];
        frame.extend_from_slice(&self.buffer[payload]);
        Ok(self.stream.write_all(&frame).await?)
    }

    async fn read(&mut self) -> Result<()> {
        if self.next == self.buffer.len() {
            self.buffer.clear();
            self.next = 0;
        } else if self.next > 16 * READ {
            self.buffer.drain(..self.next);
            self.next = 0;
        }
        self.buffer.reserve(READ);
        ensure!(self.stream.read_buf(&mut self.buffer).await? > 0, "the server closed the socket");
        Ok(())
    }
}
