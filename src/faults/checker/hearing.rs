//! What readers heard and recovered against history: nothing missing, doubled, out of order or meant for others.

use std::collections::{HashMap, HashSet};

use super::facts::{Connection, Facts};
use super::{Report, Rule};
use crate::ledger::{Message, Reader};

pub fn check(facts: &Facts, report: &mut Report) {
    // What watchers hear, and what members that do not watch hear: with and without threads.
    let mut lists: HashMap<(&str, bool), Vec<&Message>> = HashMap::new();
    for (cid, history) in &facts.ledger.history {
        lists.insert((cid, true), history.all());
        lists.insert((cid, false), history.forwards.iter().collect());
    }
    for (number, reader) in facts.ledger.readers.iter().enumerate() {
        strangers(facts, number, report);
        for (cid, members) in &facts.ledger.members {
            let Some(membership) = members.get(&reader.user) else { continue };
            let list = lists.get(&(cid.as_str(), reader.watches.contains(cid))).map(Vec::as_slice).unwrap_or_default();
            let list = list.iter().copied().filter(|message| membership.is_allowed(message.at)).collect();
            let channel = Channel { facts, cid, list, reader, number };
            channel.check(report, |message| membership.is_owed(message.at));
        }
    }
}

/// Nobody hears of a channel that he is not in.
fn strangers(facts: &Facts, number: usize, report: &mut Report) {
    let user = &facts.ledger.readers[number].user;
    for (_, heard) in facts.connections[number].values().flat_map(|connection| &connection.heard) {
        let Some(cid) = &heard.cid else { continue };
        // A channel that the ledger does not follow is not its business.
        let Some(members) = facts.ledger.members.get(cid) else { continue };
        let moment = heard.message.as_ref().filter(|_| heard.is_new()).map_or(heard.at, |message| message.at);
        if !members.get(user).is_some_and(|membership| membership.is_allowed(moment)) {
            let id = heard.message.as_ref().map(|message| message.id.as_str());
            report.add(Rule::HeardByStranger, id, format!("{user} is not in {cid} and heard {} ({id:?})", heard.kind));
        }
    }
}

/// One channel as one reader should have heard it.
struct Channel<'c, 'l> {
    facts: &'c Facts<'l>,
    cid: &'c str,
    /// What he may hear of it, in order.
    list: Vec<&'c Message>,
    reader: &'c Reader,
    number: usize,
}

/// A new message as a connection heard of it.
struct Live {
    /// Where the channel has it.
    place: usize,
    /// As a watcher, and not by the notification.
    watched: bool,
}

impl Channel<'_, '_> {
    fn check(&self, report: &mut Report, owed: impl Fn(&Message) -> bool) {
        let places: HashMap<&str, usize> =
            self.list.iter().enumerate().map(|(place, message)| (message.id.as_str(), place)).collect();
        let mut known: HashSet<&str> = HashSet::new();
        for (number, connection) in &self.facts.connections[self.number] {
            let name = format!("{} on connection {number}", self.reader.user);
            let recovered = self.recovered(connection);
            let live = self.live(connection, &name, &places, report);
            self.order(&live, &name, report);
            known.extend(recovered);
            self.gaps(&live, &known, &name, report);
            known.extend(live.iter().map(|live| self.list[live.place].id.as_str()));
        }
        for message in self.list.iter().filter(|message| owed(message) && !known.contains(message.id.as_str())) {
            let what = format!("{} neither heard nor recovered {} in {}", self.reader.user, message.id, self.cid);
            report.add(Rule::NotHeard, Some(&message.id), what);
        }
    }

    fn recovered<'f>(&self, connection: &'f Connection) -> impl Iterator<Item = &'f str> {
        let recoveries = connection.recoveries.iter().filter(|recovery| recovery.cid == self.cid);
        recoveries.flat_map(|recovery| recovery.messages).map(|message| message.id.as_str())
    }

    /// The places in history of the messages that the connection heard of, each once.
    fn live(
        &self,
        connection: &Connection,
        name: &str,
        places: &HashMap<&str, usize>,
        report: &mut Report,
    ) -> Vec<Live> {
        let (mut live, mut told) = (Vec::new(), HashSet::new());
        for (_, heard) in connection.heard.iter().filter(|(_, heard)| heard.is_new()) {
            let Some(message) = heard.message.as_ref().filter(|message| message.cid == self.cid) else { continue };
            if !told.insert(message.id.as_str()) {
                report.add(Rule::HeardTwice, Some(&message.id), format!("{name} heard {} again", message.id));
                continue;
            }
            match places.get(message.id.as_str()) {
                Some(place) => {
                    let found = self.list[*place];
                    if (message.at, &message.user) != (found.at, &found.user) || !self.was_written(message) {
                        report.add(
                            Rule::Altered,
                            Some(&message.id),
                            format!("{name} heard {message:?}, not {found:?}"),
                        );
                    }
                    live.push(Live { place: *place, watched: heard.kind == "message.new" });
                }
                None => {
                    let what = format!("{name} heard {}, which is not in {}", message.id, self.cid);
                    report.add(Rule::Phantom, Some(&message.id), what);
                }
            }
        }
        live
    }

    /// A new message is told with the text that it was sent with.
    fn was_written(&self, message: &Message) -> bool {
        use crate::ledger::Deed::Send;
        self.facts.about(&message.id).any(|call| matches!(call.deed, Send { text, .. } if *text == message.text))
    }

    fn order(&self, live: &[Live], name: &str, report: &mut Report) {
        for pair in live.windows(2).filter(|pair| pair[1].place < pair[0].place) {
            let (first, second) = (&self.list[pair[0].place].id, &self.list[pair[1].place].id);
            report.add(Rule::OrderDiffers, Some(second), format!("{name} heard {first} before {second}"));
        }
    }

    /// Between what was known when the connection began to hear and the last that it heard, nothing is missing.
    fn gaps(&self, live: &[Live], known: &HashSet<&str>, name: &str, report: &mut Report) {
        let places = live.iter().map(|live| live.place);
        let (Some(first), Some(last)) = (places.clone().min(), places.clone().max()) else { return };
        let watched = live.iter().filter(|live| live.watched).map(|live| live.place).min().unwrap_or(usize::MAX);
        let heard: HashSet<usize> = places.collect();
        for place in (first.saturating_sub(1)..last).filter(|place| !heard.contains(place)) {
            let message = self.list[place];
            let excused = match place < first {
                // Somebody who joined in between has nothing to know of before.
                true => known.contains(message.id.as_str()) || !self.is_owed(message),
                // Until the watch begins a member hears of the timeline alone.
                false => place < watched && message.parent.is_some(),
            };
            if !excused {
                report.add(Rule::Gap, Some(&message.id), format!("{name} did not hear {}", message.id));
            }
        }
    }

    fn is_owed(&self, message: &Message) -> bool {
        let membership = self.facts.ledger.members.get(self.cid).and_then(|members| members.get(&self.reader.user));
        membership.is_some_and(|membership| membership.is_owed(message.at))
    }
}
