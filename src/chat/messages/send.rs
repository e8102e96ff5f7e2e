//! Sending (`rules.md` 5.1): one transaction, one round trip when memory is warm.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::again::{refused, repeated, sent_before};
use super::compose;
use super::granted::check_may_write;
use super::pending::{self, Asked};
use super::turn::Tries;
use super::{previews, reply, translate};
use crate::access::Action;
use crate::chat::commands::{self, Ran};
use crate::chat::{Ctx, Granted, announce, drafts, locations, polls, respond};
use crate::error::{ApiError, Code, Result};
use crate::limits;
use crate::store::{Effect, Event, Message, MessageRow, Outcome, Tick, Transaction};
use crate::wire::messages::{MessageRequest, MessageResponse, SendMessageRequest};
use crate::wire::{Ready, Time};

/// The answer to a send.
pub(crate) struct Sent {
    pub message: Ready<MessageResponse>,
    /// What its stamps say, if it has any.
    pub at: Option<Time>,
    /// What is kept beside a message that waits for its commit.
    pub pending: Option<BTreeMap<String, String>>,
}

impl From<MessageResponse> for Sent {
    fn from(message: MessageResponse) -> Sent {
        Sent { message: Arc::new(message).into(), at: None, pending: None }
    }
}

/// Sends a message. A known id with the same content is a retry of the same send: it is answered with the first result, and
/// nothing is announced.
pub(crate) async fn send(ctx: &Ctx, cid: &str, request: SendMessageRequest) -> Result<Sent> {
    let asked = Asked::of(ctx, &request);
    let mut message = request.message;
    message.quiet = request.skip_push.unwrap_or(false);
    let (user, user_id) = (message.user.take().or(request.user), message.user_id.take().or(request.user_id));
    let ctx = &ctx.acting_as("message.user", user, user_id).await?;
    compose::check_shape(ctx, &message)?;
    message.poll_id.take_if(|id| id.is_empty());
    let named = message.id.is_some();
    let id = message.id.get_or_insert_with(|| uuid::Uuid::new_v4().to_string()).clone();
    let refusal = match send_new(ctx, cid, &message, &asked).await {
        Ok(New::Answered(sent)) => {
            if ctx.keeps() {
                Box::pin(drafts::sent(ctx, cid, message.parent_id.as_deref().filter(|id| !id.is_empty()))).await;
            }
            return Ok(sent);
        }
        Ok(New::Refused(granted, text)) => Ok((granted, text)),
        // Whether it is stored is not known, or not safely: that is no refusal.
        Err(error) if matches!(error.code, Code::Unavailable | Code::Internal) => return Err(error),
        Err(error) => Err(error),
    };
    // What stands in the way now (slow mode, a ban, a frozen channel) may have come after the first try, which was stored.
    if named && let Some(first) = Box::pin(sent_before(ctx, cid, &id, &message)).await? {
        return Ok(first);
    }
    let (granted, text) = refusal?;
    Ok(Box::pin(refused(ctx, &granted, &id, text)).await?.into())
}

/// What became of a message that may be new.
enum New {
    Answered(Sent),
    /// Nothing is stored; the answer is a message of type `error` with this text.
    Refused(Box<Granted>, String),
}

async fn send_new(ctx: &Ctx, cid: &str, message: &MessageRequest, asked: &Asked) -> Result<New> {
    let mut tries = Tries::of(message.parent_id.as_deref());
    while tries.next().await {
        let granted = ctx.channel(cid, Action::CreateMessage).await?;
        check_may_write(ctx, &granted)?;
        compose::check_rights(&granted, message)?;
        let record = match compose_record(ctx, &granted, message, asked).await? {
            Composed::Record(record) => *record,
            Composed::Refused(text) => return Ok(New::Refused(Box::new(granted), text)),
        };
        if !record.system
            && let Some(called) = commands::called(&record.text)
        {
            return Ok(match Box::pin(commands::run(ctx, &granted, &record, called)).await? {
                Ran::Shown(message) => New::Answered((*message).into()),
                Ran::Refused(text) => New::Refused(Box::new(granted), text),
            });
        }
        if let Some(sent) = put(ctx, &granted, &record).await? {
            if !record.is_pending() {
                previews::after(ctx, &granted, &record, asked.plain);
                translate::after(ctx, &granted, &record);
            }
            return Ok(New::Answered(sent));
        }
    }
    Err(ApiError::busy())
}

/// Sends what a command made of what its writer asked for.
pub(crate) async fn send_made(ctx: &Ctx, mut record: Message) -> Result<Sent> {
    for _ in 0..limits::CONFLICT_RETRIES {
        let granted = ctx.channel(&record.cid, Action::CreateMessage).await?;
        check_may_write(ctx, &granted)?;
        if granted.channel.frozen && !granted.right.allows(Action::UseFrozenChannel) {
            return Err(ApiError::not_allowed(compose::ERROR_FROZEN));
        }
        let now = ctx.now();
        record.shadowed = ctx.writer()?.is_shadow_banned(now) || granted.is_shadow_banned(now);
        if record.pending.is_none() {
            record.pending = Asked::default().mark(&granted, &record)?;
        }
        if let Some(sent) = put(ctx, &granted, &record).await? {
            return Ok(sent);
        }
    }
    Err(ApiError::busy())
}

/// Puts the message into its channel. `None`: something moved on, and everything must be looked at again.
async fn put(ctx: &Ctx, granted: &Granted, record: &Message) -> Result<Option<Sent>> {
    let parent = reply::parent(ctx, granted, record).await?;
    let attempt = match &record.pending {
        None => attempt(ctx, granted, record, parent).await?,
        // Boxed, as most messages do not wait.
        Some(pending) => Box::pin(pending::keep(ctx, granted, record, pending)).await?,
    };
    match attempt {
        Attempt::Sent(sent) => Ok(Some(sent)),
        Attempt::Conflict(what) => match what.as_str() {
            "claim" => Err(ApiError::message_exists(&record.id)),
            "sent" => Ok(Some(Box::pin(repeated(ctx, granted, record)).await?)),
            "pending" => Err(pending::too_many()),
            // The channel, a member, the parent ("message") or the slow mode moved on.
            _ => {
                ctx.app.store.forget_channel(&granted.cid, ctx.viewer());
                Ok(None)
            }
        },
    }
}

enum Composed {
    Record(Box<Message>),
    /// Nothing is stored; the answer is a message of type `error` with this text.
    Refused(String),
}

async fn compose_record(ctx: &Ctx, granted: &Granted, request: &MessageRequest, asked: &Asked) -> Result<Composed> {
    let (config, now) = (&granted.kind.config, ctx.now());
    let user = ctx.writer()?;
    if granted.channel.frozen && !granted.right.allows(Action::UseFrozenChannel) {
        return Ok(Composed::Refused(compose::ERROR_FROZEN.into()));
    }
    let mut record = Message {
        id: request.id.clone().unwrap_or_default(),
        cid: granted.cid.clone(),
        user_id: user.id.clone(),
        parent_id: request.parent_id.clone().filter(|id| !id.is_empty()),
        system: request.kind.as_deref() == Some("system"),
        silent: request.silent.unwrap_or(false),
        poll_id: request.poll_id.clone(),
        quiet: request.quiet,
        restricted_visibility: request.restricted_visibility.clone().unwrap_or_default(),
        ..Message::default()
    };
    compose::fill(&mut record, request)?;
    record.show_in_channel = record.parent_id.is_some() && request.show_in_channel.unwrap_or(false);
    record.shadowed = user.is_shadow_banned(now) || granted.is_shadow_banned(now);
    record.pending = asked.mark(granted, &record)?;
    if request.pinned.unwrap_or(false) {
        record.pin = Some(compose::pin(&user.id, request.pin_expires.as_ref(), now)?);
    }
    if let Some(location) = &request.shared_location {
        record.location = Some(locations::asked(granted, location, now)?.into());
    }
    if record.parent_id.is_some() && !config.replies {
        return Err(ApiError::new(Code::FeatureNotSupported, "replies are not enabled for this channel"));
    }
    if compose::is_empty(&record) {
        return Err(ApiError::field(
            "message.text",
            "message.text is empty and the message has no attachments; send one of them",
        ));
    }
    if record.live_location(now).is_some() {
        Box::pin(locations::check_room(ctx)).await?;
    }
    compose::check_named(ctx, &record).await?;
    compose::check_quoted(ctx, granted, &record).await?;
    let longest = compose::longest_text(config.max_message_length);
    if record.text.chars().count() > longest {
        return Ok(Composed::Refused(format!("message text is longer than {longest} characters")));
    }
    Ok(Composed::Record(Box::new(record)))
}

pub(super) enum Attempt {
    Sent(Sent),
    Conflict(String),
}

async fn attempt(ctx: &Ctx, granted: &Granted, record: &Message, parent: Option<Message>) -> Result<Attempt> {
    let store = &ctx.app.store;
    let mut tx = store.channel_change(&granted.cid, Tick::Message);
    store.expect_channel(&mut tx, &granted.channel);
    // Before the id is claimed: on a cluster a claim stays, whatever becomes of the rest.
    slow_mode(ctx, granted, &mut tx).await?;
    store.add_message(&mut tx, record, counts_as_last(granted, record)).await?;
    enter(ctx, granted, record, &mut tx).await?;
    // Everything that tells the time of the commit is stamped when it is known.
    let mut response = respond::message(ctx, &granted.cid, MessageRow::bare(record.stamped())).await?;
    if record.poll_id.is_some() {
        // Boxed, as most messages have none.
        response.poll = Box::pin(polls::attach(ctx, granted, record, &mut tx)).await?.map(|poll| Some(Box::new(poll)));
    }
    announced(ctx, granted, record, response, parent, tx).await
}

/// Whether the message is the channel's newest from now on.
pub(super) fn counts_as_last(granted: &Granted, record: &Message) -> bool {
    let passes_by = record.system && granted.kind.config.skip_last_msg_update_for_system_msgs;
    !record.is_thread_only() && !passes_by
}

/// What a message brings along into its channel: its pin, where its sender is, and that he has read so far.
pub(super) async fn enter(ctx: &Ctx, granted: &Granted, record: &Message, tx: &mut Transaction) -> Result<()> {
    let store = &ctx.app.store;
    if let Some(pin) = &record.pin {
        store.pin_message(tx, record, Some(pin.at));
    }
    if record.live_location(ctx.now()).is_some() {
        // The index first: it may be too large, never too small.
        store.index_user_location(&record.user_id, &record.id, &record.cid).await?;
        store.index_location(tx, record, ctx.now());
    }
    if granted.member.is_some() && !record.is_thread_only() {
        store.read_own_message(tx, &granted.cid, &record.user_id, &record.id)?;
    }
    Ok(())
}

/// Commits a message with the events that tell of it.
pub(super) async fn announced(
    ctx: &Ctx,
    granted: &Granted,
    record: &Message,
    response: MessageResponse,
    parent: Option<Message>,
    mut tx: Transaction,
) -> Result<Attempt> {
    let told = Told::new(response)?;
    if let Some(parent) = parent {
        // Boxed, as most messages are none.
        Box::pin(reply::added(ctx, granted, record, &told, parent, &mut tx)).await?;
    } else {
        tx.append(new_event(ctx, granted, record, &told, Vec::new())?)?;
    }
    Ok(match tx.commit(&ctx.app.store).await? {
        Outcome::Conflict { what } => Attempt::Conflict(what),
        Outcome::Committed { at } => Attempt::Sent(Sent { message: told.json, at: Some(at), pending: None }),
    })
}

/// A new message as its events tell it: written once for all of them, and for the answer.
pub(super) struct Told {
    pub message: Arc<MessageResponse>,
    pub json: Ready<MessageResponse>,
}

impl Told {
    pub fn new(message: MessageResponse) -> Result<Told> {
        Ok(Told { json: Ready::written(&message).map_err(ApiError::internal)?, message: Arc::new(message) })
    }
}

/// `message.new` with what it does to counts.
pub(super) fn new_event(
    ctx: &Ctx,
    granted: &Granted,
    record: &Message,
    told: &Told,
    mut effects: Vec<Effect>,
) -> Result<Event> {
    let cid = granted.cid.clone();
    if !record.is_thread_only() {
        effects.push(Effect::LastMessage(cid.clone()));
        if record.counts_as_unread() && granted.kind.config.read_events {
            effects.push(Effect::Counts {
                cid: cid.clone(),
                author: record.user_id.clone(),
                one_to_one: granted.channel.is_one_to_one(),
            });
        } else if granted.member.is_some() {
            // Nobody counts it, but its sender has read all before it.
            effects.push(Effect::Read {
                cid: cid.clone(),
                user: record.user_id.clone(),
                last_read: ctx.now(),
                unread: 0,
                at: None,
            });
        }
    }
    let mut event = announce::message_new(granted, record, &told.message, told.json.clone(), effects)?;
    event.counts_watchers = true;
    Ok(event)
}

/// In slow mode a person sends once in so many seconds; the moment is checked and set in the same transaction.
pub(super) async fn slow_mode(ctx: &Ctx, granted: &Granted, tx: &mut Transaction) -> Result<()> {
    let seconds = granted.channel.cooldown;
    if seconds == 0 || granted.right.allows(Action::SkipChannelCooldown) {
        return Ok(());
    }
    let user = &ctx.writer()?.id;
    let last = ctx.app.store.last_sent(&granted.cid, user).await?;
    if last.is_some_and(|last| ctx.now() < last.plus_seconds(seconds.into())) {
        let message = format!(
            "user {user} is not allowed to send messages on channel {} under cool down period({seconds}s)",
            granted.cid
        );
        return Err(ApiError::new(Code::Cooldown, message));
    }
    ctx.app.store.mark_sent(tx, &granted.cid, user, last)
}
