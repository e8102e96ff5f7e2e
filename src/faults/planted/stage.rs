//! A chat without a fault, played from dice: the ledger that it leaves is clean.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::ledger::{Around, Deed, Entry, Heard, History, Ledger, Membership, Message, Outcome, Pointer, Reader};

const CHANNELS: usize = 3;
const PEOPLE: usize = 6;

/// One throw: what happens, who does it, and to what.
pub type Throw = (u8, u8, u8);

pub struct Stage {
    ledger: Ledger,
    clock: i64,
    calls: u64,
    /// Per reader his connection, and whether it is open.
    connections: Vec<(u32, bool)>,
    reactions: BTreeMap<String, Vec<(String, String)>>,
    /// All messages of a channel, in order.
    messages: Vec<Vec<Message>>,
    pointers: BTreeMap<(usize, String), Pointer>,
}

fn cid(channel: usize) -> String {
    format!("messaging:c{channel}")
}

fn user(person: usize) -> String {
    format!("u{person}")
}

impl Stage {
    /// Plays the throws, lets everybody come back, and writes down history.
    pub fn play(throws: &[Throw]) -> Ledger {
        let mut stage = Stage::open();
        for (what, who, which) in throws {
            stage.act(*what, usize::from(*who) % PEOPLE, usize::from(*which));
        }
        for reader in 0..PEOPLE {
            stage.come_back(reader);
        }
        stage.write_history();
        stage.ledger
    }

    fn open() -> Stage {
        let mut ledger = Ledger::default();
        for person in 0..PEOPLE {
            let mut channels = vec![person % CHANNELS];
            if person % 3 == 0 {
                channels.push(1);
            }
            for channel in &channels {
                ledger.members.entry(cid(*channel)).or_default().insert(user(person), Membership::ALWAYS);
            }
            let watches = BTreeSet::from([cid(person % CHANNELS)]);
            ledger.readers.push(Reader { user: user(person), watches });
        }
        let mut stage = Stage {
            ledger,
            clock: 1_000_000,
            calls: 0,
            connections: vec![(0, false); PEOPLE],
            reactions: BTreeMap::new(),
            messages: vec![Vec::new(); CHANNELS],
            pointers: BTreeMap::new(),
        };
        for channel in 0..CHANNELS {
            for name in stage.ledger.members[&cid(channel)].keys() {
                stage.pointers.insert((channel, name.clone()), Pointer { at: 0, id: None, unread: 0 });
            }
        }
        for reader in 0..PEOPLE {
            stage.come_back(reader);
        }
        stage
    }

    fn log(&mut self, entry: Entry) {
        let at = Duration::from_millis(self.ledger.entries.len() as u64);
        self.ledger.entries.push((at, entry));
    }

    fn act(&mut self, what: u8, person: usize, which: usize) {
        let channel = person % CHANNELS;
        let of = |messages: &[Message], mine: bool| {
            let fit = messages.iter().filter(|message| !message.deleted && (!mine || message.user == user(person)));
            let fit: Vec<String> = fit.map(|message| message.id.clone()).collect();
            (!fit.is_empty()).then(|| fit[which % fit.len()].clone())
        };
        let (any, mine) = (of(&self.messages[channel], false), of(&self.messages[channel], true));
        let main = self.messages[channel].iter().find(|message| message.parent.is_none()).map(|m| m.id.clone());
        match (what % 20, any, mine, main) {
            (11 | 12, _, _, Some(parent)) => self.send(person, channel, Some(parent), which),
            (13, _, Some(id), _) => self.edit(person, channel, &id),
            (14, Some(id), ..) => self.react(person, channel, &id),
            (15, _, Some(id), _) if main_of(&self.messages[channel], &id) => self.delete(person, channel, &id),
            (16 | 17, ..) => self.read(person, channel),
            (18, ..) => self.drop_reader(person),
            (19, ..) => self.come_back(person),
            _ => self.send(person, channel, None, which),
        }
    }

    fn call(&mut self, person: usize, deed: Deed, outcome: Outcome) {
        self.calls += 1;
        let call = self.calls;
        self.log(Entry::Began { call, user: user(person), deed });
        self.log(Entry::Ended { call, outcome, took: Duration::from_millis(1) });
    }

    fn send(&mut self, person: usize, channel: usize, parent: Option<String>, which: usize) {
        self.clock += 1000;
        let id = format!("m-{}", self.clock);
        let (text, cid) = (format!("text of {id}"), cid(channel));
        let deed = Deed::Send { id: id.clone(), cid: cid.clone(), text: text.clone(), parent: parent.clone() };
        if which.is_multiple_of(7) {
            let id = format!("refused-{}", self.clock);
            let deed = Deed::Send { id, cid: cid.clone(), text: "never".into(), parent: None };
            self.call(person, deed, Outcome::Refused { status: 503, code: -1 });
        }
        if which.is_multiple_of(5) {
            self.call(person, deed.clone(), Outcome::Unknown { status: None });
        }
        let message = Message { id, cid, user: user(person), text, at: self.clock, parent, ..Message::default() };
        self.messages[channel].push(message.clone());
        match &message.parent {
            None => {
                let pointer = Pointer { at: message.at, id: Some(message.id.clone()), unread: 0 };
                self.pointers.insert((channel, user(person)), pointer);
            }
            Some(parent) => {
                let parent = self.change(channel, parent, |parent| parent.replies += 1);
                self.tell(channel, "message.updated", &parent);
            }
        }
        self.tell(channel, "message.new", &message);
        self.call(person, deed, Outcome::Acknowledged(Some(message)));
    }

    fn change(&mut self, channel: usize, id: &str, change: impl FnOnce(&mut Message)) -> Message {
        let message = self.messages[channel].iter_mut().find(|message| message.id == id).expect("a message");
        change(message);
        message.clone()
    }

    fn edit(&mut self, person: usize, channel: usize, id: &str) {
        self.clock += 1;
        let text = format!("edited at {}", self.clock);
        let message = self.change(channel, id, |message| message.text.clone_from(&text));
        self.tell(channel, "message.updated", &message);
        self.call(person, Deed::Edit { id: id.into(), text }, Outcome::Acknowledged(Some(message)));
    }

    fn delete(&mut self, person: usize, channel: usize, id: &str) {
        let message = self.change(channel, id, |message| {
            message.deleted = true;
            message.text = "gone".into();
        });
        self.tell(channel, "message.deleted", &message);
        self.call(person, Deed::Delete { id: id.into() }, Outcome::Acknowledged(Some(message)));
    }

    fn react(&mut self, person: usize, channel: usize, id: &str) {
        let (reaction, reactions) = ((user(person), "like".to_owned()), self.reactions.entry(id.into()).or_default());
        let gives = !reactions.contains(&reaction);
        match gives {
            true => reactions.push(reaction),
            false => reactions.retain(|given| *given != reaction),
        }
        let count = reactions.len() as u64;
        let message = self.change(channel, id, |message| {
            message.reactions = if count > 0 { BTreeMap::from([("like".into(), count)]) } else { BTreeMap::new() };
        });
        self.tell(channel, if gives { "reaction.new" } else { "reaction.deleted" }, &message);
        let (id, kind) = (id.to_owned(), "like".to_owned());
        let deed = if gives { Deed::React { id, kind } } else { Deed::Unreact { id, kind } };
        self.call(person, deed, Outcome::Acknowledged(Some(message)));
    }

    fn read(&mut self, person: usize, channel: usize) {
        let Some(newest) = self.messages[channel].iter().rev().find(|message| message.parent.is_none()) else { return };
        let (at, id) = (newest.at, newest.id.clone());
        self.pointers.insert((channel, user(person)), Pointer { at, id: Some(id.clone()), unread: 0 });
        self.call(person, Deed::Read { cid: cid(channel), id }, Outcome::Acknowledged(None));
        let heard = Heard {
            kind: "notification.mark_read".into(),
            cid: Some(cid(channel)),
            at: self.clock,
            message: None,
            counts: Some(self.totals(&user(person))),
        };
        self.hear(person, heard);
    }

    fn unread(&self, channel: usize, name: &str) -> u64 {
        let Some(pointer) = self.pointers.get(&(channel, name.to_owned())) else { return 0 };
        let counted = |message: &&Message| message.parent.is_none() && message.at > pointer.at && message.user != name;
        self.messages[channel].iter().filter(counted).count() as u64
    }

    fn totals(&self, name: &str) -> (u64, u64) {
        let unread: Vec<u64> = (0..CHANNELS).map(|channel| self.unread(channel, name)).collect();
        (unread.iter().sum(), unread.iter().filter(|unread| **unread > 0).count() as u64)
    }

    /// Watchers hear everything, members that do not watch hear of new messages of the timeline.
    fn tell(&mut self, channel: usize, kind: &str, message: &Message) {
        for reader in 0..PEOPLE {
            let (name, watches) = (user(reader), reader % CHANNELS == channel);
            let notified = kind == "message.new" && message.parent.is_none();
            if !self.ledger.members[&cid(channel)].contains_key(&name) || !(watches || notified) {
                continue;
            }
            let heard = Heard {
                kind: if watches { kind.to_owned() } else { format!("notification.{}", kind.replace('.', "_")) },
                cid: Some(cid(channel)),
                at: message.at,
                message: Some(message.clone()),
                counts: (kind == "message.new").then(|| self.totals(&name)),
            };
            self.hear(reader, heard);
        }
    }

    fn hear(&mut self, reader: usize, heard: Heard) {
        if let (connection, true) = self.connections[reader] {
            self.log(Entry::Heard { reader, connection, heard });
        }
    }

    fn drop_reader(&mut self, reader: usize) {
        if let (connection, true) = self.connections[reader] {
            self.log(Entry::Closed { reader, connection });
            self.connections[reader].1 = false;
        }
    }

    fn come_back(&mut self, reader: usize) {
        let (connection, false) = self.connections[reader] else { return };
        let connection = connection + 1;
        self.connections[reader] = (connection, true);
        self.log(Entry::Opened { reader, connection });
        for channel in
            (0..CHANNELS).filter(|channel| self.pointers.contains_key(&(*channel, user(reader)))).collect::<Vec<_>>()
        {
            let messages = self.messages[channel].clone();
            self.log(Entry::Asked { reader, connection, cid: cid(channel) });
            self.log(Entry::Recovered { reader, connection, cid: cid(channel), messages });
        }
        self.log(Entry::Live { reader, connection });
    }

    fn write_history(&mut self) {
        for channel in 0..CHANNELS {
            let mut history = History::default();
            for message in &self.messages[channel] {
                match &message.parent {
                    None => history.forwards.push(message.clone()),
                    Some(parent) => history.threads.entry(parent.clone()).or_default().push(message.clone()),
                }
                if let Some(reactions) = self.reactions.get(&message.id) {
                    history.reactions.insert(message.id.clone(), reactions.clone());
                }
            }
            history.backwards = history.forwards.clone();
            let limit = 3.min(history.forwards.len());
            for (place, message) in history.forwards.iter().enumerate() {
                let start = place.saturating_sub(1).min(history.forwards.len() - limit);
                let ids = history.forwards[start..start + limit].iter().map(|message| message.id.clone()).collect();
                history.around.push(Around { id: message.id.clone(), limit, ids });
            }
            for name in self.ledger.members[&cid(channel)].keys() {
                let unread = self.unread(channel, name);
                let pointer = Pointer { unread, ..self.pointers[&(channel, name.clone())].clone() };
                history.pointers.insert(name.clone(), pointer);
                self.ledger.unread.entry(name.clone()).or_default().insert(cid(channel), unread);
            }
            self.ledger.history.insert(cid(channel), history);
        }
    }
}

fn main_of(messages: &[Message], id: &str) -> bool {
    messages.iter().any(|message| message.id == id && message.parent.is_none())
}
