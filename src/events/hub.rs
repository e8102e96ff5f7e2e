//! This process's connections: by user, by watched channel, by member channel, by followed user.
//!
//! The tail is the only one who delivers, so the events of a partition reach every connection in the log's order. An event is
//! framed once and shared; what differs per recipient (his counts) is spliced at the end and shared among those with equal
//! counts.

mod deliver;
mod enrol;

use super::hashed::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::mpsc;

use self::deliver::{deliver, show_hidden};
use super::counts::{Totals, UserCounts};
use super::flushers::Flushers;
use super::frame;
use super::poll::Polls;
use super::queue::{End, Queue};
use crate::limits;
use crate::store::{Effect, Entry};
use crate::wire::Time;

/// What the hub cannot do itself, because it needs the store.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Chore {
    /// This connection must stop watching: it is gone, or lost its right to read.
    StopWatching { connection: Arc<str>, user: Arc<str>, cids: Vec<String> },
    /// The user's mutes and blocks changed: load them and hand them to [`Hub::set_own`], then his counts, which depend on them.
    LoadOwn(Arc<str>),
    /// The app's settings changed.
    ReloadSettings,
    /// The node's watches and connections were given up by another.
    Lapsed(String),
    /// Another node polls a connection of this one.
    Poll { connection: String, user: String, request: String },
}

struct Connection {
    user: Arc<str>,
    queue: Arc<Queue>,
    watched: HashSet<Arc<str>>,
    followed: HashSet<Arc<str>>,
}

#[derive(Default)]
struct User {
    connections: Vec<Arc<str>>,
    /// `None` while the counts are being loaded; the effects that pass meanwhile wait.
    counts: Option<UserCounts>,
    /// The counts are being loaded anew; the effects that pass wait as well, while the old counts serve.
    reloading: bool,
    pending: Vec<(Effect, Time)>,
}

#[derive(Default)]
struct State {
    connections: HashMap<Arc<str>, Connection>,
    users: HashMap<Arc<str>, User>,
    watchers: HashMap<Arc<str>, Vec<Arc<str>>>,
    members: HashMap<Arc<str>, HashSet<Arc<str>>>,
    followers: HashMap<Arc<str>, HashSet<Arc<str>>>,
    /// Users whose counts are being loaded.
    loading: HashSet<Arc<str>>,
    /// Queues into which frames were put that nobody is on the way to write.
    unwritten: Vec<Arc<Queue>>,
}

pub(crate) struct Hub {
    state: Mutex<State>,
    flushers: Flushers,
    chores: mpsc::UnboundedSender<Chore>,
    pub polls: Polls,
    /// This process is about to stop.
    closing: AtomicBool,
}

impl Hub {
    /// A hub, and the chores it will ask for. Needs a runtime for its writing tasks.
    pub fn new() -> (Hub, mpsc::UnboundedReceiver<Chore>) {
        let (chores, receiver) = mpsc::unbounded_channel();
        let (state, flushers) = (Mutex::default(), Flushers::start());
        (Hub { state, flushers, chores, polls: Polls::default(), closing: AtomicBool::new(false) }, receiver)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ask(&self, chore: Chore) {
        // The receiver lives as long as the process; after it nobody is left to do chores for.
        let _ = self.chores.send(chore);
    }

    /// A connection opens. `true`: it is the user's first here, and his counts must be loaded.
    pub fn join(&self, id: &str, user: &str, queue: Arc<Queue>) -> bool {
        let mut state = self.state();
        let (id, user): (Arc<str>, Arc<str>) = (id.into(), user.into());
        let connection =
            Connection { user: user.clone(), queue, watched: HashSet::default(), followed: HashSet::default() };
        state.connections.insert(id.clone(), connection);
        let entry = state.users.entry(user.clone()).or_default();
        entry.connections.push(id);
        let first = entry.connections.len() == 1;
        if first {
            state.loading.insert(user);
        }
        first
    }

    /// The user's counts are loaded; what passed meanwhile is added.
    pub fn load(&self, user: &str, mut counts: UserCounts) {
        let mut guard = self.state();
        let state = &mut *guard;
        let Some(entry) = state.users.get_mut(user) else { return };
        if entry.counts.is_some() {
            return;
        }
        for (effect, at) in entry.pending.drain(..) {
            counts.apply(user, &effect, at);
        }
        let name: Arc<str> = user.into();
        for cid in counts.cids() {
            state.members.entry(cid.clone()).or_default().insert(name.clone());
        }
        entry.counts = Some(counts);
        state.loading.remove(user);
    }

    /// The user's counts are about to be loaded anew: from here on nothing that passes is lost for them. `false`: there is
    /// nothing to replace.
    pub fn begin_reload(&self, user: &str) -> bool {
        let mut guard = self.state();
        let state = &mut *guard;
        let Some(entry) = state.users.get_mut(user).filter(|entry| entry.counts.is_some() && !entry.reloading) else {
            return false;
        };
        entry.reloading = true;
        state.loading.insert(user.into());
        true
    }

    /// The counts loaded anew, or `None` when that failed and the old ones go on.
    pub fn reload(&self, user: &str, counts: Option<UserCounts>) {
        let mut guard = self.state();
        let state = &mut *guard;
        // A user who left meanwhile, and perhaps came back, is loaded by his new connection.
        let Some(entry) = state.users.get_mut(user).filter(|entry| entry.reloading) else { return };
        entry.reloading = false;
        state.loading.remove(user);
        let pending = std::mem::take(&mut entry.pending);
        let Some(mut counts) = counts else { return };
        for (effect, at) in pending {
            counts.apply(user, &effect, at);
        }
        let name: Arc<str> = user.into();
        let cids: Vec<Arc<str>> = counts.cids().cloned().collect();
        if let Some(old) = entry.counts.replace(counts) {
            enrol::leave(&mut state.members, &name, old.cids());
        }
        for cid in cids {
            state.members.entry(cid).or_default().insert(name.clone());
        }
    }

    /// The counts of a user who is connected here and loaded.
    pub fn totals(&self, user: &str) -> Option<Totals> {
        Some(self.state().users.get(user)?.counts.as_ref()?.totals())
    }

    pub fn set_own(&self, user: &str, own: Arc<crate::store::Own>, now: Time) {
        if let Some(counts) = self.state().users.get_mut(user).and_then(|user| user.counts.as_mut()) {
            counts.set_own(own, now);
        }
    }

    /// A connection closes. Returns what it watched.
    pub fn leave(&self, id: &str) -> Vec<String> {
        let mut guard = self.state();
        let state = &mut *guard;
        let Some(connection) = state.connections.remove(id) else { return Vec::new() };
        for cid in &connection.watched {
            unwatch(&mut state.watchers, cid, id);
        }
        for user in &connection.followed {
            if let Some(followers) = state.followers.get_mut(user) {
                followers.remove(id);
                if followers.is_empty() {
                    state.followers.remove(user);
                }
            }
        }
        if let Some(user) = state.users.get_mut(&connection.user) {
            user.connections.retain(|other| &**other != id);
            if user.connections.is_empty() {
                enrol::forget(state, &connection.user);
            }
        }
        connection.watched.iter().map(|cid| cid.to_string()).collect()
    }

    /// Whether the connection is open here and belongs to the user.
    pub fn holds(&self, id: &str, user: &str) -> bool {
        self.state().connections.get(id).is_some_and(|connection| &*connection.user == user)
    }

    /// How many channels the connection watches; `None` when it is not open here.
    pub fn watched(&self, id: &str) -> Option<usize> {
        Some(self.state().connections.get(id)?.watched.len())
    }

    /// Ends all connections because this process is about to stop; from now on none is opened.
    pub fn close(&self) {
        self.closing.store(true, Ordering::Release);
        self.end_all(End::Restart);
    }

    pub fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Acquire)
    }

    /// Ends all connections (`Restart`, `Resync`).
    pub fn end_all(&self, end: End) {
        for connection in self.state().connections.values() {
            connection.queue.end(end);
        }
    }

    /// Sends a `health.check` where none went out for a while, and ends what is silent. `now` in milliseconds.
    pub fn keep_alive(&self, now: i64, check: impl Fn(&str) -> Bytes) {
        use std::sync::atomic::Ordering::Relaxed;
        let mut guard = self.state();
        let State { connections, unwritten, .. } = &mut *guard;
        for (id, connection) in connections {
            let queue = &connection.queue;
            if now - queue.heard.load(Relaxed) > limits::SOCKET_SILENCE.as_millis() as i64 {
                queue.end(End::Silent);
            } else if now - queue.checked.load(Relaxed) >= limits::HEALTH_CHECK_INTERVAL.as_millis() as i64 {
                queue.checked.store(now, Relaxed);
                if queue.put(frame::text(&check(id))) {
                    unwritten.push(queue.clone());
                }
            }
        }
        drop(guard);
        self.flush();
    }

    /// Writes what was delivered. Whoever calls [`Hub::hear`] calls this after some entries: what gathers for one socket is
    /// written together.
    pub fn flush(&self) {
        let mut unwritten = std::mem::take(&mut self.state().unwritten);
        self.flushers.flush(&mut unwritten);
    }

    /// Users with a connection here.
    pub fn connected_users(&self) -> Vec<Arc<str>> {
        self.state().users.keys().cloned().collect()
    }

    /// Obeys and delivers one entry; [`Hub::flush`] writes it. `true`: it was obeyed, but delivering it takes the channel's
    /// own JSON, because a member here does not watch it; [`Hub::hear_with`] goes on.
    #[must_use]
    pub fn hear(&self, entry: &Entry) -> bool {
        let mut guard = self.state();
        let state = &mut *guard;
        for effect in &entry.header.effects {
            self.obey(state, effect, entry.at);
        }
        !deliver(state, entry, None)
    }

    /// Delivers an entry that was obeyed, with its channel's JSON.
    pub fn hear_with(&self, entry: &Entry, channel: &[u8]) {
        deliver(&mut self.state(), entry, Some(channel));
    }

    fn obey(&self, state: &mut State, effect: &Effect, at: Time) {
        match effect {
            Effect::Watch(id, cid) => {
                if let Some(connection) = state.connections.get_mut(id.as_str()) {
                    let cid: Arc<str> = cid.as_str().into();
                    if connection.watched.insert(cid.clone()) {
                        state.watchers.entry(cid).or_default().push(id.as_str().into());
                    }
                }
            }
            Effect::Unwatch(id, cid) => {
                if let Some(connection) = state.connections.get_mut(id.as_str()) {
                    connection.watched.remove(cid.as_str());
                    unwatch(&mut state.watchers, cid, id);
                }
            }
            Effect::Evict(cid, user) => self.evict(state, cid, user),
            Effect::Gone(cid) => {
                for id in state.watchers.get(cid.as_str()).cloned().unwrap_or_default() {
                    self.stop_watching(state, &id, cid);
                }
                self.count(state, effect, at);
            }
            Effect::Follow(id, users) => {
                if let Some(connection) = state.connections.get_mut(id.as_str()) {
                    for user in
                        users.iter().take(limits::PRESENCE_PER_CONNECTION.saturating_sub(connection.followed.len()))
                    {
                        let user: Arc<str> = user.as_str().into();
                        connection.followed.insert(user.clone());
                        state.followers.entry(user).or_default().insert(id.as_str().into());
                    }
                }
            }
            Effect::Own(user) => self.ask(Chore::LoadOwn(user.as_str().into())),
            Effect::Settings => self.ask(Chore::ReloadSettings),
            Effect::Lapsed(node) => self.ask(Chore::Lapsed(node.clone())),
            Effect::Disconnect(user, _) => {
                for id in state.users.get(user.as_str()).map(|user| user.connections.clone()).unwrap_or_default() {
                    if let Some(connection) = state.connections.get(&id) {
                        connection.queue.end(End::Unauthorized);
                    }
                }
            }
            Effect::Poll { .. } | Effect::Polled(..) | Effect::EndPoll(_) => {
                self.polls.obey(effect).into_iter().for_each(|chore| self.ask(chore));
            }
            Effect::User(_) | Effect::Keeps(_) | Effect::Channel(_) | Effect::Member(..) => {}
            _ => self.count(state, effect, at),
        }
    }

    fn evict(&self, state: &mut State, cid: &str, user: &str) {
        for id in state.users.get(user).map(|user| user.connections.clone()).unwrap_or_default() {
            self.stop_watching(state, &id, cid);
        }
    }

    fn stop_watching(&self, state: &mut State, id: &Arc<str>, cid: &str) {
        let Some(connection) = state.connections.get_mut(id) else { return };
        if connection.watched.remove(cid) {
            let user = connection.user.clone();
            unwatch(&mut state.watchers, cid, id);
            self.ask(Chore::StopWatching { connection: id.clone(), user, cids: vec![cid.to_owned()] });
        }
    }

    /// Moves counts: of the members of the channel here, of one user, and of whoever is being loaded.
    fn count(&self, state: &mut State, effect: &Effect, at: Time) {
        for name in &state.loading {
            if let Some(user) = state.users.get_mut(name) {
                user.pending.push((effect.clone(), at));
            }
        }
        if let Effect::LastMessage(cid) = effect {
            return show_hidden(state, cid, at);
        }
        for name in enrol::concerned(state, effect) {
            if let Some(counts) = state.users.get_mut(&name).and_then(|user| user.counts.as_mut()) {
                let reload = counts.must_reload(effect);
                counts.apply(&name, effect, at);
                if reload {
                    self.ask(Chore::LoadOwn(name));
                }
            }
        }
        enrol::keep(state, effect);
    }
}

fn unwatch(watchers: &mut HashMap<Arc<str>, Vec<Arc<str>>>, cid: &str, id: &str) {
    if let Some(ids) = watchers.get_mut(cid) {
        ids.retain(|other| &**other != id);
        if ids.is_empty() {
            watchers.remove(cid);
        }
    }
}
