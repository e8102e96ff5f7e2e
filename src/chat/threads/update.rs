//! What is set of a thread: its title and its data (`rules.md` 7).

use serde_json::{Map, Value};

use super::fields::Found;
use super::{query, shown};
use crate::access::Action;
use crate::chat::messages::check_may_write;
use crate::chat::{Ctx, announce, partial, respond};
use crate::error::{ApiError, Code, Result};
use crate::limits;
use crate::store::{Message, Outcome, Thread, ThreadData, Tick};
use crate::wire::messages::{ThreadResponse, UpdateThreadPartialRequest};
use crate::wire::{Custom, Time};

/// Sets and removes what the request names; the rest stays.
pub(crate) async fn update_partial(ctx: &Ctx, id: &str, request: UpdateThreadPartialRequest) -> Result<ThreadResponse> {
    let ctx = &ctx.acting_as("user", request.user, request.user_id).await?;
    ctx.writer()?;
    let (set, unset) = (request.set.unwrap_or_default(), request.unset.unwrap_or_default());
    check_keys(&set, &unset)?;
    for _ in 0..limits::CONFLICT_RETRIES {
        let granted = query::find(ctx, id).await?;
        check_may_write(ctx, &granted)?;
        let found = Found { thread: super::load(ctx, &granted, id).await?, granted };
        let viewer = ctx.viewer();
        let is_own = found.thread.first.user_id == viewer || found.granted.channel.created_by == viewer;
        found.granted.right.require_on(Action::UpdateThread, is_own)?;
        let data = changed(&found.thread, &set, &unset)?;
        if let Some(thread) = commit(ctx, &found, data).await? {
            return Ok(thread);
        }
    }
    Err(ApiError::busy())
}

fn check_keys(set: &Map<String, Value>, unset: &[String]) -> Result<()> {
    match partial::keys(set, unset).find(|key| UpdateThreadPartialRequest::REFUSED.contains(key)) {
        Some(key) => Err(ApiError::field(format!("set.{key}"), format!("{key} is a reserved field of threads"))),
        None => Ok(()),
    }
}

fn changed(thread: &Thread, set: &Map<String, Value>, unset: &[String]) -> Result<ThreadData> {
    let mut whole = thread.data.custom.clone();
    whole.extend(thread.data.title.clone().map(|title| ("title".to_owned(), Value::String(title))));
    partial::apply(&mut whole, set, unset)?;
    let title = match whole.shift_remove("title") {
        None | Some(Value::Null) => None,
        Some(Value::String(title)) if title.chars().count() <= limits::THREAD_TITLE_CHARS => Some(title),
        Some(Value::String(_)) => {
            let message = format!("set.title must be at most {} characters long", limits::THREAD_TITLE_CHARS);
            return Err(ApiError::field("set.title", message));
        }
        Some(_) => return Err(ApiError::field("set.title", "set.title must be a text")),
    };
    if Custom(whole.clone()).json_len() > limits::CUSTOM_BYTES {
        let message = format!("custom data of a thread must be at most {} bytes of JSON", limits::CUSTOM_BYTES);
        return Err(ApiError::new(Code::PayloadTooBig, message));
    }
    Ok(ThreadData { title, custom: whole, ..ThreadData::default() })
}

/// `None`: somebody else was faster.
async fn commit(ctx: &Ctx, found: &Found, data: ThreadData) -> Result<Option<ThreadResponse>> {
    let store = &ctx.app.store;
    let mut tx = store.channel_change(&found.granted.cid, Tick::Change);
    store.write_thread_data(&mut tx, &found.thread, &data)?;
    let after = |at| {
        let thread = Thread { data: ThreadData { at, ..data.clone() }, ..found.thread.clone() };
        Found { thread, granted: found.granted.clone() }
    };
    let parent: Message = found.thread.parent.clone();
    let parent = respond::announced(ctx, &found.granted.cid, parent).await?;
    let told = shown::whole(ctx, &after(found.thread.updated_at()), (*parent).clone()).await?;
    let channel = &found.granted.channel;
    let people = respond::People::load(ctx, [channel.created_by.as_str()]).await?;
    let channel = Some(Box::new(respond::channel(channel, &found.granted.kind, &people)));
    let told = ThreadResponse { updated_at: Time::STAMP, channel, ..told };
    tx.append(announce::thread_updated(&found.granted, &found.thread.parent, told.clone(), respond::actor(ctx))?)?;
    match tx.commit(store).await? {
        Outcome::Conflict { .. } => Ok(None),
        Outcome::Committed { at } => {
            let channel = Some(Box::new(respond::channel_for(ctx, &found.granted, &people)));
            Ok(Some(ThreadResponse { updated_at: at, channel, ..told }))
        }
    }
}
