//! Who hears an entry, and as which frame.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;

use super::register::{Connection, ConnectionSlot, Register, User};
use crate::events::counts::{Totals, UserCounts};
use crate::events::frame;
use crate::events::hashed::{HashMap, HashSet};
use crate::events::queue::Queue;
use crate::store::{Audience, Counts, Entry, Header};
use crate::wire::Time;

/// What makes one hearer's frame of an event differ from another's.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Form {
    /// Its `notification.` form.
    notification: bool,
    /// The hearer does not see what its message quotes.
    unquoted: bool,
    totals: Option<Totals>,
}

/// One event's frames: each built once.
struct Frames<'a> {
    entry: &'a Entry,
    channel: Option<&'a [u8]>,
    built: HashMap<Form, Bytes>,
    /// Mostly the next one is like the last one.
    last: Option<(Form, Bytes)>,
}

impl Frames<'_> {
    fn frame(&mut self, form: Form) -> Bytes {
        let Frames { entry, channel, built, last } = self;
        match last {
            Some((of, frame)) if *of == form => frame.clone(),
            _ => {
                let frame = built.entry(form).or_insert_with(|| build(entry, *channel, form)).clone();
                last.insert((form, frame)).1.clone()
            }
        }
    }
}

/// The payload without what its message quotes.
fn without_quote(payload: &[u8]) -> Vec<u8> {
    // What we wrote is JSON; if it were not, it would rather be left out than shown.
    let Ok(mut event) = serde_json::from_slice::<serde_json::Value>(payload) else { return b"{}".to_vec() };
    if let Some(message) = event.get_mut("message").and_then(serde_json::Value::as_object_mut) {
        message.shift_remove("quoted_message");
    }
    event.to_string().into_bytes()
}

fn build(entry: &Entry, channel: Option<&[u8]>, form: Form) -> Bytes {
    const PLAIN: &[u8] = b"{\"type\":\"message.new\"";
    let Form { notification, unquoted, totals } = form;
    let channel = notification.then_some(channel.unwrap_or(b"null"));
    let payload = if unquoted { Cow::Owned(without_quote(&entry.payload)) } else { Cow::Borrowed(&*entry.payload) };
    let payload = payload.strip_suffix(b"}").unwrap_or(&payload);
    let mut end = String::new();
    if let Some(count) = entry.watcher_count {
        end.push_str(&format!(",\"watcher_count\":{count}"));
    }
    if let Some(Totals { unread, channels, threads, thread_messages }) = totals {
        end.push_str(&format!(
            ",\"unread_count\":{unread},\"total_unread_count\":{unread},\"unread_channels\":{channels}"
        ));
        if entry.header.counts == Counts::ChannelsAndThreads {
            end.push_str(&format!(",\"unread_threads\":{threads},\"unread_thread_messages\":{thread_messages}"));
        }
    }
    end.push('}');
    match (channel, payload.strip_prefix(PLAIN)) {
        (Some(channel), Some(rest)) => {
            frame::text_of(&[b"{\"type\":\"notification.message_new\",\"channel\":", channel, rest, end.as_bytes()])
        }
        _ => frame::text_of(&[payload, end.as_bytes()]),
    }
}

/// Whether what was said at that moment, in the channel whose event it is, is hidden from the user.
fn is_hidden(header: &Header, user: &User, written: Time) -> bool {
    user.counts.as_ref().zip(header.audience.cid()).is_some_and(|(counts, cid)| counts.hides(cid, written))
}

/// Who is among the audience, but must not hear it.
fn is_barred(header: &Header, user: &User) -> bool {
    let blocks = |author: &str| user.counts.as_ref().is_some_and(|counts| counts.own.blocks(author));
    header.only.as_ref().is_some_and(|only| !only.iter().any(|id| **id == *user.name))
        || header.except.iter().any(|id| **id == *user.name)
        || header.unless_blocked.as_ref().is_some_and(|author| blocks(author))
        || header.written.is_some_and(|written| is_hidden(header, user, written))
}

/// Hands the entry's frames to the queues of all who are meant. `false`: nothing was done, for want of the channel's JSON.
pub(super) fn deliver(register: &mut Register, entry: &Entry, channel: Option<&[u8]>) -> bool {
    let mut unwritten = std::mem::take(&mut register.unwritten);
    let delivered = deliver_to(register, entry, channel, &mut unwritten);
    register.unwritten = unwritten;
    delivered
}

fn deliver_to(register: &Register, entry: &Entry, channel: Option<&[u8]>, unwritten: &mut Vec<Arc<Queue>>) -> bool {
    let header = &entry.header;
    let mut frames = Frames { entry, channel, built: HashMap::default(), last: None };
    let (plain, notified) = hearers(register, &header.audience);
    if !notified.is_empty() && channel.is_none() {
        return false;
    }
    let marked = plain.into_iter().map(|connection| (connection, false));
    for (connection, notification) in marked.chain(notified.into_iter().map(|connection| (connection, true))) {
        let Some(user) = register.users.get(connection.user) else { continue };
        if is_barred(header, user) {
            continue;
        }
        let counts = user.counts.as_ref();
        let totals = match (&header.audience, header.counts) {
            (_, Counts::None) => None,
            (Audience::Watchers(cid) | Audience::WatchersAndMembers(cid), _) => {
                counts.filter(|counts| counts.is_member(cid)).map(UserCounts::totals)
            }
            _ => counts.map(UserCounts::totals),
        };
        let unquoted = header.quoted.is_some_and(|quoted| is_hidden(header, user, quoted));
        if connection.queue.put(frames.frame(Form { notification, unquoted, totals })) {
            unwritten.push(connection.queue.clone());
        }
    }
    true
}

/// The connections that hear an event as it is, and those that hear its `notification.` form.
fn hearers<'r>(register: &'r Register, audience: &Audience) -> (Vec<&'r Connection>, Vec<&'r Connection>) {
    let at = |slot: &ConnectionSlot| register.connections.get(*slot);
    let of_users = |names: &[String]| -> Vec<_> {
        let users = names.iter().filter_map(|name| register.users.get(register.user(name)?));
        users.flat_map(|user| &user.connections).filter_map(at).collect()
    };
    let watching = |cid: &str| -> Vec<_> { register.watchers.get(cid).into_iter().flatten().filter_map(at).collect() };
    let members_only = |cid: &str| -> Vec<_> {
        let members = register.members.get(cid).into_iter().flatten().filter_map(|slot| register.users.get(*slot));
        let connections = members.flat_map(|user| &user.connections).filter_map(at);
        connections.filter(|connection| !connection.watched.contains(cid)).collect()
    };
    let plain = match audience {
        Audience::Nobody => Vec::new(),
        Audience::Watchers(cid) => watching(cid),
        Audience::WatchersAndMembers(cid) => return (watching(cid), members_only(cid)),
        Audience::MembersOnly(cid) => members_only(cid),
        Audience::Users(users) => of_users(users),
        Audience::UsersNotWatching(users, cid) => {
            let mut connections = of_users(users);
            connections.retain(|connection| !connection.watched.contains(cid.as_str()));
            connections
        }
        Audience::UsersWatching(users, cid) => {
            let mut connections = of_users(users);
            connections.retain(|connection| connection.watched.contains(cid.as_str()));
            connections
        }
        Audience::Followers(user) => {
            register.followers.get(user.as_str()).into_iter().flatten().filter_map(at).collect()
        }
        Audience::Acquaintances(user, cids) => {
            let mut slots: HashSet<ConnectionSlot> = register.connections_of(user).into_iter().collect();
            slots.extend(register.followers.get(user.as_str()).into_iter().flatten());
            slots.extend(cids.iter().filter_map(|cid| register.watchers.get(cid.as_str())).flatten());
            slots.iter().filter_map(at).collect()
        }
    };
    (plain, Vec::new())
}

/// A message brings a hidden channel back to its members' lists (`realtime.md` 5.2), unless they muted it.
pub(super) fn show_hidden(register: &mut Register, cid: &str, at: Time) {
    let Some(mut slots) = register.hidden.remove(cid) else { return };
    slots.retain(|slot| {
        let Some(user) = register.users.get_mut(*slot) else { return false };
        let Some(counts) = user.counts.as_mut().filter(|counts| counts.hidden.contains(cid)) else { return false };
        if counts.own.mutes_channel(cid, at) || !counts.is_member(cid) {
            return true;
        }
        counts.hidden.remove(cid);
        let frame = visible(&user.name, cid, at);
        for connection in user.connections.iter().filter_map(|slot| register.connections.get(*slot)) {
            if connection.queue.put(frame.clone()) {
                register.unwritten.push(connection.queue.clone());
            }
        }
        false
    });
    if !slots.is_empty() {
        register.hidden.insert(cid.into(), slots);
    }
}

/// `channel.visible`, as one user hears it.
fn visible(user: &str, cid: &str, at: Time) -> Bytes {
    let (kind, id) = cid.split_once(':').unwrap_or((cid, ""));
    let event = serde_json::json!({
        "type": "channel.visible", "created_at": at, "cid": cid, "channel_type": kind, "channel_id": id, "user": {"id": user},
    });
    frame::text(event.to_string().as_bytes())
}
