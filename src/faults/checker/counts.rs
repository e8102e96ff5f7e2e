//! Counts and pointers, recounted from history and from what people did.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{Call, Facts};
use super::{Report, Rule};
use crate::ledger::{Deed, History, Pointer};

pub fn check(facts: &Facts, report: &mut Report) {
    for (cid, history) in &facts.ledger.history {
        for message in history.all() {
            reactions(facts, history, &message.id, &message.reactions, report);
            let replies = history.threads.get(&message.id).map(Vec::as_slice).unwrap_or_default();
            let replies = replies.iter().filter(|reply| !reply.deleted).count() as u64;
            if message.replies != replies {
                let what = format!("{} has {replies} replies and counts {}", message.id, message.replies);
                report.add(Rule::ReplyCount, Some(&message.id), what);
            }
        }
        for (user, pointer) in &history.pointers {
            unread(facts, cid, history, user, pointer, report);
            pointed(facts, cid, history, user, pointer, report);
        }
    }
    totals(facts, report);
}

/// The reactions that are there: counted right, each given by somebody, none that was acknowledged missing.
fn reactions(facts: &Facts, history: &History, id: &str, counts: &BTreeMap<String, u64>, report: &mut Report) {
    let there = history.reactions.get(id).map(Vec::as_slice).unwrap_or_default();
    let mut recount: BTreeMap<String, u64> = BTreeMap::new();
    for (_, kind) in there {
        *recount.entry(kind.clone()).or_default() += 1;
    }
    if recount != *counts {
        let what = format!("{id} has reactions {recount:?} and counts {counts:?}");
        report.add(Rule::ReactionCount, Some(id), what);
    }
    let mut given: BTreeMap<(String, String), Vec<&Call>> = BTreeMap::new();
    for call in facts.about(id).filter(|call| !call.refused()) {
        if let Deed::React { kind, .. } | Deed::Unreact { kind, .. } = call.deed {
            given.entry((call.user.to_owned(), kind.clone())).or_default().push(call);
        }
    }
    let there: BTreeSet<&(String, String)> = there.iter().collect();
    for (reaction, calls) in &given {
        let gives = |call: &&&Call| matches!(call.deed, Deed::React { .. });
        let settled = calls.iter().rev().find(|call| call.acknowledged()).map(|call| gives(&call));
        // What was asked without an answer may have happened at any time.
        let doubt = |giving: bool| calls.iter().any(|call| !call.acknowledged() && gives(&call) == giving);
        let (may_stand, may_lack) = (settled == Some(true) || doubt(true), settled != Some(true) || doubt(false));
        let stands = there.contains(reaction);
        if (stands && !may_stand) || (!stands && !may_lack) {
            report.add(Rule::ReactionsDiffer, Some(id), format!("{reaction:?} on {id}: {stands}, and should not"));
        }
    }
    for reaction in there.iter().filter(|reaction| !given.contains_key(**reaction)) {
        report.add(Rule::ReactionsDiffer, Some(id), format!("{reaction:?} on {id}, which nobody gave"));
    }
}

fn recount(history: &History, user: &str, pointer: &Pointer) -> u64 {
    history.forwards.iter().filter(|message| message.at > pointer.at && message.user != user).count() as u64
}

/// The channel's own number and that of `GET /unread`.
fn unread(facts: &Facts, cid: &str, history: &History, user: &str, pointer: &Pointer, report: &mut Report) {
    let recount = recount(history, user, pointer);
    if pointer.unread != recount {
        let what = format!("{recount} messages of {cid} are unread for {user}, its state says {}", pointer.unread);
        report.add(Rule::UnreadCount, None, what);
    }
    if let Some(counts) = facts.ledger.unread.get(user) {
        let said = counts.get(cid).copied().unwrap_or(0);
        if said != recount {
            let what = format!("{recount} messages of {cid} are unread for {user}, GET /unread says {said}");
            report.add(Rule::UnreadCount, None, what);
        }
    }
}

/// The last counts that a socket was told, if it lasted to the end.
fn totals(facts: &Facts, report: &mut Report) {
    for (number, reader) in facts.ledger.readers.iter().enumerate() {
        let Some(connection) = facts.connections[number].values().last().filter(|connection| !connection.closed) else {
            continue;
        };
        let Some(told) = connection.heard.iter().rev().find_map(|(_, heard)| heard.counts) else { continue };
        let mut total = (0, 0);
        for history in facts.ledger.history.values() {
            if let Some(pointer) = history.pointers.get(&reader.user) {
                let unread = recount(history, &reader.user, pointer);
                total = (total.0 + unread, total.1 + u64::from(unread > 0));
            }
        }
        if told != total {
            let what = format!("{} was last told {told:?} unread messages and channels; it is {total:?}", reader.user);
            report.add(Rule::UnreadCount, None, what);
        }
    }
}

/// A pointer stands at the furthest that its owner read or wrote: not before what was acknowledged, not behind what he asked.
fn pointed(facts: &Facts, cid: &str, history: &History, user: &str, pointer: &Pointer, report: &mut Report) {
    let (mut floor, mut ceiling) = (i64::MIN, i64::MIN);
    for call in facts.calls.iter().filter(|call| call.user == user && !call.refused()) {
        let id = match call.deed {
            Deed::Read { cid: of, id } if of == cid => id,
            Deed::Send { cid: of, id, parent: None, .. } if of == cid => id,
            _ => continue,
        };
        let Some(message) = facts.message(id) else { continue };
        ceiling = ceiling.max(message.at);
        if call.acknowledged() {
            floor = floor.max(message.at);
        }
    }
    // Where nothing was read or written it stands at the moment of joining, before everything that came after.
    let joined = facts.ledger.members.get(cid).and_then(|members| members.get(user)).map_or(i64::MIN, |m| m.owed.0);
    let passed = history.forwards.iter().find(|message| message.at > ceiling && message.at >= joined);
    let ahead = passed.is_some_and(|message| message.at <= pointer.at);
    let named = pointer.id.as_ref().and_then(|id| history.forwards.iter().find(|message| message.id == *id));
    if pointer.at < floor || ahead || named.is_some_and(|message| message.at != pointer.at) {
        let what = format!("{user} stands at {pointer:?} in {cid}, he asked for {floor} to {ceiling}");
        report.add(Rule::Pointer, None, what);
    }
}
