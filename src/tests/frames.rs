//! Hostile sockets: what a client may write that no client writes. The server answers as RFC 6455 says, keeps its memory, and
//! everybody else hears on.

mod wire;

use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use reqwest::Method;
use serde_json::json;

use self::wire::{Heard, Wire, frame, header, masked};
use crate::harness::Server;

const TEXT: u8 = 0x1;
const BINARY: u8 = 0x2;
const MORE: u8 = 0x0;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const FIN: u8 = 0x80;

/// What becomes of a socket.
#[derive(Debug, PartialEq)]
enum Fate {
    /// It goes on.
    Lives,
    /// It is closed with this code.
    Closed(u16),
}
use Fate::{Closed, Lives};

/// Somebody who does nothing wrong and must hear on.
struct Bystander {
    wire: Wire,
    turn: usize,
}

impl Bystander {
    async fn joins(server: &Server) -> Bystander {
        let (wire, id) = Wire::connected(server, "bystander").await;
        let token = Server::token("bystander");
        let path = format!("/channels/livestream/square/query?connection_id={id}");
        let body = json!({"watch": true, "state": true});
        let (status, answer) = server
            .call(
                Method::POST,
                "/channels/livestream/square/query",
                Some(&Server::server_token()),
                Some(&json!({"data": {"created_by_id": "bystander"}})),
            )
            .await;
        assert_eq!(status, 201, "{answer}");
        let (status, answer) = server.call(Method::POST, &path, Some(&token), Some(&body)).await;
        assert_eq!(status, 201, "{answer}");
        Bystander { wire, turn: 0 }
    }

    /// Still hears what is said.
    async fn hears(&mut self, server: &Server, after: &str) {
        self.turn += 1;
        let text = format!("turn {}", self.turn);
        let body = json!({"message": {"text": text, "user_id": "bystander"}});
        let (status, answer) = server
            .call(Method::POST, "/channels/livestream/square/message", Some(&Server::server_token()), Some(&body))
            .await;
        assert_eq!(status, 201, "after {after}: {answer}");
        loop {
            match self.wire.next().await {
                Heard::Text(event) if event["message"]["text"] == text.as_str() => return,
                Heard::Text(_) => {}
                other => panic!("after {after} the bystander heard {other:?}"),
            }
        }
    }
}

/// Writes the bytes to a fresh socket, then asks whether it still lives.
async fn fate(server: &Server, bytes: &[u8], what: &str) -> Fate {
    let (mut wire, _) = Wire::connected(server, "mallory").await;
    wire.write(bytes).await;
    wire.write(&frame(FIN | PING, b"are you there?")).await;
    loop {
        match wire.next().await {
            Heard::Pong(payload) if payload == b"are you there?" => return Lives,
            Heard::Closed(code) => return Closed(code),
            Heard::Lost => panic!("{what}: the socket is cut without a word"),
            Heard::Text(_) | Heard::Pong(_) => {}
        }
    }
}

fn hostile_frames() -> Vec<(&'static str, Vec<u8>, Fate)> {
    let unmasked = [&[FIN | TEXT, 5][..], b"hello"].concat();
    let part = |first: u8, size: usize| frame(first, &vec![b'a'; size]);
    let mut rows = vec![
        ("a ping of the SDK", frame(FIN | TEXT, br#"[{"type":"health.check","client_id":"x"}]"#), Lives),
        ("text that is no JSON", frame(FIN | TEXT, b"}{ garbage"), Lives),
        ("an empty text", frame(FIN | TEXT, b""), Lives),
        ("JSON nested ten thousand deep", frame(FIN | TEXT, "[".repeat(10_000).as_bytes()), Lives),
        ("binary", frame(FIN | BINARY, &[0, 159, 146, 150]), Lives),
        ("a pong that nobody asked for", frame(FIN | 0xA, b"x"), Lives),
        ("a text in three parts", [part(TEXT, 1), part(MORE, 1), part(FIN | MORE, 1)].concat(), Lives),
        ("a ping between two parts", [part(TEXT, 1), frame(FIN | PING, b"x"), part(FIN | MORE, 1)].concat(), Lives),
        ("a thousand empty parts", [part(TEXT, 0), part(MORE, 0).repeat(1000), part(FIN | MORE, 0)].concat(), Lives),
        ("a text as long as may be", part(FIN | TEXT, 16 * 1024), Lives),
        ("a text too long", part(FIN | TEXT, 16 * 1024 + 1), Closed(1009)),
        ("binary too long", part(FIN | BINARY, 100_000), Closed(1009)),
        ("a frame of 2^63 bytes, announced", header(FIN | TEXT, 1 << 63), Closed(1009)),
        ("a frame of 4 GB, announced", header(FIN | TEXT, 1 << 32), Closed(1009)),
        ("parts too long together", [part(TEXT, 9000), part(FIN | MORE, 9000)].concat(), Closed(1009)),
        ("parts without an end", [part(TEXT, 1000), part(MORE, 1000).repeat(40)].concat(), Closed(1009)),
        ("unmasked", unmasked, Closed(1002)),
        ("a part of nothing", part(FIN | MORE, 3), Closed(1002)),
        ("a text within a text", [part(TEXT, 3), part(FIN | TEXT, 3)].concat(), Closed(1002)),
        ("a ping too long", part(FIN | PING, 126), Closed(1002)),
        ("a ping in parts", part(PING, 3), Closed(1002)),
        ("a close too long", part(FIN | CLOSE, 126), Closed(1002)),
        ("a close in parts", part(CLOSE, 2), Closed(1002)),
        ("a close of one byte", frame(FIN | CLOSE, &[3]), Closed(1002)),
        ("text that is not UTF-8", frame(FIN | TEXT, &[b'a', 0xff, 0xfe]), Closed(1007)),
        ("half a letter", frame(FIN | TEXT, &[0xe2, 0x82]), Closed(1007)),
        ("a surrogate", frame(FIN | TEXT, &[0xed, 0xa0, 0x80]), Closed(1007)),
        ("parts that are not UTF-8", [frame(TEXT, b"a"), frame(FIN | MORE, &[0xc0, 0xaf])].concat(), Closed(1007)),
        ("a letter in two parts", [frame(TEXT, &[0xe2, 0x82]), frame(FIN | MORE, &[0xac])].concat(), Lives),
        ("goodbye", frame(FIN | CLOSE, &1000_u16.to_be_bytes()), Closed(1000)),
        ("goodbye without a code", frame(FIN | CLOSE, b""), Closed(1005)),
        ("goodbye in words that are not UTF-8", frame(FIN | CLOSE, &[3, 232, 0xff]), Closed(1007)),
    ];
    for opcode in [3, 4, 5, 6, 7, 0xB, 0xC, 0xD, 0xE, 0xF] {
        rows.push(("an opcode that nobody uses", frame(FIN | opcode, b"x"), Closed(1002)));
    }
    for bit in [0x40, 0x20, 0x10] {
        rows.push(("a reserved bit", frame(FIN | bit | TEXT, b"x"), Closed(1002)));
    }
    for code in [0_u16, 999, 1005, 1006, 1015] {
        rows.push(("goodbye with a code that may not be sent", frame(FIN | CLOSE, &code.to_be_bytes()), Closed(1002)));
    }
    rows
}

#[tokio::test]
async fn a_hostile_frame_is_answered_as_the_protocol_says() {
    let server = Server::start();
    let mut bystander = Bystander::joins(&server).await;
    let mut wrong = Vec::new();
    for (what, bytes, expected) in hostile_frames() {
        let found = fate(&server, &bytes, what).await;
        if found != expected {
            wrong.push(format!("{what}: {found:?}, where {expected:?} is right"));
        }
        bystander.hears(&server, what).await;
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Bytes that begin like frames: any flags, a length that may lie, a payload that may be cut.
fn frames() -> impl Strategy<Value = Vec<u8>> {
    let some = (any::<u8>(), any::<bool>(), 0_u64..70_000, prop::collection::vec(any::<u8>(), 0..300)).prop_map(
        |(first, honest, length, payload)| match honest {
            true => frame(first, &payload),
            false => [header(first, length), payload].concat(),
        },
    );
    let noise = prop::collection::vec(any::<u8>(), 0..400);
    prop::collection::vec(prop_oneof![3 => some, 1 => noise], 1..12).prop_map(|parts| parts.concat())
}

#[test]
fn no_bytes_bring_the_server_down() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let server = Server::start();
    let mut bystander = runtime.block_on(Bystander::joins(&server));
    let before = server.memory();
    // The same bytes in every run: a failure here is to be found again.
    let config = Config { cases: 300, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let outcome = runner.run(&frames(), |bytes| {
        runtime.block_on(async {
            let (mut wire, _) = Wire::connected(&server, "mallory").await;
            wire.write(&bytes).await;
            // The server may wait for the rest of a frame; it does not wait for this client.
            wire.hang_up().await;
            wire.end().await;
        });
        Ok(())
    });
    assert_eq!(outcome, Ok(()));
    runtime.block_on(bystander.hears(&server, "300 hostile sockets"));
    assert!(server.memory() < before + 32 * 1024, "{} KiB before, {} KiB after", before, server.memory());
}

#[tokio::test]
async fn floods_are_bounded() {
    let server = Server::start();
    let mut bystander = Bystander::joins(&server).await;
    let before = server.memory();
    for (what, one) in [
        ("empty pings", frame(FIN | PING, b"")),
        ("pings", frame(FIN | PING, &[b'a'; 125])),
        ("texts", frame(FIN | TEXT, b"[]")),
    ] {
        // Nothing of what it is answered is read, so it is too slow and is cut.
        let (mut wire, _) = Wire::connected(&server, "mallory").await;
        assert!(wire.floods(&one.repeat(1_000), 10_000).await, "{what}: the flood is never cut");
        bystander.hears(&server, what).await;
        // What is flooded is a gigabyte; the rest is an allocator's and an index's first use.
        let after = server.memory();
        assert!(after < before + 48 * 1024, "{what}: {before} KiB before, {after} KiB after");
    }
}

#[tokio::test]
async fn half_open_sockets_hinder_nobody() {
    let server = Server::start();
    let mut bystander = Bystander::joins(&server).await;
    let mut half = Vec::new();
    for turn in 0..200_usize {
        let (mut wire, _) = Wire::connected(&server, &format!("mallory-{turn}")).await;
        let whole = frame(FIN | TEXT, &[b'a'; 300]);
        wire.write(&whole[..turn % whole.len()]).await;
        half.push(wire);
        half.push(Wire::dialled(&server, &b"GET /connect HTTP/1.1\r\nhost: x\r\nupgrade: web"[..turn % 40]).await);
    }
    bystander.hears(&server, "200 half sockets").await;
    drop(half);
    bystander.hears(&server, "their end").await;
}

#[tokio::test]
async fn a_broken_handshake_is_refused_and_never_a_failure() {
    let server = Server::start();
    let mut bystander = Bystander::joins(&server).await;
    let good = "upgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";
    let get = |headers: &str| format!("GET /connect?json=%7B%7D HTTP/1.1\r\nhost: x\r\n{headers}\r\n").into_bytes();
    let without =
        |name: &str| get(&good.split_inclusive("\r\n").filter(|line| !line.starts_with(name)).collect::<String>());
    let rows: Vec<(&str, Vec<u8>)> = vec![
        ("no key", without("sec-websocket-key")),
        ("no version", without("sec-websocket-version")),
        ("no upgrade", without("upgrade")),
        ("no connection", without("connection")),
        ("version 8", get(&good.replace("13", "8"))),
        ("another protocol", get(&good.replace("websocket\r\nconn", "h2c\r\nconn"))),
        ("POST", String::from_utf8_lossy(&get(good)).replacen("GET", "POST", 1).into_bytes()),
        ("HTTP/1.0", String::from_utf8_lossy(&get(good)).replacen("HTTP/1.1", "HTTP/1.0", 1).into_bytes()),
        ("no HTTP", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello tls\r\n\r\n".to_vec()),
        ("a NUL in a header", get(&format!("{good}x: a\0b\r\n"))),
        ("a header without a colon", get(&format!("{good}nonsense\r\n"))),
        ("a thousand headers", get(&format!("{good}{}", "x: y\r\n".repeat(1000)))),
        ("a header of a megabyte", get(&format!("{good}x: {}\r\n", "y".repeat(1 << 20)))),
        ("a query of 100 KB", get(good).splice(13..13, vec![b'x'; 100_000]).chain([]).collect::<Vec<u8>>()),
    ];
    for (what, bytes) in rows {
        let mut wire = Wire::dialled(&server, &bytes).await;
        wire.hang_up().await;
        let status = wire.status().await;
        assert!(status.is_none_or(|status| (400..500).contains(&status)), "{what}: {status:?}");
        bystander.hears(&server, what).await;
    }
}

#[tokio::test]
async fn a_hostile_connect_request_is_refused_in_the_first_frame() {
    let server = Server::start();
    let details = |custom: serde_json::Value| {
        json!({"user_id": "mallory", "user_details": {"id": "mallory", "x": custom}}).to_string()
    };
    let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
    for (what, json, code) in [
        ("nothing", String::new(), 4),
        ("no JSON", "{\"user_id\":".to_owned(), 4),
        ("a list", "[]".to_owned(), 4),
        ("a text", "\"mallory\"".to_owned(), 4),
        ("nested ten thousand deep", nested(10_000), 4),
        (
            "details nested ten thousand deep",
            format!("{{\"user_details\":{{\"id\":\"mallory\",\"x\":{}}}}}", nested(10_000)),
            4,
        ),
        ("a number too large", "{\"user_id\":1e999}".to_owned(), 4),
        ("no details", json!({"user_id": "mallory"}).to_string(), 4),
        ("details that are a list", json!({"user_details": []}).to_string(), 4),
        ("custom data of 30 KB", details(json!("y".repeat(30_000))), 22),
        ("somebody else", json!({"user_id": "bystander", "user_details": {"id": "bystander"}}).to_string(), 5),
        ("somebody else's details", json!({"user_id": "mallory", "user_details": {"id": "bystander"}}).to_string(), 5),
    ] {
        let mut wire = Wire::opened(&server, "mallory", &json).await;
        match wire.next().await {
            Heard::Text(first) => assert_eq!(first["error"]["code"], code, "{what}: {first}"),
            other => panic!("{what}: {other:?}"),
        }
        assert_eq!(wire.next().await, Heard::Closed(1000), "{what}");
    }
    let patience = Duration::from_secs(5);
    let (mut wire, _) =
        tokio::time::timeout(patience, Wire::connected(&server, "mallory")).await.expect("the door is open");
    wire.write(&masked(FIN | CLOSE, &1000_u16.to_be_bytes(), [0; 4])).await;
    assert_eq!(wire.next().await, Heard::Closed(1000));
}
