//! An existing Redis: its password, its database, the key prefix; and what happens while it is away.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;
use tempfile::TempDir;

use crate::harness::Server;

const PASSWORD: &str = "open-sesame";

/// A redis-server with a password, on a port of its own, that keeps its data over a restart.
pub struct Redis {
    port: u16,
    folder: TempDir,
    process: Child,
}

impl Redis {
    pub fn start() -> Redis {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a free port").port();
        let folder = TempDir::new().expect("a folder");
        let process = launch(port, folder.path());
        let redis = Redis { port, folder, process };
        redis.await_answer();
        redis
    }

    pub fn url(&self) -> String {
        format!("redis://:{PASSWORD}@127.0.0.1:{}/3", self.port)
    }

    fn kill(&mut self) {
        self.process.kill().expect("redis-server can be killed");
        self.process.wait().expect("and is gone");
    }

    fn restart(&mut self) {
        self.process = launch(self.port, self.folder.path());
        self.await_answer();
    }

    pub fn cli(&self, args: &[&str]) -> String {
        let port = self.port.to_string();
        let output = Command::new("redis-cli")
            .args(["-p", &port, "-a", PASSWORD, "--no-auth-warning", "-n", "3"])
            .args(args)
            .output();
        String::from_utf8_lossy(&output.expect("redis-cli runs").stdout).trim().to_owned()
    }

    /// Redis has no signal for "I answer now" but answering.
    fn await_answer(&self) {
        let start = Instant::now();
        while self.cli(&["ping"]) != "PONG" {
            assert!(start.elapsed() < Duration::from_secs(10), "redis-server does not answer");
            std::thread::yield_now();
        }
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A certificate for `localhost` and the authority that signed it, made for this test.
fn make_certificates(folder: &Path) {
    let run = |args: &[&str]| {
        let output = Command::new("openssl").args(args).current_dir(folder).output().expect("openssl runs");
        assert!(output.status.success(), "openssl {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    let key = ["-newkey", "rsa:2048", "-nodes"];
    let authority = ["req", "-x509", "-days", "2", "-subj", "/CN=test", "-keyout", "ca.key", "-out", "ca.pem"];
    run(&[&authority[..], &key[..]].concat());
    run(&[&["req", "-subj", "/CN=localhost", "-keyout", "redis.key", "-out", "redis.csr"], &key[..]].concat());
    std::fs::write(folder.join("names"), "subjectAltName=DNS:localhost\n").expect("the folder takes files");
    let sign = ["x509", "-req", "-in", "redis.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"];
    run(&[&sign[..], &["-days", "2", "-extfile", "names", "-out", "redis.pem"]].concat());
}

fn launch(port: u16, folder: &Path) -> Child {
    Command::new("redis-server")
        .args([
            "--port",
            &port.to_string(),
            "--bind",
            "127.0.0.1",
            "--requirepass",
            PASSWORD,
            "--save",
            "",
            "--appendonly",
            "yes",
        ])
        .args(["--appendfsync", "always", "--dir"])
        .arg(folder)
        .stdout(Stdio::null())
        .spawn()
        .expect("redis-server starts")
}

async fn send(server: &Server, id: &str) -> (u16, serde_json::Value) {
    let message = json!({"message": {"id": id, "text": "still here"}});
    server.call(Method::POST, "/channels/messaging/pond/message", Some(&Server::token("ada")), Some(&message)).await
}

async fn make_channel(server: &Server) {
    let data = json!({"data": {"members": ["ada"]}, "state": true});
    let ada = Server::token("ada");
    // The first call makes ada known, so that she can be a member.
    server.call(Method::POST, "/channels", Some(&ada), Some(&json!({}))).await;
    let (status, body) = server.call(Method::POST, "/channels/messaging/pond/query", Some(&ada), Some(&data)).await;
    assert_eq!(status, 201, "{body}");
}

#[tokio::test]
async fn password_database_and_prefix_are_obeyed() {
    let redis = Redis::start();
    let server = Server::over(&redis.url(), "harbour");
    make_channel(&server).await;
    assert_eq!(send(&server, "m-1").await.0, 201);
    assert_eq!(redis.cli(&["keys", "weir:*"]), "", "nothing outside the prefix");
    assert!(redis.cli(&["keys", "harbour:*:message:m-1"]).contains("m-1"));
}

#[tokio::test]
async fn while_redis_is_away_calls_end_soon_with_503_and_all_comes_back() {
    let mut redis = Redis::start();
    let server = Server::over(&redis.url(), "weir");
    make_channel(&server).await;
    assert_eq!(send(&server, "m-1").await.0, 201);
    redis.kill();
    let start = Instant::now();
    let (status, body) = send(&server, "m-2").await;
    assert_eq!((status, body["code"].as_i64(), body["StatusCode"].as_i64()), (503, Some(-1), Some(503)), "{body}");
    assert!(start.elapsed() < Duration::from_secs(3), "an answer within a moment, not after {:?}", start.elapsed());
    redis.restart();
    let start = Instant::now();
    while send(&server, "m-3").await.0 != 201 {
        assert!(start.elapsed() < Duration::from_secs(10), "the server does not recover");
    }
    let (status, body) = send(&server, "m-1").await;
    assert_eq!((status, &body["message"]["text"]), (201, &json!("still here")), "what was acknowledged is still known");
}

#[tokio::test]
async fn a_redis_that_evicts_is_refused() {
    let redis = Redis::start();
    redis.cli(&["config", "set", "maxmemory-policy", "allkeys-lru"]);
    let output = Server::command(&redis.url(), "weir").output().expect("the binary runs");
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("maxmemory-policy noeviction"), "the remedy is named: {said}");
}

#[tokio::test]
async fn several_addresses_are_for_a_cluster() {
    let redis = Redis::start();
    let addresses = format!("redis://127.0.0.1:1,{}", redis.url());
    let output = Server::command(&addresses, "weir").output().expect("the binary runs");
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("this Redis is none"), "{said}");
}

#[tokio::test]
async fn a_redis_behind_tls_is_used_and_an_unknown_authority_is_not_believed() {
    let folder = TempDir::new().expect("a folder");
    make_certificates(folder.path());
    let port = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a free port").port();
    let mut process = Command::new("redis-server")
        .args([
            "--port",
            "0",
            "--tls-port",
            &port.to_string(),
            "--bind",
            "127.0.0.1",
            "::1",
            "--tls-auth-clients",
            "no",
        ])
        .args(["--tls-cert-file", "redis.pem", "--tls-key-file", "redis.key", "--save", "", "--requirepass", PASSWORD])
        .args(["--appendonly", "yes"])
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .spawn()
        .expect("redis-server starts");
    let start = Instant::now();
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(start.elapsed() < Duration::from_secs(10), "redis-server does not listen");
        std::thread::yield_now();
    }
    let url = format!("rediss://:{PASSWORD}@localhost:{port}/0");
    let authority = folder.path().join("ca.pem");
    let server = Server::over_with(&url, "weir", &[("SSL_CERT_FILE", authority.as_os_str())]);
    make_channel(&server).await;
    assert_eq!(send(&server, "m-1").await.0, 201);
    let refused = Server::command(&url, "weir").env_remove("SSL_CERT_FILE").output().expect("the binary runs");
    assert!(!refused.status.success(), "a certificate that nobody vouches for is refused");
    process.kill().expect("redis-server can be ended");
    process.wait().expect("and is gone");
}
