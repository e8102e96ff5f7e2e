//! Readers who do not keep up: they are closed, nobody else waits for them, and they find everything when they come back.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::StreamExt;
use reqwest::Method;
use serde_json::json;
use tokio::io::AsyncReadExt;
use tokio::net::TcpSocket;
use tokio::task::{JoinHandle, JoinSet};
use tokio_tungstenite::tungstenite::Message;

use crate::checker::must_hold;
use crate::ledger::{Deed, Entry, Log, Outcome};
use crate::node::{server_token, user_token};
use crate::numbers::{hearings, memory, metrics, p99, value};
use crate::people::Size;
use crate::readers::{Socket, open, open_over, parse};
use crate::rest::{Rest, channel_path, message_of};
use crate::sized;
use crate::world::{PATIENCE, World};

const SHORT: Size = Size { readers: 80, channels: 20, writers: 0 };
const WHOLE: Size = Size { readers: 500, channels: 100, writers: 0 };
/// Characters of a message; each takes four bytes, so that a window fills what the machine itself keeps for a socket, too.
const CHARS: usize = 4500;
/// Messages of one window; those who do not read are closed within a window.
const WINDOW: usize = 300;
/// So many send, each waiting so long between two.
const SENDERS: usize = 10;
const PACE: Duration = Duration::from_millis(50);
/// Bytes that the slow reader takes in a second.
const PER_SECOND: usize = 1024;
/// The receive buffer of those who do not keep up: what they do not take stays with the server.
const BUFFER: u32 = 8 * 1024;
/// What a node's memory may grow by while they do not read.
const MEMORY: u64 = 64 * 1024 * 1024;

/// What the others' p99 may rise to: in the short form, played with a debug build beside other tests, it is only seen that
/// nobody waits for the slow ones.
fn risen(p99: Duration) -> Duration {
    sized(p99 * 2 + Duration::from_millis(250), p99.mul_f64(1.1))
}

/// The p99 that stands for all windows: the median, or the best where other tests disturb some of them.
fn typical(mut p99s: Vec<Duration>) -> Duration {
    p99s.sort_unstable();
    p99s[sized(0, p99s.len() / 2)]
}

/// Somebody who is in all channels, and watches them all.
struct Idler {
    id: &'static str,
    token: String,
    node: usize,
    /// Bytes that he takes in a second; 0: he never reads.
    pace: usize,
}

impl Idler {
    fn new(id: &'static str, node: usize, pace: usize) -> Idler {
        Idler { id, token: user_token(id), node, pace }
    }

    async fn watch(&self, rest: &Rest, cids: &[String], connection: &str) {
        for cids in cids.chunks(30) {
            let filter = json!({"cid": {"$in": cids}});
            let body =
                json!({"filter_conditions": filter, "watch": true, "state": true, "limit": 30, "message_limit": 1});
            let path = format!("/channels?connection_id={connection}");
            let answer = rest.must(Method::POST, &path, &self.token, Some(&body)).await;
            assert_eq!(answer["channels"].as_array().map(Vec::len), Some(cids.len()), "{} watches all", self.id);
        }
    }

    /// Connects, watches everything, and from then on hardly reads, or not at all.
    async fn idle(&self, world: &World, rest: &Rest) -> JoinHandle<()> {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(BUFFER).expect("a small buffer");
        let address = ([127, 0, 0, 1], world.nodes[self.node].port).into();
        let stream = socket.connect(address).await.expect("the node listens");
        let (mut socket, connection) = open_over(stream, self.id, &self.token).await.expect("he connects");
        self.watch(rest, &world.people.cids, &connection).await;
        let (pace, tenth) = (self.pace, Duration::from_millis(100));
        tokio::spawn(async move {
            let (mut taken, mut ticks) = (vec![0; PER_SECOND / 10], tokio::time::interval(tenth));
            loop {
                ticks.tick().await;
                if pace > 0 && !matches!(socket.get_mut().read(&mut taken).await, Ok(1..)) {
                    return;
                }
            }
        })
    }

    /// Comes back, watches everything, and reads every channel from its newest message to its oldest.
    async fn come_back(&self, world: &World, rest: &Rest) -> (Socket, BTreeSet<String>) {
        let address = format!("127.0.0.1:{}", world.nodes[self.node].port);
        let (socket, connection) = open(&address, self.id, &self.token).await.expect("he may come back");
        self.watch(rest, &world.people.cids, &connection).await;
        let mut known = BTreeSet::new();
        for cid in &world.people.cids {
            let (path, mut page) = (format!("{}/query", channel_path(cid)), json!({"limit": 100}));
            loop {
                let body = json!({"state": true, "messages": page});
                let answer = rest.must(Method::POST, &path, &self.token, Some(&body)).await;
                let messages: Vec<_> =
                    answer["messages"].as_array().expect("messages").iter().map(message_of).collect();
                let Some(Some(oldest)) = messages.first() else { break };
                page["id_lt"] = json!(oldest.id);
                known.extend(messages.into_iter().flatten().map(|message| message.id));
            }
        }
        (socket, known)
    }
}

/// So many large messages, through both nodes, all over the channels; returns when each is answered.
async fn window(world: &World, name: &str, messages: usize) {
    let (rests, mut senders) = (world.rests(), JoinSet::new());
    for sender in 0..SENDERS {
        let (rest, doer) = (rests[sender % rests.len()].clone(), world.doer.clone());
        let people: Vec<_> = world.people.all.iter().skip(sender).step_by(SENDERS).cloned().collect();
        let name = name.to_owned();
        senders.spawn(async move {
            let mut ticks = tokio::time::interval(PACE);
            ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            for number in 0..messages / SENDERS {
                ticks.tick().await;
                let person = &people[number % people.len()];
                let id = format!("{name}-{sender}-{number}");
                let deed = Deed::Send { id, cid: person.home.clone(), text: "\u{1f40c}".repeat(CHARS), parent: None };
                let outcome = doer.attempt(&rest, &person.id, &person.token, &deed).await;
                assert!(matches!(outcome, Outcome::Acknowledged(Some(_))), "{name}: {outcome:?}");
            }
        });
    }
    while let Some(sent) = senders.join_next().await {
        sent.expect("who sends does not panic");
    }
}

/// Sockets that were closed as too slow, at all nodes.
async fn closed(world: &World) -> usize {
    let mut closed = 0;
    for node in &world.nodes {
        closed += value(&metrics(node).await, "weir_connections_ended_total{reason=\"TooSlow\"}");
    }
    closed
}

/// Ids of all messages that were acknowledged.
fn acknowledged(log: &Log) -> BTreeSet<String> {
    let id = |entry: &Entry| match entry {
        Entry::Ended { outcome: Outcome::Acknowledged(Some(message)), .. } => Some(message.id.clone()),
        _ => None,
    };
    log.read(|entries| entries.iter().filter_map(|(_, entry)| id(entry)).collect())
}

/// A window while they are there, and do not keep up: they are closed, and the nodes' memory does not grow with what they do
/// not take.
async fn window_with(world: &World, idlers: &[Idler], name: &str) {
    let (rests, before) = (world.rests(), closed(world).await);
    let mut idling = Vec::new();
    for idler in idlers {
        idling.push(idler.idle(world, &rests[idler.node]).await);
    }
    let memories: Vec<u64> = world.nodes.iter().map(memory).collect();
    window(world, name, WINDOW).await;
    let start = world.log.now();
    while closed(world).await < before + idlers.len() {
        assert!(world.log.now() - start < PATIENCE, "{name}: who does not read is not closed");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(closed(world).await, before + idlers.len(), "{name}: others are closed, too");
    for (node, before) in world.nodes.iter().zip(memories) {
        let grown = memory(node).saturating_sub(before);
        assert!(grown <= MEMORY, "{name}: the memory of a node has grown by {grown} bytes");
    }
    idling.into_iter().for_each(|idling| idling.abort());
}

/// They come back, know everything that was sent, and hear what is sent from now on.
async fn return_to_everything(world: &World, idlers: &[Idler]) {
    let rests = world.rests();
    for idler in idlers {
        let (mut socket, known) = idler.come_back(world, &rests[idler.node]).await;
        let missing: Vec<_> = acknowledged(&world.log).difference(&known).cloned().collect();
        assert!(missing.is_empty(), "{} does not find {missing:?}", idler.id);
        let mut quiet = BTreeSet::new();
        for (number, cid) in world.people.cids.iter().enumerate() {
            let (person, id) = (&world.people.all[number], format!("welcome-{}-{number}", idler.id));
            let deed = Deed::Send { id: id.clone(), cid: cid.clone(), text: "welcome back".into(), parent: None };
            world.doer.attempt(&rests[number % rests.len()], &person.id, &person.token, &deed).await;
            quiet.insert(id);
        }
        let hears = async {
            while !quiet.is_empty() {
                let frame = socket.next().await.expect("he is not closed again").expect("a frame");
                if let Message::Text(text) = frame
                    && let Some(message) = parse(&text).message
                {
                    quiet.remove(&message.id);
                }
            }
        };
        tokio::time::timeout(PATIENCE, hears).await.expect("he hears all channels");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_readers_are_closed_and_nobody_waits_for_them() {
    let world = World::start(sized(SHORT, WHOLE)).await;
    let load = world.load(Duration::from_secs(1));
    let idlers = [Idler::new("slow", 0, PER_SECOND), Idler::new("stuck", 1, 0)];
    let (rests, token) = (world.rests(), server_token());
    let users = json!({"users": {"slow": {"id": "slow"}, "stuck": {"id": "stuck"}}});
    rests[0].must(Method::POST, "/users", &token, Some(&users)).await;
    for cid in &world.people.cids {
        let add = json!({"add_members": ["slow", "stuck"]});
        rests[0].must(Method::POST, &channel_path(cid), &token, Some(&add)).await;
    }
    let alone = sized(WINDOW / 3, WINDOW);
    window(&world, "warm", alone).await;
    let (mut without, mut with) = (Vec::new(), Vec::new());
    for round in 0..sized(1, 15) {
        for idle in if round % 2 == 0 { [false, true] } else { [true, false] } {
            let (start, name) = (world.log.now(), format!("{round}-{idle}"));
            match idle {
                true => window_with(&world, &idlers, &name).await,
                false => window(&world, &name, alone).await,
            }
            let times = if idle { &mut with } else { &mut without };
            times.push(p99(hearings(&world.log, start)));
        }
    }
    println!("the others' p99, without slow readers {without:.1?}, with them {with:.1?}");
    return_to_everything(&world, &idlers).await;
    let (without, with) = (typical(without), typical(with));
    assert!(with <= risen(without), "the others' p99 rose from {without:?} to {with:?}");
    must_hold(&world.finish(load).await);
}
