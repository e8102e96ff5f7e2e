//! What is measured: Weir, and the floor that it is measured against, each over a Redis of its own.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use tempfile::TempDir;
use tokio::process::Command;

use crate::processes::Process;
use crate::redis_server::{Fsync, Redis};

pub const API_KEY: &str = "bench";
pub const API_SECRET: &str = "the-secret-of-the-benchmark-0001";
/// First argument of this program when it is to be the floor.
pub const FLOOR: &str = "floor";

/// Where results and logs go.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench")
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    Floor,
    Weir,
}

impl Subject {
    pub const ALL: [Subject; 2] = [Subject::Floor, Subject::Weir];

    pub fn name(self) -> &'static str {
        match self {
            Subject::Floor => "floor",
            Subject::Weir => "weir",
        }
    }

    /// Where the last server of the kind wrote what went wrong.
    pub fn log(self) -> PathBuf {
        folder().join(self.name()).with_extension("log")
    }

    fn command(self, redis: &Redis, data: &TempDir) -> Result<Command> {
        let mut command = match self {
            Subject::Floor => {
                let mut command = Command::new(std::env::current_exe()?);
                command.arg(FLOOR);
                command
            }
            Subject::Weir => {
                let mut command = Command::new(env!("CARGO_BIN_EXE_weir"));
                command.args(["serve", "--port", "0", "--rate-limits", "off", "--log", "warn", "--api-key", API_KEY]);
                let durability = match redis.fsync {
                    Fsync::EverySecond => "fast",
                    Fsync::Always => "durable",
                };
                command.args(["--durability", durability, "--data-dir"]).arg(data.path());
                command
            }
        };
        command.env("REDIS_URL", &redis.url).env("WEIR_API_SECRET", API_SECRET);
        Ok(command)
    }
}

/// A server that runs, with its Redis.
pub struct Server {
    pub subject: Subject,
    pub address: SocketAddr,
    pub process: Process,
    pub redis: Redis,
    _data: TempDir,
}

impl Server {
    pub async fn start(subject: Subject, fsync: Fsync) -> Result<Server> {
        Server::start_over(subject, Redis::start(fsync).await?).await
    }

    pub async fn start_over(subject: Subject, redis: Redis) -> Result<Server> {
        let data = TempDir::new()?;
        let mut command = subject.command(&redis, &data)?;
        let (process, said) =
            Process::start(subject.name(), &mut command, &subject.log(), "listening on http://").await?;
        let address = said.split("http://").nth(1).context("an address after http://")?;
        let address = address.trim().parse().with_context(|| format!("an address in \"{said}\""))?;
        Ok(Server { subject, address, process, redis, _data: data })
    }

    /// Processor time of the server and of Redis.
    pub fn cpu(&self) -> Result<Cpu> {
        Ok(Cpu { server: self.process.cpu()?, redis: self.redis.process.cpu()? })
    }

    pub async fn stop(mut self) -> Result<()> {
        self.process.ensure_alive()?;
        self.process.stop().await?;
        self.redis.process.stop().await
    }
}

#[derive(Clone, Copy, Debug)]
pub struct Cpu {
    pub server: Duration,
    pub redis: Duration,
}

impl Cpu {
    pub fn since(self, before: Cpu) -> Cpu {
        Cpu { server: self.server - before.server, redis: self.redis - before.redis }
    }
}
