//! People who come, do a little of everything, and go.

use std::ops::AddAssign;

use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::dice::Dice;
use crate::node::{KEY, server_token, user_token};
use crate::readers::open;
use crate::rest::{Rest, channel_path};
use crate::world::World;

/// What was done of which something stays.
#[derive(Clone, Copy, Debug, Default)]
pub struct Done {
    pub messages: usize,
    pub channels: usize,
    pub visits: usize,
}

impl AddAssign for Done {
    fn add_assign(&mut self, more: Done) {
        self.messages += more.messages;
        self.channels += more.channels;
        self.visits += more.visits;
    }
}

fn name(number: usize) -> String {
    format!("churner{number}")
}

/// Makes those who will come and go known.
pub async fn settle(world: &World, churners: usize) {
    let users: serde_json::Map<_, _> =
        (0..churners).map(|number| (name(number), json!({"id": name(number)}))).collect();
    world.rests()[0].must(Method::POST, "/users", &server_token(), Some(&json!({"users": users}))).await;
}

pub struct Churner {
    number: usize,
    round: usize,
    id: String,
    token: String,
    /// `host:port` and URL of each node, and a caller whose connections go with this churner.
    nodes: Vec<(String, String, Rest)>,
    http: reqwest::Client,
    dice: Dice,
    done: Done,
}

impl Churner {
    pub fn new(world: &World, number: usize, round: usize) -> Churner {
        let nodes = world.nodes.iter().map(|node| {
            let url = node.url();
            (format!("127.0.0.1:{}", node.port), url.clone(), Rest::new(&url))
        });
        Churner {
            number,
            round,
            id: name(number),
            token: user_token(&name(number)),
            nodes: nodes.collect(),
            http: reqwest::Client::new(),
            dice: Dice::new((number + 1000 * round) as u64),
            done: Done::default(),
        }
    }

    pub async fn come_and_go(mut self, stop: CancellationToken) -> Done {
        while !stop.is_cancelled() {
            self.visit().await;
            self.done.visits += 1;
        }
        self.done
    }

    /// One visit: a connection here, a channel made there, some talk, and everything is gone in one order or another.
    async fn visit(&mut self) {
        let (here, there) = (self.dice.throw(self.nodes.len()), self.dice.throw(self.nodes.len()));
        let rest = self.nodes[there].2.clone();
        let cid = format!("messaging:churn-{}-{}-{}", self.round, self.number, self.done.visits);
        let (path, token) = (channel_path(&cid), self.token.clone());
        let (socket, connection) = open(&self.nodes[here].0, &self.id, &token).await.expect("who comes may come in");
        let other = name((self.number + 1) % 2);
        let body = json!({"data": {"members": [self.id, other]}, "state": true, "watch": true, "presence": true});
        rest.must(Method::POST, &format!("{path}/query?connection_id={connection}"), &token, Some(&body)).await;
        self.done.channels += 1;
        self.talk(&rest, &cid).await;
        self.upload(&rest, there, &path).await;
        match self.dice.throw(4) {
            0 => {
                let stop = format!("{path}/stop-watching?connection_id={connection}");
                rest.must(Method::POST, &stop, &token, Some(&json!({}))).await;
                drop(socket);
                self.delete(&rest, &path).await;
            }
            1 => {
                drop(socket);
                self.delete(&rest, &path).await;
            }
            2 => {
                self.delete(&rest, &path).await;
                drop(socket);
            }
            // He begins to watch while he goes: it may be too late.
            _ => {
                let (query, watch) = (format!("{path}/query?connection_id={connection}"), json!({"watch": true}));
                let watching = rest.post(&query, &token, &watch);
                let going = async { drop(socket) };
                let _ = tokio::join!(watching, going);
                self.delete(&rest, &path).await;
            }
        }
    }

    /// A message with a reply and a reaction, read; sometimes edited, sometimes deleted.
    async fn talk(&mut self, rest: &Rest, cid: &str) {
        let (path, token) = (channel_path(cid), self.token.clone());
        let send = async |message: Value| {
            let body = json!({"message": message});
            let answer = rest.must(Method::POST, &format!("{path}/message"), &token, Some(&body)).await;
            answer["message"]["id"].as_str().expect("a message").to_owned()
        };
        let id = send(json!({"text": "I will not be here for long"})).await;
        send(json!({"text": "so it is said", "parent_id": id})).await;
        self.done.messages += 2;
        let like = json!({"reaction": {"type": "like"}});
        rest.must(Method::POST, &format!("/messages/{id}/reaction"), &token, Some(&like)).await;
        rest.must(Method::POST, &format!("{path}/read"), &token, Some(&json!({}))).await;
        let typing = json!({"event": {"type": "typing.start"}});
        rest.must(Method::POST, &format!("{path}/event"), &token, Some(&typing)).await;
        match self.dice.throw(3) {
            0 => {
                let edited = json!({"message": {"id": id, "text": "changed"}});
                rest.must(Method::POST, &format!("/messages/{id}"), &token, Some(&edited)).await;
            }
            1 => drop(rest.must(Method::DELETE, &format!("/messages/{id}"), &token, None).await),
            _ => {}
        }
    }

    async fn upload(&self, rest: &Rest, node: usize, path: &str) {
        let form = Form::new().part("file", Part::text("some words").file_name("words.txt"));
        let request = self.http.post(format!("{}{path}/file?api_key={KEY}", self.nodes[node].1));
        let request = request.header("authorization", &self.token).header("stream-auth-type", "jwt").multipart(form);
        let answer = request.send().await.expect("an answer");
        let answer: Value = answer.json().await.expect("an upload is answered with JSON");
        let link = answer["file"].as_str().unwrap_or_else(|| panic!("a link, not {answer}")).to_owned();
        let query = reqwest::Url::parse_with_params("http://x/", [("url", link)]).expect("a link is text");
        let path = format!("{path}/file?{}", query.query().unwrap_or_default());
        rest.must(Method::DELETE, &path, &self.token, None).await;
    }

    async fn delete(&self, rest: &Rest, path: &str) {
        rest.must(Method::DELETE, &format!("{path}?hard_delete=true"), &server_token(), None).await;
    }
}
