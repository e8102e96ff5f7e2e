//! The members of a Redis Cluster, and what an operator does with them.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::redis::{Redis, free_port};

const SLOTS: usize = 16384;
/// How long the members may take to agree.
const AGREEMENT: Duration = Duration::from_secs(30);
/// Keys that are moved in one go.
const BATCH: &str = "100";

/// Masters first, in the order in which they got their slots; then their replicas.
pub struct Cluster {
    masters: usize,
    members: Vec<Option<Redis>>,
    ports: Vec<u16>,
}

fn cli(port: u16, words: &[&str]) -> String {
    let output = std::process::Command::new("redis-cli").args(["-p", &port.to_string()]).args(words).output();
    String::from_utf8_lossy(&output.expect("redis-cli runs").stdout).trim().to_owned()
}

/// The same for a command that must succeed.
fn order(port: u16, words: &[&str]) {
    let said = cli(port, words);
    assert!(said == "OK" || said == "NOKEY", "{words:?}: {said}");
}

impl Cluster {
    /// So many masters, each with so many replicas.
    pub fn start(masters: usize, replicas: usize) -> Cluster {
        let size = masters * (1 + replicas);
        let member = || {
            let bus = free_port().to_string();
            let cluster = ["--cluster-enabled", "yes", "--cluster-port", &bus, "--cluster-node-timeout", "1500"];
            (Redis::start_with(&cluster), bus)
        };
        let (members, buses): (Vec<Redis>, Vec<String>) = (0..size).map(|_| member()).unzip();
        let ports: Vec<u16> = members.iter().map(|member| member.port).collect();
        let share = SLOTS.div_ceil(masters);
        for (index, port) in ports.iter().enumerate().take(masters) {
            let (first, last) = (index * share, (SLOTS - 1).min((index + 1) * share - 1));
            order(*port, &["cluster", "addslotsrange", &first.to_string(), &last.to_string()]);
        }
        for (index, (port, bus)) in ports.iter().zip(&buses).enumerate() {
            order(*port, &["cluster", "set-config-epoch", &(index + 1).to_string()]);
            order(ports[0], &["cluster", "meet", "127.0.0.1", &port.to_string(), bus]);
        }
        let cluster = Cluster { masters, members: members.into_iter().map(Some).collect(), ports };
        cluster.until("all know each other", || {
            let known = format!("cluster_known_nodes:{size}");
            cluster.ports.iter().all(|port| cli(*port, &["cluster", "info"]).contains(&known))
        });
        for replica in masters..size {
            let master = cluster.id(replica % masters);
            order(cluster.ports[replica], &["cluster", "replicate", &master]);
        }
        cluster.until("all is held and copied", || cluster.is_whole());
        cluster
    }

    /// Hands the first member over; the cluster stays reachable through its port.
    pub fn first(&mut self) -> Redis {
        self.members[0].take().expect("the first member was not handed over before")
    }

    fn id(&self, member: usize) -> String {
        cli(self.ports[member], &["cluster", "myid"])
    }

    fn is_master(&self, member: usize) -> bool {
        cli(self.ports[member], &["info", "replication"]).contains("role:master")
    }

    fn is_whole(&self) -> bool {
        let synced = |port: &u16| {
            let replication = cli(*port, &["info", "replication"]);
            let copied = replication.contains("role:master") && replication.contains("state=online");
            copied || replication.contains("master_link_status:up")
        };
        let agreed = |port: &u16| cli(*port, &["cluster", "info"]).contains("cluster_state:ok");
        self.ports.iter().all(|port| agreed(port) && synced(port))
    }

    /// Members have no signal for "we agree" but saying so.
    fn until(&self, what: &str, holds: impl Fn() -> bool) {
        let start = Instant::now();
        while !holds() {
            assert!(
                start.elapsed() < AGREEMENT,
                "it is not so that {what}:\n{}",
                cli(self.ports[0], &["cluster", "nodes"])
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Moves every slot that holds keys from one master to another, as `redis-cli --cluster reshard` does; how many there were.
    pub async fn move_slots(&self, from: usize, to: usize) -> usize {
        let (source, target) = (self.ports[from], self.ports[to]);
        let (source_id, target_id) = (self.id(from), self.id(to));
        let masters: Vec<u16> =
            (0..self.ports.len()).filter(|member| self.is_master(*member)).map(|member| self.ports[member]).collect();
        tokio::task::spawn_blocking(move || {
            let keys = cli(source, &["--scan"]);
            let tags: BTreeSet<&str> = keys.lines().map(tag).collect();
            let slots: BTreeSet<String> = tags.iter().map(|tag| cli(source, &["cluster", "keyslot", tag])).collect();
            for slot in &slots {
                order(target, &["cluster", "setslot", slot, "importing", &source_id]);
                order(source, &["cluster", "setslot", slot, "migrating", &target_id]);
                move_keys(source, target, slot);
                for port in [target, source].iter().chain(&masters) {
                    order(*port, &["cluster", "setslot", slot, "node", &target_id]);
                }
            }
            slots.len()
        })
        .await
        .expect("the slots are moved")
    }

    /// Asks the replica of a master to take over, and waits until it has.
    pub fn hand_over(&self, master: usize) {
        let replica = self.replica_of(master);
        order(self.ports[replica], &["cluster", "failover"]);
        tokio::task::block_in_place(|| {
            self.until("the replica took over", || {
                self.is_master(replica) && !self.is_master(master) && self.is_whole()
            });
        });
    }

    fn replica_of(&self, master: usize) -> usize {
        let id = self.id(master);
        let copies = |member: &usize| {
            let nodes = cli(self.ports[*member], &["cluster", "nodes"]);
            let me = nodes.lines().find(|line| line.contains("myself")).unwrap_or_default();
            *member != master && me.contains(&id)
        };
        (0..self.ports.len()).find(copies).expect("each master has a replica")
    }

    /// The member that holds the slots of that share by now.
    pub fn master_of(&self, share: usize) -> usize {
        if self.is_master(share) { share } else { self.replacement_of(share) }
    }

    /// Ends a member without a word.
    pub fn kill(&mut self, member: usize) {
        self.ours(member).kill();
    }

    /// Stops a member where it stands.
    pub fn pause(&mut self, member: usize) {
        self.ours(member).pause();
    }

    fn ours(&mut self, member: usize) -> &mut Redis {
        self.members[member].as_mut().expect("the member is ours")
    }

    fn replacement_of(&self, replica: usize) -> usize {
        let nodes = cli(self.ports[replica], &["cluster", "nodes"]);
        let me = nodes.lines().find(|line| line.contains("myself")).unwrap_or_default();
        let master = me.split(' ').nth(3).unwrap_or_default().to_owned();
        (0..self.ports.len()).find(|member| self.id(*member) == master).expect("a replica has a master")
    }

    /// Waits until somebody holds the slots of the member that is gone.
    pub fn replaced(&self, lost: usize) {
        let others = || (0..self.ports.len()).filter(|member| *member != lost);
        tokio::task::block_in_place(|| {
            self.until("the master is replaced", || {
                let masters = others().filter(|member| self.is_master(*member)).count();
                let whole =
                    others().all(|member| cli(self.ports[member], &["cluster", "info"]).contains("cluster_state:ok"));
                masters == self.masters && whole
            });
        });
    }

    /// Starts it again: it copies whoever took its place.
    pub fn restart(&mut self, lost: usize) {
        self.ours(lost).restart();
        self.is_back(lost);
    }

    /// Lets it go on: it learns that it was replaced.
    pub fn resume(&mut self, lost: usize) {
        self.ours(lost).resume();
        self.is_back(lost);
    }

    fn is_back(&self, lost: usize) {
        tokio::task::block_in_place(|| self.until("the member is back", || !self.is_master(lost) && self.is_whole()));
    }
}

/// The part of a key that decides on its slot.
fn tag(key: &str) -> &str {
    key.split(['{', '}']).nth(1).unwrap_or(key)
}

fn move_keys(source: u16, target: u16, slot: &str) {
    loop {
        let keys = cli(source, &["cluster", "getkeysinslot", slot, BATCH]);
        if keys.is_empty() {
            return;
        }
        let target = target.to_string();
        let mut words = vec!["migrate", "127.0.0.1", &target, "", "0", "5000", "keys"];
        words.extend(keys.lines());
        order(source, &words);
    }
}
