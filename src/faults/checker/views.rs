//! What each reader was shown last of a message against how it is in the end.

use std::collections::HashMap;

use super::facts::{Connection, Facts};
use super::{Report, Rule};
use crate::ledger::Message;

pub fn check(facts: &Facts, report: &mut Report) {
    for (number, reader) in facts.ledger.readers.iter().enumerate() {
        // Only a connection that lasts to the end was told of everything to the end.
        let Some(connection) = facts.connections[number].values().last().filter(|connection| !connection.closed) else {
            continue;
        };
        for (id, shown) in shown_last(connection) {
            let Some(found) = facts.message(id).filter(|found| reader.watches.contains(&found.cid)) else { continue };
            let members = facts.ledger.members.get(&found.cid);
            let always = members.and_then(|members| members.get(&reader.user)).is_some_and(|membership| {
                // Whoever left is shown nothing more.
                membership.owed.1 == i64::MAX
            });
            if always && !shown.iter().any(|shown| is_same(shown, found)) {
                let what = format!("{} was last shown {shown:?}, and it is {found:?}", reader.user);
                report.add(Rule::StaleView, Some(id), what);
            }
        }
    }
}

/// What was deleted keeps no text; only the event that told of it may still show one.
fn is_same(shown: &Message, found: &Message) -> bool {
    let untold = |message: &Message| Message { text: String::new(), ..message.clone() };
    shown == found || (shown.deleted && untold(shown) == untold(found))
}

/// Per message what the connection may have been shown last. An answer was read at some moment between question and answer:
/// an event in between may be older or newer than it, a later one is newer.
fn shown_last<'c>(connection: &'c Connection) -> HashMap<&'c str, Vec<&'c Message>> {
    let mut live: HashMap<&str, (usize, &Message)> = HashMap::new();
    for (place, heard) in &connection.heard {
        if let Some(message) = &heard.message {
            live.insert(&message.id, (*place, message));
        }
    }
    let mut last: HashMap<&str, Vec<&Message>> = live.iter().map(|(id, (_, message))| (*id, vec![*message])).collect();
    for recovery in &connection.recoveries {
        for message in recovery.messages {
            match live.get(message.id.as_str()) {
                Some((place, _)) if *place > recovery.had => {}
                Some((place, told)) if *place > recovery.asked => {
                    last.insert(&message.id, vec![*told, message]);
                }
                _ => {
                    last.insert(&message.id, vec![message]);
                }
            }
        }
    }
    last
}
