//! Who is a member of what, among the users connected here.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::register::{Register, UserSlot};
use crate::events::counts::UserCounts;
use crate::events::hashed::HashMap;
use crate::store::Effect;

/// The users here whose counts the effect moves.
pub(super) fn concerned(register: &Register, effect: &Effect) -> Vec<UserSlot> {
    let one = |name: &str| register.user(name).into_iter().collect();
    match effect {
        Effect::Joined(_, user) | Effect::Left(_, user) => one(user),
        Effect::Read { user, .. } | Effect::ThreadRead { user, .. } | Effect::Hidden { user, .. } => one(user),
        Effect::Counts { cid, .. }
        | Effect::Uncounts { cid, .. }
        | Effect::Truncated { cid, .. }
        | Effect::Gone(cid) => {
            register.members.get(cid.as_str()).map(|members| members.iter().copied().collect()).unwrap_or_default()
        }
        Effect::Reply { participants, .. } => participants.iter().filter_map(|name| register.user(name)).collect(),
        _ => Vec::new(),
    }
}

/// Keeps the register of members here in step.
pub(super) fn keep(register: &mut Register, effect: &Effect) {
    match effect {
        Effect::Joined(cid, user) => {
            if let Some((slot, user)) = register.user_mut(user)
                && user.counts.is_some()
            {
                register.members.entry(cid.as_str().into()).or_default().insert(slot);
            }
        }
        Effect::Left(cid, user) => {
            if let Some(slot) = register.user(user) {
                strike(&mut register.members, cid, slot);
            }
        }
        Effect::Gone(cid) => {
            register.members.remove(cid.as_str());
        }
        Effect::Hidden { cid, user, hidden: true } => {
            if let Some(slot) = register.user(user) {
                register.hidden.entry(cid.as_str().into()).or_default().insert(slot);
            }
        }
        _ => {}
    }
}

/// Enrols a user whose counts are loaded. His map shares the names of channels that are known here already, so that looking
/// one up for many members touches one copy of it.
pub(super) fn enter(register: &mut Register, slot: UserSlot, mut counts: UserCounts) {
    counts.rename(|cid| register.members.get_key_value(&**cid).map(|(known, _)| known.clone()));
    for cid in counts.cids() {
        register.members.entry(cid.clone()).or_default().insert(slot);
    }
    for cid in &counts.hidden {
        register.hidden.entry(cid.clone()).or_default().insert(slot);
    }
    if let Some(user) = register.users.get_mut(slot) {
        user.counts = Some(counts);
    }
}

/// Forgets a user who has no connection here any more.
pub(super) fn forget(register: &mut Register, slot: UserSlot) {
    let Some(counts) = register.remove_user(slot).and_then(|user| user.counts) else { return };
    for cid in counts.cids() {
        strike(&mut register.members, cid, slot);
    }
    for cid in &counts.hidden {
        strike(&mut register.hidden, cid, slot);
    }
}

/// Takes one out of a set, and the set away with its last.
pub(super) fn strike<T: Ord>(sets: &mut HashMap<Arc<str>, BTreeSet<T>>, name: &str, one: T) {
    if let Some(set) = sets.get_mut(name) {
        set.remove(&one);
        if set.is_empty() {
            sets.remove(name);
        }
    }
}
