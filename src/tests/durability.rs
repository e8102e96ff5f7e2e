//! The levels of durability over an existing Redis: what is checked at the start, and what an acknowledgement waits for.

use std::ffi::OsStr;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::Server;
use crate::harness::redis::Redis;

const KEPT: [&str; 4] = ["--appendonly", "yes", "--appendfsync", "everysec"];

fn refusal(redis: &Redis, level: &str) -> String {
    let output = Server::command(&redis.url(), "weir").env("WEIR_DURABILITY", level).output().expect("the binary runs");
    assert!(!output.status.success(), "{level} is refused");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_redis_that_keeps_less_than_promised_is_refused_with_the_remedy() {
    let redis = Redis::start(&["--appendonly", "no"]);
    for level in ["fast", "durable", "replicated"] {
        let said = refusal(&redis, level);
        assert!(said.contains("CONFIG SET appendonly yes"), "{level}: {said}");
    }
    let redis = Redis::start(&KEPT);
    let said = refusal(&redis, "durable");
    assert!(said.contains("CONFIG SET appendfsync always") && said.contains("WEIR_DURABILITY=fast"), "{said}");
}

async fn send(server: &Server, id: &str) -> (u16, Value) {
    let message = json!({"message": {"id": id, "text": "safe and sound"}});
    server.call(Method::POST, "/channels/messaging/pond/message", Some(&Server::token("ada")), Some(&message)).await
}

/// Whether a replica has confirmed all that the master wrote: one that only just loaded it confirms a moment later.
fn in_step(master: &Redis) -> bool {
    let replication = master.cli(&["info", "replication"]);
    let number_after = |name: &str| {
        let (_, rest) = replication.split_once(name)?;
        rest.split(|c: char| !c.is_ascii_digit()).next()?.parse::<u64>().ok()
    };
    let written = number_after("master_repl_offset:");
    replication.contains("state=online") && written.is_some() && number_after(",offset=") == written
}

async fn make_channel(server: &Server) {
    let ada = Server::token("ada");
    // The first call makes ada known, so that she can be a member.
    server.call(Method::POST, "/channels", Some(&ada), Some(&json!({}))).await;
    let data = json!({"data": {"members": ["ada"]}, "state": true});
    let (status, body) = server.call(Method::POST, "/channels/messaging/pond/query", Some(&ada), Some(&data)).await;
    assert_eq!(status, 201, "{body}");
}

#[tokio::test]
async fn replicated_waits_for_a_replica_and_says_when_there_is_none() {
    let master = Redis::start(&KEPT);
    let follow = ["--replicaof", "127.0.0.1", &master.port.to_string()].map(str::to_owned);
    let follow: Vec<&str> = KEPT.iter().copied().chain(follow.iter().map(String::as_str)).collect();
    let mut replica = Redis::start(&follow);
    master.until("the replica follows", || in_step(&master));
    let environment = [("WEIR_DURABILITY", OsStr::new("replicated")), ("WEIR_REPLICAS_TIMEOUT", OsStr::new("1000"))];
    let server = Server::over_with(&master.url(), "weir", &environment);
    make_channel(&server).await;
    let (status, body) = send(&server, "m-1").await;
    assert_eq!(status, 201, "{body}");
    assert!(replica.cli(&["keys", "weir:*:message:m-1"]).contains("m-1"), "the replica has what was acknowledged");
    replica.kill();
    let start = Instant::now();
    let (status, body) = send(&server, "m-2").await;
    assert_eq!((status, body["code"].as_i64()), (503, Some(-1)), "{body}");
    assert!(body["message"].as_str().is_some_and(|said| said.contains("replicas")), "{body}");
    assert!(start.elapsed() < Duration::from_secs(5), "an answer within a moment, not after {:?}", start.elapsed());
    let (status, _) = send(&server, "m-2").await;
    assert_eq!(status, 503, "a second try is not acknowledged either while no replica has it");
    let replica = Redis::start(&follow);
    master.until("another replica follows", || in_step(&master));
    let (status, body) = send(&server, "m-2").await;
    assert_eq!((status, &body["message"]["text"]), (201, &json!("safe and sound")), "the retry finds the message");
    assert!(replica.cli(&["keys", "weir:*:message:m-2"]).contains("m-2"), "the replica has it");
}

#[tokio::test]
async fn without_a_wish_the_level_is_what_redis_keeps() {
    let redis = Redis::start(&["--appendonly", "no"]);
    let mut command = Server::command(&redis.url(), "weir");
    let mut process =
        command.env_remove("WEIR_DURABILITY").stdout(std::process::Stdio::piped()).spawn().expect("the binary starts");
    let output = process.stdout.take().expect("its output is piped");
    let lines = std::io::BufRead::lines(std::io::BufReader::new(output));
    let told = lines.map_while(Result::ok).find(|line| line.contains("Durability"));
    process.kill().expect("the server can be ended");
    process.wait().expect("and is gone");
    assert!(told.as_ref().is_some_and(|line| line.contains("nothing on its disk")), "{told:?}");
}
