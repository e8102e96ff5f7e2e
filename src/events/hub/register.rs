//! Who is connected here, who watches what, and who is a member of what.
//!
//! Lists hold slots instead of names: a delivery to thousands follows one pointer each instead of hashing two names. A slot
//! carries its generation, so that one that was left behind finds nobody, never the next who got the place. Sets are in the order
//! of slots, which is that of memory.

use std::collections::BTreeSet;
use std::sync::Arc;

use slotmap::{SlotMap, new_key_type};

use super::enrol;
use crate::events::counts::UserCounts;
use crate::events::hashed::{HashMap, HashSet};
use crate::events::queue::{End, Queue};
use crate::limits;
use crate::store::Effect;
use crate::wire::Time;

new_key_type! {
    pub(super) struct ConnectionSlot;
    pub(super) struct UserSlot;
}

pub(super) struct Connection {
    pub id: Arc<str>,
    pub user: UserSlot,
    pub queue: Arc<Queue>,
    pub watched: HashSet<Arc<str>>,
    pub followed: HashSet<Arc<str>>,
}

pub(super) struct User {
    pub name: Arc<str>,
    pub connections: Vec<ConnectionSlot>,
    /// `None` while the counts are being loaded; the effects that pass meanwhile wait.
    pub counts: Option<UserCounts>,
    /// The counts are being loaded anew; the effects that pass wait as well, while the old counts serve.
    pub reloading: bool,
    pub pending: Vec<(Effect, Time)>,
}

#[derive(Default)]
pub(super) struct Register {
    pub connections: SlotMap<ConnectionSlot, Connection>,
    pub users: SlotMap<UserSlot, User>,
    ids: HashMap<Arc<str>, ConnectionSlot>,
    names: HashMap<Arc<str>, UserSlot>,
    pub watchers: HashMap<Arc<str>, Vec<ConnectionSlot>>,
    pub members: HashMap<Arc<str>, BTreeSet<UserSlot>>,
    /// Who may have hidden the channel: too many perhaps, never too few.
    pub hidden: HashMap<Arc<str>, BTreeSet<UserSlot>>,
    pub followers: HashMap<Arc<str>, BTreeSet<ConnectionSlot>>,
    /// Users whose counts are being loaded.
    pub loading: HashSet<UserSlot>,
    /// Queues into which frames were put that nobody is on the way to write.
    pub unwritten: Vec<Arc<Queue>>,
}

impl Register {
    pub fn connection(&self, id: &str) -> Option<ConnectionSlot> {
        self.ids.get(id).copied()
    }

    pub fn user(&self, name: &str) -> Option<UserSlot> {
        self.names.get(name).copied()
    }

    pub fn user_mut(&mut self, name: &str) -> Option<(UserSlot, &mut User)> {
        let slot = self.user(name)?;
        Some((slot, self.users.get_mut(slot)?))
    }

    /// The slots of a user's connections.
    pub fn connections_of(&self, name: &str) -> Vec<ConnectionSlot> {
        self.user(name).and_then(|slot| self.users.get(slot)).map_or_else(Vec::new, |user| user.connections.clone())
    }

    /// Ends all connections of a user.
    pub fn end(&self, name: &str, why: End) {
        self.connections_of(name).into_iter().for_each(|slot| self.connections[slot].queue.end(why));
    }

    /// Registers a connection. `true`: it is the user's first.
    pub fn add(&mut self, id: &str, name: &str, queue: Arc<Queue>) -> bool {
        let user = self.user(name).unwrap_or_else(|| {
            let name: Arc<str> = name.into();
            let user = User {
                name: name.clone(),
                connections: Vec::new(),
                counts: None,
                reloading: false,
                pending: Vec::new(),
            };
            let slot = self.users.insert(user);
            self.names.insert(name, slot);
            slot
        });
        let id: Arc<str> = id.into();
        let (watched, followed) = (HashSet::default(), HashSet::default());
        let slot = self.connections.insert(Connection { id: id.clone(), user, queue, watched, followed });
        self.ids.insert(id, slot);
        let connections = &mut self.users[user].connections;
        connections.push(slot);
        let first = connections.len() == 1;
        if first {
            self.loading.insert(user);
        }
        first
    }

    /// Takes a connection out of everything, and its user as well when it was his last. Returns what it watched.
    pub fn remove(&mut self, id: &str) -> Vec<String> {
        let Some((slot, connection)) =
            self.ids.remove(id).and_then(|slot| Some((slot, self.connections.remove(slot)?)))
        else {
            return Vec::new();
        };
        for cid in &connection.watched {
            self.strike_watcher(cid, slot);
        }
        for name in &connection.followed {
            enrol::strike(&mut self.followers, name, slot);
        }
        if let Some(user) = self.users.get_mut(connection.user) {
            user.connections.retain(|other| *other != slot);
            if user.connections.is_empty() {
                enrol::forget(self, connection.user);
            }
        }
        connection.watched.iter().map(|cid| cid.to_string()).collect()
    }

    /// Takes out a user who has no connection any more.
    pub fn remove_user(&mut self, slot: UserSlot) -> Option<User> {
        let user = self.users.remove(slot)?;
        self.names.remove(&user.name);
        self.loading.remove(&slot);
        Some(user)
    }

    pub fn watch(&mut self, id: &str, cid: &str) {
        let Some(slot) = self.connection(id) else { return };
        let cid: Arc<str> = self.watchers.get_key_value(cid).map_or_else(|| cid.into(), |(cid, _)| cid.clone());
        if self.connections[slot].watched.insert(cid.clone()) {
            self.watchers.entry(cid).or_default().push(slot);
        }
    }

    /// Whether the connection watched the channel.
    pub fn unwatch(&mut self, slot: ConnectionSlot, cid: &str) -> bool {
        let watched = self.connections.get_mut(slot).is_some_and(|connection| connection.watched.remove(cid));
        if watched {
            self.strike_watcher(cid, slot);
        }
        watched
    }

    fn strike_watcher(&mut self, cid: &str, slot: ConnectionSlot) {
        if let Some(slots) = self.watchers.get_mut(cid) {
            slots.retain(|other| *other != slot);
            if slots.is_empty() {
                self.watchers.remove(cid);
            }
        }
    }

    /// The connection hears of these users' presence from now on, as far as its limit goes.
    pub fn follow(&mut self, id: &str, names: &[String]) {
        let Some(slot) = self.connection(id) else { return };
        let followed = &mut self.connections[slot].followed;
        for name in names.iter().take(limits::PRESENCE_PER_CONNECTION.saturating_sub(followed.len())) {
            let name: Arc<str> = name.as_str().into();
            followed.insert(name.clone());
            self.followers.entry(name).or_default().insert(slot);
        }
    }
}
