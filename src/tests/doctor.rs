//! `weir doctor`: what it finds, what it advises, and how it ends.

use std::io::{BufRead, BufReader};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::redis::Redis;

fn weir(verb: &str, data: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_weir"));
    command.arg(verb).arg("--data-dir").arg(data.path().join("data"));
    command
}

fn doctor(data: &TempDir, words: &[&str]) -> Output {
    weir("doctor", data).args(["--connections", "100"]).args(words).output().expect("the binary runs")
}

/// The report's findings: (check, state, what it says and advises).
fn findings(output: &Output) -> Vec<(String, String, String)> {
    let report: Value = serde_json::from_slice(&output.stdout).expect("a JSON report");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let findings = report["findings"].as_array().expect("findings").iter();
    findings
        .map(|finding| {
            let words = format!("{} {}", text(&finding["says"]), text(&finding["remedy"]));
            (text(&finding["check"]), text(&finding["state"]), words)
        })
        .collect()
}

fn found<'a>(findings: &'a [(String, String, String)], check: &str) -> (&'a str, &'a str) {
    let finding = findings.iter().find(|(name, ..)| name == check).unwrap_or_else(|| panic!("{check} in {findings:?}"));
    (&finding.1, &finding.2)
}

#[test]
fn all_is_well_with_a_private_redis() {
    let data = TempDir::new().expect("a folder");
    let output = doctor(&data, &[]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert!(!said.contains("FAIL"), "{said}");
    let checks = [
        "secret",
        "open files",
        "backlog",
        "data folder",
        "disk",
        "reach",
        "version",
        "role",
        "eviction",
        "persistence",
        "memory",
        "latency",
        "clock",
        "keyspace",
    ];
    for check in checks {
        let lines = said.lines().filter(|line| line.get(6..).is_some_and(|rest| rest.starts_with(check)));
        assert_eq!(lines.count(), 1, "one line about {check}:\n{said}");
    }
}

#[test]
fn the_redis_of_a_server_at_work_is_looked_at() {
    let data = TempDir::new().expect("a folder");
    let mut server = weir("serve", &data).args(["--port", "0"]).stdout(Stdio::piped()).spawn().expect("a server");
    let output = server.stdout.take().expect("its output is piped");
    let line = BufReader::new(output).lines().next().expect("a line").expect("as text");
    assert!(line.starts_with("Weir is listening"), "{line}");
    let output = doctor(&data, &["--json"]);
    server.kill().expect("the server can be ended");
    server.wait().expect("and is gone");
    let findings = findings(&output);
    assert!(output.status.success(), "{findings:?}");
    let (state, says) = found(&findings, "keyspace");
    assert!(state == "ok" && says.contains("16 partitions"), "{says}");
}

#[test]
fn a_redis_that_is_away_fails() {
    let data = TempDir::new().expect("a folder");
    let port =
        std::net::TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port").port();
    let output = doctor(&data, &["--json", "--redis-url", &format!("redis://:hunter2@127.0.0.1:{port}")]);
    assert_eq!(output.status.code(), Some(1));
    let (state, says) = (findings(&output), String::from_utf8_lossy(&output.stdout).into_owned());
    let (state, advice) = found(&state, "reach");
    assert!(state == "fail" && advice.contains("REDIS_URL"), "{advice}");
    assert!(!says.contains("hunter2"), "no password is shown");
}

#[test]
fn whatever_does_not_keep_the_promise_is_named_with_its_remedy() {
    let data = TempDir::new().expect("a folder");
    let redis =
        Redis::start(&["--maxmemory-policy", "allkeys-lru", "--appendonly", "yes", "--appendfsync", "everysec"]);
    redis.cli(&["hset", "weir:{0}:meta", "partitions", "none"]);
    let weak = ["--api-key", "key", "--api-secret", "weaksecret"];
    let url = redis.url();
    let output = doctor(&data, &[&["--json", "--durability", "durable", "--redis-url", &url][..], &weak].concat());
    assert_eq!(output.status.code(), Some(1));
    let findings = findings(&output);
    for (check, expected, remedy) in [
        ("eviction", "fail", "CONFIG SET maxmemory-policy noeviction"),
        ("persistence", "fail", "CONFIG SET appendfsync always"),
        ("keyspace", "fail", "backup"),
        ("secret", "warn", "openssl rand"),
    ] {
        let (state, says) = found(&findings, check);
        assert!(state == expected && says.contains(remedy), "{check}: {state} {says}");
    }
    redis.cli(&["config", "set", "maxmemory-policy", "noeviction"]);
    redis.cli(&["config", "set", "appendfsync", "always"]);
    redis.cli(&["hset", "weir:{0}:meta", "partitions", "16"]);
    let output = doctor(&data, &["--durability", "durable", "--redis-url", &url]);
    assert!(output.status.success(), "with the remedies all is well: {}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn refused_settings_are_a_finding() {
    let data = TempDir::new().expect("a folder");
    let output = doctor(&data, &["--json", "--durability", "replicated"]);
    assert_eq!(output.status.code(), Some(1));
    let findings = findings(&output);
    let (state, says) = found(&findings, "settings");
    assert!(state == "fail" && says.contains("REDIS_URL"), "{says}");
}
