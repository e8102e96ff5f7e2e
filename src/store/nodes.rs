//! Nodes and their leases: a node that is gone is noticed, and what it held is given up.

use super::Store;
use super::watching::ConnectionKey;
use crate::error::Result;
use crate::limits;

/// Entries of a set that are read at a time.
const SCANNED: usize = 500;

/// What a node that is gone still holds.
#[derive(Debug, Default)]
pub(crate) struct Estate {
    pub connections: Vec<ConnectionKey>,
    /// Watches: the connection and the cid.
    pub watches: Vec<(ConnectionKey, String)>,
}

impl Store {
    /// Takes or renews this node's lease.
    pub(crate) async fn renew_node(&self, node: &str) -> Result<()> {
        let _: () = self.redis.call(redis::cmd("SADD").arg(self.nodes_key()).arg(node)).await?;
        let mut cmd = redis::cmd("SET");
        cmd.arg(self.node_key(node)).arg(1).arg("EX").arg(limits::NODE_LEASE.as_secs());
        self.redis.call(&cmd).await
    }

    /// Nodes whose lease has lapsed and whose estate is not settled yet.
    pub(crate) async fn lapsed_nodes(&self) -> Result<Vec<String>> {
        let nodes: Vec<String> = self.redis.call(redis::cmd("SMEMBERS").arg(self.nodes_key())).await?;
        let mut lapsed = Vec::new();
        for node in nodes {
            let lives: bool = self.redis.call(redis::cmd("EXISTS").arg(self.node_key(&node))).await?;
            if !lives {
                lapsed.push(node);
            }
        }
        Ok(lapsed)
    }

    /// What the node is said to hold, of connections that `counts` says yes to; some of it perhaps twice.
    pub(crate) async fn estate(&self, node: &str, counts: impl Fn(&ConnectionKey) -> bool) -> Result<Estate> {
        let mut estate = Estate::default();
        let key =
            |id: &str, user: &str| ConnectionKey { node: node.to_owned(), id: id.to_owned(), user: user.to_owned() };
        for partition in 0..self.partitions {
            let watches = |entry: String| {
                if let [id, user, cid] = entry.splitn(3, '\n').collect::<Vec<_>>()[..] {
                    let key = key(id, user);
                    counts(&key).then(|| estate.watches.push((key, cid.to_owned())));
                }
            };
            self.each_of(&self.node_watches_key(partition, node), watches).await?;
            let connections = |entry: String| {
                if let Some((id, user)) = entry.split_once('\n') {
                    let key = key(id, user);
                    counts(&key).then(|| estate.connections.push(key));
                }
            };
            self.each_of(&self.node_connections_key(partition, node), connections).await?;
        }
        Ok(estate)
    }

    /// Goes through a set piece by piece: it may be large, and nobody should wait for all of it.
    async fn each_of(&self, key: &str, mut see: impl FnMut(String)) -> Result<()> {
        let mut cursor = 0_u64;
        loop {
            let mut cmd = redis::cmd("SSCAN");
            cmd.arg(key).arg(cursor).arg("COUNT").arg(SCANNED);
            let (next, entries): (u64, Vec<String>) = self.redis.call(&cmd).await?;
            entries.into_iter().for_each(&mut see);
            if next == 0 {
                return Ok(());
            }
            cursor = next;
        }
    }

    /// The node is gone and holds nothing any more.
    pub(crate) async fn forget_node(&self, node: &str) -> Result<()> {
        let _: () = self.redis.call(redis::cmd("SREM").arg(self.nodes_key()).arg(node)).await?;
        self.redis.call(redis::cmd("DEL").arg(self.node_key(node))).await
    }
}
