//! A Redis for one run, and what it counts.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::PathBuf;

use anyhow::{Context, Result};
use redis::AsyncConnectionConfig;
use redis::aio::MultiplexedConnection;
use tempfile::TempDir;
use tokio::process::Command;

use crate::processes::{Process, until};

/// When Redis has its log written to the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fsync {
    EverySecond,
    Always,
}

impl Fsync {
    fn name(self) -> &'static str {
        match self {
            Fsync::EverySecond => "everysec",
            Fsync::Always => "always",
        }
    }
}

/// A redis-server of our own, empty at first.
pub struct Redis {
    pub url: String,
    pub process: Process,
    pub fsync: Fsync,
    connection: MultiplexedConnection,
    _folder: TempDir,
}

impl Redis {
    pub async fn start(fsync: Fsync) -> Result<Redis> {
        let folder = TempDir::new()?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut command = Command::new(program()?);
        command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--tcp-backlog", "4096"]);
        command.args(["--save", "", "--appendonly", "yes", "--appendfsync", fsync.name(), "--dir"]).arg(folder.path());
        let log = folder.path().join("log");
        let (process, _) = Process::start("redis-server", &mut command, &log, "Ready to accept connections").await?;
        let url = format!("redis://127.0.0.1:{port}/0");
        let client = redis::Client::open(url.as_str())?;
        // A busy Redis is slow, not away.
        let config = AsyncConnectionConfig::new().set_response_timeout(None);
        let connect = async || client.get_multiplexed_async_connection_with_config(&config).await.ok();
        let connection = until("a connection to redis-server", connect).await?;
        Ok(Redis { url, process, fsync, connection, _folder: folder })
    }

    /// What Redis has counted since its start.
    pub async fn counters(&self) -> Result<Counters> {
        let mut info = String::new();
        for section in ["commandstats", "stats", "memory"] {
            let text: String =
                redis::cmd("INFO").arg(section).query_async(&mut self.connection.clone()).await.context("INFO")?;
            info.push_str(&text);
        }
        Counters::read(&info)
    }

    /// Removes every entry of every stream.
    pub async fn empty_streams(&self) -> Result<()> {
        let mut connection = self.connection.clone();
        let mut cursor = 0_u64;
        loop {
            let mut scan = redis::cmd("SCAN");
            scan.arg(cursor).arg("TYPE").arg("stream").arg("COUNT").arg(10_000);
            let (next, keys): (u64, Vec<String>) = scan.query_async(&mut connection).await.context("SCAN")?;
            for key in keys {
                let trim = redis::cmd("XTRIM").arg(&key).arg("MAXLEN").arg(0).clone();
                trim.exec_async(&mut connection).await.with_context(|| format!("XTRIM {key}"))?;
            }
            if next == 0 {
                return Ok(());
            }
            cursor = next;
        }
    }
}

fn program() -> Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = ["redis-server", "valkey-server"]
        .iter()
        .flat_map(|name| std::env::split_paths(&path).map(move |folder| folder.join(name)))
        .find(|file| file.is_file());
    found.context("neither redis-server nor valkey-server is in PATH")
}

/// Part of Redis' `INFO`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Counters {
    /// How often each command ran, those inside scripts included.
    pub operations: BTreeMap<String, u64>,
    pub bytes_in: u64,
    pub bytes_out: u64,
    pub used_memory: u64,
}

impl Counters {
    fn read(info: &str) -> Result<Counters> {
        let mut counters = Counters::default();
        for line in info.lines() {
            let Some((name, value)) = line.split_once(':') else { continue };
            if let Some(command) = name.strip_prefix("cmdstat_") {
                let calls = value.strip_prefix("calls=").and_then(|value| value.split(',').next());
                let calls = calls.with_context(|| format!("INFO says {line}"))?.parse()?;
                counters.operations.insert(command.to_owned(), calls);
            } else {
                match name {
                    "total_net_input_bytes" => counters.bytes_in = value.parse()?,
                    "total_net_output_bytes" => counters.bytes_out = value.parse()?,
                    "used_memory" => counters.used_memory = value.parse()?,
                    _ => {}
                }
            }
        }
        // Asking is not part of what is measured.
        counters.operations.remove("info");
        Ok(counters)
    }

    /// Operations since `before`, by command; those that did not happen are left out.
    pub fn operations_since(&self, before: &Counters) -> BTreeMap<String, u64> {
        let since = |(command, calls): (&String, &u64)| {
            (command.clone(), calls - before.operations.get(command).copied().unwrap_or(0).min(*calls))
        };
        self.operations.iter().map(since).filter(|(_, calls)| *calls > 0).collect()
    }
}
