//! What was asked for against what history holds.

use std::collections::HashSet;

use super::facts::{Call, Facts};
use super::{Report, Rule};
use crate::ledger::{Deed, Message, Outcome};

pub fn check(facts: &Facts, report: &mut Report) {
    for (id, calls) in &facts.about {
        let sends: Vec<&Call> = calls
            .iter()
            .map(|call| &facts.calls[*call])
            .filter(|call| matches!(call.deed, Deed::Send { .. }))
            .collect();
        sent(facts, id, &sends, report);
        answered(facts, id, report);
    }
    for (id, places) in &facts.found {
        if places.len() > 1 {
            report.add(Rule::Doubled, Some(id), format!("{id} is in history {} times", places.len()));
        }
        if places.iter().any(|place| place.cid != place.message.cid) {
            report.add(Rule::Altered, Some(id), format!("{id} is in {}, and says otherwise", places[0].cid));
        }
        if !facts.about(id).any(|call| matches!(call.deed, Deed::Send { .. })) {
            report.add(Rule::Unknown, Some(id), format!("{id} is in {}, and nobody sent it", places[0].cid));
        } else {
            written(facts, places[0].message, report);
        }
    }
}

/// Acknowledged is there, refused is not.
fn sent(facts: &Facts, id: &str, sends: &[&Call], report: &mut Report) {
    let (acknowledged, there) = (sends.iter().any(|call| call.acknowledged()), facts.found.contains_key(id));
    if acknowledged && !there {
        report.add(Rule::Lost, Some(id), format!("{id} was acknowledged and is not in history"));
    }
    if let Some(refusal) = sends.iter().find(|call| call.refused()) {
        if acknowledged {
            let what = format!("{id} was acknowledged, and also answered with {:?}", refusal.outcome);
            report.add(Rule::AnswersDiffer, Some(id), what);
        } else if there {
            report.add(Rule::RefusedButThere, Some(id), format!("{id} was refused ({:?})", refusal.outcome));
        }
    }
    if !sends.is_empty() && sends.iter().all(|call| call.refused()) && facts.told.contains(id) {
        report.add(Rule::RefusedButThere, Some(id), format!("{id} was refused, and there was an event of it"));
    }
}

/// Every answer is about what was asked, and all answers to sends of one id agree.
fn answered(facts: &Facts, id: &str, report: &mut Report) {
    let mut moments = HashSet::new();
    for call in facts.about(id) {
        let Some(Outcome::Acknowledged(Some(answer))) = call.outcome else { continue };
        let fits = match call.deed {
            Deed::Send { cid, parent, .. } => {
                moments.insert(answer.at);
                answer.cid == *cid && answer.user == call.user && answer.parent == *parent && sent_text(facts, answer)
            }
            Deed::Edit { text, .. } => answer.text == *text || edited_since(facts, answer),
            _ => true,
        };
        if answer.id != id || !fits {
            report.add(Rule::AnswerOfAnother, Some(id), format!("{:?} was answered with {answer:?}", call.deed));
        }
    }
    if moments.len() > 1 {
        report.add(Rule::AnswersDiffer, Some(id), format!("{id} was created at {moments:?}, as its answers say"));
    }
}

/// A retry is answered with the message as it is by then.
fn sent_text(facts: &Facts, answer: &Message) -> bool {
    answer.deleted || texts(facts, &answer.id).contains(&answer.text.as_str())
}

/// An edit's answer may show what a concurrent repetition or deletion of it made.
fn edited_since(facts: &Facts, answer: &Message) -> bool {
    answer.deleted && facts.about(&answer.id).any(|call| matches!(call.deed, Deed::Delete { .. }))
}

/// Every text that its author ever gave the message.
fn texts<'f>(facts: &'f Facts, id: &str) -> Vec<&'f str> {
    facts
        .about(id)
        .filter(|call| !call.refused())
        .filter_map(|call| match call.deed {
            Deed::Send { text, .. } | Deed::Edit { text, .. } => Some(text.as_str()),
            _ => None,
        })
        .collect()
}

/// The texts that may stand in the end: of the last edit that was acknowledged (without one, the text that was sent), and of any
/// edit whose fate is unknown.
fn final_texts<'f>(facts: &'f Facts, id: &str) -> Vec<&'f str> {
    let (mut texts, mut settled) = (Vec::new(), None);
    for call in facts.about(id).filter(|call| !call.refused()) {
        match call.deed {
            Deed::Send { text, .. } => settled = settled.or(Some(text.as_str())),
            Deed::Edit { text, .. } if call.acknowledged() => settled = Some(text.as_str()),
            Deed::Edit { text, .. } => texts.push(text.as_str()),
            _ => {}
        }
    }
    texts.extend(settled);
    texts
}

/// History has the message as its author left it.
fn written(facts: &Facts, found: &Message, report: &mut Report) {
    let mut wrong = Vec::new();
    for call in facts.about(&found.id) {
        let Deed::Send { cid, parent, .. } = call.deed else { continue };
        if found.cid != *cid {
            wrong.push("channel");
        }
        if found.user != call.user {
            wrong.push("author");
        }
        if found.parent != *parent {
            wrong.push("thread");
        }
    }
    let deletions: Vec<&Call> =
        facts.about(&found.id).filter(|call| matches!(call.deed, Deed::Delete { .. }) && !call.refused()).collect();
    if deletions.iter().any(|call| call.acknowledged()) && !found.deleted {
        wrong.push("deletion");
    }
    if found.deleted && deletions.is_empty() {
        wrong.push("life");
    }
    if found.deleted && texts(facts, &found.id).contains(&found.text.as_str()) {
        wrong.push("silence");
    }
    if !found.deleted && !final_texts(facts, &found.id).contains(&found.text.as_str()) {
        wrong.push("text");
    }
    wrong.dedup();
    if !wrong.is_empty() {
        let wrong = wrong.join(" and ");
        report.add(
            Rule::Altered,
            Some(&found.id),
            format!("the {wrong} of {} is not its author's: {found:?}", found.id),
        );
    }
}
