//! The road to Redis: one multiplexed connection (or one to each node of a cluster), with bounded patience.
//!
//! Nothing outside `store/` sees this type. A reply that does not come in time is a 503, never a hang; the connection heals by
//! itself in the background.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use redis::aio::{ConnectionManager, ConnectionManagerConfig, MultiplexedConnection};
use redis::{AsyncConnectionConfig, Client, Cmd, ErrorKind, FromRedisValue, RedisError, ServerErrorKind, Value};

use super::cluster::{Cluster, slot};
use crate::error::{ApiError, Result};
use crate::limits;

/// A script, named by its hash; sent whole only to a Redis that does not know it yet.
pub(super) struct Script {
    code: &'static str,
    hash: String,
}

impl Script {
    pub fn new(code: &'static str) -> Self {
        Script { code, hash: redis::Script::new(code).get_hash().to_owned() }
    }
}

#[derive(Clone)]
enum Link {
    Single(ConnectionManager),
    Cluster(Arc<Cluster>),
}

#[derive(Clone)]
pub(super) struct Redis {
    client: Client,
    link: Link,
}

impl Redis {
    /// Connects to the first of the addresses (divided by commas) that answers, and finds out whether this is a cluster: only
    /// then may there be several.
    pub async fn connect(addresses: &str) -> anyhow::Result<Redis> {
        let mut refused = None;
        for address in addresses.split(',') {
            match Redis::connect_to(address, address != addresses).await {
                Ok(redis) => return Ok(redis),
                Err(error) => refused = Some(error),
            }
        }
        Err(refused.unwrap_or_else(|| anyhow::anyhow!("no address")))
    }

    async fn connect_to(address: &str, among_others: bool) -> anyhow::Result<Redis> {
        let client = Client::open(address)?;
        let probe = AsyncConnectionConfig::new().set_connection_timeout(Some(limits::REDIS_CONNECT_TIMEOUT));
        let mut probe = client.get_multiplexed_async_connection_with_config(&probe).await?;
        let info: String = redis::cmd("INFO").arg("cluster").query_async(&mut probe).await?;
        let link = if info.contains("cluster_enabled:1") {
            Link::Cluster(Arc::new(Cluster::connect(client.get_connection_info().clone()).await?))
        } else {
            anyhow::ensure!(!among_others, "several addresses are for a Redis Cluster, and this Redis is none");
            let config = ConnectionManagerConfig::new()
                .set_connection_timeout(Some(limits::REDIS_CONNECT_TIMEOUT))
                // [`Redis::run`] has the patience.
                .set_response_timeout(None)
                .set_number_of_retries(1)
                .set_max_delay(Duration::from_millis(200));
            Link::Single(ConnectionManager::new_with_config(client.clone(), config).await?)
        };
        Ok(Redis { client, link })
    }

    pub fn is_cluster(&self) -> bool {
        matches!(self.link, Link::Cluster(_))
    }

    /// The cluster, if it is one.
    pub fn cluster(&self) -> Option<&Cluster> {
        match &self.link {
            Link::Single(_) => None,
            Link::Cluster(cluster) => Some(cluster),
        }
    }

    /// A connection of its own, to whoever holds the key, for calls that block up to `block`; it is outside the patience of
    /// [`Redis::call`].
    pub async fn blocking(&self, key: &str, block: Duration) -> std::result::Result<Blocking, RedisError> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(limits::REDIS_CONNECT_TIMEOUT))
            .set_response_timeout(Some(block + limits::REDIS_RESPONSE_TIMEOUT));
        let (connection, cluster) = match &self.link {
            Link::Single(_) => (self.client.get_multiplexed_async_connection_with_config(&config).await?, None),
            Link::Cluster(cluster) => {
                (cluster.blocking(key.as_bytes(), &config).await?, Some((cluster.clone(), slot(key.as_bytes()))))
            }
        };
        Ok(Blocking { connection, config, cluster, asking: false })
    }

    /// One command's answer. Boxed, because a future that waits for Redis is large and part of every request's.
    fn run<'a, T: FromRedisValue + Send + 'a>(
        &'a self,
        key: Option<&'a [u8]>,
        cmd: &'a Cmd,
    ) -> BoxFuture<'a, std::result::Result<T, RedisError>> {
        Box::pin(async move {
            match &self.link {
                Link::Single(link) => patient(cmd.query_async(&mut link.clone())).await,
                // Slots on the move are waited for longer than nodes that are away: the cluster keeps its own patience.
                Link::Cluster(cluster) => Ok(redis::from_redis_value(cluster.run(key, cmd).await?)?),
            }
        })
    }

    pub async fn call<T: FromRedisValue + Send>(&self, cmd: &Cmd) -> Result<T> {
        self.run(key_of(cmd), cmd).await.map_err(refused)
    }

    /// Sends the command to each master: to the one Redis, where it is no cluster.
    pub async fn on_masters<T: FromRedisValue + Send>(&self, cmd: &Cmd) -> Result<Vec<(String, T)>> {
        let Link::Cluster(cluster) = &self.link else { return Ok(vec![("Redis".to_owned(), self.call(cmd).await?)]) };
        let masters = cluster.masters();
        let asked = masters.iter().map(|node| async move {
            let (host, port) = &node.address;
            let answer = redis::from_redis_value(node.ask(cmd).await?)?;
            Ok::<_, RedisError>((format!("{host}:{port}"), answer))
        });
        let answers = futures_util::future::try_join_all(asked).await;
        if answers.is_err() {
            // Perhaps another is master by now.
            cluster.survey().await;
        }
        answers.map_err(refused)
    }

    /// Runs a script that touches keys of one partition; `key` is one of them and names it.
    pub async fn script<T: FromRedisValue + Send>(
        &self,
        script: &Script,
        key: &str,
        args: &[impl AsRef<[u8]>],
    ) -> Result<T> {
        let at = Some(key.as_bytes());
        match self.run(at, &self.keyed("EVALSHA", &script.hash, key, args)).await {
            Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                self.run(at, &self.keyed("EVAL", script.code, key, args)).await
            }
            answer => answer,
        }
        .map_err(refused)
    }

    /// The command that runs a script.
    pub fn keyed(&self, verb: &str, body: &str, key: &str, args: &[impl AsRef<[u8]>]) -> Cmd {
        // While a slot moves, its keys are scattered over two nodes, and a script would see half of them. A second key, which
        // never exists, makes Redis refuse the script until all have arrived.
        let absent = self.is_cluster().then(|| absent_beside(key));
        let mut cmd = redis::cmd(verb);
        cmd.arg(body).arg(1 + usize::from(absent.is_some())).arg(key).arg(absent.as_ref());
        for arg in args {
            cmd.arg(arg.as_ref());
        }
        cmd
    }
}

/// A key of the same partition that nobody writes.
fn absent_beside(key: &str) -> String {
    let end = key.find('}').map_or(key.len(), |at| at + 1);
    format!("{}:absent", &key[..end])
}

/// The key that a command is about; what a node says of itself has none.
fn key_of(cmd: &Cmd) -> Option<&[u8]> {
    let mut words = cmd.args_iter().map(|arg| match arg {
        redis::Arg::Simple(word) => word,
        _ => &[],
    });
    match words.next()? {
        b"PING" | b"TIME" | b"INFO" | b"CONFIG" => None,
        b"XINFO" => words.nth(1),
        _ => words.next(),
    }
}

/// A connection for calls that block, all of them about one key.
pub(super) struct Blocking {
    connection: MultiplexedConnection,
    config: AsyncConnectionConfig,
    cluster: Option<(Arc<Cluster>, u16)>,
    /// The slot is on its way to this node.
    asking: bool,
}

impl Blocking {
    /// Sends the commands one behind the other; answers in order.
    pub async fn call(&mut self, cmds: &[&Cmd]) -> std::result::Result<Vec<Value>, RedisError> {
        // A slot goes from one node to one other.
        for _ in 0..2 {
            let error = match self.send(cmds).await {
                Ok(answers) => return Ok(answers),
                Err(error) => error,
            };
            match (error.kind(), &self.cluster) {
                (ErrorKind::Server(ServerErrorKind::Ask), Some((cluster, _))) if !self.asking => {
                    self.connection = cluster.blocking_at(&error, &self.config).await?;
                    self.asking = true;
                }
                (ErrorKind::Server(ServerErrorKind::Moved), Some((cluster, slot))) => {
                    cluster.moved(*slot, &error)?;
                    return Err(error);
                }
                _ => return Err(error),
            }
        }
        Err((ErrorKind::Client, "the slot is nowhere").into())
    }

    async fn send(&mut self, cmds: &[&Cmd]) -> std::result::Result<Vec<Value>, RedisError> {
        use redis::aio::ConnectionLike;
        let mut pipeline = redis::pipe();
        if self.asking {
            pipeline.cmd("ASKING");
        }
        for cmd in cmds {
            pipeline.add_command((*cmd).clone());
        }
        let answers = self.connection.req_packed_commands(&pipeline, usize::from(self.asking), cmds.len()).await?;
        answers.into_iter().map(Value::extract_error).collect()
    }
}

async fn patient<T>(
    answer: impl Future<Output = std::result::Result<T, RedisError>>,
) -> std::result::Result<T, RedisError> {
    tokio::time::timeout(limits::REDIS_PATIENCE, answer)
        .await
        .unwrap_or_else(|_| Err((ErrorKind::Io, "Redis did not answer in time").into()))
}

/// A failure of the road is a 503; an answer that says no to a command of ours is our own mistake.
fn refused(error: RedisError) -> ApiError {
    use ServerErrorKind::{BusyLoading, ClusterDown, MasterDown, ReadOnly, TryAgain};
    let away = error.is_io_error()
        || error.is_timeout()
        || error.is_connection_dropped()
        || error.is_cluster_error()
        || error.kind() == ErrorKind::ClusterConnectionNotFound
        || matches!(error.kind(), ErrorKind::Server(BusyLoading | ClusterDown | MasterDown | ReadOnly | TryAgain))
        || error.code() == Some("OOM")
        || error.to_string().contains("OOM command not allowed");
    if away { ApiError::unavailable(error) } else { ApiError::internal(error) }
}
