//! History itself: paged every way it is the same, and its moments rise.

use super::facts::Facts;
use super::{Report, Rule};
use crate::ledger::{Around, History, Message};

pub fn check(facts: &Facts, report: &mut Report) {
    for (cid, history) in &facts.ledger.history {
        same(cid, history, report);
        rising(cid, history, report);
        for around in &history.around {
            centred(cid, &history.forwards, around, report);
        }
    }
}

fn same(cid: &str, history: &History, report: &mut Report) {
    if history.forwards == history.backwards {
        return;
    }
    let differs = history.forwards.iter().zip(&history.backwards).find(|(forward, backward)| forward != backward);
    let what = match differs {
        Some((forward, backward)) => format!("{forward:?} forwards, {backward:?} backwards"),
        None => format!("{} messages forwards, {} backwards", history.forwards.len(), history.backwards.len()),
    };
    report.add(Rule::PagesDiffer, differs.map(|(forward, _)| forward.id.as_str()), format!("{cid}: {what}"));
}

fn rising(cid: &str, history: &History, report: &mut Report) {
    let mut lists: Vec<Vec<&Message>> = vec![history.forwards.iter().collect(), history.all()];
    lists.extend(history.threads.values().map(|replies| replies.iter().collect()));
    for list in lists {
        for pair in list.windows(2).filter(|pair| pair[0].at >= pair[1].at) {
            let what = format!("{cid}: {} at {}, and then {} at {}", pair[0].id, pair[0].at, pair[1].id, pair[1].at);
            report.add(Rule::NotRising, Some(&pair[1].id), what);
        }
    }
}

/// The page must be a run of history that holds its centre, and as long as it can be.
fn centred(cid: &str, forwards: &[Message], around: &Around, report: &mut Report) {
    let start = forwards.iter().position(|message| Some(&message.id) == around.ids.first());
    let run = start.map(|start| forwards[start..].iter().take(around.ids.len()).map(|message| &message.id));
    let is_run = run.is_some_and(|run| run.eq(around.ids.iter()));
    if !is_run || around.ids.len() != around.limit.min(forwards.len()) || !around.ids.contains(&around.id) {
        let what = format!("{cid}: {} messages around {}: {:?}", around.limit, around.id, around.ids);
        report.add(Rule::PagesDiffer, Some(&around.id), what);
    }
}
