//! Who is told of a new message on their devices (`rules.md` 17).

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde::Deserialize;

use super::Providers;
use crate::app::App;
use crate::chat::channel_types;
use crate::error::Result;
use crate::limits;
use crate::store::{Audience, Effect, Entry, Header, Notification, Own, PushJob, Wishes};
use crate::wire::Time;

/// How every `message.new` begins: other events are not read any further.
const MESSAGE_NEW: &[u8] = br#"{"type":"message.new","#;

/// What of the event matters here.
#[derive(Deserialize)]
struct Told {
    cid: String,
    created_at: Time,
    message: ToldMessage,
    channel_custom: Option<ChannelName>,
}

#[derive(Deserialize)]
struct ChannelName {
    name: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct ToldMessage {
    id: String,
    text: String,
    #[serde(rename = "type")]
    kind: String,
    user: Person,
    parent_id: Option<String>,
    #[serde(default)]
    silent: bool,
    #[serde(default)]
    show_in_channel: Option<bool>,
    #[serde(default)]
    mentioned_users: Vec<Person>,
    #[serde(default)]
    mentioned_channel: bool,
    #[serde(default)]
    mentioned_here: bool,
    #[serde(default)]
    mentioned_roles: Option<Vec<String>>,
    #[serde(default)]
    mentioned_group_ids: Option<Vec<String>>,
    /// The members of those groups, which the event does not name.
    #[serde(skip)]
    grouped: HashSet<String>,
}

#[derive(Deserialize)]
struct Person {
    id: String,
    name: Option<String>,
}

/// The kinds of a message for one person, as preferences name them.
#[derive(Clone, Copy, Default)]
struct Kinds {
    direct: bool,
    channel: bool,
    here: bool,
    role: bool,
    group: bool,
    reply: bool,
}

/// The pushes that an entry of the log asks for.
pub(super) async fn of(app: &Arc<App>, providers: &Providers, entry: &Entry) -> Result<Vec<PushJob>> {
    let header = &entry.header;
    let is_told = matches!(header.audience, Audience::WatchersAndMembers(_) | Audience::Watchers(_));
    if !is_told || header.quiet || !entry.payload.starts_with(MESSAGE_NEW) {
        return Ok(Vec::new());
    }
    let mut told: Told = match serde_json::from_slice(&entry.payload) {
        Ok(told) => told,
        Err(error) => {
            tracing::error!(%error, "a message of the log cannot be read for pushing");
            return Ok(Vec::new());
        }
    };
    if told.message.silent || !matches!(told.message.kind.as_str(), "regular" | "reply") {
        return Ok(Vec::new());
    }
    let Some(channel) = app.store.channel(&told.cid).await?.filter(|channel| !channel.is_deleted()) else {
        return Ok(Vec::new());
    };
    if !channel_types::of(&channel)?.config.push_notifications {
        return Ok(Vec::new());
    }
    if let Some(groups) = &told.message.mentioned_group_ids {
        let members = futures_util::future::try_join_all(groups.iter().map(|group| app.store.group_members(group)));
        told.message.grouped = members.await?.into_iter().flat_map(HashMap::into_keys).collect();
    }
    let mut jobs = Vec::new();
    let hearers = hearers(app, header, &told).await?;
    for ids in hearers.chunks(limits::PUSH_RECIPIENTS_TOGETHER) {
        jobs.extend(jobs_of(app, providers, header, &told, ids).await?);
    }
    Ok(jobs)
}

/// The members whom the message is meant for: id and role in the channel.
async fn hearers(app: &App, header: &Header, told: &Told) -> Result<Vec<(String, String)>> {
    let message = &told.message;
    let mut some: Option<Vec<String>> = header.only.clone();
    if message.parent_id.is_some() && message.show_in_channel != Some(true) {
        let participants = header.effects.iter().find_map(|effect| match effect {
            Effect::Reply { participants, .. } => Some(participants.clone()),
            _ => None,
        });
        let mentioned = message.mentioned_users.iter().map(|user| user.id.clone());
        let within: HashSet<String> = participants.into_iter().flatten().chain(mentioned).collect();
        some = Some(match some {
            Some(only) => only.into_iter().filter(|id| within.contains(id)).collect(),
            None => within.into_iter().collect(),
        });
    }
    let members = match some {
        Some(ids) => app.store.members_of(&told.cid, &ids).await?.into_values().collect(),
        None => app.store.all_members(&told.cid).await?,
    };
    let is_meant = |id: &String| *id != message.user.id && !header.except.contains(id);
    let inside = members.iter().filter(|member| !member.is_outside() && is_meant(&member.user_id));
    Ok(inside.map(|member| (member.user_id.clone(), member.channel_role.clone())).collect())
}

async fn jobs_of(
    app: &App,
    providers: &Providers,
    header: &Header,
    told: &Told,
    members: &[(String, String)],
) -> Result<Vec<PushJob>> {
    let (message, now) = (&told.message, app.store.now());
    let owns = app.store.owns_of(members.iter().map(|(id, _)| id.as_str())).await?;
    let reachable: Vec<_> = members
        .iter()
        .filter_map(|(id, role)| Some((id, role, owns.get(id.as_str())?)))
        .filter(|(_, _, own)| {
            own.devices.iter().any(|device| providers.of(&device.provider).is_some())
                && !own.mutes_user(&message.user.id, now)
                && !own.mutes_channel(&told.cid, now)
                && !header.unless_blocked.as_ref().is_some_and(|author| own.blocks(author))
        })
        .collect();
    let users = app.store.users(reachable.iter().map(|(id, ..)| id.as_str())).await?;
    let mut jobs = Vec::new();
    for (id, role, own) in reachable {
        let Some(user) = users.get(id).filter(|user| user.deleted_at.is_none() && user.deactivated_at.is_none()) else {
            continue;
        };
        if !wants(own, &told.cid, kinds(message, id, &[role, &user.role]), now) {
            continue;
        }
        let devices = own.devices.iter().filter(|device| providers.of(&device.provider).is_some());
        jobs.extend(devices.map(|device| PushJob {
            user: id.clone(),
            device: device.id.clone(),
            note: notification(told),
            failures: 0,
        }));
    }
    Ok(jobs)
}

fn kinds(message: &ToldMessage, user: &str, roles: &[&String]) -> Kinds {
    Kinds {
        direct: message.mentioned_users.iter().any(|mentioned| mentioned.id == user),
        channel: message.mentioned_channel,
        here: message.mentioned_here,
        role: message.mentioned_roles.iter().flatten().any(|role| roles.contains(&role)),
        group: message.grouped.contains(user),
        reply: message.parent_id.is_some(),
    }
}

/// Whether somebody wants to be told: as for the channel, else as for everything, else yes.
fn wants(own: &Own, cid: &str, kinds: Kinds, now: Time) -> bool {
    let Some(push) = &own.push else { return true };
    let circles: Vec<&Wishes> = push.channels.get(cid).into_iter().chain([&push.all]).collect();
    if circles.iter().any(|wishes| wishes.disabled_until.is_some_and(|until| now < until)) {
        return false;
    }
    circles.iter().find_map(|wishes| wish(wishes, kinds)).unwrap_or(true)
}

/// What the wishes say of such a message, if they say anything: the finer word before the level.
fn wish(wishes: &Wishes, kinds: Kinds) -> Option<bool> {
    let fine = [
        (kinds.direct, "direct_mentions"),
        (kinds.group, "group_mentions"),
        (kinds.role, "role_mentions"),
        (kinds.here, "here_mentions"),
        (kinds.channel, "channel_mentions"),
        (kinds.reply, "thread_replies"),
        (true, "default_preference"),
    ];
    let fine = fine.iter().filter(|(is_one, _)| *is_one).find_map(|(_, kind)| wishes.kinds.get(*kind));
    if let Some(word) = fine {
        return Some(word == "all");
    }
    match wishes.chat.as_deref()? {
        "none" => Some(false),
        "mentions" | "direct_mentions" => Some(kinds.direct),
        "all_mentions" => Some(kinds.direct || kinds.channel || kinds.here || kinds.role || kinds.group),
        _ => Some(true),
    }
}

fn notification(told: &Told) -> Notification {
    let message = &told.message;
    let sender = message.user.name.clone().unwrap_or_else(|| message.user.id.clone());
    let channel = told.channel_custom.as_ref().and_then(|custom| custom.name.as_ref()).and_then(|name| name.as_str());
    let title = match channel.filter(|name| !name.is_empty()) {
        Some(name) => format!("{sender} @ {name}"),
        None => sender.clone(),
    };
    let body = if message.text.is_empty() { "sent an attachment" } else { &message.text };
    Notification {
        cid: told.cid.clone(),
        message: message.id.clone(),
        parent: message.parent_id.clone(),
        sender: message.user.id.clone(),
        title: title.chars().take(limits::PUSH_TITLE_CHARS).collect(),
        body: body.chars().take(limits::PUSH_BODY_CHARS).collect(),
        at: told.created_at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::PushPreferences;

    const CID: &str = "messaging:kitchen";

    fn wishes(chat: Option<&str>, kinds: &[(&str, &str)]) -> Wishes {
        let kinds = kinds.iter().map(|(kind, word)| ((*kind).to_owned(), (*word).to_owned())).collect();
        Wishes { chat: chat.map(str::to_owned), kinds, ..Wishes::default() }
    }

    fn own(all: Wishes, here: Option<Wishes>) -> Own {
        let channels = here.map(|here| (CID.to_owned(), here)).into_iter().collect();
        Own { push: Some(Box::new(PushPreferences { all, channels })), ..Own::default() }
    }

    #[test]
    fn a_channel_overrules_the_rest_and_a_finer_word_the_level() {
        let (plain, direct) = (Kinds::default(), Kinds { direct: true, ..Kinds::default() });
        let (channel, reply) = (Kinds { channel: true, ..plain }, Kinds { reply: true, ..plain });
        let group = Kinds { group: true, ..plain };
        let now = Time(1);
        assert!(wants(&Own::default(), CID, plain, now));
        for (level, wanted) in [
            ("all", [true, true, true]),
            ("all_mentions", [false, true, true]),
            ("direct_mentions", [false, true, false]),
            ("mentions", [false, true, false]),
            ("none", [false, false, false]),
        ] {
            let own = own(wishes(Some(level), &[]), None);
            assert_eq!([plain, direct, channel].map(|kinds| wants(&own, CID, kinds, now)), wanted, "{level}");
        }
        assert!(wants(&own(wishes(Some("none"), &[]), Some(wishes(Some("all"), &[]))), CID, plain, now));
        assert!(!wants(&own(wishes(Some("all"), &[]), Some(wishes(Some("none"), &[]))), CID, direct, now));
        let fine = own(wishes(Some("all"), &[("thread_replies", "none")]), None);
        assert!(wants(&fine, CID, plain, now) && !wants(&fine, CID, reply, now));
        let only_direct = own(wishes(None, &[("default_preference", "none"), ("direct_mentions", "all")]), None);
        assert!(wants(&only_direct, CID, direct, now) && !wants(&only_direct, CID, channel, now));
        let no_groups = own(wishes(Some("all_mentions"), &[("group_mentions", "none")]), None);
        assert!(wants(&no_groups, CID, channel, now) && !wants(&no_groups, CID, group, now));
        assert!(wants(&own(wishes(Some("all_mentions"), &[]), None), CID, group, now));
    }

    #[test]
    fn disabled_wins_while_it_lasts_wherever_it_was_said() {
        let disabled = Wishes { disabled_until: Some(Time(10)), ..Wishes::default() };
        for own in [own(disabled.clone(), Some(wishes(Some("all"), &[]))), own(Wishes::default(), Some(disabled))] {
            assert!(!wants(&own, CID, Kinds::default(), Time(9)));
            assert!(wants(&own, CID, Kinds::default(), Time(10)));
        }
    }
}
