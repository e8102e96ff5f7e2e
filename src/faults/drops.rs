//! All sockets of a crowd break at once, as when a network fails: everybody is back soon, and others hardly notice.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use reqwest::Method;
use serde_json::json;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::Message;

use crate::checker::must_hold;
use crate::dice::Dice;
use crate::node::user_token;
use crate::numbers::{answers, hearings, p99};
use crate::people::{People, Person, Size};
use crate::readers::{Socket, open, parse};
use crate::rest::{Rest, channel_path};
use crate::sized;
use crate::world::World;

/// Of the crowd so many share a channel.
const TOGETHER: usize = 20;
/// How many come at once in the beginning, when nothing is broken.
const COMING: usize = 100;
/// How long a client waits before its first attempt to come back, as the SDKs do: somewhere in between.
const PAUSE: (usize, usize) = (250, 2500);

/// How long it may take until everybody is back. The short form is played with a debug build beside other tests.
fn back() -> Duration {
    sized(Duration::from_secs(120), Duration::from_secs(30))
}

/// What a bystander's answer or event may take.
fn notice() -> Duration {
    sized(Duration::from_secs(15), Duration::from_millis(500))
}

/// One of the crowd.
#[derive(Clone)]
struct Client {
    number: usize,
    person: Person,
    address: String,
    rest: Rest,
}

impl Client {
    /// Connects and watches its channel, trying until both succeed.
    async fn come(&self) -> Socket {
        let mut dice = Dice::new(self.number as u64);
        let body = json!({"state": true, "watch": true, "messages": {"limit": 1}});
        loop {
            if let Ok((socket, id)) = open(&self.address, &self.person.id, &self.person.token).await {
                let path = format!("{}/query?connection_id={id}", channel_path(&self.person.home));
                if matches!(self.rest.post(&path, &self.person.token, &body).await, Some((status, _)) if status < 300) {
                    return socket;
                }
            }
            tokio::time::sleep(Duration::from_millis(1000 + dice.throw(2000) as u64)).await;
        }
    }

    async fn come_back(&self) -> Socket {
        let pause = PAUSE.0 + Dice::new(self.number as u64).throw(PAUSE.1 - PAUSE.0);
        tokio::time::sleep(Duration::from_millis(pause as u64)).await;
        self.come().await
    }
}

/// The crowd: users and channels of their own, each at a node.
async fn gather(world: &World, size: usize) -> Vec<Client> {
    let rests = world.rests();
    let person = |number: usize| {
        let id = format!("crowd{number}");
        Person { token: user_token(&id), id, home: format!("messaging:crowd{}", number / TOGETHER), other: None }
    };
    let crowd = People {
        all: (0..size).map(person).collect(),
        cids: (0..size.div_ceil(TOGETHER)).map(|channel| format!("messaging:crowd{channel}")).collect(),
    };
    crowd.settle(&rests[0]).await;
    let client = |(number, person): (usize, Person)| {
        let node = number % rests.len();
        let address = format!("127.0.0.1:{}", world.nodes[node].port);
        Client { number, person, address, rest: rests[node].clone() }
    };
    crowd.all.into_iter().enumerate().map(client).collect()
}

/// Everybody's sockets, by his number.
async fn all(coming: &mut JoinSet<(usize, Socket)>) -> BTreeMap<usize, Socket> {
    let mut sockets = BTreeMap::new();
    while let Some(came) = coming.join_next().await {
        let (number, socket) = came.expect("a client does not panic");
        sockets.insert(number, socket);
    }
    sockets
}

/// Somebody of each channel says something, and everybody in it hears it once.
async fn all_hear(clients: &[Client], sockets: BTreeMap<usize, Socket>) {
    let mut hearing = JoinSet::new();
    for (number, mut socket) in sockets {
        let cid = clients[number].person.home.clone();
        hearing.spawn(async move {
            let (mut once, mut last) = (0, false);
            while !last {
                let Some(Ok(frame)) = socket.next().await else { panic!("{number}: closed again") };
                let Message::Text(text) = frame else { continue };
                let heard = parse(&text);
                if heard.kind == "message.new" && heard.cid.as_deref() == Some(&cid) {
                    let text = heard.message.map(|message| message.text).unwrap_or_default();
                    once += usize::from(text == "is everybody here?");
                    last = text == "good";
                }
            }
            assert_eq!(once, 1, "how often {number} heard it");
        });
    }
    for client in clients.iter().step_by(TOGETHER) {
        for text in ["is everybody here?", "good"] {
            let path = format!("{}/message", channel_path(&client.person.home));
            client
                .rest
                .must(Method::POST, &path, &client.person.token, Some(&json!({"message": {"text": text}})))
                .await;
        }
    }
    let heard = async {
        while let Some(heard) = hearing.join_next().await {
            heard.expect("everybody hears");
        }
    };
    tokio::time::timeout(crate::world::PATIENCE, heard).await.expect("everybody hears in the end");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_that_is_dropped_at_once_comes_back() {
    let size = sized(500, 10_000);
    room_for(size);
    let world = World::start(Size { readers: sized(60, 200), channels: 20, writers: 40 }).await;
    let load = world.load(sized(Duration::from_millis(400), Duration::from_millis(100)));
    let clients = gather(&world, size).await;
    let (places, mut coming) = (Arc::new(Semaphore::new(COMING)), JoinSet::new());
    for client in clients.clone() {
        let place = places.clone().acquire_owned().await.expect("there are places");
        coming.spawn(async move {
            let socket = client.come().await;
            drop(place);
            (client.number, socket)
        });
    }
    let sockets = all(&mut coming).await;
    world.more_sent(100).await;
    let start = world.log.now();
    for client in clients.clone() {
        coming.spawn(async move { (client.number, client.come_back().await) });
    }
    // Without a farewell: a reset, not a close.
    for socket in sockets.into_values() {
        socket.get_ref().set_zero_linger().expect("a socket that is open");
    }
    let sockets = all(&mut coming).await;
    let took = world.log.now() - start;
    let p99s = (p99(answers(&world.log, start)), p99(hearings(&world.log, start)));
    println!(
        "{size} are back after {took:.1?}; bystanders' p99: {:.1?} for an answer, {:.1?} for an event",
        p99s.0, p99s.1
    );
    assert!(took <= back(), "everybody is back after {took:?}");
    assert!(p99s.0.max(p99s.1) <= notice(), "bystanders waited: {p99s:?}");
    all_hear(&clients, sockets).await;
    must_hold(&world.finish(load).await);
}

/// Lets this process, and the nodes that it starts, have so many sockets.
fn room_for(sockets: usize) {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).expect("a limit");
    let needed = sockets as u64 + 2_000;
    assert!(needed <= hard, "this needs {needed} open files; the limit is {hard} (ulimit -Hn)");
    setrlimit(Resource::RLIMIT_NOFILE, soft.max(needed), hard).expect("a limit below the hard one can be set");
}
