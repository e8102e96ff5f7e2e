//! The world of a test: one Redis, two nodes, people with sockets, and the book in which all write.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::audit::audit;
use crate::ledger::{Entry, Ledger, Log, Outcome};
use crate::node::Node;
use crate::people::{People, Size};
use crate::readers::Listener;
use crate::redis::Redis;
use crate::rest::{Doer, Rest};
use crate::writers::{Load, last_word};

/// How long anything that must happen by itself may take before the test is over.
pub const PATIENCE: Duration = Duration::from_secs(120);

pub struct World {
    pub redis: Redis,
    pub nodes: Vec<Node>,
    pub size: Size,
    pub people: People,
    pub doer: Doer,
    pub log: Log,
    stop: CancellationToken,
    readers: JoinSet<()>,
}

impl World {
    /// A world with two nodes in which every reader is there and hears.
    pub async fn start(size: Size) -> World {
        World::start_with(size, &[&[], &[]]).await
    }

    /// The same with as many nodes as there are environments.
    pub async fn start_with(size: Size, environments: &[&[(&str, OsString)]]) -> World {
        let mut world = World::empty(size, environments).await;
        world.readers_come();
        world.all_live("at the beginning").await;
        world
    }

    /// Nobody is connected yet.
    pub async fn empty(size: Size, environments: &[&[(&str, OsString)]]) -> World {
        World::over(Redis::start(), size, environments).await
    }

    /// The same over a Redis that runs: one member of a cluster leads to the others.
    pub async fn over(redis: Redis, size: Size, environments: &[&[(&str, OsString)]]) -> World {
        let nodes: Vec<Node> = environments.iter().map(|environment| Node::start(&redis.url(), environment)).collect();
        let people = People::new(size);
        people.settle(&Rest::new(&nodes[0].url())).await;
        let log = Log::new();
        let doer = Doer::new(log.clone());
        let (stop, readers) = (CancellationToken::new(), JoinSet::new());
        World { redis, nodes, size, people, doer, log, stop, readers }
    }

    /// Callers, one for each node.
    pub fn rests(&self) -> Vec<Rest> {
        self.nodes.iter().map(|node| Rest::new(&node.url())).collect()
    }

    /// Every reader connects, each to his node.
    pub fn readers_come(&mut self) {
        let rests = self.rests();
        for (number, person) in self.people.all.iter().enumerate() {
            let node = number % self.nodes.len();
            let listener = Listener {
                number,
                person: person.clone(),
                address: format!("127.0.0.1:{}", self.nodes[node].port),
                rest: rests[node].clone(),
                log: self.log.clone(),
            };
            self.readers.spawn(listener.listen(self.stop.clone()));
        }
    }

    /// The readers whose sockets are at this node.
    pub fn readers_of(&self, node: usize) -> Vec<usize> {
        (0..self.people.all.len()).filter(|number| number % self.nodes.len() == node).collect()
    }

    /// Writers begin, each with a deed every `pace`.
    pub fn load(&self, pace: Duration) -> Load {
        Load::start(&self.people, self.size.writers, &self.rests(), &self.doer, pace)
    }

    /// The readers who are connected and have recovered everything.
    pub fn live(&self) -> BTreeSet<usize> {
        self.log.read(|entries| {
            let mut live = BTreeSet::new();
            for (_, entry) in entries {
                match entry {
                    Entry::Live { reader, .. } => drop(live.insert(*reader)),
                    Entry::Closed { reader, .. } => drop(live.remove(reader)),
                    _ => {}
                }
            }
            live
        })
    }

    /// Waits until every reader is live.
    pub async fn all_live(&self, when: &str) {
        let all = self.people.all.len();
        self.until(&format!("everybody is live {when}"), || self.live().len() == all).await;
    }

    /// Waits until none of these readers is live.
    pub async fn none_live(&self, readers: &[usize]) {
        self.until("the readers notice", || {
            let live = self.live();
            readers.iter().all(|reader| !live.contains(reader))
        })
        .await;
    }

    /// Waits until so many sends more are acknowledged: the load goes on whatever happened.
    pub async fn more_sent(&self, more: usize) {
        let acknowledged = || {
            let is_send = |entry: &Entry| matches!(entry, Entry::Ended { outcome: Outcome::Acknowledged(Some(_)), .. });
            self.log.read(|entries| entries.iter().filter(|(_, entry)| is_send(entry)).count())
        };
        let before = acknowledged();
        self.until(&format!("{more} more are sent"), || acknowledged() >= before + more).await;
    }

    /// Waits for a condition for which there is no signal.
    pub async fn until(&self, what: &str, holds: impl Fn() -> bool) {
        let start = self.log.now();
        while !holds() {
            assert!(self.log.now() - start < PATIENCE, "after {PATIENCE:?} it is not so that {what}");
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }

    /// Ends the load, lets everybody hear the last word of each channel, reads history and hands over the whole ledger.
    pub async fn finish(mut self, load: Load) -> Ledger {
        load.finish().await;
        let rests = self.rests();
        let mut last = BTreeSet::new();
        for cid in &self.people.cids {
            if let Some(person) = self.people.all.iter().find(|person| person.home == *cid) {
                last.insert((cid.clone(), last_word(&self.doer, &rests, person).await.id));
            }
        }
        // Who does not hear it is found by the checker.
        self.heard_by_all(&last).await;
        let (history, unread) = audit(&rests, &self.people).await;
        self.stop.cancel();
        while let Some(ended) = self.readers.join_next().await {
            ended.expect("a reader does not panic");
        }
        let entries = self.log.read(<[_]>::to_vec);
        let (members, readers) = (self.people.members(), self.people.readers());
        Ledger { members, readers, entries, history, unread }
    }

    /// Waits, for a while, until every reader knows these messages of his channels.
    async fn heard_by_all(&self, last: &BTreeSet<(String, String)>) {
        let members = self.people.members();
        let wanted: BTreeSet<(usize, String)> = last
            .iter()
            .flat_map(|(cid, id)| {
                let inside =
                    self.people.all.iter().enumerate().filter(|(_, person)| members[cid].contains_key(&person.id));
                inside.map(|(number, _)| (number, id.clone())).collect::<Vec<_>>()
            })
            .collect();
        let known = |entry: &Entry| match entry {
            Entry::Heard { reader, heard, .. } => {
                heard.message.iter().map(|message| (*reader, message.id.clone())).collect()
            }
            Entry::Recovered { reader, messages, .. } => {
                messages.iter().map(|message| (*reader, message.id.clone())).collect()
            }
            _ => Vec::new(),
        };
        let start = self.log.now();
        let (mut missing, mut read) = (wanted, 0);
        while !missing.is_empty() && self.log.now() - start < PATIENCE {
            self.log.read(|entries| {
                for heard in entries[read..].iter().flat_map(|(_, entry)| known(entry)) {
                    missing.remove(&heard);
                }
                read = entries.len();
            });
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }
}
