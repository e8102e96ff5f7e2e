//! Messages that wait for a server's word (`rules.md` 5.6): until they are committed they are their senders' alone.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::granted::{GrantedMessage, check_may_write, moment};
use super::send::{self, Attempt, Sent};
use super::{previews, read, reply, translate, turn};
use crate::access::Action;
use crate::chat::{Ctx, Granted, polls, respond};
use crate::error::{ApiError, Result, at_most};
use crate::limits;
use crate::store::{Effect, Event, Message, MessageRow, Outcome, Pending, Pin, Tick};
use crate::wire::messages::{MessageResponse, SendMessageRequest};

/// What the request of a send says of it.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// Whether it waits; `None` leaves that to the channel.
    pending: Option<bool>,
    metadata: Option<Value>,
    quiet: bool,
    /// Its links get no previews.
    pub plain: bool,
}

impl Asked {
    /// A client does not choose.
    pub fn of(ctx: &Ctx, request: &SendMessageRequest) -> Asked {
        Asked {
            pending: request.pending.or(request.is_pending_message).filter(|_| ctx.is_server()),
            metadata: request.pending_message_metadata.clone(),
            quiet: request.skip_push.unwrap_or(false),
            plain: request.skip_enrich_url.unwrap_or(false),
        }
    }

    /// What makes the message wait, if it does.
    pub fn mark(&self, granted: &Granted, record: &Message) -> Result<Option<Box<Pending>>> {
        let marks = granted.kind.config.mark_messages_pending && !record.system;
        if !self.pending.unwrap_or(marks) {
            return Ok(None);
        }
        let metadata = self.metadata.as_ref().map_or_else(|| Ok(BTreeMap::new()), check_metadata)?;
        Ok(Some(Box::new(Pending { metadata, quiet: self.quiet, plain: self.plain })))
    }
}

fn check_metadata(metadata: &Value) -> Result<BTreeMap<String, String>> {
    const FIELD: &str = "pending_message_metadata";
    let wrong = |_| ApiError::field(FIELD, format!("{FIELD} must be an object of which every value is a text"));
    let metadata: Option<BTreeMap<String, String>> = serde_json::from_value(metadata.clone()).map_err(wrong)?;
    let metadata = metadata.unwrap_or_default();
    at_most(FIELD, metadata.len(), limits::PENDING_METADATA)?;
    if serde_json::to_vec(&metadata).map_err(ApiError::internal)?.len() > limits::PENDING_METADATA_BYTES {
        let message = format!("{FIELD} must be at most {} bytes of JSON", limits::PENDING_METADATA_BYTES);
        return Err(ApiError::field(FIELD, message));
    }
    Ok(metadata)
}

/// What is kept beside the message, if it waits.
pub(crate) fn metadata(message: &Message) -> Option<BTreeMap<String, String>> {
    message.pending.as_ref().map(|pending| pending.metadata.clone())
}

/// Whether the caller may know of the message: of one that waits its sender and servers do.
pub(super) fn is_known(ctx: &Ctx, message: &Message) -> bool {
    !message.is_pending() || ctx.is_server() || ctx.viewer() == message.user_id
}

/// Whether the message waits and is nothing to the caller, or to anybody: a truncation ends what waits.
pub(super) fn is_hidden(ctx: &Ctx, granted: &Granted, message: &Message) -> bool {
    let is_over = || granted.channel.truncated_at.is_some_and(|at| message.created_at() < at);
    message.is_pending() && (!is_known(ctx, message) || is_over())
}

/// The refusal of whatever else is done to a message that waits.
pub(super) fn untouchable(id: &str) -> ApiError {
    ApiError::input(format!(
        "message with id {id} is pending: until it is committed it can only be read, or deleted with hard=true"
    ))
}

/// The refusal of one more message that would wait.
pub(super) fn too_many() -> ApiError {
    let most = limits::PENDING_MESSAGES;
    ApiError::input(format!(
        "a user may have at most {most} pending messages in a channel; commit or delete one of them"
    ))
}

/// Stores a message that waits. Nobody is told of it.
pub(super) async fn keep(ctx: &Ctx, granted: &Granted, record: &Message, pending: &Pending) -> Result<Attempt> {
    let store = &ctx.app.store;
    let mut tx = store.channel_change(&granted.cid, Tick::Message);
    store.expect_channel(&mut tx, &granted.channel);
    send::slow_mode(ctx, granted, &mut tx).await?;
    store.add_pending(&mut tx, record).await?;
    let mut response = respond::message(ctx, &granted.cid, MessageRow::bare(record.stamped())).await?;
    response.poll = polls::attach(ctx, granted, record, &mut tx).await?.map(|poll| Some(Box::new(poll)));
    // What nodes remember of the channel may say that nothing waits here.
    tx.append(Event::effects(vec![Effect::Channel(granted.cid.clone())]))?;
    Ok(match tx.commit(store).await? {
        Outcome::Conflict { what } => Attempt::Conflict(what),
        Outcome::Committed { at } => {
            let pending = Some(pending.metadata.clone());
            Attempt::Sent(Sent { at: Some(at), pending, ..response.into() })
        }
    })
}

/// Makes a message that waited one like any other, as if it were sent now. Servers only.
pub(crate) async fn commit(ctx: &Ctx, id: &str) -> Result<Sent> {
    ctx.server_only()?;
    for _ in 0..limits::CONFLICT_RETRIES {
        let found = ctx.stored_message(id, Action::ReadChannel).await?;
        if let Some(sent) = appear(ctx, &found.message).await? {
            return Ok(sent);
        }
        ctx.app.store.forget_channel(&found.granted.cid, &found.message.user_id);
    }
    Err(ApiError::busy())
}

/// `None`: the message, its channel or its parent changed meanwhile.
async fn appear(ctx: &Ctx, waited: &Message) -> Result<Option<Sent>> {
    let store = &ctx.app.store;
    let not_pending = || ApiError::input(format!("message with id {} is not pending", waited.id));
    let pending = waited.pending.as_deref().ok_or_else(not_pending)?;
    let ctx = &ctx.acting_as("user", None, Some(waited.user_id.clone())).await?;
    let granted = ctx.channel(&waited.cid, Action::ReadChannel).await?;
    check_may_write(ctx, &granted)?;
    let _turn = match &waited.parent_id {
        Some(parent) => turn(parent).await,
        None => None,
    };
    let record = committed(ctx, &granted, waited, pending)?;
    let parent = reply::parent(ctx, &granted, &record).await?;
    let mut tx = store.channel_change(&granted.cid, Tick::Message);
    store.expect_channel(&mut tx, &granted.channel);
    store.commit_pending(&mut tx, waited, &record, send::counts_as_last(&granted, &record))?;
    send::enter(ctx, &granted, &record, &mut tx).await?;
    let response = respond::message(ctx, &granted.cid, MessageRow::bare(record.stamped())).await?;
    Ok(match send::announced(ctx, &granted, &record, response, parent, tx).await? {
        Attempt::Conflict(_) => None,
        Attempt::Sent(sent) => {
            previews::after(ctx, &granted, &record, pending.plain);
            translate::after(ctx, &granted, &record);
            Some(sent)
        }
    })
}

/// The message as it is committed. Its moment is that of the commit, so that nothing said meanwhile comes to stand behind it.
fn committed(ctx: &Ctx, granted: &Granted, waited: &Message, pending: &Pending) -> Result<Message> {
    let now = ctx.now();
    Ok(Message {
        created_at: None,
        shadowed: ctx.writer()?.is_shadow_banned(now) || granted.is_shadow_banned(now),
        pin: waited.pin.clone().map(|pin| Pin { at: now, ..pin }),
        quiet: pending.quiet,
        pending: None,
        ..waited.clone()
    })
}

/// Erases a message that waits; nobody knew of it. `None`: it changed meanwhile.
pub(super) async fn erase(ctx: &Ctx, found: &GrantedMessage) -> Result<Option<Arc<MessageResponse>>> {
    let (store, granted) = (&ctx.app.store, &found.granted);
    let erased = Message { deleted_at: Some(moment(ctx, &found.message)), ..found.message.rewritten() };
    let mut tx = store.channel_change(&granted.cid, Tick::Change);
    store.erase_pending(&mut tx, &found.message);
    match tx.commit(store).await?.at() {
        Some(at) => read::answer(ctx, granted, Message { at, ..erased }).await.map(Some),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn metadata_is_a_few_short_texts() {
        let keys = |count: usize| json!((0..count).map(|at| (at.to_string(), "x")).collect::<BTreeMap<_, _>>());
        assert_eq!(check_metadata(&keys(limits::PENDING_METADATA)).unwrap().len(), limits::PENDING_METADATA);
        assert!(check_metadata(&keys(limits::PENDING_METADATA + 1)).is_err());
        // {"a":"…"}
        let long = |bytes: usize| json!({"a": "x".repeat(bytes - 8)});
        assert!(check_metadata(&long(limits::PENDING_METADATA_BYTES)).is_ok());
        assert!(check_metadata(&long(limits::PENDING_METADATA_BYTES + 1)).is_err());
        assert!(check_metadata(&json!(null)).unwrap().is_empty());
        for junk in [json!({"a": 1}), json!({"a": null}), json!(["a"]), json!("a")] {
            assert!(check_metadata(&junk).is_err(), "{junk}");
        }
    }
}
