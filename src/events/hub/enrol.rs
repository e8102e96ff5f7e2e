//! Who is a member of what, among the users connected here.

use std::sync::Arc;

use super::State;
use crate::events::hashed::{HashMap, HashSet};
use crate::store::Effect;

/// The users here whose counts the effect moves.
pub(super) fn concerned(state: &State, effect: &Effect) -> Vec<Arc<str>> {
    match effect {
        Effect::Joined(_, user) | Effect::Left(_, user) => vec![user.as_str().into()],
        Effect::Read { user, .. } | Effect::ThreadRead { user, .. } | Effect::Hidden { user, .. } => {
            vec![user.as_str().into()]
        }
        Effect::Counts { cid, .. }
        | Effect::Uncounts { cid, .. }
        | Effect::Truncated { cid, .. }
        | Effect::Gone(cid) => {
            state.members.get(cid.as_str()).map(|members| members.iter().cloned().collect()).unwrap_or_default()
        }
        Effect::Reply { participants, .. } => participants.iter().map(|id| id.as_str().into()).collect(),
        _ => Vec::new(),
    }
}

/// Keeps the register of members here in step.
pub(super) fn keep(state: &mut State, effect: &Effect) {
    match effect {
        Effect::Joined(cid, user) if state.users.get(user.as_str()).is_some_and(|user| user.counts.is_some()) => {
            state.members.entry(cid.as_str().into()).or_default().insert(user.as_str().into());
        }
        Effect::Left(cid, user) => {
            if let Some(members) = state.members.get_mut(cid.as_str()) {
                members.remove(user.as_str());
                if members.is_empty() {
                    state.members.remove(cid.as_str());
                }
            }
        }
        Effect::Gone(cid) => {
            state.members.remove(cid.as_str());
        }
        _ => {}
    }
}

/// Forgets a user who has no connection here any more.
pub(super) fn forget(state: &mut State, name: &Arc<str>) {
    let Some(user) = state.users.remove(name) else { return };
    state.loading.remove(name);
    if let Some(counts) = user.counts {
        leave(&mut state.members, name, counts.cids());
    }
}

/// Takes the user out of the members of these channels.
pub(super) fn leave<'a>(
    members: &mut HashMap<Arc<str>, HashSet<Arc<str>>>,
    name: &Arc<str>,
    cids: impl Iterator<Item = &'a Arc<str>>,
) {
    for cid in cids {
        if let Some(names) = members.get_mut(cid) {
            names.remove(name);
            if names.is_empty() {
                members.remove(cid);
            }
        }
    }
}
