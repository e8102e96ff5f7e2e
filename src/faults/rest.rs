//! REST calls as an SDK makes them, each written into the ledger by whoever makes it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::ledger::{Deed, Entry, Log, Message, Outcome, Shown};
use crate::node::KEY;

/// How long a caller waits. Far longer than any answer may take: what takes longer than it may is seen by its time.
const PATIENCE: Duration = Duration::from_secs(60);

/// Somebody who calls one node.
#[derive(Clone)]
pub struct Rest {
    http: reqwest::Client,
    url: String,
}

impl Rest {
    pub fn new(url: &str) -> Rest {
        let http = reqwest::Client::builder().timeout(PATIENCE).build().expect("a client");
        Rest { http, url: url.to_owned() }
    }

    /// One call; `None`: no answer came.
    pub async fn call(&self, method: Method, path: &str, token: &str, body: Option<&Value>) -> Option<(u16, Value)> {
        let separator = if path.contains('?') { '&' } else { '?' };
        let mut request = self.http.request(method, format!("{}{path}{separator}api_key={KEY}", self.url));
        request = request.header("authorization", token).header("stream-auth-type", "jwt");
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.ok()?;
        let status = response.status().as_u16();
        Some((status, response.json().await.ok()?))
    }

    pub async fn post(&self, path: &str, token: &str, body: &Value) -> Option<(u16, Value)> {
        self.call(Method::POST, path, token, Some(body)).await
    }

    /// A call that must succeed: nothing is broken while it is made.
    pub async fn must(&self, method: Method, path: &str, token: &str, body: Option<&Value>) -> Value {
        let (status, answer) =
            self.call(method, path, token, body).await.unwrap_or_else(|| panic!("{path}: no answer"));
        assert!(status < 300, "{path} {body:?}: {status} {answer}");
        answer
    }
}

/// `/channels/{type}/{id}` of a cid.
pub fn channel_path(cid: &str) -> String {
    format!("/channels/{}", cid.replacen(':', "/", 1))
}

/// A message of an answer.
pub fn message_of(value: &Value) -> Option<Message> {
    serde_json::from_value::<Shown>(value.clone()).ok().map(Message::from)
}

/// Does deeds, and writes into the ledger before each and after it.
#[derive(Clone)]
pub struct Doer {
    pub log: Log,
    calls: Arc<AtomicU64>,
}

impl Doer {
    pub fn new(log: Log) -> Doer {
        Doer { log, calls: Arc::default() }
    }

    /// One attempt at the deed.
    pub async fn attempt(&self, rest: &Rest, user: &str, token: &str, deed: &Deed) -> Outcome {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        self.log.add(Entry::Began { call, user: user.to_owned(), deed: deed.clone() });
        let start = std::time::Instant::now();
        let outcome = outcome(&request(rest, token, deed).await);
        self.log.add(Entry::Ended { call, outcome: outcome.clone(), took: start.elapsed() });
        outcome
    }
}

async fn request(rest: &Rest, token: &str, deed: &Deed) -> Option<(u16, Value)> {
    match deed {
        Deed::Send { id, cid, text, parent } => {
            let mut message = json!({"id": id, "text": text});
            if let Some(parent) = parent {
                message["parent_id"] = json!(parent);
            }
            rest.post(&format!("{}/message", channel_path(cid)), token, &json!({"message": message})).await
        }
        Deed::Edit { id, text } => {
            rest.post(&format!("/messages/{id}"), token, &json!({"message": {"id": id, "text": text}})).await
        }
        Deed::Delete { id } => rest.call(Method::DELETE, &format!("/messages/{id}"), token, None).await,
        Deed::React { id, kind } => {
            rest.post(&format!("/messages/{id}/reaction"), token, &json!({"reaction": {"type": kind}})).await
        }
        Deed::Unreact { id, kind } => {
            rest.call(Method::DELETE, &format!("/messages/{id}/reaction/{kind}"), token, None).await
        }
        Deed::Read { cid, id } => {
            rest.post(&format!("{}/read", channel_path(cid)), token, &json!({"message_id": id})).await
        }
    }
}

/// Only a refusal by the rules is definite. What ends with 5xx or not at all may have happened.
fn outcome(answer: &Option<(u16, Value)>) -> Outcome {
    match answer {
        Some((status, body)) if *status < 300 => Outcome::Acknowledged(body.get("message").and_then(message_of)),
        Some((status, body)) if *status < 500 => {
            Outcome::Refused { status: *status, code: body["code"].as_i64().unwrap_or_default() }
        }
        Some((status, _)) => Outcome::Unknown { status: Some(*status) },
        None => Outcome::Unknown { status: None },
    }
}
