//! The ledger, sorted by what it is asked for.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::ledger::{Deed, Entry, Heard, Ledger, Message, Outcome};

/// A request with its end; one that never ended is of unknown outcome.
pub struct Call<'l> {
    pub user: &'l str,
    pub deed: &'l Deed,
    pub outcome: Option<&'l Outcome>,
}

impl Call<'_> {
    pub fn acknowledged(&self) -> bool {
        matches!(self.outcome, Some(Outcome::Acknowledged(_)))
    }

    pub fn refused(&self) -> bool {
        matches!(self.outcome, Some(Outcome::Refused { .. }))
    }
}

/// What a reader recovered of one channel, with the places in the ledger where he asked and where he had it.
pub struct Recovery<'l> {
    pub cid: &'l str,
    pub asked: usize,
    pub had: usize,
    pub messages: &'l [Message],
}

/// One connection of a reader.
#[derive(Default)]
pub struct Connection<'l> {
    /// With their places in the ledger.
    pub heard: Vec<(usize, &'l Heard)>,
    pub recoveries: Vec<Recovery<'l>>,
    pub closed: bool,
}

/// A message's place in its channel.
pub struct Place<'l> {
    pub message: &'l Message,
    pub cid: &'l str,
}

pub struct Facts<'l> {
    pub ledger: &'l Ledger,
    /// In the order in which they began.
    pub calls: Vec<Call<'l>>,
    /// Message id → the calls that are about it.
    pub about: HashMap<&'l str, Vec<usize>>,
    /// Per reader his connections, in order.
    pub connections: Vec<BTreeMap<u32, Connection<'l>>>,
    /// Message id → where history has it; doubles are listed again.
    pub found: HashMap<&'l str, Vec<Place<'l>>>,
    /// Messages of which there was an event.
    pub told: HashSet<&'l str>,
}

impl<'l> Facts<'l> {
    pub fn new(ledger: &'l Ledger) -> Facts<'l> {
        let mut facts = Facts {
            ledger,
            calls: Vec::new(),
            about: HashMap::new(),
            connections: ledger.readers.iter().map(|_| BTreeMap::new()).collect(),
            found: HashMap::new(),
            told: HashSet::new(),
        };
        let mut numbers: HashMap<u64, usize> = HashMap::new();
        let mut asked: HashMap<(usize, u32, &str), usize> = HashMap::new();
        for (place, (_, entry)) in ledger.entries.iter().enumerate() {
            match entry {
                Entry::Began { call, user, deed } => {
                    numbers.insert(*call, facts.calls.len());
                    facts.about.entry(deed_id(deed)).or_default().push(facts.calls.len());
                    facts.calls.push(Call { user, deed, outcome: None });
                }
                Entry::Ended { call, outcome, .. } => {
                    if let Some(call) = numbers.get(call) {
                        facts.calls[*call].outcome = Some(outcome);
                    }
                }
                Entry::Asked { reader, connection, cid } => {
                    asked.insert((*reader, *connection, cid), place);
                }
                Entry::Recovered { reader, connection, cid, messages } => {
                    let asked = asked.get(&(*reader, *connection, cid.as_str())).copied().unwrap_or(place);
                    let recovery = Recovery { cid, asked, had: place, messages };
                    facts.connection(*reader, *connection).recoveries.push(recovery);
                }
                Entry::Heard { reader, connection, heard } => {
                    facts.told.extend(heard.message.as_ref().map(|message| message.id.as_str()));
                    facts.connection(*reader, *connection).heard.push((place, heard));
                }
                Entry::Opened { reader, connection } => {
                    facts.connection(*reader, *connection);
                }
                Entry::Closed { reader, connection } => facts.connection(*reader, *connection).closed = true,
                Entry::Live { .. } => {}
            }
        }
        for (cid, history) in &ledger.history {
            for message in history.forwards.iter().chain(history.threads.values().flatten()) {
                facts.found.entry(&message.id).or_default().push(Place { message, cid });
            }
        }
        facts
    }

    fn connection(&mut self, reader: usize, connection: u32) -> &mut Connection<'l> {
        self.connections[reader].entry(connection).or_default()
    }

    /// The calls about a message.
    pub fn about(&self, id: &str) -> impl Iterator<Item = &Call<'l>> {
        self.about.get(id).into_iter().flatten().map(|call| &self.calls[*call])
    }

    /// The message as history has it.
    pub fn message(&self, id: &str) -> Option<&'l Message> {
        self.found.get(id)?.first().map(|place| place.message)
    }
}

/// The message that a deed is about.
fn deed_id(deed: &Deed) -> &str {
    match deed {
        Deed::Send { id, .. }
        | Deed::Edit { id, .. }
        | Deed::Delete { id }
        | Deed::React { id, .. }
        | Deed::Unreact { id, .. }
        | Deed::Read { id, .. } => id,
    }
}
