//! A redis-server for a test, set up as the test says; it ends with it.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

pub struct Redis {
    pub port: u16,
    process: Child,
    _folder: TempDir,
}

impl Redis {
    pub fn start(settings: &[&str]) -> Redis {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a free port").port();
        let folder = TempDir::new().expect("a folder");
        let mut command = Command::new("redis-server");
        command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--dir"]).arg(folder.path());
        let process = command.args(settings).stdout(Stdio::null()).spawn().expect("redis-server starts");
        let redis = Redis { port, process, _folder: folder };
        redis.until("it answers", || redis.cli(&["ping"]) == "PONG");
        redis
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// One command, its answer as redis-cli prints it.
    pub fn cli(&self, words: &[&str]) -> String {
        let output = Command::new("redis-cli").args(["-p", &self.port.to_string()]).args(words).output();
        String::from_utf8_lossy(&output.expect("redis-cli runs").stdout).trim().to_owned()
    }

    /// Redis has no signal for what it becomes but being asked.
    pub fn until(&self, what: &str, holds: impl Fn() -> bool) {
        let start = Instant::now();
        while !holds() {
            assert!(start.elapsed() < Duration::from_secs(20), "it is not so that {what}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Ends it without a word.
    pub fn kill(&mut self) {
        self.process.kill().expect("redis-server can be killed");
        self.process.wait().expect("and is gone");
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
