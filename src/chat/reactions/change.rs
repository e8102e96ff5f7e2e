//! Reacting, and taking it back. The message's version guards its groups and each user's list alike.

use std::sync::Arc;

use super::{check_open, tally};
use crate::access::Action;
use crate::chat::messages::{GrantedMessage, Tries, check_not_deleted, moment};
use crate::chat::{Ctx, announce, respond};
use crate::error::{ApiError, Code, Result};
use crate::limits;
use crate::store::{Message, MessageRow, Outcome, Reaction, Tick, User};
use crate::wire::messages::{MessageResponse, ReactionRequest, ReactionResponse, SendReactionRequest};
use crate::wire::{Custom, Time};

/// The message after the change, and the reaction.
type Changed = (Arc<MessageResponse>, ReactionResponse);

#[derive(Clone, Copy)]
enum Told {
    New,
    Updated,
    Deleted,
}

/// Reacts. The same type again replaces score and custom data; with `enforce_unique` the person's other types go.
pub(crate) async fn send(ctx: &Ctx, id: &str, request: SendReactionRequest) -> Result<Changed> {
    let mut asked = request.reaction;
    let (user, user_id) = (asked.user.take().or(request.user), asked.user_id.take().or(request.user_id));
    let ctx = &ctx.acting_as("reaction.user", user, user_id).await?;
    asked.emoji_code = asked.emoji_code.or(request.emoji_code);
    check_shape(&asked)?;
    let unique = request.enforce_unique.unwrap_or(false);
    let mut tries = Tries::of(id);
    while tries.next().await {
        let found = ctx.message(id, Action::CreateReaction).await?;
        check_open(ctx, &found.granted)?;
        check_not_deleted(&found.message)?;
        let user = &ctx.writer()?.id;
        let mut own = ctx.app.store.reactions_of(&found.message, user).await?;
        let mut updated = found.message.rewritten();
        let now = moment(ctx, &found.message);
        let mut reaction = compose(&asked, now);
        let replaced = own.extract_if(.., |held| unique || held.kind == reaction.kind).collect::<Vec<_>>();
        for held in &replaced {
            tally::subtract(&mut updated, user, held);
            if held.kind == reaction.kind {
                reaction.created_at = held.created_at;
            }
        }
        if own.len() >= limits::REACTIONS_PER_USER {
            return Err(ApiError::input(format!(
                "a user may have at most {} reactions on a message",
                limits::REACTIONS_PER_USER
            )));
        }
        if !tally::add(&mut updated, user, &reaction) {
            return Err(ApiError::input(format!(
                "a message may have at most {} types of reactions",
                limits::REACTION_KINDS
            )));
        }
        own.push(reaction.clone());
        let told = if replaced.is_empty() { Told::New } else { Told::Updated };
        if let Some(changed) = commit(ctx, &found, updated, own, &reaction, told).await? {
            return Ok(changed);
        }
    }
    Err(ApiError::busy())
}

/// Takes the person's reaction of this type back.
pub(crate) async fn delete(ctx: &Ctx, id: &str, kind: &str, user_id: Option<String>) -> Result<Changed> {
    let ctx = &ctx.acting_as("user", None, user_id).await?;
    let user = &ctx.writer()?.id;
    remove(ctx, id, kind, user, |found| {
        found.granted.right.require_on(Action::DeleteReaction, true)?;
        check_open(ctx, &found.granted)
    })
    .await
}

/// Takes somebody's reaction of this type away, whatever he may do himself. 16 when it is not there.
pub(crate) async fn take_away(ctx: &Ctx, id: &str, kind: &str, target: &Arc<User>) -> Result<()> {
    let ctx = &Ctx { actor: Some(target.clone()), ..ctx.clone() };
    remove(ctx, id, kind, &target.id, |_| Ok(())).await.map(drop)
}

async fn remove(
    ctx: &Ctx,
    id: &str,
    kind: &str,
    user: &str,
    check: impl Fn(&GrantedMessage) -> Result<()>,
) -> Result<Changed> {
    let mut tries = Tries::of(id);
    while tries.next().await {
        let found = ctx.message(id, Action::ReadChannel).await?;
        check(&found)?;
        let mut own = ctx.app.store.reactions_of(&found.message, user).await?;
        let Some(at) = own.iter().position(|held| held.kind == kind) else {
            return Err(ApiError::not_found(format!("reaction of type {kind} by user {user} doesn't exist")));
        };
        let reaction = own.remove(at);
        let mut updated = found.message.rewritten();
        tally::subtract(&mut updated, user, &reaction);
        if tally::lacks_latest(&updated) {
            let mut all = ctx.app.store.reactions(&found.granted.cid, id).await?;
            all.retain(|other| other.user != user || other.reaction.kind != kind);
            all.truncate(limits::KEPT_REACTIONS);
            updated.latest_reactions = all;
        }
        if let Some(changed) = commit(ctx, &found, updated, own, &reaction, Told::Deleted).await? {
            return Ok(changed);
        }
    }
    Err(ApiError::busy())
}

fn check_shape(request: &ReactionRequest) -> Result<()> {
    let most = limits::REACTION_TYPE_CHARS;
    if request.kind.is_empty() {
        return Err(ApiError::required("reaction.type"));
    }
    if request.kind.chars().count() > most {
        return Err(ApiError::field(
            "reaction.type",
            format!("reaction.type must be a maximum of {most} characters in length"),
        ));
    }
    let emoji = request.emoji_code.as_ref().map_or(0, String::len);
    if Custom(custom(request)).json_len() + emoji > limits::REACTION_CUSTOM_BYTES {
        let message = format!("reaction custom data must be at most {} bytes of JSON", limits::REACTION_CUSTOM_BYTES);
        return Err(ApiError::new(Code::PayloadTooBig, message));
    }
    Ok(())
}

fn custom(request: &ReactionRequest) -> serde_json::Map<String, serde_json::Value> {
    let further = request.custom.0.iter().filter(|(key, _)| !ReactionRequest::IGNORED.contains(&key.as_str()));
    further.map(|(key, value)| (key.clone(), value.clone())).collect()
}

fn compose(request: &ReactionRequest, now: Time) -> Reaction {
    Reaction {
        kind: request.kind.clone(),
        score: request.score.unwrap_or(1),
        created_at: now,
        updated_at: now,
        emoji_code: request.emoji_code.clone(),
        custom: custom(request),
    }
}

/// `None`: somebody else was faster.
async fn commit(
    ctx: &Ctx,
    found: &GrantedMessage,
    updated: Message,
    own: Vec<Reaction>,
    reaction: &Reaction,
    told: Told,
) -> Result<Option<Changed>> {
    let (store, granted, user) = (&ctx.app.store, &found.granted, ctx.viewer());
    let people = respond::People::load(ctx, [user]).await?;
    let reaction = respond::reaction(&updated.id, user, reaction, &people);
    let response = respond::announced(ctx, &granted.cid, updated.stamped()).await?;
    let announce = match told {
        Told::New => announce::reaction_new,
        Told::Updated => announce::reaction_updated,
        Told::Deleted => announce::reaction_deleted,
    };
    let mut tx = store.channel_change(&granted.cid, Tick::Change);
    store.expect_channel(&mut tx, &granted.channel);
    store.write_message(&mut tx, &updated)?;
    store.write_reactions(&mut tx, &granted.cid, &updated.id, user, &own)?;
    tx.append(announce(granted, &updated, &response, &reaction)?)?;
    match tx.commit(store).await? {
        Outcome::Conflict { .. } => {
            store.forget_channel(&granted.cid, user);
            Ok(None)
        }
        Outcome::Committed { at } => {
            let row = MessageRow { message: Message { at, ..updated }.into(), own_reactions: own };
            let mut message = respond::message(ctx, &granted.cid, row).await?;
            respond::conceal(&mut message);
            Ok(Some((Arc::new(message), reaction)))
        }
    }
}
