//! What reactions do to the message's own record: groups by type, and the newest ones.

use crate::limits;
use crate::store::{LatestReaction, Message, Reaction};

/// Takes a reaction off. A group keeps the time of its first reaction even when it is empty (`objects.md` 8).
pub(super) fn subtract(message: &mut Message, user: &str, reaction: &Reaction) {
    if let Some(group) = message.reactions.get_mut(&reaction.kind) {
        group.count = group.count.saturating_sub(1);
        group.sum = if group.count == 0 { 0 } else { group.sum - reaction.score };
    }
    message.latest_reactions.retain(|latest| latest.user != user || latest.reaction.kind != reaction.kind);
}

/// Puts a reaction on. `false`: the message has too many kinds of reactions.
pub(super) fn add(message: &mut Message, user: &str, reaction: &Reaction) -> bool {
    let held = message.reactions.values().filter(|group| group.count > 0).count();
    if !message.reactions.contains_key(&reaction.kind) && message.reactions.len() >= limits::REACTION_KINDS {
        if held >= limits::REACTION_KINDS {
            return false;
        }
        message.reactions.retain(|_, group| group.count > 0);
    }
    let group = message.reactions.entry(reaction.kind.clone()).or_default();
    if group.first_at.micros() == 0 {
        group.first_at = reaction.created_at;
    }
    group.count += 1;
    group.sum = group.sum.saturating_add(reaction.score);
    group.last_at = reaction.updated_at;
    message.latest_reactions.insert(0, LatestReaction { user: user.to_owned(), reaction: reaction.clone() });
    message.latest_reactions.truncate(limits::KEPT_REACTIONS);
    true
}

/// Whether the record shows fewer of the newest reactions than it could.
pub(super) fn lacks_latest(message: &Message) -> bool {
    let all: usize = message.reactions.values().map(|group| group.count as usize).sum();
    message.latest_reactions.len() < limits::LATEST_REACTIONS.min(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Time;

    fn reaction(kind: &str, score: i64, at: i64) -> Reaction {
        let (kind, created_at, updated_at) = (kind.to_owned(), Time(at), Time(at));
        Reaction { kind, score, created_at, updated_at, emoji_code: None, custom: serde_json::Map::new() }
    }

    #[test]
    fn groups_count_and_sum_and_remember_their_first_time() {
        let mut message = Message::default();
        let (first, second) = (reaction("like", 2, 10), reaction("like", 3, 11));
        assert!(add(&mut message, "ana", &first) && add(&mut message, "bob", &second));
        let group = &message.reactions["like"];
        assert_eq!((group.count, group.sum, group.first_at, group.last_at), (2, 5, Time(10), Time(11)));
        assert_eq!(message.latest_reactions[0].user, "bob");
        subtract(&mut message, "ana", &first);
        subtract(&mut message, "bob", &second);
        assert!(message.latest_reactions.is_empty());
        assert!(add(&mut message, "ana", &reaction("like", 1, 20)));
        assert_eq!((message.reactions["like"].count, message.reactions["like"].first_at), (1, Time(10)));
    }

    #[test]
    fn kinds_are_limited_but_those_that_nobody_holds_make_room() {
        let mut message = Message::default();
        for at in 0..limits::REACTION_KINDS {
            assert!(add(&mut message, "ana", &reaction(&format!("r{at}"), 1, 10)));
        }
        assert!(!add(&mut message, "ana", &reaction("more", 1, 11)));
        subtract(&mut message, "ana", &reaction("r0", 1, 10));
        assert!(add(&mut message, "ana", &reaction("more", 1, 11)));
        assert_eq!(message.latest_reactions.len(), limits::KEPT_REACTIONS);
    }
}
