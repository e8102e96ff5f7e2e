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
