//! A Redis Cluster: who holds which slot, one connection to each node, and the way to a key while slots move and nodes fail.
//!
//! Only what a node refused is sent again (the slot is elsewhere, or on the move; the node is no master, or not there). When a
//! connection ends under a command, its caller hears so: nothing is carried out twice behind anybody's back.

mod slots;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionAddr, ConnectionInfo, ErrorKind, RedisError, ServerErrorKind, Value,
};
use tokio::sync::Mutex;

use crate::limits;
pub(super) use slots::{Member, slot, uncovered};

type Answer<T> = std::result::Result<T, RedisError>;

/// Between two tries of a command that was refused.
const PAUSE: Duration = Duration::from_millis(20);
/// How long the nodes may take to say who holds what.
const SURVEY: Duration = Duration::from_millis(600);
/// A survey that is younger than this is not made again.
const SURVEY_AGE: Duration = Duration::from_millis(50);

/// Where a node listens.
pub(super) type Address = (String, u16);

pub(super) struct Cluster {
    /// The node that the operator named, with user, password and TLS, which hold for all nodes.
    seed: ConnectionInfo,
    map: RwLock<Arc<Map>>,
    surveyed: Mutex<Option<Instant>>,
}

/// Who holds which slot, as far as is known.
#[derive(Clone, Default)]
struct Map {
    nodes: HashMap<Address, Arc<Node>>,
    owners: Vec<Option<Arc<Node>>>,
}

/// One node and the connection to it.
pub(super) struct Node {
    pub address: Address,
    client: Client,
    link: RwLock<Link>,
    opening: Mutex<()>,
}

#[derive(Default)]
struct Link {
    connection: Option<MultiplexedConnection>,
    /// Counts connections opened and tries that failed.
    changes: u64,
}

impl Cluster {
    /// Finds the cluster's nodes through the one that the operator named.
    pub async fn connect(seed: ConnectionInfo) -> Answer<Cluster> {
        let cluster = Cluster { seed, map: RwLock::default(), surveyed: Mutex::new(None) };
        let (host, port) = cluster.seed_address()?;
        let node = cluster.node(&(host, port))?;
        node.connection().await.map_err(|refused| refused.0)?;
        cluster.survey().await;
        Ok(cluster)
    }

    fn seed_address(&self) -> Answer<Address> {
        match self.seed.addr() {
            ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. } => Ok((host.clone(), *port)),
            _ => Err((ErrorKind::InvalidClientConfig, "a cluster is reached over TCP").into()),
        }
    }

    fn map(&self) -> Arc<Map> {
        self.map.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn change(&self, change: impl FnOnce(&mut Map)) {
        let mut map = self.map.write().unwrap_or_else(PoisonError::into_inner);
        change(Arc::make_mut(&mut map));
    }

    /// The node at the address, known or new.
    fn node(&self, address: &Address) -> Answer<Arc<Node>> {
        if let Some(node) = self.map().nodes.get(address) {
            return Ok(node.clone());
        }
        let (host, port) = address.clone();
        let place = match self.seed.addr() {
            ConnectionAddr::TcpTls { insecure, tls_params, .. } => {
                ConnectionAddr::TcpTls { host, port, insecure: *insecure, tls_params: tls_params.clone() }
            }
            _ => ConnectionAddr::Tcp(host, port),
        };
        let client = Client::open(self.seed.clone().set_addr(place))?;
        let node = Node { address: address.clone(), client, link: RwLock::default(), opening: Mutex::new(()) };
        let mut node = Arc::new(node);
        self.change(|map| node = map.nodes.entry(address.clone()).or_insert(node.clone()).clone());
        Ok(node)
    }

    /// The masters that hold slots, each once.
    pub fn masters(&self) -> Vec<Arc<Node>> {
        let map = self.map();
        let holds = |node: &&Arc<Node>| map.owners.iter().flatten().any(|owner| Arc::ptr_eq(owner, node));
        let mut masters: Vec<_> = map.nodes.values().filter(holds).cloned().collect();
        masters.sort_by(|a, b| a.address.cmp(&b.address));
        masters
    }

    /// Sends the command to whoever holds the key (to anybody when there is none), and follows the slot when it is elsewhere.
    pub async fn run(&self, key: Option<&[u8]>, cmd: &Cmd) -> Answer<Value> {
        let slot = key.map(slot);
        let start = Instant::now();
        let mut patience = limits::REDIS_PATIENCE;
        let mut asked = None;
        loop {
            let failed = match self.send(slot, asked.take(), cmd).await {
                Ok(value) => return Ok(value),
                Err(Failure::Final(error)) => return Err(error),
                Err(Failure::Refused(refused)) => refused.0,
            };
            let away = || start.elapsed() + PAUSE < limits::REDIS_PATIENCE;
            match (failed.kind(), slot) {
                (ErrorKind::Server(ServerErrorKind::Moved), Some(slot)) => self.moved(slot, &failed)?,
                (ErrorKind::Server(ServerErrorKind::Ask), _) => asked = Some(self.redirected(&failed)?),
                (ErrorKind::Server(ServerErrorKind::TryAgain), _) => {
                    patience = limits::REDIS_SLOT_PATIENCE;
                    tokio::time::sleep(PAUSE).await;
                }
                _ if away() => {
                    tokio::time::sleep(PAUSE).await;
                    self.survey().await;
                }
                _ => return Err(failed),
            }
            if start.elapsed() > patience {
                return Err(failed);
            }
        }
    }

    async fn send(
        &self,
        slot: Option<u16>,
        asked: Option<Arc<Node>>,
        cmd: &Cmd,
    ) -> std::result::Result<Value, Failure> {
        let asking = asked.is_some();
        let node = match asked {
            Some(node) => Some(node),
            None => self.owner(slot),
        };
        let nobody = || Refused((ErrorKind::ClusterConnectionNotFound, "no node holds the slot").into());
        let node = node.ok_or_else(|| Failure::Refused(nobody()))?;
        node.send(cmd, asking).await
    }

    fn owner(&self, slot: Option<u16>) -> Option<Arc<Node>> {
        let map = self.map();
        match slot {
            Some(slot) => map.owners.get(usize::from(slot))?.clone(),
            None => map.owners.iter().flatten().next().or_else(|| map.nodes.values().next()).cloned(),
        }
    }

    /// A connection of its own to whoever holds the key, for calls that block.
    pub async fn blocking(&self, key: &[u8], config: &AsyncConnectionConfig) -> Answer<MultiplexedConnection> {
        let Some(node) = self.owner(Some(slot(key))) else {
            self.survey().await;
            return Err((ErrorKind::ClusterConnectionNotFound, "no node holds the slot").into());
        };
        let opened = node.client.get_multiplexed_async_connection_with_config(config).await;
        if opened.is_err() {
            self.survey().await;
        }
        opened
    }

    /// The same to the node that the error names.
    pub async fn blocking_at(
        &self,
        error: &RedisError,
        config: &AsyncConnectionConfig,
    ) -> Answer<MultiplexedConnection> {
        self.redirected(error)?.client.get_multiplexed_async_connection_with_config(config).await
    }

    /// Learns where the slot is from an answer that says so.
    pub fn moved(&self, slot: u16, error: &RedisError) -> Answer<()> {
        let node = self.redirected(error)?;
        self.change(|map| {
            if let Some(owner) = map.owners.get_mut(usize::from(slot)) {
                *owner = Some(node);
            }
        });
        Ok(())
    }

    fn redirected(&self, error: &RedisError) -> Answer<Arc<Node>> {
        let named = error.redirect_node().and_then(|(place, _)| place.rsplit_once(':'));
        let place = named.and_then(|(host, port)| Some((host.trim_matches(['[', ']']).to_owned(), port.parse().ok()?)));
        match place {
            // A node that does not know its own name means the one that was asked.
            Some((host, port)) if host.is_empty() => self.node(&(self.seed_address()?.0, port)),
            Some(address) => self.node(&address),
            None => Err((ErrorKind::Parse, "a redirection names no node").into()),
        }
    }

    /// Asks all known nodes who holds what; where they differ, the younger claim counts.
    pub async fn survey(&self) {
        let mut surveyed = self.surveyed.lock().await;
        if surveyed.is_some_and(|at| at.elapsed() < SURVEY_AGE) {
            return;
        }
        // The seed may have a new life under its old name.
        if let Ok(address) = self.seed_address() {
            let _known = self.node(&address);
        }
        let nodes: Vec<Arc<Node>> = self.map().nodes.values().cloned().collect();
        let views = nodes.into_iter().map(|node| async move {
            // A node that is away has no say.
            tokio::time::timeout(SURVEY, node.members()).await.ok().and_then(Answer::ok).unwrap_or_default()
        });
        self.learn(&futures_util::future::join_all(views).await);
        *surveyed = Some(Instant::now());
    }

    /// Who is in the cluster, as the first node that answers sees it.
    pub async fn view(&self) -> Vec<Member> {
        for node in self.masters() {
            if let Ok(members) = node.members().await {
                return members;
            }
        }
        Vec::new()
    }

    fn learn(&self, views: &[Vec<Member>]) {
        if views.iter().all(Vec::is_empty) {
            return;
        }
        let owners: Vec<Option<Arc<Node>>> = slots::owners(views)
            .into_iter()
            .map(|address| address.and_then(|address| self.node(&address).ok()))
            .collect();
        let known: Vec<Address> = views.iter().flatten().map(|member| member.address.clone()).collect();
        self.change(|map| {
            map.owners = owners;
            map.nodes.retain(|address, _| known.contains(address));
        });
    }
}

/// Why there is no answer.
enum Failure {
    /// Nothing was carried out: it may be tried again.
    Refused(Refused),
    /// Perhaps it was carried out, or it is wrong: the caller must hear.
    Final(RedisError),
}

pub(super) struct Refused(pub RedisError);

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        Failure::Refused(refused)
    }
}

impl Node {
    async fn send(&self, cmd: &Cmd, asking: bool) -> std::result::Result<Value, Failure> {
        let (mut connection, changes) = self.connection().await?;
        let answer = if asking {
            let mut pipeline = redis::pipe();
            pipeline.cmd("ASKING").add_command(cmd.clone());
            let answers = connection.req_packed_commands(&pipeline, 1, 1).await;
            answers.map(|mut answers| answers.pop().unwrap_or(Value::Nil))
        } else {
            connection.req_packed_command(cmd).await
        };
        answer.and_then(Value::extract_error).map_err(|error| {
            use ServerErrorKind::{Ask, BusyLoading, ClusterDown, MasterDown, Moved, ReadOnly, TryAgain};
            match error.kind() {
                ErrorKind::Server(Ask | BusyLoading | ClusterDown | MasterDown | Moved | ReadOnly | TryAgain) => {
                    Failure::Refused(Refused(error))
                }
                _ => {
                    if error.is_io_error() || error.is_unrecoverable_error() {
                        self.drop_connection(changes);
                    }
                    Failure::Final(error)
                }
            }
        })
    }

    /// The node's connection, opened if there is none.
    async fn connection(&self) -> std::result::Result<(MultiplexedConnection, u64), Refused> {
        let before = match self.link() {
            (Some(connection), changes) => return Ok((connection, changes)),
            (None, changes) => changes,
        };
        let _turn = self.opening.lock().await;
        match self.link() {
            (Some(connection), changes) => return Ok((connection, changes)),
            // Whoever was before us has just tried in vain.
            (None, changes) if changes != before => {
                return Err(Refused((ErrorKind::Io, "the node cannot be reached").into()));
            }
            _ => {}
        }
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(limits::REDIS_CONNECT_TIMEOUT))
            .set_response_timeout(Some(limits::REDIS_RESPONSE_TIMEOUT));
        let opened = self.client.get_multiplexed_async_connection_with_config(&config).await;
        let mut link = self.link.write().unwrap_or_else(PoisonError::into_inner);
        link.changes += 1;
        match opened {
            Ok(connection) => {
                link.connection = Some(connection.clone());
                Ok((connection, link.changes))
            }
            Err(error) => Err(Refused(error)),
        }
    }

    fn link(&self) -> (Option<MultiplexedConnection>, u64) {
        let link = self.link.read().unwrap_or_else(PoisonError::into_inner);
        (link.connection.clone(), link.changes)
    }

    /// Lets the connection go, unless it is another one by now.
    fn drop_connection(&self, changes: u64) {
        let mut link = self.link.write().unwrap_or_else(PoisonError::into_inner);
        if link.changes == changes {
            link.connection = None;
        }
    }

    /// Sends a command that concerns this node alone.
    pub async fn ask(&self, cmd: &Cmd) -> Answer<Value> {
        self.send(cmd, false).await.map_err(|failure| match failure {
            Failure::Refused(refused) => refused.0,
            Failure::Final(error) => error,
        })
    }

    /// Who is in the cluster, as this node sees it.
    pub async fn members(&self) -> Answer<Vec<Member>> {
        let nodes = self.ask(redis::cmd("CLUSTER").arg("NODES")).await?;
        let text: String = redis::from_redis_value(nodes)?;
        let tls = matches!(self.client.get_connection_info().addr(), ConnectionAddr::TcpTls { .. });
        Ok(text.lines().filter_map(|line| Member::read(line, &self.address.0, tls)).collect())
    }
}
