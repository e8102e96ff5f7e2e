//! A redis-server that keeps everything in its append-only file, and that can be killed, stopped and started again.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

/// How long Redis may take to answer after a start; it reads its file first.
const START: Duration = Duration::from_secs(30);

/// A port of this machine that nobody uses.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a free port").port()
}

/// The signal for a process.
pub fn signal(process: &Child, signal: Signal) {
    let pid = Pid::from_raw(i32::try_from(process.id()).expect("a process id"));
    kill(pid, signal).expect("the process takes signals");
}

pub struct Redis {
    pub port: u16,
    folder: TempDir,
    /// Settings beside those that all have.
    settings: Vec<String>,
    process: Child,
}

impl Redis {
    pub fn start() -> Redis {
        Redis::start_with(&[])
    }

    /// One with more settings.
    pub fn start_with(settings: &[&str]) -> Redis {
        let (port, folder) = (free_port(), TempDir::new().expect("a folder for Redis"));
        let settings: Vec<String> = settings.iter().map(|&word| word.to_owned()).collect();
        let process = launch(port, folder.path(), &settings);
        let redis = Redis { port, folder, settings, process };
        redis.await_answer();
        redis
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Ends it without a word, as a crash does.
    pub fn kill(&mut self) {
        self.process.kill().expect("redis-server can be killed");
        self.process.wait().expect("and is gone");
    }

    /// Starts it again over the same file, on the same port.
    pub fn restart(&mut self) {
        self.process = launch(self.port, self.folder.path(), &self.settings);
        self.await_answer();
    }

    /// Stops it where it stands: its sockets stay open, and nothing answers.
    pub fn pause(&self) {
        signal(&self.process, Signal::SIGSTOP);
    }

    pub fn resume(&self) {
        signal(&self.process, Signal::SIGCONT);
    }

    /// One command, its answer as redis-cli prints it.
    pub fn cli(&self, args: &[&str]) -> String {
        let output = Command::new("redis-cli").args(["-p", &self.port.to_string()]).args(args).output();
        String::from_utf8_lossy(&output.expect("redis-cli runs").stdout).trim().to_owned()
    }

    /// A field of `INFO`.
    pub fn info(&self, section: &str, field: &str) -> String {
        let info = self.cli(&["info", section]);
        let line = info.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
        line.expect("a field that Redis knows").trim().to_owned()
    }

    /// Redis has no signal for "I answer now" but answering.
    fn await_answer(&self) {
        let start = Instant::now();
        while self.cli(&["ping"]) != "PONG" {
            assert!(start.elapsed() < START, "redis-server does not answer");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        // It may be gone already; one that is stopped dies as well.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn launch(port: u16, folder: &Path, settings: &[String]) -> Child {
    Command::new("redis-server")
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""])
        .args(["--appendonly", "yes", "--appendfsync", "everysec", "--dir"])
        .arg(folder)
        .args(settings)
        .stdout(Stdio::null())
        .spawn()
        .expect("redis-server starts")
}
