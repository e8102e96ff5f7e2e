//! One race: somebody sends, reads and connects on one node as fast as he may, while on another node his right to it ends.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use reqwest::Method;
use serde_json::json;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;
use tokio_util::sync::CancellationToken;
use weir::wire::Time;

use super::laws::{Act, End, Hearing, REMOVED, Use, Used, refusal};
use super::moment;
use crate::ledger::Log;
use crate::node::server_token;
use crate::readers::{Socket, open, parse};
use crate::rest::{Rest, channel_path};
use crate::sized;
use crate::world::PATIENCE;

/// How long the victim goes on when it bites.
const AFTER: Duration = Duration::from_millis(300);
/// Between two uses of one kind.
const PAUSE: Duration = Duration::from_millis(30);

/// A user and his token.
type Named = (String, String);

pub struct Race {
    pub number: usize,
    pub act: Act,
    pub victim: Named,
    pub witness: Named,
    /// The node on which the act is done.
    pub here: Rest,
    /// The node that the victim uses.
    pub there: Rest,
    /// `host:port` of the same.
    pub address: String,
    pub log: Log,
    pub used: Mutex<Vec<Used>>,
    pub hearing: Mutex<Hearing>,
}

pub fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How a race went that broke no rule.
pub struct Played {
    pub act: Act,
    /// How long after the answer the last use began that succeeded although it is one that the act ends.
    pub latest: Duration,
}

impl Race {
    fn cid(&self) -> String {
        format!("messaging:race{}", self.number)
    }

    fn path(&self) -> String {
        channel_path(&self.cid())
    }

    pub async fn play(self) -> Played {
        let members = json!({"data": {"members": [self.victim.0, self.witness.0], "created_by_id": self.witness.0}});
        self.here.must(Method::POST, &format!("{}/query", self.path()), &server_token(), Some(&members)).await;
        let (socket, connection) = open(&self.address, &self.victim.0, &self.victim.1).await.expect("a socket");
        let (stop, end, race) = (CancellationToken::new(), CancellationToken::new(), Arc::new(self));
        let hearing = tokio::spawn(race.clone().hear(socket, end.clone()));
        let told = tokio::spawn(race.clone().tell(stop.clone()));
        let sending = tokio::spawn(race.clone().send(stop.clone()));
        let reading = tokio::spawn(race.clone().read(connection, stop.clone()));
        let connecting = tokio::spawn(race.clone().connect(stop.clone()));
        race.until("he may do and hear everything", |what, used| {
            let heard = lock(&race.hearing).heard.iter().any(|heard| heard.message.is_some());
            heard && used.what == what && used.end == End::Done
        })
        .await;
        let began = race.log.now();
        race.act().await;
        let answered = race.log.now();
        race.until("it bites, and bites nothing else", |what, used| {
            let bitten = matches!(used.end, End::Refused(..)) || race.act.bars(what).is_none();
            used.what == what && used.began > answered && used.end != End::Busy && bitten
        })
        .await;
        // A span of time in which nothing may slip through any more.
        tokio::time::sleep(sized(AFTER, moment() + AFTER)).await;
        stop.cancel();
        let told = told.await.expect("who tells does not panic");
        sending.await.expect("who sends does not panic");
        reading.await.expect("who reads does not panic");
        let sockets = connecting.await.expect("who connects does not panic");
        race.must_all_end(sockets).await;
        race.heard_out(&told).await;
        end.cancel();
        hearing.await.expect("who hears does not panic");
        race.judge_hearing(&told, answered);
        Played { act: race.act, latest: race.judge_uses(began, answered) }
    }

    /// Waits until it holds for some use of each kind.
    async fn until(&self, what: &str, holds: impl Fn(Use, &Used) -> bool) {
        let start = Instant::now();
        loop {
            let so = {
                let used = lock(&self.used);
                Use::ALL.into_iter().all(|kind| used.iter().any(|used| holds(kind, used)))
            };
            if so {
                return;
            }
            assert!(start.elapsed() < PATIENCE, "race {}, {:?}: it is not so that {what}", self.number, self.act);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Who may hear everything hears the last that was told; the others have their connection's end, or have been told theirs.
    async fn heard_out(&self, told: &[(Duration, String)]) {
        let start = Instant::now();
        let last = &told.last().expect("the witness has told something").1;
        let all = |hearing: &Hearing| match self.act {
            Act::Revocation => hearing.closed.is_some(),
            Act::Removal => hearing.heard.iter().any(|heard| heard.kind == REMOVED),
            _ => hearing.heard.iter().filter_map(|heard| heard.message.as_ref()).any(|message| message.id == *last),
        };
        while !all(&lock(&self.hearing)) && start.elapsed() < PATIENCE {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn hear(self: Arc<Self>, mut socket: Socket, stop: CancellationToken) {
        loop {
            let frame = tokio::select! {
                frame = socket.next() => frame,
                () = stop.cancelled() => return,
            };
            match frame {
                Some(Ok(Message::Text(text))) => lock(&self.hearing).heard.push(parse(&text)),
                Some(Ok(Message::Close(close))) => {
                    lock(&self.hearing).closed = Some((self.log.now(), close.map_or(0, |close| close.code.into())));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return,
            }
        }
    }

    fn note(&self, what: Use, began: Duration, end: End) {
        lock(&self.used).push(Used { what, began, ended: self.log.now(), end });
    }

    async fn act(&self) {
        let (token, victim) = (server_token(), &self.victim.0);
        let (method, path, body) = match self.act {
            Act::ChannelBan => {
                let ban = json!({"target_user_id": victim, "channel_cid": self.cid(), "banned_by_id": self.witness.0});
                (Method::POST, "/moderation/ban".to_owned(), ban)
            }
            Act::AppBan => {
                let ban = json!({"target_user_id": victim, "banned_by_id": self.witness.0});
                (Method::POST, "/moderation/ban".to_owned(), ban)
            }
            Act::Removal => (Method::POST, self.path(), json!({"remove_members": [victim]})),
            Act::Revocation => {
                let set = json!({"revoke_tokens_issued_before": Time::local()});
                (Method::PATCH, "/users".to_owned(), json!({"users": [{"id": victim, "set": set}]}))
            }
        };
        let start = Instant::now();
        while !matches!(self.here.call(method.clone(), &path, &token, Some(&body)).await, Some((200..300, _))) {
            assert!(start.elapsed() < PATIENCE, "race {}, {:?}: the act is not accepted", self.number, self.act);
        }
    }

    /// The witness writes, through both nodes: when each message began, by its id.
    async fn tell(self: Arc<Self>, stop: CancellationToken) -> Vec<(Duration, String)> {
        let mut told = Vec::new();
        while !stop.is_cancelled() {
            let id = format!("told-{}-{}", self.number, told.len());
            let rest = if told.len() % 2 == 0 { &self.here } else { &self.there };
            let began = self.log.now();
            let body = json!({"message": {"id": id, "text": "for members only"}});
            match End::of(rest.post(&format!("{}/message", self.path()), &self.witness.1, &body).await) {
                End::Done => told.push((began, id)),
                // The same again: under its id it is sent once.
                End::Busy => {}
                other => panic!("race {}: the witness cannot send: {other:?}", self.number),
            }
            tokio::time::sleep(PAUSE).await;
        }
        told
    }

    async fn send(self: Arc<Self>, stop: CancellationToken) {
        let mut tried = 0;
        while !stop.is_cancelled() {
            let body = json!({"message": {"id": format!("tried-{}-{tried}", self.number), "text": "may I?"}});
            let began = self.log.now();
            let answer = self.there.post(&format!("{}/message", self.path()), &self.victim.1, &body).await;
            self.note(Use::Send, began, End::of(answer));
            tried += 1;
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Reads, and begins to watch each time: no right may slip in between being checked and being used.
    async fn read(self: Arc<Self>, connection: String, stop: CancellationToken) {
        let (query, end) = (format!("{}/query", self.path()), format!("{}/stop-watching", self.path()));
        let of = format!("?connection_id={connection}");
        // Whose token is revoked has no connection any more, which would be found out first.
        let watch = self.act != Act::Revocation;
        let body = json!({"state": true, "watch": watch, "messages": {"limit": 5}});
        while !stop.is_cancelled() {
            let began = self.log.now();
            let answer = self.there.post(&format!("{query}{of}"), &self.victim.1, &body).await;
            self.note(Use::Read, began, End::of(answer));
            tokio::time::sleep(PAUSE).await;
            // Whether there was something to stop does not matter.
            let _ = self.there.post(&format!("{end}{of}"), &self.victim.1, &json!({})).await;
        }
    }

    /// Opens sockets; those that must not last are kept.
    async fn connect(self: Arc<Self>, stop: CancellationToken) -> Vec<Socket> {
        let mut sockets = Vec::new();
        while !stop.is_cancelled() {
            let began = self.log.now();
            let end = match open(&self.address, &self.victim.0, &self.victim.1).await {
                Ok((socket, _)) => {
                    sockets.extend((self.act == Act::Revocation).then_some(socket));
                    End::Done
                }
                Err(error) => refusal(&error.to_string()),
            };
            self.note(Use::Connect, began, end);
            tokio::time::sleep(PAUSE).await;
        }
        sockets
    }

    /// Sockets that opened while the token was being revoked do not outlive it.
    async fn must_all_end(&self, sockets: Vec<Socket>) {
        let ends: Vec<JoinHandle<_>> = sockets
            .into_iter()
            .map(|mut socket| tokio::spawn(async move { while let Some(Ok(_)) = socket.next().await {} }))
            .collect();
        for (number, end) in ends.into_iter().enumerate() {
            let ended = tokio::time::timeout(moment(), end).await;
            assert!(ended.is_ok(), "race {}: socket {number} outlives the token it was opened with", self.number);
        }
    }
}
