//! Who hears an entry, and as which frame.

use crate::events::hashed::{HashMap, HashSet};
use std::sync::Arc;

use bytes::Bytes;

use super::{Connection, State};
use crate::events::counts::{Totals, UserCounts};
use crate::events::frame;
use crate::events::queue::Queue;
use crate::store::{Audience, Counts, Entry, Header};
use crate::wire::Time;

/// One event's frames: built once for each set of counts, and for each of its two forms.
struct Frames<'a> {
    entry: &'a Entry,
    channel: Option<&'a [u8]>,
    built: HashMap<(bool, Option<Totals>), Bytes>,
    /// Mostly the next one is like the last one.
    last: Option<((bool, Option<Totals>), Bytes)>,
}

impl Frames<'_> {
    fn frame(&mut self, notification: bool, totals: Option<Totals>) -> Bytes {
        let Frames { entry, channel, built, last } = self;
        let key = (notification, totals);
        match last {
            Some((of, frame)) if *of == key => frame.clone(),
            _ => {
                let make = || build(entry, notification.then_some(channel.unwrap_or(b"null")), totals);
                let frame = built.entry(key).or_insert_with(make).clone();
                last.insert((key, frame)).1.clone()
            }
        }
    }
}

fn build(entry: &Entry, channel: Option<&[u8]>, totals: Option<Totals>) -> Bytes {
    const PLAIN: &[u8] = b"{\"type\":\"message.new\"";
    let payload = entry.payload.strip_suffix(b"}").unwrap_or(&entry.payload);
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

/// Who is among the audience, but must not hear it.
fn is_barred(header: &Header, connection: &Connection, counts: Option<&UserCounts>) -> bool {
    header.only.as_ref().is_some_and(|only| !only.iter().any(|id| **id == *connection.user))
        || header.except.iter().any(|id| **id == *connection.user)
        || header.unless_blocked.as_ref().is_some_and(|author| counts.is_some_and(|counts| counts.own.blocks(author)))
}

/// Hands the entry's frames to the queues of all who are meant. `false`: nothing was done, for want of the channel's JSON.
pub(super) fn deliver(state: &mut State, entry: &Entry, channel: Option<&[u8]>) -> bool {
    let mut unwritten = std::mem::take(&mut state.unwritten);
    let delivered = deliver_to(state, entry, channel, &mut unwritten);
    state.unwritten = unwritten;
    delivered
}

fn deliver_to(state: &State, entry: &Entry, channel: Option<&[u8]>, unwritten: &mut Vec<Arc<Queue>>) -> bool {
    let header = &entry.header;
    let mut frames = Frames { entry, channel, built: HashMap::default(), last: None };
    let (plain, notified) = hearers(state, &header.audience);
    if !notified.is_empty() && channel.is_none() {
        return false;
    }
    let marked = plain.into_iter().map(|connection| (connection, false));
    for (connection, notification) in marked.chain(notified.into_iter().map(|connection| (connection, true))) {
        let user = state.users.get(&connection.user);
        let counts = user.and_then(|user| user.counts.as_ref());
        if is_barred(header, connection, counts) {
            continue;
        }
        let totals = match (&header.audience, header.counts) {
            (_, Counts::None) => None,
            (Audience::Watchers(cid) | Audience::WatchersAndMembers(cid), _) => {
                counts.filter(|counts| counts.is_member(cid)).map(UserCounts::totals)
            }
            _ => counts.map(UserCounts::totals),
        };
        if connection.queue.put(frames.frame(notification, totals)) {
            unwritten.push(connection.queue.clone());
        }
    }
    true
}

/// The connections that hear an event as it is, and those that hear its `notification.` form.
fn hearers<'s>(state: &'s State, audience: &Audience) -> (Vec<&'s Connection>, Vec<&'s Connection>) {
    let of_user = |name: &str| {
        let ids = state.users.get(name).into_iter().flat_map(|user| &user.connections);
        ids.filter_map(|id| state.connections.get(id))
    };
    let of_users = |names: &[String]| names.iter().flat_map(|name| of_user(name)).collect::<Vec<_>>();
    let watching = |cid: &str| -> Vec<_> {
        let ids = state.watchers.get(cid).into_iter().flatten();
        ids.filter_map(|id| state.connections.get(id)).collect()
    };
    let members_only = |cid: &str| -> Vec<_> {
        let members = state.members.get(cid).into_iter().flatten();
        members.flat_map(|name| of_user(name)).filter(|connection| !connection.watched.contains(cid)).collect()
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
        Audience::Followers(user) => {
            let followers = state.followers.get(user.as_str()).into_iter().flatten();
            followers.filter_map(|id| state.connections.get(id)).collect()
        }
        Audience::Acquaintances(user, cids) => {
            let mut ids: HashSet<&Arc<str>> = state.followers.get(user.as_str()).into_iter().flatten().collect();
            ids.extend(state.users.get(user.as_str()).into_iter().flat_map(|user| &user.connections));
            ids.extend(cids.iter().filter_map(|cid| state.watchers.get(cid.as_str())).flatten());
            ids.into_iter().filter_map(|id| state.connections.get(id)).collect()
        }
    };
    (plain, Vec::new())
}

/// A message brings a hidden channel back to its members' lists (`realtime.md` 5.2), unless they muted it.
pub(super) fn show_hidden(state: &mut State, cid: &str, at: Time) {
    let Some(members) = state.members.get(cid) else { return };
    for name in members {
        let Some(user) = state.users.get_mut(name) else { continue };
        let Some(counts) = user.counts.as_mut() else { continue };
        if counts.hidden.is_empty() || counts.own.mutes_channel(cid, at) || !counts.hidden.remove(cid) {
            continue;
        }
        let (kind, id) = cid.split_once(':').unwrap_or((cid, ""));
        let event = serde_json::json!({
            "type": "channel.visible", "created_at": at, "cid": cid, "channel_type": kind, "channel_id": id, "user": {"id": &**name},
        });
        let frame = frame::text(event.to_string().as_bytes());
        for id in &user.connections {
            if let Some(connection) = state.connections.get(id)
                && connection.queue.put(frame.clone())
            {
                state.unwritten.push(connection.queue.clone());
            }
        }
    }
}
