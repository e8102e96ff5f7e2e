//! This process's connections: by user, by watched channel, by member channel, by followed user.
//!
//! The tail is the only one who delivers, so the events of a partition reach every connection in the log's order. An event is
//! framed once and shared; what differs per recipient (his counts) is spliced at the end and shared among those with equal
//! counts.

mod deliver;
mod enrol;
mod register;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::mpsc;

use self::deliver::{deliver, show_hidden};
use self::register::{ConnectionSlot, Register};
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
    /// The user's mutes and blocks changed, and his counts depend on them: load them anew.
    LoadOwn(Arc<str>),
    /// The app's settings changed.
    ReloadSettings,
    /// The node's watches and connections were given up by another.
    Lapsed(String),
    /// Another node polls a connection of this one.
    Poll { connection: String, user: String, request: String },
}

pub(crate) struct Hub {
    register: Mutex<Register>,
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
        let (register, flushers) = (Mutex::default(), Flushers::start());
        (Hub { register, flushers, chores, polls: Polls::default(), closing: AtomicBool::new(false) }, receiver)
    }

    fn register(&self) -> MutexGuard<'_, Register> {
        self.register.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ask(&self, chore: Chore) {
        // The receiver lives as long as the process; after it nobody is left to do chores for.
        let _ = self.chores.send(chore);
    }

    /// A connection opens. `true`: it is the user's first here, and his counts must be loaded.
    pub fn join(&self, id: &str, user: &str, queue: Arc<Queue>) -> bool {
        self.register().add(id, user, queue)
    }

    /// The user's counts are loaded; what passed meanwhile is added.
    pub fn load(&self, user: &str, mut counts: UserCounts) {
        let mut register = self.register();
        let Some((slot, entry)) = register.user_mut(user).filter(|(_, entry)| entry.counts.is_none()) else { return };
        for (effect, at) in entry.pending.drain(..) {
            counts.apply(user, &effect, at);
        }
        register.loading.remove(&slot);
        enrol::enter(&mut register, slot, counts);
    }

    /// The user's counts are about to be loaded anew: from here on nothing that passes is lost for them. `false`: there is
    /// nothing to replace.
    pub fn begin_reload(&self, user: &str) -> bool {
        let mut register = self.register();
        let found = register.user_mut(user).filter(|(_, entry)| entry.counts.is_some() && !entry.reloading);
        let Some((slot, entry)) = found else { return false };
        entry.reloading = true;
        register.loading.insert(slot);
        true
    }

    /// The counts loaded anew, or `None` when that failed and the old ones go on.
    pub fn reload(&self, user: &str, counts: Option<UserCounts>, now: Time) {
        let mut register = self.register();
        // A user who left meanwhile, and perhaps came back, is loaded by his new connection.
        let Some((slot, entry)) = register.user_mut(user).filter(|(_, entry)| entry.reloading) else { return };
        entry.reloading = false;
        let pending = std::mem::take(&mut entry.pending);
        let own = entry.counts.as_ref().map(|counts| counts.own.clone());
        register.loading.remove(&slot);
        let Some(mut counts) = counts else { return };
        if let Some(own) = own {
            counts.set_own(own, now);
        }
        for (effect, at) in pending {
            counts.apply(user, &effect, at);
        }
        // Channels that he is no longer in stay his until the log says so: what it tells the members until then is for him, too.
        enrol::enter(&mut register, slot, counts);
    }

    /// The counts of a user who is connected here and loaded.
    pub fn totals(&self, user: &str) -> Option<Totals> {
        let register = self.register();
        Some(register.users.get(register.user(user)?)?.counts.as_ref()?.totals())
    }

    pub fn set_own(&self, user: &str, own: Arc<crate::store::Own>, now: Time) {
        if let Some(counts) = self.register().user_mut(user).and_then(|(_, user)| user.counts.as_mut()) {
            counts.set_own(own, now);
        }
    }

    /// A connection closes. Returns what it watched.
    pub fn leave(&self, id: &str) -> Vec<String> {
        self.register().remove(id)
    }

    /// Whether the connection is open here and belongs to the user.
    pub fn holds(&self, id: &str, user: &str) -> bool {
        let register = self.register();
        let connection = register.connection(id).and_then(|slot| register.connections.get(slot));
        connection.and_then(|connection| register.users.get(connection.user)).is_some_and(|found| &*found.name == user)
    }

    /// How many channels the connection watches; `None` when it is not open here.
    pub fn watched(&self, id: &str) -> Option<usize> {
        let register = self.register();
        Some(register.connections.get(register.connection(id)?)?.watched.len())
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
        for connection in self.register().connections.values() {
            connection.queue.end(end);
        }
    }

    /// Sends a `health.check` where none went out for a while, and ends what is silent. `now` in milliseconds.
    pub fn keep_alive(&self, now: i64, check: impl Fn(&str) -> Bytes) {
        use std::sync::atomic::Ordering::Relaxed;
        let mut guard = self.register();
        let Register { connections, unwritten, .. } = &mut *guard;
        for connection in connections.values() {
            let queue = &connection.queue;
            if now - queue.heard.load(Relaxed) > limits::SOCKET_SILENCE.as_millis() as i64 {
                queue.end(End::Silent);
            } else if now - queue.checked.load(Relaxed) >= limits::HEALTH_CHECK_INTERVAL.as_millis() as i64 {
                queue.checked.store(now, Relaxed);
                if queue.put(frame::text(&check(&connection.id))) {
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
        let mut unwritten = std::mem::take(&mut self.register().unwritten);
        self.flushers.flush(&mut unwritten);
    }

    /// Users with a connection here.
    pub fn connected_users(&self) -> Vec<Arc<str>> {
        self.register().users.values().map(|user| user.name.clone()).collect()
    }

    /// Obeys and delivers one entry; [`Hub::flush`] writes it. `true`: it was obeyed, but delivering it takes the channel's
    /// own JSON, because a member here does not watch it; [`Hub::hear_with`] goes on.
    #[must_use]
    pub fn hear(&self, entry: &Entry) -> bool {
        let mut register = self.register();
        for effect in &entry.header.effects {
            self.obey(&mut register, effect, entry.at);
        }
        !deliver(&mut register, entry, None)
    }

    /// Delivers an entry that was obeyed, with its channel's JSON.
    pub fn hear_with(&self, entry: &Entry, channel: &[u8]) {
        deliver(&mut self.register(), entry, Some(channel));
    }

    fn obey(&self, register: &mut Register, effect: &Effect, at: Time) {
        match effect {
            Effect::Watch(id, cid) => register.watch(id, cid),
            Effect::Unwatch(id, cid) => {
                if let Some(slot) = register.connection(id) {
                    register.unwatch(slot, cid);
                }
            }
            Effect::Evict(cid, user) => self.stop_watching(register, register.connections_of(user), cid),
            Effect::Gone(cid) => {
                let watchers = register.watchers.get(cid.as_str()).cloned().unwrap_or_default();
                self.stop_watching(register, watchers, cid);
                self.count(register, effect, at);
            }
            Effect::Follow(id, users) => register.follow(id, users),
            Effect::Own(user) => self.ask(Chore::LoadOwn(user.as_str().into())),
            Effect::Settings => self.ask(Chore::ReloadSettings),
            Effect::Lapsed(node) => self.ask(Chore::Lapsed(node.clone())),
            Effect::Disconnect(user, _) => register.end(user, End::Unauthorized),
            Effect::Renew(user) => register.end(user, End::Resync),
            Effect::Poll { .. } | Effect::Polled(..) | Effect::EndPoll(_) => {
                self.polls.obey(effect).into_iter().for_each(|chore| self.ask(chore));
            }
            Effect::User(_) | Effect::Keeps(_) | Effect::Channel(_) | Effect::Member(..) => {}
            _ => self.count(register, effect, at),
        }
    }

    /// These connections watch the channel no longer, if they did.
    fn stop_watching(&self, register: &mut Register, slots: Vec<ConnectionSlot>, cid: &str) {
        for slot in slots.into_iter().filter(|slot| register.unwatch(*slot, cid)).collect::<Vec<_>>() {
            let connection = &register.connections[slot];
            let (connection, user) = (connection.id.clone(), register.users[connection.user].name.clone());
            self.ask(Chore::StopWatching { connection, user, cids: vec![cid.to_owned()] });
        }
    }

    /// Moves counts: of the members of the channel here, of one user, and of whoever is being loaded.
    fn count(&self, register: &mut Register, effect: &Effect, at: Time) {
        for slot in &register.loading {
            if let Some(user) = register.users.get_mut(*slot) {
                user.pending.push((effect.clone(), at));
            }
        }
        if let Effect::LastMessage(cid) = effect {
            return show_hidden(register, cid, at);
        }
        for slot in enrol::concerned(register, effect) {
            let Some(user) = register.users.get_mut(slot) else { continue };
            let Some(counts) = user.counts.as_mut() else { continue };
            let reload = counts.must_reload(effect);
            counts.apply(&user.name, effect, at);
            if reload {
                self.ask(Chore::LoadOwn(user.name.clone()));
            }
        }
        enrol::keep(register, effect);
    }
}
