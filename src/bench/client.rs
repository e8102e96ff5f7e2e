//! A small keep-alive HTTP client that costs little beside the servers it measures, and Stream's requests.

use std::net::SocketAddr;
use std::ops::Range;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use memchr::memmem;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use weir::auth::Tokens;
use weir::wire::Time;

use crate::subjects::{API_KEY, API_SECRET};

/// An answer that takes longer is none.
const PATIENCE: Duration = Duration::from_secs(20);

/// A token of a user.
pub fn user_token(user: &str) -> Result<String> {
    tokens().sign_user(user, None, Time::local()).map_err(|error| anyhow::anyhow!("{error:?}"))
}

/// A token that may do everything.
pub fn server_token() -> Result<String> {
    tokens().sign_server().map_err(|error| anyhow::anyhow!("{error:?}"))
}

fn tokens() -> Tokens {
    Tokens::new(API_SECRET, false)
}

/// The bytes of a request; `path` may bring a query of its own.
pub fn request(method: &str, path: &str, token: &str, body: &str) -> Vec<u8> {
    let separator = if path.contains('?') { '&' } else { '?' };
    format!(
        "{method} {path}{separator}api_key={API_KEY} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {token}\r\n\
         stream-auth-type: jwt\r\nX-Stream-Client: weir-bench\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// One connection, for one request at a time.
pub struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Client {
    pub async fn connect(address: SocketAddr) -> Result<Client> {
        let stream = TcpStream::connect(address).await.context("the server takes no connection")?;
        stream.set_nodelay(true)?;
        Ok(Client { stream, buffer: Vec::with_capacity(8 * 1024) })
    }

    /// The body of the answer, which must be a success.
    pub async fn call(&mut self, request: &[u8]) -> Result<&[u8]> {
        let answer = tokio::time::timeout(PATIENCE, self.exchange(request)).await;
        let (status, body) = answer.context("no answer in time")??;
        let body = &self.buffer[body];
        if !(200..300).contains(&status) {
            let line = request.split(|byte| *byte == b'\r').next().unwrap_or_default();
            let said = &body[..body.len().min(300)];
            bail!("{}: {status} {}", String::from_utf8_lossy(line), String::from_utf8_lossy(said));
        }
        Ok(body)
    }

    async fn exchange(&mut self, request: &[u8]) -> Result<(u16, Range<usize>)> {
        self.buffer.clear();
        self.stream.write_all(request).await?;
        let head = loop {
            if let Some(end) = memmem::find(&self.buffer, b"\r\n\r\n") {
                break end + 4;
            }
            self.read().await?;
        };
        let (status, length) = read_head(&self.buffer[..head])?;
        self.buffer.reserve((head + length).saturating_sub(self.buffer.len()));
        while self.buffer.len() < head + length {
            self.read().await?;
        }
        Ok((status, head..head + length))
    }

    async fn read(&mut self) -> Result<()> {
        ensure!(self.stream.read_buf(&mut self.buffer).await? > 0, "the server closed the connection");
        Ok(())
    }
}

/// Status and length of the body. Both servers say the length of every answer.
fn read_head(head: &[u8]) -> Result<(u16, usize)> {
    let head = std::str::from_utf8(head)?;
    let status = head.get(9..12).context("a status")?.parse()?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim())
    });
    Ok((status, length.with_context(|| format!("an answer without a length: {head}"))?.parse()?))
}
