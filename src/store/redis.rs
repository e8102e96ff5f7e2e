//! The road to Redis: one multiplexed connection (or one cluster client), with bounded patience.
//!
//! Nothing outside `store/` sees this type. A reply that does not come in time is a 503, never a hang; the connection heals by
//! itself in the background.

use std::time::Duration;

use redis::aio::{ConnectionLike, ConnectionManager, ConnectionManagerConfig, MultiplexedConnection};
use redis::cluster::ClusterClientBuilder;
use redis::cluster_async::ClusterConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, ErrorKind, FromRedisValue, RedisError, ServerErrorKind};

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
    Cluster(ClusterConnection),
}

#[derive(Clone)]
pub(super) struct Redis {
    url: String,
    link: Link,
}

impl Redis {
    /// Connects, and finds out whether this is a cluster.
    pub async fn connect(url: &str) -> anyhow::Result<Redis> {
        let client = Client::open(url)?;
        let mut probe = client.get_multiplexed_async_connection().await?;
        let info: String = redis::cmd("INFO").arg("cluster").query_async(&mut probe).await?;
        let link = if info.contains("cluster_enabled:1") {
            let client = ClusterClientBuilder::new([url])
                .connection_timeout(limits::REDIS_CONNECT_TIMEOUT)
                .response_timeout(limits::REDIS_RESPONSE_TIMEOUT)
                .build()?;
            Link::Cluster(client.get_async_connection().await?)
        } else {
            let config = ConnectionManagerConfig::new()
                .set_connection_timeout(Some(limits::REDIS_CONNECT_TIMEOUT))
                .set_response_timeout(Some(limits::REDIS_RESPONSE_TIMEOUT))
                .set_number_of_retries(1)
                .set_max_delay(Duration::from_millis(200));
            Link::Single(ConnectionManager::new_with_config(client, config).await?)
        };
        Ok(Redis { url: url.to_owned(), link })
    }

    /// Refuses a Redis that throws records away when its memory is full: nothing acknowledged may be lost.
    pub async fn require_no_eviction(&self) -> anyhow::Result<()> {
        let info: String = self.call(redis::cmd("INFO").arg("memory")).await?;
        let policy =
            info.lines().find_map(|line| line.strip_prefix("maxmemory_policy:")).unwrap_or("noeviction").trim();
        anyhow::ensure!(
            policy == "noeviction",
            "Redis evicts records when its memory is full (maxmemory-policy {policy}); set it with: CONFIG SET maxmemory-policy noeviction"
        );
        Ok(())
    }

    pub fn is_cluster(&self) -> bool {
        matches!(self.link, Link::Cluster(_))
    }

    /// A connection of its own for calls that block (`XREAD`), outside the patience of [`Redis::call`].
    pub async fn blocking(&self) -> std::result::Result<Blocking, RedisError> {
        let patience = limits::TAIL_BLOCK + limits::REDIS_RESPONSE_TIMEOUT;
        Ok(match self.link {
            Link::Single(_) => {
                let config = AsyncConnectionConfig::new()
                    .set_connection_timeout(Some(limits::REDIS_CONNECT_TIMEOUT))
                    .set_response_timeout(Some(patience));
                let client = Client::open(self.url.as_str())?;
                Blocking::Single(client.get_multiplexed_async_connection_with_config(&config).await?)
            }
            Link::Cluster(_) => {
                let client = ClusterClientBuilder::new([self.url.as_str()])
                    .connection_timeout(limits::REDIS_CONNECT_TIMEOUT)
                    .response_timeout(patience)
                    .build()?;
                Blocking::Cluster(client.get_async_connection().await?)
            }
        })
    }

    async fn run<T: FromRedisValue>(&self, cmd: &Cmd) -> std::result::Result<T, RedisError> {
        match &self.link {
            Link::Single(link) => cmd.query_async(&mut link.clone()).await,
            Link::Cluster(link) => cmd.query_async(&mut link.clone()).await,
        }
    }

    pub async fn call<T: FromRedisValue>(&self, cmd: &Cmd) -> Result<T> {
        let answer = self.run(cmd);
        patient(answer).await?.map_err(refused)
    }

    /// Runs a script that touches keys of one partition; `key` is one of them and names it.
    pub async fn script<T: FromRedisValue>(&self, script: &Script, key: &str, args: &[impl AsRef<[u8]>]) -> Result<T> {
        let command = |verb: &str, body: &str| {
            let mut cmd = redis::cmd(verb);
            cmd.arg(body).arg(1).arg(key);
            for arg in args {
                cmd.arg(arg.as_ref());
            }
            cmd
        };
        let answer = async {
            match self.run(&command("EVALSHA", &script.hash)).await {
                Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                    self.run(&command("EVAL", script.code)).await
                }
                answer => answer,
            }
        };
        patient(answer).await?.map_err(refused)
    }
}

/// A connection for calls that block.
pub(super) enum Blocking {
    Single(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl Blocking {
    pub async fn call<T: FromRedisValue>(&mut self, cmd: &Cmd) -> std::result::Result<T, RedisError> {
        async fn on<T: FromRedisValue>(
            link: &mut impl ConnectionLike,
            cmd: &Cmd,
        ) -> std::result::Result<T, RedisError> {
            cmd.query_async(link).await
        }
        match self {
            Blocking::Single(link) => on(link, cmd).await,
            Blocking::Cluster(link) => on(link, cmd).await,
        }
    }
}

async fn patient<T>(answer: impl Future<Output = T>) -> Result<T> {
    tokio::time::timeout(limits::REDIS_PATIENCE, answer)
        .await
        .map_err(|_| ApiError::unavailable(anyhow::anyhow!("Redis did not answer within {:?}", limits::REDIS_PATIENCE)))
}

/// A failure of the road is a 503; an answer that says no to a command of ours is our own mistake.
fn refused(error: RedisError) -> ApiError {
    use ServerErrorKind::{BusyLoading, ClusterDown, MasterDown, ReadOnly, TryAgain};
    let away = error.is_io_error()
        || error.is_timeout()
        || error.is_connection_dropped()
        || error.is_cluster_error()
        || matches!(error.kind(), ErrorKind::Server(BusyLoading | ClusterDown | MasterDown | ReadOnly | TryAgain))
        || error.code() == Some("OOM")
        || error.to_string().contains("OOM command not allowed");
    if away { ApiError::unavailable(error) } else { ApiError::internal(error) }
}
