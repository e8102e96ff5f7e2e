//! A real server for a test: the built binary with its private Redis, in a folder of its own.

pub mod redis;

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use reqwest::Method;
use serde_json::Value;
use tempfile::TempDir;
use weir::auth::Tokens;

pub const KEY: &str = "housekey0001";
pub const SECRET: &str = "the-secret-of-the-house-tests-0001";

/// A running server; dropping it ends it.
pub struct Server {
    pub url: String,
    process: Child,
    _data: TempDir,
}

impl Server {
    /// A server with its private Redis.
    pub fn start() -> Server {
        let data = TempDir::new().expect("a folder for the data");
        Server::run(serve(data.path()), data)
    }

    /// A server over an existing Redis.
    pub fn over(url: &str, prefix: &str) -> Server {
        Server::over_with(url, prefix, &[])
    }

    /// The same with more in its environment.
    pub fn over_with(url: &str, prefix: &str, environment: &[(&str, &OsStr)]) -> Server {
        let data = TempDir::new().expect("a folder for the data");
        let mut command = serve(data.path());
        command.env("REDIS_URL", url).args(["--key-prefix", prefix]).envs(environment.iter().copied());
        Server::run(command, data)
    }

    /// The command of [`Server::over`], for a start that is expected to fail.
    pub fn command(url: &str, prefix: &str) -> Command {
        let mut command = serve(&std::env::temp_dir().join(format!("weir-{}", std::process::id())));
        command.env("REDIS_URL", url).args(["--key-prefix", prefix]);
        command
    }

    fn run(mut command: Command, data: TempDir) -> Server {
        let mut process = command.stdout(Stdio::piped()).spawn().expect("the binary starts");
        let output = process.stdout.take().expect("its output is piped");
        let line = BufReader::new(output).lines().next().expect("it says where it listens").expect("as text");
        let url = line.strip_prefix("Weir is listening on ").expect("the first line names the address").to_owned();
        Server { url, process, _data: data }
    }

    /// What the process holds in memory, in KiB.
    pub fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("it has memory");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }

    /// A token for a user.
    pub fn token(user: &str) -> String {
        Tokens::new(SECRET, false).sign_user(user, None, weir::wire::Time::local()).expect("a token")
    }

    /// A token that may do everything.
    pub fn server_token() -> String {
        Tokens::new(SECRET, false).sign_server().expect("a token")
    }

    /// One call; `token` is left out for a stranger.
    pub async fn call(&self, method: Method, path: &str, token: Option<&str>, body: Option<&Value>) -> (u16, Value) {
        let separator = if path.contains('?') { '&' } else { '?' };
        let mut request = reqwest::Client::new().request(method, format!("{}{path}{separator}api_key={KEY}", self.url));
        if let Some(token) = token {
            request = request.header("authorization", token).header("stream-auth-type", "jwt");
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.expect("an answer");
        let status = response.status().as_u16();
        (status, response.json().await.expect("a JSON answer"))
    }
}

fn serve(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_weir"));
    command.args([
        "serve",
        "--port",
        "0",
        "--rate-limits",
        "off",
        "--link-previews",
        "off",
        "--api-key",
        KEY,
        "--data-dir",
    ]);
    command.arg(data).env("WEIR_API_SECRET", SECRET).env("WEIR_DURABILITY", "fast");
    command
}

impl Drop for Server {
    fn drop(&mut self) {
        // SIGKILL: the private Redis dies with its parent.
        self.process.kill().expect("the server can be ended");
        self.process.wait().expect("and is gone");
    }
}
