//! Push preferences (`objects.md` 3.8): what somebody wants to be notified of, everywhere and in single channels.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::change;
use crate::access::Action;
use crate::chat::Ctx;
use crate::error::{ApiError, Result, at_most};
use crate::limits;
use crate::store::{Own, PushPreferences, User, Wishes};
use crate::wire::Time;
use crate::wire::devices::{
    ChannelPushPreferencesResponse, PushPreferenceRequest, PushPreferencesResponse, UpsertPushPreferencesRequest,
    UpsertPushPreferencesResponse,
};

/// Takes a setting back.
const DEFAULT: &str = "default";
const CHAT_LEVELS: [&str; 5] = ["all", "mentions", "direct_mentions", "all_mentions", "none"];
const LEVELS: [&str; 2] = ["all", "none"];
const KINDS: [&str; 8] = [
    "default_preference",
    "direct_mentions",
    "group_mentions",
    "role_mentions",
    "here_mentions",
    "channel_mentions",
    "thread_replies",
    "distinct_channel_messages",
];

/// Changes preferences. All entries are checked before the first is written; each person's are written together.
pub(crate) async fn update(ctx: &Ctx, request: UpsertPushPreferencesRequest) -> Result<UpsertPushPreferencesResponse> {
    let entries = request.preferences;
    at_most("preferences", entries.len(), limits::PUSH_PREFERENCES_PER_CALL)?;
    entries.iter().try_for_each(check)?;
    let mut people: BTreeMap<String, (Ctx, Vec<PushPreferenceRequest>)> = BTreeMap::new();
    for entry in entries {
        let own = ctx.concerning(None, entry.user_id.clone()).await?;
        let user: Arc<User> = own.writer()?.clone();
        people.entry(user.id.clone()).or_insert_with(|| (own, Vec::new())).1.push(entry);
    }
    for (ctx, entries) in people.values() {
        check_channels(ctx, entries).await?;
    }
    let writes = people
        .iter()
        .map(|(user, (ctx, entries))| async move { change(ctx, user, |own| apply(own, entries, ctx.now())).await });
    let owns = futures_util::future::try_join_all(writes).await?;
    let mut response = UpsertPushPreferencesResponse::default();
    for ((user, (ctx, entries)), own) in people.iter().zip(&owns) {
        answer(&mut response, user, entries, own, ctx.now());
    }
    Ok(response)
}

/// The person's preferences as they are shown to that person.
pub(crate) fn shown(own: &Own, now: Time) -> PushPreferencesResponse {
    let Some(push) = &own.push else { return PushPreferencesResponse::default() };
    let level = |level: &Option<String>| level.clone().unwrap_or_else(|| LEVELS[0].to_owned());
    PushPreferencesResponse {
        chat_level: level(&push.all.chat),
        call_level: level(&push.all.call),
        feeds_level: level(&push.all.feeds),
        chat_preferences: (!push.all.kinds.is_empty()).then(|| push.all.kinds.clone()),
        disabled_until: push.all.disabled_until.filter(|until| now < *until),
    }
}

/// The same for one channel.
pub(crate) fn shown_in(wishes: &Wishes, now: Time) -> ChannelPushPreferencesResponse {
    ChannelPushPreferencesResponse {
        chat_level: wishes.chat.clone(),
        chat_preferences: (!wishes.kinds.is_empty()).then(|| wishes.kinds.clone()),
        disabled_until: wishes.disabled_until.filter(|until| now < *until),
    }
}

fn check(entry: &PushPreferenceRequest) -> Result<()> {
    let level = |path: &str, level: &Option<String>, known: &[&str]| match level.as_deref() {
        None | Some(DEFAULT) => Ok(()),
        Some(level) if known.contains(&level) => Ok(()),
        Some(_) => Err(ApiError::field(
            format!("preferences.{path}"),
            format!("{path} must be one of [{} {DEFAULT}]", known.join(" ")),
        )),
    };
    level("chat_level", &entry.chat_level, &CHAT_LEVELS)?;
    level("call_level", &entry.call_level, &LEVELS)?;
    level("feeds_level", &entry.feeds_level, &LEVELS)?;
    for (kind, wish) in entry.chat_preferences.iter().flatten() {
        if !KINDS.contains(&kind.as_str()) || !LEVELS.contains(&wish.as_str()) {
            return Err(ApiError::field(
                "preferences.chat_preferences",
                format!("chat_preferences must say all or none for some of [{}]", KINDS.join(" ")),
            ));
        }
    }
    match &entry.channel_cid {
        Some(cid) if !cid.contains(':') => {
            Err(ApiError::field("preferences.channel_cid", "channel_cid is not a cid; it must be type:id"))
        }
        _ => Ok(()),
    }
}

/// The channels must be there, and the person's to read.
async fn check_channels(ctx: &Ctx, entries: &[PushPreferenceRequest]) -> Result<()> {
    let cids = entries.iter().filter_map(|entry| entry.channel_cid.as_deref());
    // One round trip for those that memory does not know.
    ctx.app.store.channels(cids.clone()).await?;
    for cid in cids {
        ctx.channel(cid, Action::ReadChannel).await?;
    }
    Ok(())
}

fn apply(own: &mut Own, entries: &[PushPreferenceRequest], now: Time) -> Result<()> {
    let mut push = own.push.take().map(|push| *push).unwrap_or_default();
    for entry in entries {
        match &entry.channel_cid {
            Some(cid) => set(push.channels.entry(cid.clone()).or_default(), entry, now),
            None => set(&mut push.all, entry, now),
        }
    }
    push.channels.retain(|_, wishes| *wishes != Wishes::default());
    if push.channels.len() > limits::PUSH_PREFERENCE_CHANNELS {
        let most = limits::PUSH_PREFERENCE_CHANNELS;
        let message = format!("a user may have push preferences for at most {most} channels; take some back first");
        return Err(ApiError::field("preferences.channel_cid", message));
    }
    own.push = (push != PushPreferences::default()).then(|| Box::new(push));
    Ok(())
}

fn set(wishes: &mut Wishes, entry: &PushPreferenceRequest, now: Time) {
    let set = |slot: &mut Option<String>, level: &Option<String>| {
        if let Some(level) = level {
            *slot = Some(level.clone()).filter(|level| level != DEFAULT);
        }
    };
    set(&mut wishes.chat, &entry.chat_level);
    // Calls and feeds are wished for everywhere or nowhere.
    if entry.channel_cid.is_none() {
        set(&mut wishes.call, &entry.call_level);
        set(&mut wishes.feeds, &entry.feeds_level);
    }
    if let Some(kinds) = &entry.chat_preferences {
        wishes.kinds.clone_from(kinds);
    }
    if entry.disabled_until.is_some() {
        wishes.disabled_until = entry.disabled_until;
    }
    let is_over = wishes.disabled_until.is_some_and(|until| until <= now);
    if entry.remove_disable == Some(true) || is_over {
        wishes.disabled_until = None;
    }
}

/// What the entries named, as it is now.
fn answer(
    response: &mut UpsertPushPreferencesResponse,
    user: &str,
    entries: &[PushPreferenceRequest],
    own: &Own,
    now: Time,
) {
    for entry in entries {
        match &entry.channel_cid {
            None => {
                response.user_preferences.insert(user.to_owned(), shown(own, now));
            }
            Some(cid) => {
                let wishes = own.push_in(cid).map(|wishes| shown_in(wishes, now)).unwrap_or_default();
                let channels = response.user_channel_preferences.entry(user.to_owned()).or_default();
                channels.insert(cid.clone(), wishes);
            }
        }
    }
}
