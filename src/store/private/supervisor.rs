//! The thread that keeps the private Redis running.
//!
//! It lives as long as Redis does, because the kernel's "end when your parent ends" belongs to the
//! *thread* that spawned. Every line that Redis logs, its end, and our wish to stop arrive in this
//! thread's inbox, so the state changes in one place and in order.

use std::{
    collections::VecDeque,
    fs::{File, TryLockError},
    io::{self, Read, Write},
    os::unix::net::UnixStream,
    path::Path,
    sync::mpsc::{Receiver, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use nix::sys::signal::Signal;
use tokio::sync::{oneshot, watch};

use super::{
    PrivateRedisError, State,
    child::{Launch, Notice, RedisProcess},
};

/// How long a Redis of an earlier Weir, and ours at the end, may take to write and end.
const PATIENCE: Duration = Duration::from_secs(10);
/// Redis says when it is ready; should a version say it in other words, we ask this often.
const ASK_EVERY: Duration = Duration::from_secs(1);
/// Pause before the second restart in a row; it doubles up to `LONGEST_PAUSE`.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// A Redis that stood this long makes the next restart a first one again.
const STEADY: Duration = Duration::from_secs(30);
/// Lines of Redis' log that are shown when it does not start.
const LAST_WORDS: usize = 8;

type Started = Result<(), PrivateRedisError>;

pub(super) struct Supervisor {
    launch: Launch,
    notices: Receiver<Notice>,
    state: watch::Sender<State>,
    last_words: VecDeque<String>,
}

/// How a Redis process came to its end.
enum End {
    ByUs,
    ByItself(String),
}

impl Supervisor {
    pub(super) fn new(launch: Launch, notices: Receiver<Notice>, state: watch::Sender<State>) -> Self {
        Self { launch, notices, state, last_words: VecDeque::new() }
    }

    /// Starts the thread, which keeps `weir_lock` until Redis has ended. The receiver hears when the
    /// first process runs, or why not.
    pub(super) fn start(mut self, weir_lock: File) -> io::Result<oneshot::Receiver<Started>> {
        let (started, outcome) = oneshot::channel();
        let supervise = move || {
            let last_state = self.run(started);
            // Free the folder before telling: whoever hears it may start the next one there.
            drop(self.launch);
            drop(weir_lock);
            self.state.send_replace(last_state);
        };
        thread::Builder::new().name("redis".to_owned()).spawn(supervise)?;
        Ok(outcome)
    }

    fn run(&mut self, started: oneshot::Sender<Started>) -> State {
        let folder = self.launch.folder.path.clone();
        let spawned = self
            .await_predecessor()
            .and_then(|()| self.launch.spawn().map_err(|cause| PrivateRedisError::Io { folder, cause }));
        match spawned {
            Ok(redis) => match started.send(Ok(())) {
                Ok(()) => self.watch_over(redis),
                // The caller gave up waiting: nobody would ever stop it.
                Err(_) => self.end(redis),
            },
            Err(error) => {
                let why = error.to_string();
                // A caller that gave up needs no explanation.
                let _unheard = started.send(Err(error));
                State::Failed(why)
            }
        }
    }

    /// Waits for a Redis that outlived its Weir to finish writing: it holds the lock until it ends.
    fn await_predecessor(&self) -> Started {
        let folder = || self.launch.folder.path.clone();
        let deadline = Instant::now() + PATIENCE;
        let mut pause = Duration::from_millis(5);
        loop {
            match self.launch.redis_lock.try_lock() {
                Ok(()) => return Ok(()),
                Err(TryLockError::Error(cause)) => return Err(PrivateRedisError::Io { folder: folder(), cause }),
                Err(TryLockError::WouldBlock) if Instant::now() > deadline => {
                    return Err(PrivateRedisError::StillWriting(folder()));
                }
                // A blocking lock has no time limit, so this asks with growing pauses.
                Err(TryLockError::WouldBlock) => thread::sleep(pause),
            }
            pause = (pause * 2).min(FIRST_PAUSE);
        }
    }

    /// Keeps a Redis running until it is told to stop; returns the last state.
    fn watch_over(&mut self, mut redis: RedisProcess) -> State {
        let mut was_ready = false;
        let mut restarts_in_a_row = 0;
        loop {
            let since = Instant::now();
            let why = match self.attend(redis, &mut was_ready) {
                End::ByUs => return State::Stopped,
                End::ByItself(why) => why,
            };
            if !was_ready {
                return State::Failed(why);
            }
            tracing::error!("the private Redis ended and is started again: {why}");
            self.state.send_replace(State::Restarting);
            if since.elapsed() > STEADY {
                restarts_in_a_row = 0;
            }
            match self.restart(&mut restarts_in_a_row) {
                Some(next) => redis = next,
                None => return State::Stopped,
            }
            self.state.send_replace(State::Loading);
        }
    }

    /// Starts Redis again after a pause, as often as it takes; `None` when told to stop meanwhile.
    fn restart(&mut self, restarts_in_a_row: &mut u32) -> Option<RedisProcess> {
        loop {
            if self.told_to_stop_within(pause_before(*restarts_in_a_row)) {
                return None;
            }
            *restarts_in_a_row += 1;
            match self.launch.spawn() {
                Ok(redis) => return Some(redis),
                Err(error) => tracing::error!("cannot start the private Redis again: {error}"),
            }
        }
    }

    /// Follows one process from its start to its end.
    fn attend(&mut self, redis: RedisProcess, was_ready: &mut bool) -> End {
        let id = redis.id();
        let mut ready = false;
        self.last_words.clear();
        loop {
            let notice = if ready { self.notices.recv().ok() } else { self.next_notice(ASK_EVERY) };
            let may_be_ready = match notice {
                Some(Notice::Stop) => {
                    self.end(redis);
                    return End::ByUs;
                }
                Some(Notice::Ended(ended)) if ended == id => return self.obituary(redis),
                Some(Notice::Line(from, line)) if from == id => {
                    let announced = line.to_ascii_lowercase().contains("ready to accept connections");
                    self.note(line, ready);
                    announced
                }
                Some(_) => false,
                None => true,
            };
            if !ready && may_be_ready && answers(&self.launch.folder.socket) {
                ready = true;
                *was_ready = true;
                self.state.send_replace(State::Ready);
            }
        }
    }

    fn next_notice(&self, patience: Duration) -> Option<Notice> {
        self.notices.recv_timeout(patience).ok()
    }

    fn told_to_stop_within(&self, pause: Duration) -> bool {
        let deadline = Instant::now() + pause;
        loop {
            match self.notices.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(Notice::Stop) | Err(RecvTimeoutError::Disconnected) => return true,
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => return false,
            }
        }
    }

    fn note(&mut self, line: String, ready: bool) {
        // Redis marks warnings with #. Before it is ready they are advice about the machine.
        if ready && line.contains(" # ") {
            tracing::warn!(target: "weir::redis", "{line}");
        } else {
            tracing::debug!(target: "weir::redis", "{line}");
        }
        if self.last_words.len() == LAST_WORDS {
            self.last_words.pop_front();
        }
        self.last_words.push_back(line);
    }

    /// Reaps a process that ended by itself; says how it ended and what it said last.
    fn obituary(&mut self, redis: RedisProcess) -> End {
        let id = redis.id();
        let mut stop = false;
        // Its last lines may still be on their way. A child of it can hold the pipe open, hence the limit.
        loop {
            match self.next_notice(ASK_EVERY) {
                Some(Notice::Line(from, line)) if from == id => self.note(line, false),
                Some(Notice::Silent(from)) if from == id => break,
                Some(Notice::Stop) => stop = true,
                Some(_) => {}
                None => break,
            }
        }
        let how = redis.reap().map_or_else(|error| error.to_string(), |status| status.to_string());
        if stop {
            return End::ByUs;
        }
        let words: Vec<&str> = self.last_words.iter().map(|line| line.trim()).collect();
        End::ByItself(format!(
            "{} ended ({how}); its last words:\n  {}",
            self.launch.program.display(),
            words.join("\n  ")
        ))
    }

    /// Asks Redis to end and waits; takes it by force when it does not.
    fn end(&mut self, redis: RedisProcess) -> State {
        redis.signal(Signal::SIGTERM);
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.next_notice(deadline.saturating_duration_since(Instant::now())) {
                Some(Notice::Ended(ended)) if ended == redis.id() => break,
                Some(_) => {}
                None => {
                    tracing::warn!("the private Redis did not end within {} s: killed", PATIENCE.as_secs());
                    redis.signal(Signal::SIGKILL);
                    break;
                }
            }
        }
        if let Err(error) = redis.reap() {
            tracing::warn!("the private Redis' end was not seen: {error}");
        }
        State::Stopped
    }
}

fn answers(socket: &Path) -> bool {
    let ask = || -> io::Result<bool> {
        let mut stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(ASK_EVERY))?;
        stream.write_all(b"PING\r\n")?;
        let mut answer = [0; 5];
        stream.read_exact(&mut answer)?;
        Ok(&answer == b"+PONG")
    };
    ask().unwrap_or(false)
}

fn pause_before(restarts_in_a_row: u32) -> Duration {
    match restarts_in_a_row {
        0 => Duration::ZERO,
        n => LONGEST_PAUSE.min(FIRST_PAUSE * 2_u32.saturating_pow((n - 1).min(16))),
    }
}
