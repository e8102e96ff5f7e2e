//! A WebSocket by hand: bytes go out as they are, and what comes is taken apart by nobody's rules but RFC 6455's.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use crate::harness::{KEY, Server};

/// Nothing that is waited for here takes longer.
const PATIENCE: Duration = Duration::from_secs(15);

#[derive(Debug, PartialEq)]
pub enum Heard {
    Text(Value),
    Pong(Vec<u8>),
    /// A close frame with its code; 1005 when it has none.
    Closed(u16),
    /// The connection ended without one.
    Lost,
}

/// A frame's first bytes, with a mask of zeros.
pub fn header(first: u8, length: u64) -> Vec<u8> {
    let mut bytes = vec![first];
    match length {
        0..126 => bytes.push(0x80 | length as u8),
        126..65_536 => {
            bytes.push(0x80 | 126);
            bytes.extend((length as u16).to_be_bytes());
        }
        _ => {
            bytes.push(0x80 | 127);
            bytes.extend(length.to_be_bytes());
        }
    }
    bytes.extend([0; 4]);
    bytes
}

/// A whole frame, masked with zeros.
pub fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    [header(first, payload.len() as u64), payload.to_vec()].concat()
}

/// A whole frame with a mask.
pub fn masked(first: u8, payload: &[u8], mask: [u8; 4]) -> Vec<u8> {
    let mut bytes = header(first, payload.len() as u64);
    let at = bytes.len() - 4;
    bytes.splice(at.., mask);
    bytes.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    bytes
}

pub struct Wire {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Wire {
    /// A connection to which these bytes were written.
    pub async fn dialled(server: &Server, bytes: &[u8]) -> Wire {
        let address = server.url.trim_start_matches("http://");
        let socket = TcpSocket::new_v4().expect("a socket");
        // What is not read must soon be the server's to keep.
        socket.set_recv_buffer_size(4096).expect("a small buffer");
        let stream = socket.connect(address.parse().expect("an address")).await.expect("the server listens");
        let mut wire = Wire { stream, read: Vec::new() };
        wire.write(bytes).await;
        wire
    }

    /// A socket after its upgrade, asked for with this `json`.
    pub async fn opened(server: &Server, user: &str, json: &str) -> Wire {
        let json: String = json.bytes().map(|byte| format!("%{byte:02X}")).collect();
        // A query may be 64 KB; what is not special need not be encoded.
        let json =
            if json.len() > 60_000 { json.replace("%5B", "[").replace("%5D", "]").replace("%79", "y") } else { json };
        let token = Server::token(user);
        let request = format!(
            "GET /connect?json={json}&api_key={KEY}&stream-auth-type=jwt&authorization={token} HTTP/1.1\r\nhost: x\r\n\
             upgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-version: 13\r\n\
             sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        );
        let mut wire = Wire::dialled(server, request.as_bytes()).await;
        assert_eq!(wire.status().await, Some(101), "the upgrade always succeeds");
        wire
    }

    /// An open connection and its id.
    pub async fn connected(server: &Server, user: &str) -> (Wire, String) {
        let json = json!({"user_id": user, "user_details": {"id": user}}).to_string();
        let mut wire = Wire::opened(server, user, &json).await;
        match wire.next().await {
            Heard::Text(first) if first["type"] == "health.check" => {
                let id = first["connection_id"].as_str().expect("an id").to_owned();
                (wire, id)
            }
            other => panic!("the first frame is {other:?}"),
        }
    }

    /// Writes as far as the server lets it: one that has hung up takes nothing more.
    pub async fn write(&mut self, bytes: &[u8]) {
        let written = tokio::time::timeout(PATIENCE, self.stream.write_all(bytes)).await;
        // Only that it does not hang matters: a refusal may come before the end.
        let _ = written.expect("the server takes or refuses what is written");
    }

    /// Writes the same again and again without reading. `true`: the server put an end to it.
    pub async fn floods(&mut self, bytes: &[u8], times: usize) -> bool {
        for _ in 0..times {
            match tokio::time::timeout(PATIENCE, self.stream.write_all(bytes)).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return true,
                Err(_) => return false,
            }
        }
        false
    }

    /// Says that nothing more will come.
    pub async fn hang_up(&mut self) {
        // A server that hung up first makes this an error, and there is nothing left to do.
        let _ = self.stream.shutdown().await;
    }

    /// Reads until the server hangs up.
    pub async fn end(&mut self) {
        while self.fill().await {
            self.read.clear();
        }
    }

    /// The status of an HTTP answer, its head read; none when the server hung up instead.
    pub async fn status(&mut self) -> Option<u16> {
        loop {
            if let Some(at) = self.read.windows(4).position(|four| four == b"\r\n\r\n") {
                let head: Vec<u8> = self.read.drain(..at + 4).collect();
                let status = String::from_utf8_lossy(&head).split(' ').nth(1).and_then(|status| status.parse().ok());
                return Some(status.expect("an HTTP answer has a status"));
            }
            if !self.fill().await {
                return None;
            }
        }
    }

    /// The next frame, once it is whole. A server's frames are never masked nor in parts.
    pub async fn next(&mut self) -> Heard {
        loop {
            if let Some((first, payload)) = self.take() {
                return match first {
                    0x81 => Heard::Text(serde_json::from_slice(&payload).expect("a server's text is JSON")),
                    0x8A => Heard::Pong(payload),
                    0x88 => Heard::Closed(match payload[..] {
                        [high, low, ..] => u16::from_be_bytes([high, low]),
                        _ => 1005,
                    }),
                    _ => panic!("a server does not send {first:#x}"),
                };
            }
            if !self.fill().await {
                return Heard::Lost;
            }
        }
    }

    fn take(&mut self) -> Option<(u8, Vec<u8>)> {
        let (start, length) = match self.read.get(1)? {
            126 => (4, usize::from(u16::from_be_bytes(self.read.get(2..4)?.try_into().ok()?))),
            127 => (10, u64::from_be_bytes(self.read.get(2..10)?.try_into().ok()?) as usize),
            short => (2, usize::from(*short)),
        };
        let payload = self.read.get(start..start + length)?.to_vec();
        let first = self.read[0];
        self.read.drain(..start + length);
        Some((first, payload))
    }

    /// Reads more. `false`: there is none.
    async fn fill(&mut self) -> bool {
        let mut bytes = [0; 4096];
        match tokio::time::timeout(PATIENCE, self.stream.read(&mut bytes)).await.expect("the server says something") {
            Ok(0) | Err(_) => false,
            Ok(read) => {
                self.read.extend(&bytes[..read]);
                true
            }
        }
    }
}
