//! Waiting for replicas: with the level `replicated`, a write is acknowledged when enough of them have it.
//!
//! Redis' `WAIT` holds up its connection, so it has one of its own per partition, and whoever comes while it waits shares the
//! next one. A replica has all that came before in the stream of writes: a mark is written behind those that wait, on the
//! master that is found to hold them (after a failover it may be one that never got them), and `WAIT` is for the mark.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use redis::{Cmd, ErrorKind, FromRedisValue, RedisError, ServerErrorKind, Value};
use tokio::sync::oneshot::{self, error::TryRecvError};

use super::Store;
use super::redis::{Blocking, Redis};
use crate::config::Promise;
use crate::error::{ApiError, Result};
use crate::limits;

/// Between two tries while a slot moves or a master is replaced.
const PAUSE: Duration = Duration::from_millis(20);
/// How often a turn is taken again whose holder went away in the middle of it.
const TURNS: usize = 8;

pub(super) struct Replicas {
    wanted: u8,
    patience: Duration,
    lines: Vec<Line>,
}

/// Those who wait in one partition.
#[derive(Default)]
struct Line {
    waiting: Mutex<Vec<Waiting>>,
    turn: tokio::sync::Mutex<Option<Blocking>>,
}

struct Waiting {
    proof: Proof,
    answer: oneshot::Sender<Verdict>,
}

type Verdict = std::result::Result<(), String>;

/// By what a write is known again.
#[derive(Clone, Debug)]
pub(super) enum Proof {
    /// Its entry in the log.
    Entry(String),
    /// A key that it made.
    Key(String),
    /// Nothing: only that it was carried out before.
    Order,
}

impl Line {
    fn waiting(&self) -> std::sync::MutexGuard<'_, Vec<Waiting>> {
        // A panic while the lock was held left the list itself whole.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Replicas {
    pub fn new(promise: &Promise, partitions: u16) -> Replicas {
        let lines = (0..partitions).map(|_| Line::default()).collect();
        Replicas { wanted: promise.replicas, patience: promise.patience, lines }
    }

    /// Writes the mark and waits for the replicas; one verdict for each proof.
    async fn mark(
        &self,
        redis: &Redis,
        connection: &mut Option<Blocking>,
        log: &str,
        args: &[String],
    ) -> std::result::Result<Vec<Verdict>, String> {
        let mark = redis.keyed("EVAL", include_str!("scripts/mark.lua"), log, args);
        let mut wait = redis::cmd("WAIT");
        wait.arg(self.wanted).arg(self.patience.as_millis() as u64);
        let start = Instant::now();
        loop {
            let error = match asked(redis, connection, log, self.patience, [&mark, &wait]).await {
                Ok((there, copies)) => return Ok(there.into_iter().map(|there| self.verdict(there, copies)).collect()),
                Err(error) => error,
            };
            *connection = None;
            let moving = error.kind() == ErrorKind::Server(ServerErrorKind::TryAgain);
            if start.elapsed() > if moving { limits::REDIS_SLOT_PATIENCE } else { self.patience } {
                return Err(error.to_string());
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    fn verdict(&self, there: bool, copies: u64) -> Verdict {
        match there {
            true if copies >= u64::from(self.wanted) => Ok(()),
            true => Err(format!("{copies} of {} replicas confirmed within {:?}", self.wanted, self.patience)),
            false => Err("the master that took the write was replaced by one that has not got it".to_owned()),
        }
    }
}

async fn asked(
    redis: &Redis,
    connection: &mut Option<Blocking>,
    log: &str,
    patience: Duration,
    cmds: [&Cmd; 2],
) -> std::result::Result<(Vec<bool>, u64), RedisError> {
    let connection = match connection {
        Some(connection) => connection,
        None => connection.insert(redis.blocking(log, patience).await?),
    };
    let mut answers = connection.call(&cmds).await?.into_iter();
    let there = Vec::<bool>::from_redis_value(answers.next().unwrap_or(Value::Nil))?;
    Ok((there, u64::from_redis_value(answers.next().unwrap_or(Value::Nil))?))
}

impl Store {
    /// Carries out a write that stands alone (a claim, an index) and leaves the key behind.
    pub(super) async fn write<T: FromRedisValue + Send>(&self, key: &str, cmd: &Cmd) -> Result<T> {
        let answer = self.redis.call(cmd).await?;
        let partition = key.split(['{', '}']).nth(1).and_then(|tag| tag.parse().ok()).unwrap_or_default();
        self.confirm(partition, Proof::Key(key.to_owned())).await?;
        Ok(answer)
    }

    /// Returns when enough replicas have all that was written about the channel so far.
    pub(crate) async fn confirm_channel(&self, cid: &str) -> Result<()> {
        self.confirm(self.partition(cid), Proof::Order).await
    }

    /// Returns when enough replicas have the write; at once where that was not promised.
    pub(super) async fn confirm(&self, partition: u16, proof: Proof) -> Result<()> {
        let Some(replicas) = &self.replicas else { return Ok(()) };
        let line = &replicas.lines[usize::from(partition)];
        for _ in 0..TURNS {
            let (answer, mut heard) = oneshot::channel();
            line.waiting().push(Waiting { proof: proof.clone(), answer });
            let mut connection = line.turn.lock().await;
            match heard.try_recv() {
                Ok(verdict) => return verdict.map_err(unconfirmed),
                Err(TryRecvError::Closed) => continue,
                Err(TryRecvError::Empty) => {}
            }
            let waiting = std::mem::take(&mut *line.waiting());
            let mut args = vec![self.mark_key(partition)];
            for Waiting { proof, .. } in &waiting {
                let (how, what) = match proof {
                    Proof::Entry(id) => ("entry", id.as_str()),
                    Proof::Key(key) => ("key", key.as_str()),
                    Proof::Order => ("order", ""),
                };
                args.extend([how.to_owned(), what.to_owned()]);
            }
            let log = self.log_key(partition);
            let verdicts = replicas.mark(&self.redis, &mut connection, &log, &args).await;
            for (index, Waiting { answer, .. }) in waiting.into_iter().enumerate() {
                let verdict = match &verdicts {
                    Ok(verdicts) => verdicts.get(index).cloned().unwrap_or_else(|| Err("no answer".to_owned())),
                    Err(error) => Err(error.clone()),
                };
                // Whoever no longer waits need not hear.
                let _gone = answer.send(verdict);
            }
            if let Ok(verdict) = heard.try_recv() {
                return verdict.map_err(unconfirmed);
            }
        }
        Err(unconfirmed("nobody waited for the replicas to the end".to_owned()))
    }
}

/// The change may be there: the same request with the same id finds it.
fn unconfirmed(why: String) -> ApiError {
    let mut error = ApiError::unavailable(anyhow::anyhow!("the replicas did not confirm a write: {why}"));
    error.message =
        "the change was made but too few replicas confirmed it in time, so it may be lost; please try again".to_owned();
    error
}
