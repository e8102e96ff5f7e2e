//! Members with a socket: each hears, comes back when it breaks, and recovers what it missed, as the SDKs do.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite;
use tokio_tungstenite::{WebSocketStream, client_async};
use tokio_util::sync::CancellationToken;
use weir::wire::Time;

use crate::dice::Dice;
use crate::ledger::{Entry, Heard, Log, Message, Shown};
use crate::node::KEY;
use crate::people::Person;
use crate::rest::{Rest, channel_path, message_of};

/// How long a socket may take to open and to say its first word.
const OPENING: Duration = Duration::from_secs(30);
/// Between two pings, as the SDKs send them: who says nothing for long is taken for dead.
const PING: Duration = Duration::from_secs(25);
/// Messages of one page.
const PAGE: usize = 200;

/// A frame, as far as it is looked at.
#[derive(Deserialize)]
struct Frame {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    cid: Option<String>,
    #[serde(default)]
    created_at: Option<Time>,
    #[serde(default)]
    message: Option<Shown>,
    #[serde(default)]
    unread_count: Option<u64>,
    #[serde(default)]
    unread_channels: Option<u64>,
    #[serde(default)]
    connection_id: Option<String>,
}

pub type Socket = WebSocketStream<TcpStream>;

/// Opens a socket at `address` (`host:port`); the connection id of its first frame comes with it.
pub async fn open(address: &str, user: &str, token: &str) -> anyhow::Result<(Socket, String)> {
    let stream = tokio::time::timeout(OPENING, TcpStream::connect(address)).await??;
    open_over(stream, user, token).await
}

/// The same over a connection that is there.
pub async fn open_over(stream: TcpStream, user: &str, token: &str) -> anyhow::Result<(Socket, String)> {
    let json = json!({"user_id": user, "user_details": {"id": user}}).to_string();
    let query = [("json", json.as_str()), ("api_key", KEY), ("authorization", token), ("stream-auth-type", "jwt")];
    let url = reqwest::Url::parse_with_params(&format!("ws://{}/connect", stream.peer_addr()?), query)?;
    let opening = async {
        stream.set_nodelay(true)?;
        let (mut socket, _) = client_async(url.as_str(), stream).await?;
        let first = socket.next().await.ok_or_else(|| anyhow::anyhow!("closed before its first frame"))??;
        let frame: Frame = serde_json::from_str(first.to_text()?)?;
        let id = frame.connection_id.filter(|id| !id.is_empty());
        Ok((socket, id.ok_or_else(|| anyhow::anyhow!("refused: {first}"))?))
    };
    tokio::time::timeout(OPENING, opening).await?
}

/// What a text frame says.
pub fn parse(text: &str) -> Heard {
    let frame: Frame = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {text}"));
    Heard {
        kind: frame.kind,
        cid: frame.cid.filter(|cid| cid != "*"),
        at: frame.created_at.map_or(0, Time::micros),
        message: frame.message.map(Message::from),
        counts: frame.unread_count.zip(frame.unread_channels),
    }
}

/// One reader: his number in the ledger, himself, and where he connects.
pub struct Listener {
    pub number: usize,
    pub person: Person,
    /// `host:port` of his socket; his REST calls go to `rest`.
    pub address: String,
    pub rest: Rest,
    pub log: Log,
}

/// What a reader knows of a channel.
#[derive(Default)]
struct Known {
    /// The newest message before which nothing is missing.
    whole: Option<String>,
    /// Messages that have replies.
    parents: BTreeSet<String>,
}

impl Listener {
    /// Listens until `stop`, coming back whenever the socket breaks.
    pub async fn listen(self, stop: CancellationToken) {
        let mut known: BTreeMap<String, Known> = BTreeMap::new();
        let mut dice = Dice::new(self.number as u64);
        let mut connection = 0;
        while !stop.is_cancelled() {
            let opened = tokio::select! {
                opened = open(&self.address, &self.person.id, &self.person.token) => opened,
                () = stop.cancelled() => return,
            };
            if let Ok((socket, id)) = opened {
                connection += 1;
                self.log.add(Entry::Opened { reader: self.number, connection });
                self.hear(connection, socket, &id, &mut known, &stop).await;
                if stop.is_cancelled() {
                    return;
                }
                self.log.add(Entry::Closed { reader: self.number, connection });
            }
            // Clients spread their attempts, or they would all come at once.
            let pause = Duration::from_millis(50 + dice.throw(250) as u64);
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = stop.cancelled() => return,
            }
        }
    }

    /// Hears and recovers at the same time, until the socket breaks.
    async fn hear(
        &self,
        connection: u32,
        mut socket: Socket,
        id: &str,
        known: &mut BTreeMap<String, Known>,
        stop: &CancellationToken,
    ) {
        let mut fresh: Vec<Message> = Vec::new();
        {
            let recovery = self.recover(connection, id, known);
            tokio::pin!(recovery);
            loop {
                tokio::select! {
                    frame = socket.next() => match self.note(connection, frame) {
                        Some(heard) => fresh.extend(heard.message),
                        None => return,
                    },
                    () = &mut recovery => break,
                    () = stop.cancelled() => return,
                }
            }
        }
        // Everything up to here is known; from now on each frame adds to it.
        fresh.iter().for_each(|message| learn(known, message));
        let mut pings = tokio::time::interval(PING);
        loop {
            tokio::select! {
                _ = pings.tick() => {
                    if socket.send(tungstenite::Message::text(r#"[{"type":"health.check"}]"#)).await.is_err() {
                        return;
                    }
                }
                frame = socket.next() => match self.note(connection, frame) {
                    Some(heard) => heard.message.iter().for_each(|message| learn(known, message)),
                    None => return,
                },
                () = stop.cancelled() => return,
            }
        }
    }

    /// Writes a frame into the ledger; `None`: the socket is at its end.
    fn note(&self, connection: u32, frame: Option<tungstenite::Result<tungstenite::Message>>) -> Option<Heard> {
        match frame? {
            Ok(tungstenite::Message::Text(text)) => {
                let heard = parse(&text);
                self.log.add(Entry::Heard { reader: self.number, connection, heard: heard.clone() });
                Some(heard)
            }
            Ok(tungstenite::Message::Close(_)) | Err(_) => None,
            Ok(_) => Some(Heard::default()),
        }
    }

    /// Recovers every channel, trying until it succeeds: while it does not, the reader is not back.
    async fn recover(&self, connection: u32, id: &str, known: &mut BTreeMap<String, Known>) {
        let cids = std::iter::once((&self.person.home, true)).chain(self.person.other.iter().map(|cid| (cid, false)));
        for (cid, watch) in cids {
            let known = known.entry(cid.clone()).or_default();
            loop {
                self.log.add(Entry::Asked { reader: self.number, connection, cid: cid.clone() });
                if let Some(messages) = self.read_channel(id, cid, watch, known).await {
                    let newest = messages.iter().filter(|message| message.parent.is_none()).max_by_key(|m| m.at);
                    known.whole = newest.map(|message| message.id.clone()).or_else(|| known.whole.take());
                    self.log.add(Entry::Recovered { reader: self.number, connection, cid: cid.clone(), messages });
                    break;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        self.log.add(Entry::Live { reader: self.number, connection });
    }

    /// The channel's newest page, watching it if asked, what lies between it and what is known, and its threads.
    async fn read_channel(&self, id: &str, cid: &str, watch: bool, known: &mut Known) -> Option<Vec<Message>> {
        let mut messages = self.query(id, cid, &json!({"limit": 30}), watch).await?;
        let is_known = |messages: &[Message], whole: &Option<String>| {
            whole.as_ref().is_some_and(|whole| messages.iter().any(|message| message.id == *whole))
        };
        while !is_known(&messages, &known.whole) {
            let Some(oldest) = messages.first() else { break };
            let older = self.query(id, cid, &json!({"limit": PAGE, "id_lt": oldest.id}), false).await?;
            if older.is_empty() {
                break;
            }
            messages.splice(0..0, older);
        }
        known.parents.extend(messages.iter().filter(|message| message.replies > 0).map(|message| message.id.clone()));
        for parent in &known.parents {
            messages.extend(thread(&self.rest, &self.person.token, parent).await?);
        }
        Some(messages)
    }

    async fn query(&self, id: &str, cid: &str, messages: &Value, watch: bool) -> Option<Vec<Message>> {
        let body = json!({"state": true, "watch": watch, "messages": messages});
        let path = format!("{}/query?connection_id={id}", channel_path(cid));
        let (status, answer) = self.rest.post(&path, &self.person.token, &body).await?;
        messages_of(status, &answer)
    }
}

/// The messages of an answer, if it is one.
fn messages_of(status: u16, answer: &Value) -> Option<Vec<Message>> {
    answer["messages"].as_array().filter(|_| status < 300)?.iter().map(message_of).collect()
}

/// All replies of a thread, oldest first.
pub async fn thread(rest: &Rest, token: &str, parent: &str) -> Option<Vec<Message>> {
    let mut replies: Vec<Message> = Vec::new();
    loop {
        let before = replies.first().map(|reply| format!("&id_lt={}", reply.id)).unwrap_or_default();
        let path = format!("/messages/{parent}/replies?limit={PAGE}{before}");
        let (status, answer) = rest.call(Method::GET, &path, token, None).await?;
        let page = messages_of(status, &answer)?;
        let complete = page.len() < PAGE;
        replies.splice(0..0, page);
        if complete {
            return Some(replies);
        }
    }
}

fn learn(known: &mut BTreeMap<String, Known>, message: &Message) {
    let Some(known) = known.get_mut(&message.cid) else { return };
    match &message.parent {
        Some(parent) => {
            known.parents.insert(parent.clone());
        }
        None if message.replies > 0 => {
            known.parents.insert(message.id.clone());
        }
        None => known.whole = Some(message.id.clone()),
    }
}
