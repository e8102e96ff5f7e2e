//! Edits and pins (`rules.md` 5.8, 5.11). A partial update is the full one of what it leaves of the message.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::granted::{GrantedMessage, check_may_write, check_not_deleted, moment, uncount};
use super::{Tries, compose, previews, read, translate};
use crate::access::Action;
use crate::chat::{Ctx, announce, partial, respond, user_groups};
use crate::error::{ApiError, Code, Result};
use crate::store::{Effect, Event, Message, Pin, Tick, Version};
use crate::wire::Time;
use crate::wire::messages::{MessageRequest, MessageResponse, UpdateMessagePartialRequest, UpdateMessageRequest};

/// Built-in names that a partial update cannot reach: they never change, or only by themselves.
const FIXED: [&str; 7] = ["id", "cid", "type", "parent_id", "restricted_visibility", "user", "user_id"];
/// Names whose change is a pin and no edit.
const PIN: [&str; 3] = ["pinned", "pin_expires", "pinned_at"];

enum Change {
    Full(Box<MessageRequest>),
    Partial { set: Map<String, Value>, unset: Vec<String> },
}

/// Puts another content in the message's place; what is left out is removed.
pub(crate) async fn update(ctx: &Ctx, id: &str, request: UpdateMessageRequest) -> Result<Arc<MessageResponse>> {
    let mut message = request.message;
    let (user, user_id) = (message.user.take().or(request.user), message.user_id.take().or(request.user_id));
    let ctx = &ctx.acting_as("message.user", user, user_id).await?;
    change(ctx, id, Action::UpdateMessage, &Change::Full(Box::new(message)), request.skip_enrich_url).await
}

/// Changes only what is named.
pub(crate) async fn update_partial(
    ctx: &Ctx,
    id: &str,
    request: UpdateMessagePartialRequest,
) -> Result<Arc<MessageResponse>> {
    let ctx = &ctx.acting_as("user", request.user, request.user_id).await?;
    let (set, unset) = (request.set.unwrap_or_default(), request.unset.unwrap_or_default());
    let nothing = set.is_empty() && unset.is_empty();
    let pins = !nothing && partial::keys(&set, &unset).all(|key| PIN.contains(&key));
    let action = if pins { Action::PinMessage } else { Action::UpdateMessage };
    if nothing {
        let found = ctx.message(id, action).await?;
        return read::answer(ctx, &found.granted, found.message).await;
    }
    change(ctx, id, action, &Change::Partial { set, unset }, request.skip_enrich_url).await
}

async fn change(
    ctx: &Ctx,
    id: &str,
    action: Action,
    change: &Change,
    skip_previews: Option<bool>,
) -> Result<Arc<MessageResponse>> {
    let mut tries = Tries::of(id);
    while tries.next().await {
        let found = ctx.message(id, action).await?;
        check_may_write(ctx, &found.granted)?;
        check_not_deleted(&found.message)?;
        let updated = match change {
            Change::Full(request) => edited(ctx, &found, request, false).await?,
            Change::Partial { set, unset } => partly(ctx, &found, set, unset).await?,
        };
        if let Some(at) = commit(ctx, &found, &updated).await? {
            if updated.text != found.message.text {
                previews::after(ctx, &found.granted, &updated, skip_previews.unwrap_or(false));
                translate::after(ctx, &found.granted, &updated);
            }
            return read::answer(ctx, &found.granted, Message { at, ..updated }).await;
        }
        ctx.app.store.forget_channel(&found.granted.cid, ctx.viewer());
    }
    Err(ApiError::busy())
}

/// The record as a partial update would leave it.
pub(super) async fn partly(
    ctx: &Ctx,
    found: &GrantedMessage,
    set: &Map<String, Value>,
    unset: &[String],
) -> Result<Message> {
    let request = merged(ctx, &found.message, set, unset)?;
    edited(ctx, found, &request, true).await
}

/// The whole message as the partial update leaves it.
fn merged(ctx: &Ctx, message: &Message, set: &Map<String, Value>, unset: &[String]) -> Result<MessageRequest> {
    let mut whole = editable(ctx, message);
    partial::apply(&mut whole, set, unset)?;
    for key in FIXED {
        whole.shift_remove(key);
    }
    let request = serde_path_to_error::deserialize::<_, MessageRequest>(Value::Object(whole));
    request.map_err(|error| {
        let path = format!("set.{}", error.path());
        ApiError::field(path.clone(), format!("{path}: {}", error.inner()))
    })
}

/// What of a message an edit can change, as a request would say it.
fn editable(ctx: &Ctx, message: &Message) -> Map<String, Value> {
    let mut whole = message.custom.clone();
    let pin = message.pin_at(ctx.now());
    let parts = [
        ("text", json!(message.text)),
        ("attachments", json!(message.attachments)),
        ("mentioned_users", json!(message.mentioned_users)),
        ("mentioned_roles", json!(message.mentioned_roles)),
        ("mentioned_group_ids", json!(message.mentioned_group_ids)),
        ("mentioned_channel", json!(message.mentioned_channel)),
        ("mentioned_here", json!(message.mentioned_here)),
        ("quoted_message_id", json!(message.quoted_message_id)),
        ("show_in_channel", json!(message.show_in_channel)),
        ("silent", json!(message.silent)),
        ("pinned", json!(pin.is_some())),
        ("pin_expires", json!(pin.and_then(|pin| pin.expires))),
    ];
    whole.extend(parts.map(|(key, value)| (key.to_owned(), value)));
    whole
}

/// The record after the edit. `exact`: the request tells everything about the pin, or else only what it names.
async fn edited(ctx: &Ctx, found: &GrantedMessage, request: &MessageRequest, exact: bool) -> Result<Message> {
    let before = &found.message;
    compose::check_shape(ctx, request)?;
    if request.silent.is_some_and(|silent| silent != before.silent) {
        return Err(ApiError::field("message.silent", "message.silent field cannot be updated"));
    }
    if request.poll_id.as_ref().is_some_and(|id| Some(id) != before.poll_id.as_ref()) {
        return Err(ApiError::field("message.poll_id", "message.poll_id field cannot be updated"));
    }
    let mut record = before.rewritten();
    compose::fill(&mut record, request)?;
    if record.text != before.text {
        record.text_updated_at = Some(moment(ctx, before));
        record.i18n.clear();
    } else if request.html.is_none() {
        record.html.clone_from(&before.html);
    }
    if record.parent_id.is_some() {
        record.show_in_channel = request.show_in_channel.unwrap_or(before.show_in_channel);
    }
    if differs(&record, before) {
        record.edited_by = Some(ctx.viewer()).filter(|id| !id.is_empty() && *id != before.user_id).map(str::to_owned);
    }
    record.pin = pin(ctx, before, request, exact)?;
    check_rights(ctx, found, request, &record)?;
    check_content(ctx, found, &record).await?;
    Ok(record)
}

/// Whether the two say different things.
fn differs(record: &Message, before: &Message) -> bool {
    record.text != before.text || record.attachments != before.attachments || record.custom != before.custom
}

fn pin(ctx: &Ctx, before: &Message, request: &MessageRequest, exact: bool) -> Result<Option<Pin>> {
    let held = before.pin_at(ctx.now());
    if !request.pinned.unwrap_or(held.is_some() && !exact) {
        return Ok(None);
    }
    if !before.restricted_visibility.is_empty() && held.is_none() {
        return Err(ApiError::field("message.pinned", "a message with restricted visibility cannot be pinned"));
    }
    let asked = compose::pin(ctx.viewer(), request.pin_expires.as_ref(), moment(ctx, before))?;
    Ok(Some(match held {
        None => asked,
        Some(held) if request.pin_expires.is_some() || exact => Pin { expires: asked.expires, ..held.clone() },
        Some(held) => held.clone(),
    }))
}

/// The rights that the changed parts need; what stays as it is needs none.
fn check_rights(ctx: &Ctx, found: &GrantedMessage, request: &MessageRequest, record: &Message) -> Result<()> {
    let before = &found.message;
    let mut asked = MessageRequest::default();
    if record.text != before.text {
        asked.text.clone_from(&request.text);
    }
    if record.attachments != before.attachments {
        asked.attachments.clone_from(&request.attachments);
    }
    if record.mentioned_users != before.mentioned_users {
        asked.mentioned_users.clone_from(&request.mentioned_users);
    }
    if record.mentioned_roles != before.mentioned_roles {
        asked.mentioned_roles.clone_from(&request.mentioned_roles);
    }
    if record.mentioned_group_ids != before.mentioned_group_ids {
        asked.mentioned_group_ids.clone_from(&request.mentioned_group_ids);
    }
    asked.mentioned_channel = Some(record.mentioned_channel && !before.mentioned_channel);
    asked.mentioned_here = Some(record.mentioned_here && !before.mentioned_here);
    // To end a pin takes the same right as to set one.
    asked.pinned = Some(record.pin.as_ref() != before.pin_at(ctx.now()));
    compose::check_rights(&found.granted, &asked)
}

async fn check_content(ctx: &Ctx, found: &GrantedMessage, record: &Message) -> Result<()> {
    let (before, config) = (&found.message, &found.granted.kind.config);
    if compose::is_empty(record) {
        return Err(ApiError::field(
            "message.text",
            "message.text is empty and the message has no attachments; keep one of them",
        ));
    }
    let longest = compose::longest_text(config.max_message_length);
    if record.text.chars().count() > longest && record.text != before.text {
        return Err(ApiError::new(
            Code::MessageTooLong,
            format!("message.text must be a maximum of {longest} characters in length"),
        ));
    }
    // Groups that were named already may be gone.
    let is_new = |id: &&String| !before.mentioned_group_ids.contains(*id);
    let groups: Vec<String> = record.mentioned_group_ids.iter().filter(is_new).cloned().collect();
    user_groups::check_named(ctx, &groups).await?;
    if record.mentioned_users != before.mentioned_users {
        compose::check_people(ctx, record).await?;
    }
    if record.quoted_message_id != before.quoted_message_id {
        compose::check_quoted(ctx, &found.granted, record).await?;
    }
    Ok(())
}

/// Writes and tells an edit. `None`: somebody else was faster.
pub(super) async fn commit(ctx: &Ctx, found: &GrantedMessage, updated: &Message) -> Result<Option<Time>> {
    let (store, granted, before) = (&ctx.app.store, &found.granted, &found.message);
    let mut tx = store.channel_change(&granted.cid, Tick::Change);
    store.expect_channel(&mut tx, &granted.channel);
    store.write_message(&mut tx, updated)?;
    // What the server adds by itself (previews) is nobody's edit.
    if ctx.actor.is_some() && differs(updated, before) {
        store.keep_version(&mut tx, before, &Version::of(before))?;
    }
    if updated.pin != before.pin {
        store.pin_message(&mut tx, updated, updated.pin.as_ref().map(|pin| pin.at));
    }
    if updated.show_in_channel != before.show_in_channel {
        let mut effects = vec![Effect::Channel(granted.cid.clone())];
        effects.extend(uncount(ctx, before).await?.filter(|_| before.show_in_channel));
        store.show_message(&mut tx, updated, updated.show_in_channel);
        tx.append(Event::effects(effects))?;
    }
    let response = respond::announced(ctx, &granted.cid, updated.stamped()).await?;
    tx.append(announce::message_updated(granted, updated, &response, respond::actor(ctx))?)?;
    Ok(tx.commit(store).await?.at())
}
