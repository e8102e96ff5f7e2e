//! A TCP proxy in front of a node: it forwards, and on command it loses replies and cuts connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::dice::Dice;

pub struct Proxy {
    /// `host:port` where it listens.
    pub address: String,
    state: Arc<State>,
}

struct State {
    target: String,
    /// Of a hundred replies so many are swallowed, and their connections cut.
    lost: AtomicUsize,
    swallowed: AtomicUsize,
    /// Ends with the proxy.
    end: CancellationToken,
}

impl Proxy {
    /// A proxy before `target` (`host:port`) that loses nothing yet.
    pub async fn start(target: String) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let (lost, swallowed) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let state = Arc::new(State { target, lost, swallowed, end: CancellationToken::new() });
        tokio::spawn(accept(listener, state.clone()));
        Proxy { address, state }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on so many of a hundred replies are lost.
    pub fn lose(&self, percent: usize) {
        self.state.lost.store(percent, Ordering::Relaxed);
    }

    /// Replies that were lost.
    pub fn swallowed(&self) -> usize {
        self.state.swallowed.load(Ordering::Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.state.end.cancel();
    }
}

async fn accept(listener: TcpListener, state: Arc<State>) {
    let mut number = 0;
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = state.end.cancelled() => return,
        };
        if let Ok((client, _)) = accepted {
            number += 1;
            tokio::spawn(serve(client, state.clone(), Dice::new(number)));
        }
    }
}

/// One connection, until one side or the proxy ends it. Whatever breaks ends both sides: that is what a proxy is for here.
async fn serve(client: TcpStream, state: Arc<State>, dice: Dice) {
    let Ok(server) = TcpStream::connect(&state.target).await else { return };
    // Small replies must not wait for each other; a socket that refuses the option still works.
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    tokio::select! {
        _ = tokio::io::copy(&mut from_client, &mut to_server) => {}
        () = replies(&mut from_server, &mut to_client, &state, dice) => {}
        () = state.end.cancelled() => {}
    }
}

async fn replies(
    from: &mut (impl AsyncReadExt + Unpin),
    to: &mut (impl AsyncWriteExt + Unpin),
    state: &State,
    mut dice: Dice,
) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(read) = from.read(&mut buffer).await {
        if read > 0 && dice.throw(100) < state.lost.load(Ordering::Relaxed) {
            state.swallowed.fetch_add(1, Ordering::Relaxed);
            return;
        }
        if read == 0 || to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}
