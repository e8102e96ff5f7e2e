//! One race: somebody sends, reads and connects on one node as fast as he may, while on another node his right to it ends.

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;
use tokio_util::sync::CancellationToken;
use weir::wire::Time;

use super::moment;
use crate::ledger::{Heard, Log};
use crate::node::server_token;
use crate::readers::{Socket, open, parse};
use crate::rest::{Rest, channel_path};
use crate::world::PATIENCE;

/// How long the victim has all his rights, and how long he is watched when he should have none.
const BEFORE: Duration = Duration::from_millis(150);
const AFTER: Duration = Duration::from_millis(300);
/// Between two uses of one kind.
const PAUSE: Duration = Duration::from_millis(30);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    ChannelBan,
    AppBan,
    Removal,
    Revocation,
}

/// What the victim does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    Send,
    Read,
    Connect,
}

impl Act {
    pub const ALL: [Act; 4] = [Act::ChannelBan, Act::AppBan, Act::Removal, Act::Revocation];

    /// Status and code of the refusal, where the act ends the use.
    fn bars(self, what: Use) -> Option<(u16, i64)> {
        match (self, what) {
            (Act::ChannelBan | Act::AppBan, Use::Send) | (Act::Removal, Use::Send | Use::Read) => Some((403, 17)),
            (Act::Revocation, _) => Some((401, 40)),
            _ => None,
        }
    }
}

#[derive(Debug, PartialEq)]
enum End {
    Done,
    Refused(u16, i64),
    /// Nothing was decided: on a machine that is busy with something else an answer of the store may come too late.
    Busy,
    Broken(String),
}

impl End {
    fn of(answer: Option<(u16, Value)>) -> End {
        match answer {
            Some((status, _)) if status < 300 => End::Done,
            Some((503, _)) => End::Busy,
            Some((status, body)) if status < 500 => End::Refused(status, body["code"].as_i64().unwrap_or_default()),
            other => End::Broken(format!("{other:?}")),
        }
    }
}

/// One use: when it began and ended, and how.
struct Used {
    what: Use,
    began: Duration,
    ended: Duration,
    end: End,
}

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
}

/// How a race went that broke no rule.
pub struct Played {
    pub act: Act,
    /// How long after the answer the last use began that succeeded although it is one that the act ends.
    pub latest: Duration,
}

/// What a socket heard, and with which code and when it was closed.
#[derive(Default)]
struct Hearing {
    heard: Vec<(Duration, Heard)>,
    closed: Option<(Duration, u16)>,
}

async fn hear(mut socket: Socket, log: Log, stop: CancellationToken) -> Hearing {
    let mut hearing = Hearing::default();
    loop {
        let frame = tokio::select! {
            frame = socket.next() => frame,
            () = stop.cancelled() => return hearing,
        };
        match frame {
            Some(Ok(Message::Text(text))) => hearing.heard.push((log.now(), parse(&text))),
            Some(Ok(Message::Close(close))) => {
                hearing.closed = Some((log.now(), close.map_or(0, |close| close.code.into())));
            }
            Some(Ok(_)) => {}
            Some(Err(_)) | None => return hearing,
        }
    }
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
        let (stop, race) = (CancellationToken::new(), std::sync::Arc::new(self));
        let hearing = tokio::spawn(hear(socket, race.log.clone(), stop.clone()));
        let told = tokio::spawn(race.clone().tell(stop.clone()));
        let sending = tokio::spawn(race.clone().send(stop.clone()));
        let reading = tokio::spawn(race.clone().read(connection, stop.clone()));
        let connecting = tokio::spawn(race.clone().connect(stop.clone()));
        // Both are spans of time: with the right, and without.
        tokio::time::sleep(BEFORE).await;
        let began = race.log.now();
        race.act().await;
        let answered = race.log.now();
        tokio::time::sleep(moment() + AFTER).await;
        stop.cancel();
        let (mut used, sockets) = connecting.await.expect("who connects does not panic");
        used.extend(sending.await.expect("who sends does not panic"));
        used.extend(reading.await.expect("who reads does not panic"));
        let told = told.await.expect("who tells does not panic");
        race.judge_hearing(&hearing.await.expect("who hears does not panic"), &told, answered);
        race.must_all_end(sockets).await;
        Played { act: race.act, latest: race.judge_uses(&used, began, answered) }
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
    async fn tell(self: std::sync::Arc<Self>, stop: CancellationToken) -> Vec<(Duration, String)> {
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

    async fn send(self: std::sync::Arc<Self>, stop: CancellationToken) -> Vec<Used> {
        let mut used = Vec::new();
        while !stop.is_cancelled() {
            let body = json!({"message": {"id": format!("tried-{}-{}", self.number, used.len()), "text": "may I?"}});
            let began = self.log.now();
            let answer = self.there.post(&format!("{}/message", self.path()), &self.victim.1, &body).await;
            used.push(Used { what: Use::Send, began, ended: self.log.now(), end: End::of(answer) });
            tokio::time::sleep(PAUSE).await;
        }
        used
    }

    /// Reads, and begins to watch each time: no right may slip in between being checked and being used.
    async fn read(self: std::sync::Arc<Self>, connection: String, stop: CancellationToken) -> Vec<Used> {
        let (query, end) = (format!("{}/query", self.path()), format!("{}/stop-watching", self.path()));
        let of = format!("?connection_id={connection}");
        // Whose token is revoked has no connection any more, which would be found out first.
        let watch = self.act != Act::Revocation;
        let body = json!({"state": true, "watch": watch, "messages": {"limit": 5}});
        let mut used = Vec::new();
        while !stop.is_cancelled() {
            let began = self.log.now();
            let answer = self.there.post(&format!("{query}{of}"), &self.victim.1, &body).await;
            used.push(Used { what: Use::Read, began, ended: self.log.now(), end: End::of(answer) });
            tokio::time::sleep(PAUSE).await;
            // Whether there was something to stop does not matter.
            let _ = self.there.post(&format!("{end}{of}"), &self.victim.1, &json!({})).await;
        }
        used
    }

    /// Opens sockets; those that opened come with it.
    async fn connect(self: std::sync::Arc<Self>, stop: CancellationToken) -> (Vec<Used>, Vec<Socket>) {
        let (mut used, mut sockets) = (Vec::new(), Vec::new());
        while !stop.is_cancelled() {
            let began = self.log.now();
            let end = match open(&self.address, &self.victim.0, &self.victim.1).await {
                Ok((socket, _)) => {
                    sockets.push(socket);
                    End::Done
                }
                Err(error) => refusal(&error.to_string()),
            };
            used.push(Used { what: Use::Connect, began, ended: self.log.now(), end });
            tokio::time::sleep(PAUSE).await;
        }
        (used, sockets)
    }

    /// Every use ended as it may; returns how long after the answer the last one began that succeeded and should not for long.
    fn judge_uses(&self, used: &[Used], began: Duration, answered: Duration) -> Duration {
        let mut latest = Duration::ZERO;
        for what in [Use::Send, Use::Read, Use::Connect] {
            let of_kind = || used.iter().filter(move |used| used.what == what);
            let name = format!("race {}, {:?}, {what:?}", self.number, self.act);
            assert!(
                of_kind().any(|used| used.began < began && used.end == End::Done),
                "{name}: none was allowed before"
            );
            let bars = self.act.bars(what);
            for Used { began: at, ended, end, .. } in of_kind() {
                match (end, bars) {
                    (End::Done, None) | (End::Busy, _) => {}
                    (End::Done, Some(_)) => {
                        let late = at.saturating_sub(answered);
                        assert!(late <= moment(), "{name}: one that began {late:?} after the answer succeeded");
                        latest = latest.max(late);
                    }
                    (End::Refused(status, code), Some(bars)) if bars == (*status, *code) => {
                        assert!(*ended > began, "{name}: one was refused at {ended:?}, before the act at {began:?}");
                    }
                    (end, _) => panic!(
                        "{name}: one that began at {at:?} ended with {end:?}; act from {began:?} to {answered:?}"
                    ),
                }
            }
            let refused = of_kind().any(|used| matches!(used.end, End::Refused(..)));
            assert_eq!(refused, bars.is_some(), "{name}: whether one was refused");
        }
        latest
    }

    /// The victim heard what he may, and nothing else.
    fn judge_hearing(&self, hearing: &Hearing, told: &[(Duration, String)], answered: Duration) {
        let name = format!("race {}, {:?}", self.number, self.act);
        let messages =
            || hearing.heard.iter().filter_map(|(at, heard)| heard.message.as_ref().map(|message| (*at, message)));
        let heard_told =
            |(began, id): &&(Duration, String)| *began > answered && messages().any(|(_, message)| message.id == *id);
        let after: Vec<_> = told.iter().filter(heard_told).collect();
        assert!(messages().next().is_some(), "{name}: nothing was heard before");
        match self.act {
            Act::ChannelBan | Act::AppBan => {
                assert!(!after.is_empty(), "{name}: who is banned may still hear");
                assert!(hearing.closed.is_none(), "{name}: his socket was closed");
            }
            Act::Removal => {
                let position = |kind| hearing.heard.iter().position(|(_, heard)| heard.kind == kind);
                let told = position("notification.removed_from_channel");
                let told = told.unwrap_or_else(|| panic!("{name}: he was not told that he was removed"));
                let later = hearing.heard[told..].iter().find(|(_, heard)| heard.message.is_some());
                assert_eq!(later, None, "{name}: heard after he was removed, which was answered at {answered:?}");
                assert!(after.is_empty(), "{name}: heard {after:?}, sent after he was removed");
                assert!(hearing.closed.is_none(), "{name}: his socket was closed");
            }
            Act::Revocation => {
                let (at, code) = hearing.closed.unwrap_or_else(|| panic!("{name}: his socket stayed open"));
                assert_eq!(code, 4001, "{name}: how his socket was closed");
                assert!(
                    at <= answered + moment(),
                    "{name}: his socket was closed {:?} after the answer",
                    at - answered
                );
                let last = hearing.heard.last().map(|(_, heard)| heard.kind.as_str());
                assert_eq!(last, Some("connection.error"), "{name}: the last he heard");
            }
        }
    }

    /// Sockets that opened while the token was being revoked do not outlive it.
    async fn must_all_end(&self, sockets: Vec<Socket>) {
        if self.act != Act::Revocation {
            return;
        }
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

/// What the first frame of a refused socket says; anything else is no refusal.
fn refusal(error: &str) -> End {
    let frame = error.strip_prefix("refused: ").and_then(|text| serde_json::from_str::<Value>(text).ok());
    match frame.as_ref().map(|frame| &frame["error"]) {
        Some(error) if error["StatusCode"] == 503 => End::Busy,
        Some(error) if error["code"].is_i64() => {
            let number = |field: &str| error[field].as_i64().unwrap_or_default();
            End::Refused(u16::try_from(number("StatusCode")).unwrap_or_default(), number("code"))
        }
        _ => End::Broken(error.to_owned()),
    }
}
