//! Events that callers send (`rules.md` 15): typing, which is kept nowhere, and those of the app's own. Everything is decided on
//! records in memory; the only word to Redis is the event itself.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::{Ctx, Granted, announce, reads, respond, users};
use crate::access::Action;
use crate::error::{ApiError, Code, Result};
use crate::limits;
use crate::store::User;
use crate::wire::Custom;
use crate::wire::channels::MarkReadRequest;
use crate::wire::events::{Event, EventRequest, SendEventRequest, SendUserCustomEventRequest, UserCustomEventRequest};

/// Names of the protocol's own events (`realtime.md` 4): what they tell of must have happened, so nobody may just say them. Those
/// of clients' own making are among them, because clients would take them for their own.
const BUILT_IN: &[&str] = &[
    "app.updated",
    "capabilities.changed",
    "channel.created",
    "channel.deleted",
    "channel.frozen",
    "channel.hidden",
    "channel.kicked",
    "channel.max_streak_changed",
    "channel.muted",
    "channel.truncated",
    "channel.unfrozen",
    "channel.unmuted",
    "channel.updated",
    "channel.visible",
    "channels.queried",
    "connection.changed",
    "connection.error",
    "connection.ok",
    "connection.recovered",
    "draft.deleted",
    "draft.updated",
    "health.check",
    "live_location_sharing.started",
    "live_location_sharing.stopped",
    "member.added",
    "member.removed",
    "member.updated",
    "message.deleted",
    "message.delivered",
    "message.flagged",
    "message.new",
    "message.pending",
    "message.read_locally",
    "message.unblocked",
    "message.undeleted",
    "message.unflagged",
    "message.updated",
    "offline_reactions.queried",
    "poll.closed",
    "poll.deleted",
    "poll.updated",
    "poll.vote_casted",
    "poll.vote_changed",
    "poll.vote_removed",
    "reaction.deleted",
    "reaction.new",
    "reaction.updated",
    "reminder.created",
    "reminder.deleted",
    "reminder.updated",
    "thread.updated",
    "transport.changed",
];

/// What is told of an assistant at work: by its back end, and `stop` by whoever has read enough.
const ASSISTANT: &[&str] = &["ai_indicator.update", "ai_indicator.clear", "ai_indicator.stop"];

/// Families of the protocol's events of which no other name is free.
const BUILT_IN_FAMILIES: &[&str] = &[
    "ai_indicator.",
    "notification.",
    "user.",
    "user_group.",
    "moderation.",
    "moderation_check.",
    "moderation_rule.",
    "review_queue_item.",
];

fn is_built_in(kind: &str) -> bool {
    let family = BUILT_IN_FAMILIES.iter().any(|family| kind.starts_with(family));
    BUILT_IN.contains(&kind) || (family && !ASSISTANT.contains(&kind))
}

/// Sends an event to those who watch the channel, and answers it as it was told.
pub(crate) async fn send(ctx: &Ctx, cid: &str, request: SendEventRequest) -> Result<Event> {
    let SendEventRequest { event: mut request, user, user_id } = request;
    let (user, user_id) = (request.user.take().or(user), request.user_id.take().or(user_id));
    if request.kind.is_empty() {
        return Err(ApiError::required("event.type"));
    }
    if is_built_in(&request.kind) {
        return Err(ApiError::field("event.type", format!("event.type {} is reserved", request.kind)));
    }
    let ctx = &ctx.acting_as("event.user", user, user_id).await?;
    if request.kind == "message.read" {
        return read(ctx, cid).await;
    }
    let granted = ctx.channel(cid, Action::ReadChannel).await?;
    let sender = ctx.writer()?.clone();
    let typing = matches!(request.kind.as_str(), "typing.start" | "typing.stop");
    check(&granted, &request, typing)?;
    let mut payload = payload(ctx, &granted, &sender, request);
    let now = ctx.now();
    let barred = sender.is_banned(now) || granted.is_banned(now);
    if barred && !typing {
        return Err(ApiError::not_allowed(
            "Sorry, you do not have access to this feature. Your account is currently suspended from chat.",
        ));
    }
    payload.created_at = now;
    // Who keeps typing to himself, or must not write, is not seen typing; the client need not know.
    if typing && (barred || !sender.shares("typing_indicators")) {
        return Ok(payload);
    }
    let shadowed = sender.is_shadow_banned(now) || granted.is_shadow_banned(now);
    let told = Event { created_at: crate::wire::Time::STAMP, ..payload.clone() };
    payload.created_at = ctx.app.store.tell(cid, vec![announce::sent(&granted, &sender.id, shadowed, &told)?]).await?;
    Ok(payload)
}

/// Sends an event of the app's own to all connections of one person. Servers only.
pub(crate) async fn send_to_user(ctx: &Ctx, id: &str, request: SendUserCustomEventRequest) -> Result<()> {
    ctx.server_only()?;
    let UserCustomEventRequest { kind, custom } = request.event;
    if kind.is_empty() || kind.contains('.') {
        return Err(ApiError::field("event.type", "event.type must be a name without a dot"));
    }
    check_size(&kind, &custom)?;
    let user = users::existing(ctx, id).await?;
    let told = Event {
        kind: Cow::Owned(kind),
        created_at: crate::wire::Time::STAMP,
        custom: Custom(own(custom)),
        ..Event::default()
    };
    ctx.app.store.tell(&user.id, vec![announce::sent_to(&user.id, &told)?]).await.map(drop)
}

/// What the channel's type, the caller's role and the size allow.
fn check(granted: &Granted, request: &EventRequest, typing: bool) -> Result<()> {
    let (config, kind) = (&granted.kind.config, &granted.channel.kind);
    let refused = |what: &str| {
        Err(ApiError::new(Code::EventNotSupported, format!("Channel type {kind} does not support {what} events")))
    };
    if typing {
        return if config.typing_events { Ok(()) } else { refused("typing") };
    }
    if ASSISTANT.contains(&request.kind.as_str()) {
        check_assistant(request)?;
    } else {
        if !config.custom_events {
            return refused("custom");
        }
        granted.right.require(Action::SendCustomEvent)?;
    }
    check_size(&request.kind, &request.custom)
}

fn check_size(kind: &str, custom: &Custom) -> Result<()> {
    if kind.len() + custom.json_len() > limits::EVENT_BYTES {
        let message = format!("an event must be at most {} bytes of JSON", limits::EVENT_BYTES);
        return Err(ApiError::new(Code::PayloadTooBig, message));
    }
    Ok(())
}

/// The event's own data, without what the server alone says.
fn own(custom: Custom) -> Map<String, Value> {
    custom.0.into_iter().filter(|(key, _)| !EventRequest::IGNORED.contains(&key.as_str())).collect()
}

/// Clients show the state as it comes, at the message it names.
fn check_assistant(request: &EventRequest) -> Result<()> {
    let custom = &request.custom.0;
    for key in ["ai_state", "message_id", "ai_message"] {
        let path = format!("event.{key}");
        match custom.get(key) {
            Some(Value::String(text)) if !text.is_empty() || key == "ai_message" => {}
            None | Some(Value::Null) if key == "ai_message" || request.kind != "ai_indicator.update" => {}
            None | Some(Value::Null) => {
                return Err(ApiError::required(&path));
            }
            Some(_) => return Err(ApiError::field(path.clone(), format!("{path} must be a text"))),
        }
    }
    Ok(())
}

fn payload(ctx: &Ctx, granted: &Granted, sender: &User, request: EventRequest) -> Event {
    Event {
        kind: Cow::Owned(request.kind),
        user: Some(Arc::new(respond::user(sender, ctx.now()))),
        parent_id: request.parent_id.filter(|id| !id.is_empty()),
        custom: Custom(own(request.custom)),
        ..announce::channel_event("", &granted.channel)
    }
}

/// `message.read` as an event means to mark the channel read.
async fn read(ctx: &Ctx, cid: &str) -> Result<Event> {
    let request =
        MarkReadRequest { user_id: ctx.is_server().then(|| ctx.viewer().to_owned()), ..MarkReadRequest::default() };
    match reads::mark_read(ctx, cid, request).await?.event {
        Some(event) => Ok(*event),
        None => Err(ApiError::input(format!("the user {} has no read state in channel {cid}", ctx.viewer()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_protocol_says_itself_is_not_free() {
        for kind in [
            "message.new",
            "notification.mark_read",
            "user.banned",
            "health.check",
            "connection.recovered",
            "ai_indicator.started",
        ] {
            assert!(is_built_in(kind), "{kind}");
        }
        for kind in ["wave", "message.read", "typing.start", "ai_indicator.update", "message.translated", "poll"] {
            assert!(!is_built_in(kind), "{kind}");
        }
    }
}
