//! Faults in what is found in the end.

use super::corruptions::pick;
use super::entries::refused;
use crate::ledger::{History, Ledger, Message};

/// A channel with at least so many messages.
fn channel(ledger: &mut Ledger, place: usize, least: usize) -> Option<&mut History> {
    pick(ledger.history.values_mut().filter(|history| history.forwards.len() >= least).collect(), place)
}

/// Changes a message that fits wherever history has it.
fn change(
    ledger: &mut Ledger,
    place: usize,
    fits: impl Fn(&Message) -> bool,
    change: impl Fn(&mut Message),
) -> Option<()> {
    let all = ledger.history.values().flat_map(History::all);
    let id = pick(all.filter(|message| fits(message)).map(|message| message.id.clone()).collect(), place)?;
    for history in ledger.history.values_mut() {
        let lists = history.forwards.iter_mut().chain(&mut history.backwards);
        for message in lists.chain(history.threads.values_mut().flatten()).filter(|message| message.id == id) {
            change(message);
        }
    }
    Some(())
}

/// Takes a message out of history without a trace.
fn remove(history: &mut History, id: &str) {
    history.forwards.retain(|message| message.id != id);
    history.backwards.retain(|message| message.id != id);
    history.around.clear();
    for replies in history.threads.values_mut() {
        replies.retain(|message| message.id != id);
    }
}

pub fn lost(ledger: &mut Ledger, place: usize) -> Option<()> {
    let history = channel(ledger, place, 1)?;
    let id = history.forwards[place % history.forwards.len()].id.clone();
    remove(history, &id);
    Some(())
}

pub fn lost_reply(ledger: &mut Ledger, place: usize) -> Option<()> {
    let history = pick(ledger.history.values_mut().filter(|history| !history.threads.is_empty()).collect(), place)?;
    let id = pick(history.threads.values().flatten().map(|reply| reply.id.clone()).collect(), place)?;
    remove(history, &id);
    Some(())
}

pub fn doubled(ledger: &mut Ledger, place: usize) -> Option<()> {
    let history = channel(ledger, place, 1)?;
    let at = place % history.forwards.len();
    let double = history.forwards[at].clone();
    history.forwards.insert(at, double.clone());
    history.backwards.insert(at, double);
    Some(())
}

pub fn body_swapped(ledger: &mut Ledger, place: usize) -> Option<()> {
    let history = channel(ledger, place, 2)?;
    // A deleted message's text is nobody's business any more.
    let full = |pair: &&[Message]| !pair[0].deleted || !pair[1].deleted;
    let first = pick(
        history.forwards.windows(2).enumerate().filter(|(_, pair)| full(pair)).map(|(at, _)| at).collect(),
        place,
    )?;
    for list in [&mut history.forwards, &mut history.backwards] {
        let text = std::mem::take(&mut list[first].text);
        list[first].text = std::mem::replace(&mut list[first + 1].text, text);
    }
    Some(())
}

pub fn wrong_author(ledger: &mut Ledger, place: usize) -> Option<()> {
    change(ledger, place, |_| true, |message| message.user = format!("not-{}", message.user))
}

pub fn wrong_channel(ledger: &mut Ledger, place: usize) -> Option<()> {
    change(ledger, place, |_| true, |message| message.cid = "messaging:elsewhere".into())
}

pub fn undeleted(ledger: &mut Ledger, place: usize) -> Option<()> {
    change(ledger, place, |message| message.deleted, |message| message.deleted = false)
}

pub fn deleted_by_nobody(ledger: &mut Ledger, place: usize) -> Option<()> {
    change(ledger, place, |message| !message.deleted, |message| message.deleted = true)
}

pub fn deleted_text(ledger: &mut Ledger, place: usize) -> Option<()> {
    change(ledger, place, |message| message.deleted, |message| message.text = format!("text of {}", message.id))
}

pub fn wrong_thread(ledger: &mut Ledger, place: usize) -> Option<()> {
    change(ledger, place, |message| message.parent.is_some(), |message| message.parent = Some("another".into()))
}

pub fn edit_undone(ledger: &mut Ledger, place: usize) -> Option<()> {
    let edited = |message: &Message| !message.deleted && message.text.starts_with("edited");
    change(ledger, place, edited, |message| message.text = format!("text of {}", message.id))
}

pub fn refused_there(ledger: &mut Ledger, place: usize) -> Option<()> {
    let message = refused(ledger, place)?;
    let history = ledger.history.get_mut(&message.cid)?;
    history.forwards.push(message.clone());
    history.backwards.push(message);
    Some(())
}

pub fn unknown_there(ledger: &mut Ledger, place: usize) -> Option<()> {
    let history = channel(ledger, place, 1)?;
    let newest = history.forwards.last()?;
    let message = Message { id: "unknown".into(), at: newest.at + 1, ..newest.clone() };
    history.forwards.push(message.clone());
    history.backwards.push(message);
    Some(())
}

fn shift(ledger: &mut Ledger, place: usize, by: i64) -> Option<()> {
    let history = channel(ledger, place, 2)?;
    let at = place % (history.forwards.len() - 1);
    let moment = history.forwards[at].at + by;
    history.forwards[at + 1].at = moment;
    history.backwards[at + 1].at = moment;
    Some(())
}

pub fn same_moment(ledger: &mut Ledger, place: usize) -> Option<()> {
    shift(ledger, place, 0)
}

pub fn backwards(ledger: &mut Ledger, place: usize) -> Option<()> {
    shift(ledger, place, -1)
}

pub fn backwards_misses(ledger: &mut Ledger, place: usize) -> Option<()> {
    let history = channel(ledger, place, 1)?;
    history.backwards.remove(place % history.forwards.len());
    Some(())
}

pub fn around_misses(ledger: &mut Ledger, place: usize) -> Option<()> {
    let history = channel(ledger, place, 3)?;
    let page = place % history.around.len();
    history.around[page].ids.remove(1);
    Some(())
}

pub fn reaction_lost(ledger: &mut Ledger, place: usize) -> Option<()> {
    let given = |history: &&mut History| history.reactions.values().any(|reactions| !reactions.is_empty());
    let history = pick(ledger.history.values_mut().filter(given).collect(), place)?;
    pick(history.reactions.values_mut().filter(|reactions| !reactions.is_empty()).collect(), place)?.pop();
    Some(())
}

pub fn reaction_count(ledger: &mut Ledger, place: usize) -> Option<()> {
    let add = |message: &mut Message| *message.reactions.entry("like".into()).or_default() += 1;
    change(ledger, place, |_| true, add)
}

pub fn reply_count(ledger: &mut Ledger, place: usize) -> Option<()> {
    change(ledger, place, |message| message.parent.is_none(), |message| message.replies += 1)
}

pub fn unread_count(ledger: &mut Ledger, place: usize) -> Option<()> {
    let history = channel(ledger, place, 1)?;
    pick(history.pointers.values_mut().collect(), place)?.unread += 1;
    Some(())
}

pub fn unread_listed(ledger: &mut Ledger, place: usize) -> Option<()> {
    let counts = pick(ledger.unread.values_mut().collect(), place)?;
    *pick(counts.values_mut().collect(), place)? += 1;
    Some(())
}

pub fn pointer_behind(ledger: &mut Ledger, place: usize) -> Option<()> {
    let pointers = ledger.history.values_mut().flat_map(|history| history.pointers.values_mut());
    let pointer = pick(pointers.filter(|pointer| pointer.id.is_some()).collect(), place)?;
    (pointer.at, pointer.id) = (pointer.at - 1, None);
    Some(())
}

pub fn pointer_ahead(ledger: &mut Ledger, place: usize) -> Option<()> {
    let behind = ledger.history.values_mut().filter_map(|history| {
        let newest = history.forwards.last()?.clone();
        let pointer = history.pointers.values_mut().find(|pointer| pointer.at < newest.at)?;
        Some((pointer, newest))
    });
    let (pointer, newest) = pick(behind.collect(), place)?;
    (pointer.at, pointer.id, pointer.unread) = (newest.at, Some(newest.id), 0);
    Some(())
}
