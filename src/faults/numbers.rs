//! What is measured of a node from outside, and of times from the ledger.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::ledger::{Deed, Entry, Log, Outcome};
use crate::node::Node;

/// What a node holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Holding {
    /// Resident memory, in bytes.
    pub memory: u64,
    pub descriptors: usize,
    pub tasks: usize,
    pub connections: usize,
}

impl Holding {
    pub async fn of(node: &Node) -> Holding {
        // Asked for first: the question itself takes a descriptor and a task for a moment.
        let numbers = metrics(node).await;
        Holding {
            memory: memory(node),
            descriptors: descriptors(node),
            tasks: value(&numbers, "weir_tasks"),
            connections: value(&numbers, "weir_connections"),
        }
    }

    /// Whether this is no more than that, memory aside. The question may hold a descriptor for a moment longer.
    pub fn is_within(&self, other: &Holding) -> bool {
        self.descriptors <= other.descriptors + 1 && self.tasks <= other.tasks && self.connections <= other.connections
    }
}

/// What the node tells Prometheus.
pub async fn metrics(node: &Node) -> String {
    // By hand: it takes no time that is being measured, and leaves no open connection behind.
    let mut socket = TcpStream::connect(("127.0.0.1", node.port)).await.expect("the node listens");
    socket.write_all(b"GET /metrics HTTP/1.0\r\n\r\n").await.expect("it reads");
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.expect("it answers");
    assert!(answer.starts_with("HTTP/1.0 200"), "{answer}");
    answer
}

/// The value of a series, named with its labels; 0 where nothing was noted yet.
pub fn value(numbers: &str, series: &str) -> usize {
    let value = numbers.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    value.map_or(0, |value| value.parse::<f64>().expect("a number") as usize)
}

pub fn memory(node: &Node) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", node.pid())).expect("the node runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its resident memory");
    let kib = line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number");
    kib * 1024
}

fn descriptors(node: &Node) -> usize {
    std::fs::read_dir(format!("/proc/{}/fd", node.pid())).expect("the node runs").count()
}

/// The 99th of a hundred.
pub fn p99(mut times: Vec<Duration>) -> Duration {
    assert!(times.len() >= 100, "only {} were timed", times.len());
    times.sort_unstable();
    times[times.len() * 99 / 100]
}

/// How long the answers took that came after `since`.
pub fn answers(log: &Log, since: Duration) -> Vec<Duration> {
    let took = |entry: &Entry| match entry {
        Entry::Ended { outcome: Outcome::Acknowledged(_), took, .. } => Some(*took),
        _ => None,
    };
    log.read(|entries| entries.iter().filter(|(at, _)| *at >= since).filter_map(|(_, entry)| took(entry)).collect())
}

/// How long after its request each message was heard, of those sent after `since`.
pub fn hearings(log: &Log, since: Duration) -> Vec<Duration> {
    log.read(|entries| {
        let (mut began, mut times) = (BTreeMap::new(), Vec::new());
        for (at, entry) in entries.iter().filter(|(at, _)| *at >= since) {
            match entry {
                Entry::Began { deed: Deed::Send { id, .. }, .. } => drop(began.insert(id, *at)),
                Entry::Heard { heard, .. } if heard.is_new() => {
                    let sent = heard.message.as_ref().and_then(|message| began.get(&message.id));
                    times.extend(sent.map(|sent| *at - *sent));
                }
                _ => {}
            }
        }
        times
    })
}
