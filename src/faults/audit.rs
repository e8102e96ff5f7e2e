//! Reads the whole history in the end, every way that there is.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};
use weir::wire::Time;

use crate::ledger::{Around, History, Message, Pointer};
use crate::people::{People, Person};
use crate::readers::thread;
use crate::rest::{Rest, channel_path, message_of};

/// Messages of one page: more than one page each way.
const PAGE: usize = 75;
/// Pages around an id that are read of each channel.
const AROUND: usize = 6;

/// What is found in the end: histories by channel, unread counts by user.
pub type Found = (BTreeMap<String, History>, BTreeMap<String, BTreeMap<String, u64>>);

/// Reads through several nodes in turn, so that what they say must agree as well.
pub async fn audit(rests: &[Rest], people: &People) -> Found {
    let mut histories = BTreeMap::new();
    for (number, cid) in people.cids.iter().enumerate() {
        let Some(person) = people.all.iter().find(|person| person.home == *cid) else { continue };
        histories.insert(cid.clone(), history(rests, number, person).await);
    }
    let mut unread = BTreeMap::new();
    for (number, person) in people.all.iter().enumerate() {
        let counts = rests[number % rests.len()].must(Method::GET, "/unread", &person.token, None).await;
        let of_channel = |count: &Value| {
            Some((count["channel_id"].as_str()?.to_owned(), count["unread_count"].as_u64().unwrap_or_default()))
        };
        let channels = counts["channels"].as_array().map(Vec::as_slice).unwrap_or_default();
        unread.insert(person.id.clone(), channels.iter().filter_map(of_channel).collect());
    }
    (histories, unread)
}

async fn history(rests: &[Rest], number: usize, person: &Person) -> History {
    let (rest, other) = (&rests[number % rests.len()], &rests[(number + 1) % rests.len()]);
    let mut history = History {
        forwards: pages(rest, person, Way::Forwards).await,
        backwards: pages(other, person, Way::Backwards).await,
        ..History::default()
    };
    let step = (history.forwards.len() / AROUND).max(1);
    for message in history.forwards.iter().step_by(step).chain(history.forwards.last()) {
        let page = page(rest, person, json!({"limit": PAGE / 3, "id_around": message.id})).await;
        let ids = page.into_iter().map(|message| message.id).collect();
        history.around.push(Around { id: message.id.clone(), limit: PAGE / 3, ids });
    }
    for message in &history.forwards {
        let replies = thread(other, &person.token, &message.id).await.expect("the thread can be read");
        if !replies.is_empty() {
            history.threads.insert(message.id.clone(), replies);
        }
    }
    let reacted: Vec<String> = history.all().iter().map(|message| message.id.clone()).collect();
    for id in reacted {
        let reactions = reactions(rest, person, &id).await;
        if !reactions.is_empty() {
            history.reactions.insert(id, reactions);
        }
    }
    history.pointers = pointers(rest, person).await;
    history
}

#[derive(Clone, Copy)]
enum Way {
    Forwards,
    Backwards,
}

/// The whole timeline, oldest first, read in one direction.
async fn pages(rest: &Rest, person: &Person, way: Way) -> Vec<Message> {
    let mut all: Vec<Message> = Vec::new();
    loop {
        let query = match (way, all.first(), all.last()) {
            (Way::Forwards, _, None) => json!({"limit": PAGE, "created_at_after_or_equal": "1970-01-01T00:00:00Z"}),
            (Way::Forwards, _, Some(newest)) => json!({"limit": PAGE, "id_gt": newest.id}),
            (Way::Backwards, None, _) => json!({"limit": PAGE}),
            (Way::Backwards, Some(oldest), _) => json!({"limit": PAGE, "id_lt": oldest.id}),
        };
        let found = page(rest, person, query).await;
        let complete = found.len() < PAGE;
        match way {
            Way::Forwards => all.extend(found),
            Way::Backwards => drop(all.splice(0..0, found)),
        }
        if complete {
            return all;
        }
    }
}

async fn page(rest: &Rest, person: &Person, messages: Value) -> Vec<Message> {
    let answer = query(rest, person, &json!({"state": true, "messages": messages})).await;
    let messages = answer["messages"].as_array().expect("messages");
    messages.iter().map(|message| message_of(message).expect("a message")).collect()
}

async fn query(rest: &Rest, person: &Person, body: &Value) -> Value {
    rest.must(Method::POST, &format!("{}/query", channel_path(&person.home)), &person.token, Some(body)).await
}

async fn reactions(rest: &Rest, person: &Person, id: &str) -> Vec<(String, String)> {
    let mut all = Vec::new();
    loop {
        let path = format!("/messages/{id}/reactions?limit={PAGE}&offset={}", all.len());
        let answer = rest.must(Method::GET, &path, &person.token, None).await;
        let page = answer["reactions"].as_array().expect("reactions");
        let text = |reaction: &Value, name: &str| reaction[name].as_str().expect("a word").to_owned();
        all.extend(page.iter().map(|reaction| (text(reaction, "user_id"), text(reaction, "type"))));
        if page.len() < PAGE {
            return all;
        }
    }
}

/// The read states of all members, as the channel's state shows them.
async fn pointers(rest: &Rest, person: &Person) -> BTreeMap<String, Pointer> {
    let answer = query(rest, person, &json!({"state": true, "messages": {"limit": 1}})).await;
    let of_member = |read: &Value| {
        let at = Time::parse(read["last_read"].as_str()?)?.micros();
        let id = read["last_read_message_id"].as_str().map(str::to_owned);
        let pointer = Pointer { at, id, unread: read["unread_messages"].as_u64()? };
        Some((read["user"]["id"].as_str()?.to_owned(), pointer))
    };
    answer["read"].as_array().expect("read states").iter().filter_map(of_member).collect()
}
