//! Redis' memory is full: what is refused leaves no trace, reading goes on, and with more memory everything does.

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::checker::must_hold;
use crate::ledger::{Deed, Entry, Ledger, Outcome};
use crate::people::{Person, Size};
use crate::rest::{Rest, channel_path};
use crate::sized;
use crate::world::World;

/// Less than Redis uses by then: its memory is full.
const FULL: u64 = 1024 * 1024;

/// How a call ends for which there is no memory.
const NO_ROOM: Outcome = Outcome::Unknown { status: Some(503) };

/// A message, and a reply and a reaction to one that is there.
fn deeds(person: &Person, there: &str, round: usize) -> Vec<Deed> {
    let (id, cid) = (format!("full-{}-{round}", person.id), person.home.clone());
    let text = "there is no room for this".to_owned();
    vec![
        Deed::Send { id: id.clone(), cid: cid.clone(), text: text.clone(), parent: None },
        Deed::Send { id: format!("{id}-reply"), cid, text, parent: Some(there.to_owned()) },
        Deed::React { id: there.to_owned(), kind: "wow".into() },
    ]
}

/// The newest message of the person's channel, read while nothing can be written.
async fn newest(rest: &Rest, person: &Person) -> String {
    let (path, body) = (format!("{}/query", channel_path(&person.home)), json!({"state": true, "watch": false}));
    let answer = rest.must(Method::POST, &path, &person.token, Some(&body)).await;
    let messages = answer["messages"].as_array().expect("messages");
    let newest = messages.iter().rev().find(|message| message["type"] == "regular");
    newest.and_then(|message| message["id"].as_str()).expect("a message").to_owned()
}

/// Whether the deed was refused because its message was deleted meanwhile: a deletion frees something first.
async fn came_too_late(rest: &Rest, person: &Person, deed: &Deed, outcome: &Outcome) -> bool {
    let (Deed::React { id, .. }, Outcome::Refused { status: 400, code: 4 }) = (deed, outcome) else { return false };
    let found = rest.must(Method::GET, &format!("/messages/{id}"), &person.token, None).await;
    found["message"]["type"] == "deleted"
}

fn is_proper(body: &Value) -> bool {
    body["code"] == -1
        && body["StatusCode"] == 503
        && body["message"].is_string()
        && body["duration"].is_string()
        && body["details"].is_array()
}

/// Whether it was tried while memory was full: nobody else uses these names.
fn was_tried(deed: &Deed) -> bool {
    match deed {
        Deed::Send { id, .. } => id.starts_with("full-"),
        Deed::React { kind, .. } => kind == "wow",
        _ => false,
    }
}

/// What was answered with 503 while memory was full is a definite no.
fn refuse(ledger: &mut Ledger) {
    let tried = |(_, entry): &(Duration, Entry)| match entry {
        Entry::Began { call, deed, .. } if was_tried(deed) => Some(*call),
        _ => None,
    };
    let calls: BTreeSet<u64> = ledger.entries.iter().filter_map(tried).collect();
    for (_, entry) in &mut ledger.entries {
        match entry {
            Entry::Ended { call, outcome, .. } if calls.contains(call) && *outcome == NO_ROOM => {
                *outcome = Outcome::Refused { status: 503, code: -1 };
            }
            _ => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_finds_no_memory_leaves_no_trace() {
    let size = Size { readers: 200, channels: 20, writers: 40 };
    let world = World::start(size).await;
    let rests = world.rests();
    let load = world.load(sized(Duration::from_millis(400), Duration::from_millis(100)));
    for round in 0..sized(2, 5) {
        world.more_sent(sized(80, 2000)).await;
        let used: u64 = world.redis.info("memory", "used_memory").parse().expect("a number");
        assert!(used > FULL, "Redis uses {used} bytes");
        assert_eq!(world.redis.cli(&["config", "set", "maxmemory", &FULL.to_string()]), "OK");
        for (number, person) in world.people.all.iter().enumerate().take(sized(40, 200)) {
            let rest = &rests[number % rests.len()];
            let there = newest(rest, person).await;
            for deed in deeds(person, &there, round) {
                let outcome = world.doer.attempt(rest, &person.id, &person.token, &deed).await;
                // A change that frees something first is let through by Redis, as a whole.
                let passes = matches!((&deed, &outcome), (Deed::React { .. }, Outcome::Acknowledged(_)));
                let expected = passes || outcome == NO_ROOM || came_too_late(rest, person, &deed, &outcome).await;
                assert!(expected, "{deed:?} ends with {outcome:?}");
            }
            rest.must(Method::GET, "/unread", &person.token, None).await;
        }
        let person = &world.people.all[0];
        let path = format!("{}/message", channel_path(&person.home));
        let message = json!({"message": {"id": format!("body-{round}"), "text": "no room"}});
        let (status, body) = rests[0].post(&path, &person.token, &message).await.expect("an answer");
        assert!(status == 503 && is_proper(&body), "{status} {body}");
        assert_eq!(world.redis.cli(&["config", "set", "maxmemory", "0"]), "OK");
    }
    world.more_sent(sized(80, 2000)).await;
    world.all_live("with more memory").await;
    let mut ledger = world.finish(load).await;
    refuse(&mut ledger);
    must_hold(&ledger);
}
