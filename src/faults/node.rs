//! One server process of the world: started on a port that it keeps, killed, started again.

use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use nix::sys::signal::Signal;
use tempfile::TempDir;
use weir::auth::Tokens;
use weir::wire::Time;

use crate::redis::{free_port, signal};

pub const KEY: &str = "faultskey001";
const SECRET: &str = "the-secret-of-the-fault-tests-000001";

/// The binary: the one that was built with the tests, or `WEIR_BIN`.
fn binary() -> PathBuf {
    std::env::var_os("WEIR_BIN").map_or_else(|| env!("CARGO_BIN_EXE_weir").into(), PathBuf::from)
}

/// Tokens, as an app's own backend makes them.
pub fn tokens() -> Tokens {
    Tokens::new(SECRET, false)
}

/// A token for a user, issued now.
pub fn user_token(user: &str) -> String {
    tokens().sign_user(user, None, Time::local()).expect("a token")
}

/// A token that may do everything.
pub fn server_token() -> String {
    tokens().sign_server().expect("a token")
}

/// A token with these claims, given as JSON.
pub fn sign(claims: &str) -> String {
    let claims: serde_json::Value = serde_json::from_str(claims).expect("claims are JSON");
    let key = jsonwebtoken::EncodingKey::from_secret(SECRET.as_bytes());
    jsonwebtoken::encode(&jsonwebtoken::Header::default(), &claims, &key).expect("a token")
}

pub struct Node {
    pub port: u16,
    redis: String,
    environment: Vec<(String, OsString)>,
    data: TempDir,
    process: Child,
}

impl Node {
    /// A node over the Redis at `url`, with more in its environment.
    pub fn start(url: &str, environment: &[(&str, OsString)]) -> Node {
        let (port, data) = (free_port(), TempDir::new().expect("a folder for the data"));
        let environment: Vec<_> = environment.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let process = launch(port, &data, url, &environment);
        Node { port, redis: url.to_owned(), environment, data, process }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Ends it without a word, as a crash does.
    pub fn kill(&mut self) {
        self.process.kill().expect("the node can be killed");
        self.process.wait().expect("and is gone");
    }

    /// Stops it where it stands: its sockets stay open, and it neither hears nor says anything.
    pub fn pause(&self) {
        signal(&self.process, Signal::SIGSTOP);
    }

    pub fn resume(&self) {
        signal(&self.process, Signal::SIGCONT);
    }

    /// Starts it again on its port. Returns when it listens.
    pub fn restart(&mut self) {
        self.process = launch(self.port, &self.data, &self.redis, &self.environment);
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn launch(port: u16, data: &TempDir, redis: &str, environment: &[(String, OsString)]) -> Child {
    let mut command = Command::new(binary());
    command.args(["serve", "--rate-limits", "off", "--link-previews", "off", "--api-key", KEY, "--log"]);
    // A node whose Redis is away warns of it many times a second.
    command.arg(std::env::var("FAULTS_LOG").unwrap_or_else(|_| "error".into()));
    command.args(["--port", &port.to_string(), "--data-dir"]).arg(data.path());
    command.env("WEIR_API_SECRET", SECRET).env("REDIS_URL", redis).env("WEIR_DURABILITY", "fast");
    for (name, value) in environment {
        command.env(name, value);
    }
    let mut process = command.stdout(Stdio::piped()).spawn().expect("the binary starts");
    let output = process.stdout.take().expect("its output is piped");
    let line = BufReader::new(output).lines().next();
    let line = line.and_then(Result::ok).unwrap_or_else(|| panic!("the node on port {port} did not start"));
    assert!(line.starts_with("Weir is listening on "), "{line}");
    process
}
