//! One Redis process: how it is started, bound to this process, signalled and reaped.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    os::{
        fd::{AsRawFd, BorrowedFd, RawFd},
        unix::process::CommandExt,
    },
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::Sender,
    thread,
};

use nix::{
    errno::Errno,
    fcntl::{FcntlArg, FdFlag, fcntl},
    sys::{
        prctl::set_pdeathsig,
        signal::{Signal, kill, killpg},
        wait::{Id, WaitPidFlag, waitid},
    },
    unistd::{Pid, getpid, getppid},
};

use super::{Folder, SOCKET};
use crate::config::Durability;

/// What the supervisor hears. Process ids tell late notices of an earlier process apart.
#[derive(Debug)]
pub(super) enum Notice {
    /// The process logged a line.
    Line(u32, String),
    /// The process will log no more.
    Silent(u32),
    /// The process ended and waits to be reaped.
    Ended(u32),
    /// We are to end it.
    Stop,
}

/// All that starting a Redis takes.
pub(super) struct Launch {
    pub(super) program: PathBuf,
    pub(super) durability: Durability,
    pub(super) folder: Folder,
    /// Locked by the supervisor; every Redis inherits it.
    pub(super) redis_lock: File,
    pub(super) inbox: Sender<Notice>,
}

/// A running Redis. Whoever holds it must `reap` it.
pub(super) struct RedisProcess(Child);

impl Launch {
    /// Starts a Redis that ends when the calling thread does.
    pub(super) fn spawn(&self) -> io::Result<RedisProcess> {
        let (output, input) = io::pipe()?;
        let mut command = Command::new(&self.program);
        command
            .args(arguments(self.durability))
            .current_dir(&self.folder.path)
            // Its environment can be read by tools that have no business with our secrets.
            .env_clear()
            .stdin(Stdio::null())
            .stdout(input.try_clone()?)
            .stderr(input)
            // Ctrl-C in the terminal is for Weir, which ends Redis last.
            .process_group(0);
        bind_to_this_process(&mut command, self.redis_lock.as_raw_fd());
        let redis = RedisProcess(command.spawn()?);
        if let Err(error) = self.listen(&redis, output) {
            // Unwatched it would go on writing beside its successor.
            redis.signal(Signal::SIGKILL);
            redis.reap()?;
            return Err(error);
        }
        Ok(redis)
    }

    fn listen(&self, redis: &RedisProcess, output: io::PipeReader) -> io::Result<()> {
        let id = redis.id();
        let inbox = self.inbox.clone();
        thread::Builder::new().name("redis-log".to_owned()).spawn(move || forward_lines(id, output, &inbox))?;
        let inbox = self.inbox.clone();
        thread::Builder::new().name("redis-end".to_owned()).spawn(move || announce_end(id, &inbox))?;
        Ok(())
    }
}

impl RedisProcess {
    pub(super) fn id(&self) -> u32 {
        self.0.id()
    }

    /// Signals the process. It is not reaped yet, so its id cannot have passed to another.
    pub(super) fn signal(&self, signal: Signal) {
        let id = pid(self.id());
        // By force means with the children that rewrite its files.
        let sent = if signal == Signal::SIGKILL { killpg(id, signal) } else { kill(id, signal) };
        if let Err(error) = sent {
            tracing::warn!("cannot send {signal} to the private Redis: {error}");
        }
    }

    /// Waits for the end and lets the process id go.
    pub(super) fn reap(mut self) -> io::Result<ExitStatus> {
        self.0.wait()
    }
}

fn arguments(durability: Durability) -> Vec<&'static str> {
    let fsync = match durability {
        Durability::Fast => "everysec",
        Durability::Durable | Durability::Replicated => "always",
    };
    let settings = [
        ["--port", "0"],
        ["--unixsocket", SOCKET],
        ["--unixsocketperm", "700"],
        ["--dir", "."],
        ["--daemonize", "no"],
        ["--logfile", ""],
        ["--save", ""],
        ["--appendonly", "yes"],
        ["--appendfsync", fsync],
        ["--maxmemory-policy", "noeviction"],
    ];
    settings.concat()
}

/// Makes the child end with this process, and inherit the lock that says that it still writes.
#[expect(unsafe_code, reason = "what happens between fork and exec can only be said through pre_exec")]
fn bind_to_this_process(command: &mut Command, lock: RawFd) {
    let parent = getpid();
    let prepare = move || {
        set_pdeathsig(Signal::SIGTERM)?;
        // The parent may have ended before the line above: then the signal will never come.
        if getppid() != parent {
            return Err(Errno::ESRCH.into());
        }
        // SAFETY: `Launch` holds the file open while it spawns, so after the fork the number names
        // it here too.
        let lock = unsafe { BorrowedFd::borrow_raw(lock) };
        fcntl(lock, FcntlArg::F_SETFD(FdFlag::empty()))?;
        Ok(())
    };
    // SAFETY: between fork and exec only async-signal-safe calls are allowed. `prepare` makes three
    // system calls (prctl, getppid, fcntl), allocates nothing and takes no lock.
    unsafe { command.pre_exec(prepare) };
}

fn forward_lines(id: u32, output: impl Read, inbox: &Sender<Notice>) {
    for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line).into_owned();
        // Read on without a listener: Redis must never block on a full pipe.
        let _unheard = inbox.send(Notice::Line(id, line));
    }
    let _unheard = inbox.send(Notice::Silent(id));
}

/// Waits for the end without reaping, so that the supervisor may still signal the id safely.
fn announce_end(id: u32, inbox: &Sender<Notice>) {
    let ended = WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT;
    while let Err(Errno::EINTR) = waitid(Id::Pid(pid(id)), ended) {}
    let _unheard = inbox.send(Notice::Ended(id));
}

fn pid(id: u32) -> Pid {
    Pid::from_raw(id.cast_signed())
}
