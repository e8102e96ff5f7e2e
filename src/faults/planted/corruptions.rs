//! The faults to plant: each changes a clean ledger at one place, or finds no place for itself.

use super::{entries, histories};
use crate::checker::Rule;
use crate::ledger::Ledger;

/// Plants the fault; `None` when the ledger has no place for it.
pub type Plant = fn(&mut Ledger, usize) -> Option<()>;

pub const CORRUPTIONS: [(&str, Rule, Plant); 37] = [
    ("an acknowledged message is lost", Rule::Lost, histories::lost),
    ("an acknowledged reply is lost", Rule::Lost, histories::lost_reply),
    ("a message is there twice", Rule::Doubled, histories::doubled),
    ("two bodies are swapped", Rule::Altered, histories::body_swapped),
    ("a message has another author", Rule::Altered, histories::wrong_author),
    ("a message is in another channel", Rule::Altered, histories::wrong_channel),
    ("a deleted message is still full", Rule::Altered, histories::undeleted),
    ("a deleted message keeps its text", Rule::Altered, histories::deleted_text),
    ("a reply is in another thread", Rule::Altered, histories::wrong_thread),
    ("a message is deleted by nobody", Rule::Altered, histories::deleted_by_nobody),
    ("an edit is undone", Rule::Altered, histories::edit_undone),
    ("an event has another text", Rule::Altered, entries::event_altered),
    ("an answer is for another request", Rule::AnswerOfAnother, entries::answer_of_another),
    ("a retry is answered otherwise", Rule::AnswersDiffer, entries::answers_differ),
    ("a retry is refused", Rule::AnswersDiffer, entries::retry_refused),
    ("a refused message is there", Rule::RefusedButThere, histories::refused_there),
    ("a refused message is told of", Rule::RefusedButThere, entries::refused_told),
    ("a message is there that nobody sent", Rule::Unknown, histories::unknown_there),
    ("two messages have the same moment", Rule::NotRising, histories::same_moment),
    ("time runs backwards", Rule::NotRising, histories::backwards),
    ("backwards a message is missing", Rule::PagesDiffer, histories::backwards_misses),
    ("around an id a message is missing", Rule::PagesDiffer, histories::around_misses),
    ("one reader hears two messages in the other order", Rule::OrderDiffers, entries::order_swapped),
    ("a connection hears of a message twice", Rule::HeardTwice, entries::heard_twice),
    ("a connection misses an event", Rule::Gap, entries::event_missing),
    ("a reader knows nothing of a message", Rule::NotHeard, entries::never_heard),
    ("an event is of a message that is not there", Rule::Phantom, entries::phantom),
    ("a stranger hears an event", Rule::HeardByStranger, entries::stranger),
    ("the last event of a message is missing", Rule::StaleView, entries::stale),
    ("an acknowledged reaction is lost", Rule::ReactionsDiffer, histories::reaction_lost),
    ("a count of reactions is off by one", Rule::ReactionCount, histories::reaction_count),
    ("a count of replies is off by one", Rule::ReplyCount, histories::reply_count),
    ("a count of unread messages is off by one", Rule::UnreadCount, histories::unread_count),
    ("a list of unread channels is off by one", Rule::UnreadCount, histories::unread_listed),
    ("a socket was told a wrong count", Rule::UnreadCount, entries::told_count),
    ("a read pointer is behind", Rule::Pointer, histories::pointer_behind),
    ("a read pointer is ahead", Rule::Pointer, histories::pointer_ahead),
];

/// One of the list, if there is one.
pub fn pick<T>(mut list: Vec<T>, place: usize) -> Option<T> {
    (!list.is_empty()).then(|| list.swap_remove(place % list.len()))
}
