//! Changes of one message take turns on this node, so that a popular one does not make them try again and again. What keeps them
//! right is the check of the message's version; this only spares work, and nodes need not know of each other's turns.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::sync::LazyLock;
use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard};

use crate::limits;

/// Messages that share one are merely slower.
static TURNS: LazyLock<Vec<Mutex<()>>> = LazyLock::new(|| (0..1024).map(|_| Mutex::new(())).collect());

/// Waits for the message's turn, which lasts until the answer is dropped. `None` when the wait was too long: then the change
/// is made out of turn.
pub(crate) async fn turn(id: &str) -> Option<MutexGuard<'static, ()>> {
    turn_within(id, limits::TURN_PATIENCE).await
}

/// The same with a patience of its own.
pub(crate) async fn turn_within(id: &str, patience: Duration) -> Option<MutexGuard<'static, ()>> {
    let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(id);
    let turn = &TURNS[hash as usize % TURNS.len()];
    tokio::time::timeout(patience, turn.lock()).await.ok()
}

/// Tries of a change that may meet a newer record, all in one turn.
pub(crate) struct Tries<'a> {
    message: Option<&'a str>,
    left: usize,
    turn: Option<MutexGuard<'static, ()>>,
}

impl<'a> Tries<'a> {
    /// Of a change of this message; `None`: of what does not take turns.
    pub fn of(message: impl Into<Option<&'a str>>) -> Self {
        Tries::at_most(limits::CONFLICT_RETRIES, message)
    }

    /// So many, and no more.
    pub fn at_most(most: usize, message: impl Into<Option<&'a str>>) -> Self {
        Tries { message: message.into(), left: most, turn: None }
    }

    /// Waits until it is time for the next one; `false`: that was the last. Whoever had to try out of turn, and met others,
    /// waits once more: many who lose patience at once would only stand in each other's way.
    pub async fn next(&mut self) -> bool {
        if self.left == 0 {
            return false;
        }
        self.left -= 1;
        if let (Some(message), None) = (self.message, &self.turn) {
            self.turn = turn(message).await;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_tried_out_of_turn_waits_once_more() {
        let held = turn("a message").await.expect("it is nobody's turn");
        let mut tries = Tries::at_most(2, "a message");
        assert!(tries.next().await);
        assert!(tries.turn.is_none(), "somebody else's turn lasts");
        drop(held);
        assert!(tries.next().await);
        assert!(turn_within("a message", Duration::ZERO).await.is_none(), "the second try is in turn");
        assert!(!tries.next().await);
    }
}
