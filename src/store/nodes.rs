//! Nodes and their leases: a node that is gone is noticed, and what it held is given up.

use super::Store;
use super::watching::ConnectionKey;
use crate::error::Result;
use crate::limits;

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

    pub(crate) async fn estate(&self, node: &str) -> Result<Estate> {
        let mut estate = Estate::default();
        let key =
            |id: &str, user: &str| ConnectionKey { node: node.to_owned(), id: id.to_owned(), user: user.to_owned() };
        for partition in 0..self.partitions {
            let watches = redis::cmd("SMEMBERS").arg(self.node_watches_key(partition, node)).to_owned();
            for entry in self.redis.call::<Vec<String>>(&watches).await? {
                if let [id, user, cid] = entry.splitn(3, '\n').collect::<Vec<_>>()[..] {
                    estate.watches.push((key(id, user), cid.to_owned()));
                }
            }
            let connections = redis::cmd("SMEMBERS").arg(self.node_connections_key(partition, node)).to_owned();
            for entry in self.redis.call::<Vec<String>>(&connections).await? {
                if let Some((id, user)) = entry.split_once('\n') {
                    estate.connections.push(key(id, user));
                }
            }
        }
        Ok(estate)
    }

    /// The node is gone and holds nothing any more.
    pub(crate) async fn forget_node(&self, node: &str) -> Result<()> {
        let _: () = self.redis.call(redis::cmd("SREM").arg(self.nodes_key()).arg(node)).await?;
        self.redis.call(redis::cmd("DEL").arg(self.node_key(node))).await
    }
}
