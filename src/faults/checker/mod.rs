//! Judges a ledger: a pure function from what everybody wrote down to what must not have happened.

mod counts;
mod facts;
mod hearing;
mod pages;
mod views;
mod writes;

use self::facts::Facts;
use super::ledger::Ledger;

/// What always holds, by what it is called when it does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// An acknowledged message is in history.
    Lost,
    /// A message is in history once.
    Doubled,
    /// A message is as its author wrote it: text, author, channel, thread, and deleted only by him.
    Altered,
    /// What a writer got back is what he wrote.
    AnswerOfAnother,
    /// However often an id is sent, the answer is the same.
    AnswersDiffer,
    /// What was refused is nowhere.
    RefusedButThere,
    /// What is in history was sent by somebody.
    Unknown,
    /// `created_at` rises along a channel.
    NotRising,
    /// Forwards, backwards and around an id history is the same.
    PagesDiffer,
    /// A reader hears a channel in history's order.
    OrderDiffers,
    /// A connection hears of a message once.
    HeardTwice,
    /// Between what a connection recovered and the last it heard nothing is missing.
    Gap,
    /// Live events and recovery together are history.
    NotHeard,
    /// What is heard of is in history.
    Phantom,
    /// Nobody hears of a channel that he is not in.
    HeardByStranger,
    /// What a reader was shown last is how it is.
    StaleView,
    /// An acknowledged reaction is there; one that nobody gave is not.
    ReactionsDiffer,
    /// Counts of reactions are a recount's.
    ReactionCount,
    /// Counts of replies are a recount's.
    ReplyCount,
    /// Unread counts, wherever they are shown, are a recount's.
    UnreadCount,
    /// A read pointer stands where its owner put it.
    Pointer,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    pub rule: Rule,
    pub what: String,
    /// The message that it is about, if it is about one.
    pub id: Option<String>,
}

/// Collects violations.
#[derive(Default)]
struct Report(Vec<Violation>);

impl Report {
    fn add(&mut self, rule: Rule, id: Option<&str>, what: String) {
        self.0.push(Violation { rule, what, id: id.map(str::to_owned) });
    }
}

/// Everything in the ledger that must not be.
pub fn check(ledger: &Ledger) -> Vec<Violation> {
    let facts = Facts::new(ledger);
    let mut report = Report::default();
    pages::check(&facts, &mut report);
    writes::check(&facts, &mut report);
    hearing::check(&facts, &mut report);
    views::check(&facts, &mut report);
    counts::check(&facts, &mut report);
    report.0
}

/// Fails with what is wrong and what the ledger says about it.
#[track_caller]
pub fn must_hold(ledger: &Ledger) {
    let violations = check(ledger);
    if violations.is_empty() {
        return;
    }
    let lines: Vec<String> =
        violations.iter().take(20).map(|violation| format!("{:?}: {}", violation.rule, violation.what)).collect();
    let id = violations.iter().find_map(|violation| violation.id.as_deref());
    let about = id.map(|id| format!("\nabout {id}:\n{}", ledger.about(id))).unwrap_or_default();
    panic!("{} violations\n{}{about}", violations.len(), lines.join("\n"));
}
