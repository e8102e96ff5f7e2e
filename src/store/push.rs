//! What is to be pushed: the consumer group over the logs, and the queue of what goes to single devices.
//!
//! The group hands each entry of the logs to one node, once. What an entry asks for is noted in the queue of its partition by the
//! same script that acknowledges it, so a node that dies before leaves the entry to another, and one that dies afterwards the
//! queue. Whoever takes from the queue has a lease on it; a push that was sent but not settled before its node died is sent
//! again: at least once.

use std::sync::LazyLock;

use redis::{FromRedisValue, Value};
use serde::{Deserialize, Serialize};

use super::log::packed;
use super::record::{is_default, micros};
use super::redis::{Blocking, Script};
use super::{Entry, Store};
use crate::error::{ApiError, Result};
use crate::limits;
use crate::wire::Time;

static GROUP: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("scripts/push_group.lua")));
static PLAN: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("scripts/push_plan.lua")));
static TAKE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("scripts/push_take.lua")));
static SETTLE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("scripts/push_settle.lua")));

/// The group, and its only consumer: whose an entry is matters to nobody, only for how long it has been.
const GROUP_NAME: &str = "push";
/// Jobs that one script notes.
const TOGETHER: usize = 500;

/// What a push says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Notification {
    pub cid: String,
    pub message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    pub sender: String,
    pub title: String,
    pub body: String,
    #[serde(with = "micros")]
    pub at: Time,
}

/// A push to one device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct PushJob {
    pub user: String,
    pub device: String,
    pub note: Notification,
    /// How often it failed.
    #[serde(default, skip_serializing_if = "is_default")]
    pub failures: u32,
}

impl PushJob {
    /// One message is pushed to one device once, however often its entry is read.
    fn id(&self) -> String {
        [&self.note.message, "\n", &self.device].concat()
    }
}

/// What becomes of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Settled {
    Done,
    /// Not before so much time has passed.
    Later(std::time::Duration),
    /// Never: it goes to the dead letters.
    Dead,
}

/// A reader of the group, on a connection of its own.
pub(crate) struct PushReader {
    connection: Blocking,
    logs: Vec<(u16, String)>,
}

/// Entries of one partition that wait for their acknowledgement; those that cannot be read have no content.
pub(crate) type Taken = (u16, Vec<(String, Option<Entry>)>);

impl Store {
    /// The partitions, in groups that one reader follows together.
    pub(crate) async fn push_places(&self) -> Result<Vec<Vec<u16>>> {
        for partition in 0..self.partitions {
            let none: [&str; 0] = [];
            let _: i64 = self.redis.script(&GROUP, &self.log_key(partition), &none).await?;
        }
        let all = (0..self.partitions).collect();
        Ok(if self.redis.is_cluster() { (0..self.partitions).map(|one| vec![one]).collect() } else { vec![all] })
    }

    pub(crate) async fn push_reader(&self, partitions: &[u16]) -> Result<PushReader> {
        let logs: Vec<(u16, String)> =
            partitions.iter().map(|partition| (*partition, self.log_key(*partition))).collect();
        let first = logs.first().map_or("", |(_, key)| key.as_str());
        let connection = self.redis.blocking(first, limits::TAIL_BLOCK).await.map_err(ApiError::unavailable)?;
        Ok(PushReader { connection, logs })
    }

    /// Entries that somebody took a while ago and never acknowledged.
    pub(crate) async fn abandoned_entries(&self, partition: u16) -> Result<Taken> {
        let mut cmd = redis::cmd("XAUTOCLAIM");
        cmd.arg(self.log_key(partition)).arg(GROUP_NAME).arg(GROUP_NAME);
        cmd.arg(limits::PUSH_LEASE.as_millis() as u64).arg("0").arg("COUNT").arg(limits::PUSH_BATCH);
        let answer: Vec<Value> = self.redis.call(&cmd).await?;
        let entries = answer.into_iter().nth(1).unwrap_or(Value::Nil);
        Ok((partition, entries_of(entries)?))
    }

    /// Notes the jobs and acknowledges the entries that asked for them.
    pub(crate) async fn plan_pushes(&self, partition: u16, entries: &[String], jobs: &[PushJob]) -> Result<()> {
        let log = self.log_key(partition);
        let mut chunks = jobs.chunks(TOGETHER).peekable();
        loop {
            let chunk = chunks.next().unwrap_or_default();
            // Acknowledged with the last of them: until then all of it is done again.
            let acknowledged = if chunks.peek().is_none() { entries } else { &[] };
            let mut args: Vec<Vec<u8>> = vec![
                self.push_jobs_key(partition).into(),
                self.push_due_key(partition).into(),
                acknowledged.len().to_string().into(),
            ];
            args.extend(acknowledged.iter().map(|id| id.clone().into_bytes()));
            for job in chunk {
                args.extend([job.id().into_bytes(), serde_json::to_vec(job).map_err(ApiError::internal)?]);
            }
            let _: i64 = self.redis.script(&PLAN, &log, &args).await?;
            if chunks.peek().is_none() {
                return Ok(());
            }
        }
    }

    /// Up to `most` jobs that are due, on a lease.
    pub(crate) async fn due_pushes(&self, partition: u16, most: usize) -> Result<Vec<PushJob>> {
        let args = [self.push_jobs_key(partition), limits::PUSH_LEASE.as_micros().to_string(), most.to_string()];
        let jobs: Vec<Vec<u8>> = self.redis.script(&TAKE, &self.push_due_key(partition), &args).await?;
        let read = jobs.iter().filter_map(|json| match serde_json::from_slice(json) {
            Ok(job) => Some(job),
            Err(error) => {
                tracing::error!(%error, "a push that waits cannot be read");
                None
            }
        });
        Ok(read.collect())
    }

    /// Settles a job that was taken from the queue of this partition.
    pub(crate) async fn settle_push(&self, partition: u16, job: &PushJob, settled: Settled) -> Result<()> {
        let (how, delay) = match settled {
            Settled::Done => ("done", 0),
            Settled::Later(delay) => ("later", delay.as_micros()),
            Settled::Dead => ("dead", 0),
        };
        let args: [Vec<u8>; 7] = [
            self.push_jobs_key(partition).into(),
            self.push_dead_key(partition).into(),
            limits::PUSH_DEAD_LETTERS.to_string().into(),
            how.into(),
            job.id().into(),
            serde_json::to_vec(job).map_err(ApiError::internal)?,
            delay.to_string().into(),
        ];
        let _: i64 = self.redis.script(&SETTLE, &self.push_due_key(partition), &args).await?;
        Ok(())
    }

    pub(crate) fn push_partitions(&self) -> std::ops::Range<u16> {
        0..self.partitions
    }

    /// The deployment's secret of this name, made by `make` if it has none yet.
    pub(crate) async fn push_secret(&self, make: impl FnOnce() -> String) -> Result<String> {
        let key = self.push_secret_key();
        let kept: Option<String> = self.redis.call(redis::cmd("GET").arg(&key)).await?;
        if let Some(kept) = kept {
            return Ok(kept);
        }
        let made = make();
        // Of several nodes that start together one is first.
        let _: bool = self.redis.call(redis::cmd("SETNX").arg(&key).arg(&made)).await?;
        self.redis.call(redis::cmd("GET").arg(&key)).await
    }
}

impl PushReader {
    /// Waits for entries that nobody took yet. Empty when nothing came for a while.
    pub async fn next(&mut self) -> Result<Vec<Taken>> {
        let mut cmd = redis::cmd("XREADGROUP");
        cmd.arg("GROUP").arg(GROUP_NAME).arg(GROUP_NAME).arg("COUNT").arg(limits::PUSH_BATCH);
        cmd.arg("BLOCK").arg(limits::TAIL_BLOCK.as_millis() as u64).arg("STREAMS");
        for (_, key) in &self.logs {
            cmd.arg(key);
        }
        for _ in &self.logs {
            cmd.arg(">");
        }
        let answer = self.connection.call(&[&cmd]).await.map_err(ApiError::unavailable)?.pop().unwrap_or(Value::Nil);
        let streams: Option<Vec<(String, Value)>> = Option::from_redis_value(answer).map_err(ApiError::internal)?;
        let known = |key: &str| self.logs.iter().find(|(_, log)| log == key).map(|(partition, _)| *partition);
        let taken = streams.unwrap_or_default().into_iter().filter_map(|(key, entries)| Some((known(&key)?, entries)));
        taken.map(|(partition, entries)| Ok((partition, entries_of(entries)?))).collect()
    }
}

/// What cannot be read, or is no longer in the log, is acknowledged and told, so that it does not come again for ever.
fn entries_of(value: Value) -> Result<Vec<(String, Option<Entry>)>> {
    type Row = (String, Option<[Vec<u8>; 2]>);
    let rows: Option<Vec<Option<Row>>> = Option::from_redis_value(value).map_err(ApiError::internal)?;
    let read = |(id, fields): Row| {
        let entry = fields.and_then(|[moment, text]| {
            let entry = packed::unpack(&moment, text);
            entry.inspect_err(|error| tracing::error!(%error, "an entry of the log cannot be read")).ok()
        });
        (id, entry)
    };
    Ok(rows.unwrap_or_default().into_iter().flatten().map(read).collect())
}
