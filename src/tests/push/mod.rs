//! What devices are told of: push services of ours hear it, and a browser of ours reads it.

mod providers;
mod receiver;

use std::ffi::OsStr;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use reqwest::Method;
use serde_json::{Value, json};
use web_push_native::p256::SecretKey;
use web_push_native::p256::elliptic_curve::rand_core::OsRng;
use web_push_native::p256::elliptic_curve::sec1::ToEncodedPoint;
use web_push_native::{Auth, decrypt};

use crate::harness::Server;
use crate::harness::redis::Redis;
use receiver::{Answer, Heard, Receiver};

const WEB: [(&str, &str); 3] = [
    ("WEIR_PUSH_WEB", "on"),
    ("WEIR_PUSH_PRIVATE_HOSTS", "127.0.0.1"),
    ("WEIR_PUSH_CONTACT", "mailto:admin@example.org"),
];

/// Ana and Bob in a kitchen.
struct House {
    redis: Redis,
    prefix: String,
}

impl House {
    fn new() -> House {
        House {
            redis: Redis::start(&["--appendonly", "yes"]),
            prefix: format!("push-{}", uuid::Uuid::new_v4().simple()),
        }
    }

    fn node(&self, environment: &[(&str, &str)]) -> Server {
        let environment: Vec<(&str, &OsStr)> =
            environment.iter().map(|(name, value)| (*name, OsStr::new(*value))).collect();
        Server::over_with(&self.redis.url(), &self.prefix, &environment)
    }

    /// A key of each partition.
    fn keys(&self, noun: &str) -> Vec<String> {
        (0..16).map(|partition| format!("{}:{{{partition}}}:{noun}", self.prefix)).collect()
    }

    /// Pushes that wait or are under way.
    fn waiting(&self) -> usize {
        self.keys("push-jobs")
            .iter()
            .map(|key| self.redis.cli(&["hlen", key]).parse::<usize>().expect("a number"))
            .sum()
    }

    fn dead_letters(&self) -> usize {
        self.keys("push-dead")
            .iter()
            .map(|key| self.redis.cli(&["llen", key]).parse::<usize>().expect("a number"))
            .sum()
    }
}

async fn must(server: &Server, method: Method, path: &str, token: &str, body: Value) -> Value {
    let body = (method != Method::GET).then_some(&body);
    let (status, answer) = server.call(method, path, Some(token), body).await;
    assert!(status < 300, "{path}: {status} {answer}");
    answer
}

async fn kitchen(server: &Server) {
    let token = Server::server_token();
    let users = json!({"users": {"ana": {"id": "ana", "name": "Ana"}, "bob": {"id": "bob", "name": "Bob"}}});
    must(server, Method::POST, "/users", &token, users).await;
    let data = json!({"data": {"created_by_id": "ana", "name": "Kitchen", "members": ["ana", "bob"]}});
    must(server, Method::POST, "/channels/messaging/kitchen/query", &token, data).await;
}

async fn says(server: &Server, who: &str, body: Value) -> String {
    let path = "/channels/messaging/kitchen/message";
    let answer = must(server, Method::POST, path, &Server::token(who), body).await;
    answer["message"]["id"].as_str().expect("an id").to_owned()
}

async fn text(server: &Server, who: &str, text: &str) -> String {
    says(server, who, json!({"message": {"text": text}})).await
}

async fn devices(server: &Server, who: &str) -> Vec<Value> {
    let answer = must(server, Method::GET, "/devices", &Server::token(who), Value::Null).await;
    answer["devices"].as_array().expect("a list").clone()
}

/// What happens behind the answers of a request can only be asked for.
async fn until(what: &str, holds: impl AsyncFn() -> bool) {
    let start = Instant::now();
    while !holds().await {
        assert!(start.elapsed() < Duration::from_secs(20), "it is not so that {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A browser that subscribed.
struct Browser {
    secret: SecretKey,
    auth: [u8; 16],
    endpoint: String,
}

impl Browser {
    fn at(receiver: &Receiver) -> Browser {
        let endpoint = format!("{}/push/{}", receiver.url, uuid::Uuid::new_v4().simple());
        Browser { secret: SecretKey::random(&mut OsRng), auth: uuid::Uuid::new_v4().into_bytes(), endpoint }
    }

    async fn registers(&self, server: &Server, who: &str) {
        let point = self.secret.public_key().to_encoded_point(false);
        let device = json!({
            "id": self.endpoint,
            "push_provider": "webpush",
            "keys": {"p256dh": URL_SAFE_NO_PAD.encode(point.as_bytes()), "auth": URL_SAFE_NO_PAD.encode(self.auth)},
        });
        must(server, Method::POST, "/devices", &Server::token(who), device).await;
    }

    /// What only this browser can read.
    fn reads(&self, heard: &Heard) -> Value {
        assert_eq!(heard.path, self.endpoint[self.endpoint.find("/push").expect("a path")..]);
        assert_eq!((heard.header("content-encoding"), heard.header("urgency")), ("aes128gcm", "high"));
        assert!(heard.header("ttl").parse::<u64>().expect("seconds") > 0);
        let plain = decrypt(heard.body.to_vec(), &self.secret, &Auth::from(self.auth)).expect("it is for this browser");
        serde_json::from_slice(&plain).expect("JSON")
    }
}

#[tokio::test]
async fn a_browser_and_nobody_else_reads_what_was_said() {
    let (house, mut receiver) = (House::new(), Receiver::start().await);
    let server = house.node(&WEB);
    kitchen(&server).await;
    let (anas, bobs) = (Browser::at(&receiver), Browser::at(&receiver));
    anas.registers(&server, "ana").await;
    bobs.registers(&server, "bob").await;
    let id = text(&server, "ana", "Dinner is ready").await;
    let heard = receiver.hears().await;
    assert_eq!(
        bobs.reads(&heard),
        json!({"sender": "stream.chat", "type": "message.new", "version": "v2", "message_id": id, "id": id,
            "channel_type": "messaging", "channel_id": "kitchen", "cid": "messaging:kitchen",
            "title": "Ana @ Kitchen", "body": "Dinner is ready"})
    );
    assert!(decrypt(heard.body.to_vec(), &anas.secret, &Auth::from(anas.auth)).is_err(), "the sender could read it");
    signed_by(&server, &heard, &receiver.url).await;
    // A reload of the deployment keeps the key: subscriptions hold.
    let key = push_key(&server).await;
    drop(server);
    assert_eq!(push_key(&house.node(&WEB)).await, key);
    receiver.heard_nothing();
}

async fn push_key(server: &Server) -> String {
    let (_, info) = server.call(Method::GET, "/weir/v1/info", None, None).await;
    info["push_key"].as_str().expect("browsers are pushed to").to_owned()
}

/// The push is signed with the key that browsers subscribe with, for this service.
async fn signed_by(server: &Server, heard: &Heard, service: &str) {
    let key = push_key(server).await;
    let (token, said) =
        heard.header("authorization").strip_prefix("vapid t=").and_then(|rest| rest.split_once(", k=")).expect("VAPID");
    assert_eq!(said, key);
    let point = URL_SAFE_NO_PAD.decode(&key).expect("base64url");
    let mut rules = Validation::new(Algorithm::ES256);
    rules.set_audience(&[service]);
    let claims =
        jsonwebtoken::decode::<Value>(token, &DecodingKey::from_ec_der(&point), &rules).expect("a signature").claims;
    assert_eq!(claims["sub"], "mailto:admin@example.org");
}

#[tokio::test]
async fn who_does_not_want_to_be_told_is_not() {
    let (house, mut receiver) = (House::new(), Receiver::start().await);
    let server = house.node(&WEB);
    kitchen(&server).await;
    let browser = Browser::at(&receiver);
    browser.registers(&server, "bob").await;
    let bob = Server::token("bob");
    let wishes = async |wish: Value| {
        must(&server, Method::POST, "/push_preferences", &bob, json!({"preferences": [wish]})).await;
    };
    let kitchen = "messaging:kitchen";
    // Each of these is silence; the message behind it comes through, and is the next that is heard.
    says(&server, "ana", json!({"message": {"text": "silent", "silent": true}})).await;
    says(&server, "ana", json!({"message": {"text": "skipped"}, "skip_push": true})).await;
    text(&server, "bob", "my own").await;
    wishes(json!({"channel_cid": kitchen, "chat_level": "none"})).await;
    text(&server, "ana", "not here").await;
    wishes(json!({"channel_cid": kitchen, "chat_level": "default"})).await;
    wishes(json!({"disabled_until": "2999-01-01T00:00:00Z"})).await;
    text(&server, "ana", "not now").await;
    wishes(json!({"remove_disable": true, "chat_level": "direct_mentions"})).await;
    text(&server, "ana", "not meant").await;
    says(&server, "ana", json!({"message": {"text": "meant", "mentioned_users": ["bob"]}})).await;
    assert_eq!(browser.reads(&receiver.hears().await)["body"], "meant");
    let cooks = json!({"id": "cooks", "name": "Cooks", "member_ids": ["bob"]});
    must(&server, Method::POST, "/usergroups", &Server::server_token(), cooks).await;
    wishes(json!({"chat_level": "all_mentions"})).await;
    text(&server, "ana", "not meant either").await;
    says(&server, "ana", json!({"message": {"text": "meant as a cook", "mentioned_group_ids": ["cooks"]}})).await;
    assert_eq!(browser.reads(&receiver.hears().await)["body"], "meant as a cook");
    wishes(json!({"chat_level": "default"})).await;
    for (path, body) in [
        ("/moderation/mute", json!({"target_ids": ["ana"]})),
        ("/moderation/mute/channel", json!({"channel_cid": kitchen})),
    ] {
        must(&server, Method::POST, path, &bob, body.clone()).await;
        text(&server, "ana", "muted").await;
        must(&server, Method::POST, &path.replace("mute", "unmute"), &bob, body).await;
    }
    text(&server, "ana", "heard again").await;
    assert_eq!(browser.reads(&receiver.hears().await)["body"], "heard again");
    until("all is settled", async || house.waiting() == 0).await;
    receiver.heard_nothing();
}

#[tokio::test]
async fn a_subscription_that_ended_is_forgotten() {
    let (house, mut receiver) = (House::new(), Receiver::start().await);
    let server = house.node(&WEB);
    kitchen(&server).await;
    for status in [404, 410] {
        Browser::at(&receiver).registers(&server, "bob").await;
        receiver.answers(&[Answer::Says(status, "gone")]);
        text(&server, "ana", "anybody there?").await;
        receiver.hears().await;
        until("the device is forgotten", async || devices(&server, "bob").await.is_empty()).await;
    }
    until("all is settled", async || house.waiting() == 0).await;
    assert_eq!(house.dead_letters(), 0);
}

#[tokio::test]
async fn what_fails_is_tried_again_after_growing_pauses_and_what_is_refused_is_given_up() {
    let (house, mut receiver) = (House::new(), Receiver::start().await);
    let server = house.node(&WEB);
    kitchen(&server).await;
    let browser = Browser::at(&receiver);
    browser.registers(&server, "bob").await;
    receiver.answers(&[Answer::Says(503, "busy"), Answer::After(429, 3)]);
    let id = text(&server, "ana", "third time lucky").await;
    let mut tries = Vec::new();
    for _ in 0..3 {
        let heard = receiver.hears().await;
        assert_eq!(browser.reads(&heard)["id"], *id);
        tries.push(heard.at);
    }
    assert!(tries[1] - tries[0] >= Duration::from_millis(900), "{tries:?}");
    assert!(tries[2] - tries[1] >= Duration::from_millis(2900), "{tries:?}");
    until("all is settled", async || house.waiting() == 0).await;
    receiver.answers(&[Answer::Says(413, "too large")]);
    text(&server, "ana", "refused").await;
    receiver.hears().await;
    until("it lies with the dead letters", async || house.dead_letters() == 1 && house.waiting() == 0).await;
    assert_eq!(devices(&server, "bob").await.len(), 1);
    receiver.heard_nothing();
}

#[tokio::test]
async fn a_node_that_dies_leaves_its_pushes_to_the_others() {
    let (house, mut receiver) = (House::new(), Receiver::start().await);
    let first = house.node(&WEB);
    kitchen(&first).await;
    let browser = Browser::at(&receiver);
    browser.registers(&first, "bob").await;
    receiver.answers(&[Answer::Silence]);
    let under_way = text(&first, "ana", "under way").await;
    assert_eq!(browser.reads(&receiver.hears().await)["id"], *under_way);
    drop(first);
    // Nobody reads the log for pushing now.
    let without = house.node(&[]);
    let unread = text(&without, "ana", "unread").await;
    // The lease of the first has lapsed.
    for key in house.keys("push-due") {
        for job in house.redis.cli(&["zrange", &key, "0", "-1"]).lines().filter(|id| !id.is_empty() && id.len() == 36) {
            let id = format!("{job}\n{}", browser.endpoint);
            house.redis.cli(&["zadd", &key, "XX", "0", &id]);
        }
    }
    let _second = house.node(&WEB);
    let mut heard = [receiver.hears().await, receiver.hears().await].map(|heard| browser.reads(&heard)["id"].clone());
    let mut expected = [under_way, unread].map(Value::from);
    heard.sort_by_key(Value::to_string);
    expected.sort_by_key(Value::to_string);
    assert_eq!(heard, expected);
    until("all is settled", async || house.waiting() == 0).await;
    receiver.heard_nothing();
}

#[tokio::test]
async fn two_nodes_push_each_message_once() {
    let (house, mut receiver) = (House::new(), Receiver::start().await);
    let nodes = [house.node(&WEB), house.node(&WEB)];
    kitchen(&nodes[0]).await;
    let browser = Browser::at(&receiver);
    browser.registers(&nodes[1], "bob").await;
    let mut said = Vec::new();
    for number in 0..20 {
        said.push(text(&nodes[number % 2], "ana", "again").await);
    }
    let mut heard = Vec::new();
    for _ in 0..20 {
        heard.push(browser.reads(&receiver.hears().await)["id"].as_str().expect("an id").to_owned());
    }
    said.sort();
    heard.sort();
    assert_eq!(heard, said);
    until("all is settled", async || house.waiting() == 0).await;
    receiver.heard_nothing();
}

#[tokio::test]
async fn an_endpoint_in_the_neighbourhood_is_not_called() {
    let (house, mut receiver) = (House::new(), Receiver::start().await);
    let server = house.node(&[("WEIR_PUSH_WEB", "on")]);
    kitchen(&server).await;
    let mut browser = Browser::at(&receiver);
    browser.endpoint = browser.endpoint.replace("http://", "https://");
    browser.registers(&server, "bob").await;
    text(&server, "ana", "knock knock").await;
    until("the device is forgotten", async || devices(&server, "bob").await.is_empty()).await;
    receiver.heard_nothing();
}
