//! Faults in what people heard, and in what they were answered.

use super::corruptions::pick;
use crate::ledger::{Deed, Entry, Heard, Ledger, Message, Outcome};

/// The entries that are frames of a new message, by their places.
fn news(ledger: &Ledger) -> Vec<usize> {
    let is_new = |entry: &Entry| matches!(entry, Entry::Heard { heard, .. } if heard.is_new());
    (0..ledger.entries.len()).filter(|place| is_new(&ledger.entries[*place].1)).collect()
}

fn heard(ledger: &mut Ledger, at: usize) -> &mut Heard {
    match &mut ledger.entries[at].1 {
        Entry::Heard { heard, .. } => heard,
        other => panic!("{other:?} is no frame"),
    }
}

pub fn event_altered(ledger: &mut Ledger, place: usize) -> Option<()> {
    let at = pick(news(ledger), place)?;
    heard(ledger, at).message.as_mut()?.text.push('!');
    Some(())
}

/// The entries that acknowledge a send, by their places.
fn acknowledged(ledger: &Ledger) -> Vec<usize> {
    let sends = |call: u64| {
        let began =
            |entry: &Entry| matches!(entry, Entry::Began { call: of, deed: Deed::Send { .. }, .. } if *of == call);
        ledger.entries.iter().any(|(_, entry)| began(entry))
    };
    let fits =
        |entry: &Entry| matches!(entry, Entry::Ended { call, outcome: Outcome::Acknowledged(_), .. } if sends(*call));
    (0..ledger.entries.len()).filter(|place| fits(&ledger.entries[*place].1)).collect()
}

/// A second, later answer to a send that was acknowledged.
fn answer_again(ledger: &mut Ledger, place: usize, again: impl Fn(Message) -> Outcome) -> Option<()> {
    let at = pick(acknowledged(ledger), place)?;
    let Entry::Ended { call, outcome: Outcome::Acknowledged(Some(answer)), .. } = ledger.entries[at].1.clone() else {
        return None;
    };
    let mut began = ledger.entries.iter().find_map(|(_, entry)| match entry {
        Entry::Began { call: of, user, deed } if *of == call => Some((user.clone(), deed.clone())),
        _ => None,
    });
    let (user, deed) = began.take()?;
    let (call, moment) = (u64::MAX, ledger.entries[at].0);
    ledger.entries.push((moment, Entry::Began { call, user, deed }));
    ledger.entries.push((moment, Entry::Ended { call, outcome: again(answer), took: moment }));
    Some(())
}

pub fn answer_of_another(ledger: &mut Ledger, place: usize) -> Option<()> {
    let places = acknowledged(ledger);
    let (first, second) = (pick(places.clone(), place)?, pick(places, place + 1)?);
    let answer = match &ledger.entries[second].1 {
        Entry::Ended { outcome, .. } if first != second => outcome.clone(),
        _ => return None,
    };
    if let Entry::Ended { outcome, .. } = &mut ledger.entries[first].1 {
        *outcome = answer;
    }
    Some(())
}

pub fn answers_differ(ledger: &mut Ledger, place: usize) -> Option<()> {
    answer_again(ledger, place, |answer| Outcome::Acknowledged(Some(Message { at: answer.at + 1, ..answer })))
}

pub fn retry_refused(ledger: &mut Ledger, place: usize) -> Option<()> {
    answer_again(ledger, place, |_| Outcome::Refused { status: 400, code: 4 })
}

/// A refused send, as the message that it would have been.
pub fn refused(ledger: &Ledger, place: usize) -> Option<Message> {
    let refused = ledger.entries.windows(2).filter_map(|pair| match (&pair[0].1, &pair[1].1) {
        (
            Entry::Began { user, deed: Deed::Send { id, cid, text, .. }, .. },
            Entry::Ended { outcome: Outcome::Refused { .. }, .. },
        ) => {
            let (id, cid, user, text) = (id.clone(), cid.clone(), user.clone(), text.clone());
            Some(Message { id, cid, user, text, at: i64::MAX / 2, ..Message::default() })
        }
        _ => None,
    });
    pick(refused.collect(), place)
}

pub fn refused_told(ledger: &mut Ledger, place: usize) -> Option<()> {
    let (message, at) = (refused(ledger, place)?, pick(news(ledger), place)?);
    heard(ledger, at).message = Some(message);
    Some(())
}

/// Two frames of new messages of one channel on one connection, next to each other.
fn neighbours(ledger: &Ledger, place: usize) -> Option<(usize, usize)> {
    let key = |at: usize| match &ledger.entries[at].1 {
        Entry::Heard { reader, connection, heard } => (*reader, *connection, heard.cid.clone()),
        other => panic!("{other:?} is no frame"),
    };
    let news = news(ledger);
    let next = |first: usize| news.iter().copied().find(|second| *second > first && key(*second) == key(first));
    pick(news.iter().filter_map(|first| Some((*first, next(*first)?))).collect(), place)
}

pub fn order_swapped(ledger: &mut Ledger, place: usize) -> Option<()> {
    let (first, second) = neighbours(ledger, place)?;
    let earlier = heard(ledger, first).message.take();
    let later = heard(ledger, second).message.take();
    heard(ledger, first).message = later;
    heard(ledger, second).message = earlier;
    Some(())
}

pub fn heard_twice(ledger: &mut Ledger, place: usize) -> Option<()> {
    let at = pick(news(ledger), place)?;
    let again = ledger.entries[at].clone();
    ledger.entries.insert(at + 1, again);
    Some(())
}

pub fn event_missing(ledger: &mut Ledger, place: usize) -> Option<()> {
    let (_, second) = neighbours(ledger, place)?;
    // The one before it and one after it are heard, it is not.
    neighbours_of(ledger, second)?;
    ledger.entries.remove(second);
    Some(())
}

/// The next frame of a new message of the same channel on the same connection.
fn neighbours_of(ledger: &Ledger, at: usize) -> Option<usize> {
    let Entry::Heard { reader, connection, heard } = &ledger.entries[at].1 else { return None };
    news(ledger).into_iter().filter(|next| *next > at).find(|next| {
        matches!(&ledger.entries[*next].1, Entry::Heard { reader: r, connection: c, heard: h }
            if (r, c, &h.cid) == (reader, connection, &heard.cid))
    })
}

pub fn never_heard(ledger: &mut Ledger, place: usize) -> Option<()> {
    let at = pick(news(ledger), place)?;
    let Entry::Heard { reader, heard, .. } = ledger.entries[at].1.clone() else { return None };
    let id = heard.message?.id;
    let is_it = |message: &Message| message.id == id;
    for (_, entry) in &mut ledger.entries {
        match entry {
            Entry::Recovered { reader: of, messages, .. } if *of == reader => {
                messages.retain(|message| !is_it(message))
            }
            Entry::Heard { reader: of, heard, .. } if *of == reader && heard.message.as_ref().is_some_and(is_it) => {
                *heard = Heard { kind: "typing.start".into(), cid: heard.cid.clone(), ..Heard::default() };
            }
            _ => {}
        }
    }
    Some(())
}

pub fn phantom(ledger: &mut Ledger, place: usize) -> Option<()> {
    let at = pick(news(ledger), place)?;
    heard(ledger, at).message.as_mut()?.id = "phantom".into();
    Some(())
}

pub fn stranger(ledger: &mut Ledger, place: usize) -> Option<()> {
    let at = pick(news(ledger), place)?;
    let (moment, Entry::Heard { heard, .. }) = ledger.entries[at].clone() else { return None };
    let members = &ledger.members[heard.cid.as_ref()?];
    let stranger = ledger.readers.iter().position(|reader| !members.contains_key(&reader.user))?;
    ledger.entries.push((moment, Entry::Heard { reader: stranger, connection: 1, heard }));
    Some(())
}

/// The last frame that told how a message is now is not heard.
pub fn stale(ledger: &mut Ledger, place: usize) -> Option<()> {
    let kinds = ["message.updated", "message.deleted", "reaction.new", "reaction.deleted"];
    let mut last = std::collections::BTreeMap::new();
    for (at, (_, entry)) in ledger.entries.iter().enumerate() {
        match entry {
            Entry::Heard { reader, heard: Heard { kind, message: Some(message), .. }, .. } => {
                last.insert((*reader, message.id.clone()), (at, kinds.contains(&kind.as_str())));
            }
            // What was recovered after the frame tells it as well.
            Entry::Closed { reader, .. } => last.retain(|(of, _), _| of != reader),
            _ => {}
        }
    }
    let at = pick(last.into_values().filter(|(_, change)| *change).map(|(at, _)| at).collect(), place)?;
    ledger.entries.remove(at);
    Some(())
}

/// The last counts that a socket was told are not those that hold.
pub fn told_count(ledger: &mut Ledger, place: usize) -> Option<()> {
    let mut last = std::collections::BTreeMap::new();
    for (at, (_, entry)) in ledger.entries.iter().enumerate() {
        match entry {
            Entry::Heard { reader, heard: Heard { counts: Some(_), .. }, .. } => {
                last.insert(*reader, at);
            }
            Entry::Closed { reader, .. } => {
                last.remove(reader);
            }
            _ => {}
        }
    }
    let at = pick(last.into_values().collect(), place)?;
    heard(ledger, at).counts.as_mut()?.0 += 1;
    Some(())
}
