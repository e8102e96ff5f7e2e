//! Flags (`rules.md` 14.4): what somebody finds wrong with a message or a person, kept for whoever looks after the app.

use std::sync::Arc;

use super::check_reason;
use crate::access::Action;
use crate::chat::{Ctx, respond, users};
use crate::error::{ApiError, Code, Result};
use crate::limits;
use crate::store::{Flag, MessageRow};
use crate::wire::messages::MessageResponse;
use crate::wire::moderation::{CreateFlagResponse, FlagEntityRequest, FlagEntityResponse, FlagRequest, FlagResponse};
use crate::wire::users::UserResponse;
use crate::wire::{Custom, Time};

/// What is flagged.
struct Target {
    /// `message:<id>` or `user:<id>`.
    key: String,
    message: Option<Arc<MessageResponse>>,
    user: Arc<UserResponse>,
}

/// Flags a message or a person. Again replaces reason and custom data.
pub(crate) async fn flag(ctx: &Ctx, request: FlagRequest) -> Result<CreateFlagResponse> {
    check_reason(request.reason.as_ref())?;
    let custom = request.custom.clone().unwrap_or_default();
    if Custom(custom.clone()).json_len() > limits::CUSTOM_BYTES {
        return Err(ApiError::new(
            Code::PayloadTooBig,
            format!("flag custom data must be at most {} bytes of JSON", limits::CUSTOM_BYTES),
        ));
    }
    let (ctx, target) = target(ctx, &request).await?;
    let (store, now) = (&ctx.app.store, ctx.now());
    let before = store.flag(&target.key, ctx.viewer()).await?;
    let flag = Flag {
        created_at: before.map_or(now, |before| before.created_at),
        updated_at: now,
        reason: request.reason,
        custom,
    };
    store.put_flag(&target.key, ctx.viewer(), &flag)?.commit(store).await?;
    answer(&ctx, target, flag)
}

/// The same for the second generation of the API, which names what is flagged by its kind.
pub(crate) async fn flag_entity(ctx: &Ctx, request: FlagEntityRequest) -> Result<FlagEntityResponse> {
    let FlagEntityRequest { entity_type, entity_id, reason, custom, user, user_id, .. } = request;
    let mut asked = FlagRequest { reason, custom, user, user_id, ..FlagRequest::default() };
    match entity_type.as_str() {
        "stream:chat:v1:message" => asked.target_message_id = Some(entity_id.clone()),
        "stream:user" => asked.target_user_id = Some(entity_id.clone()),
        _ => {
            let message = "entity_type must be one of [stream:chat:v1:message stream:user]";
            return Err(ApiError::field("entity_type", message));
        }
    }
    if entity_id.is_empty() {
        return Err(ApiError::required("entity_id"));
    }
    let flagged = flag(ctx, asked).await?.flag;
    Ok(FlagEntityResponse { item_id: format!("{entity_type}:{entity_id}:{}", flagged.user.id) })
}

/// Takes a flag back; where there is none, nothing happens.
pub(crate) async fn unflag(ctx: &Ctx, request: FlagRequest) -> Result<CreateFlagResponse> {
    let (ctx, target) = target(ctx, &request).await?;
    let store = &ctx.app.store;
    let flag = store.flag(&target.key, ctx.viewer()).await?;
    if flag.is_some() {
        store.remove_flags(&[(target.key.as_str(), ctx.viewer())]).await?;
    }
    let now = ctx.now();
    let flag = flag.unwrap_or_else(|| Flag { created_at: now, ..Flag::default() });
    answer(&ctx, target, Flag { updated_at: now, ..flag })
}

async fn target(ctx: &Ctx, request: &FlagRequest) -> Result<(Ctx, Target)> {
    let ctx = ctx.acting_as("user", request.user.clone(), request.user_id.clone()).await?;
    ctx.writer()?;
    let named = |id: &Option<String>| id.clone().filter(|id| !id.is_empty());
    if let Some(id) = named(&request.target_message_id) {
        let found = ctx.message(&id, Action::FlagMessage).await?;
        let row = MessageRow::bare(found.message);
        let mut message = respond::message(&ctx, &found.granted.cid, row).await?;
        respond::conceal(&mut message);
        let user = message.user.clone();
        return Ok((ctx, Target { key: format!("message:{id}"), message: Some(Arc::new(message)), user }));
    }
    let Some(id) = named(&request.target_user_id) else {
        return Err(ApiError::field(
            "target_message_id",
            "either target_message_id or target_user_id must be provided",
        ));
    };
    users::require(&ctx, Action::FlagUser, true)?;
    let user = users::existing(&ctx, &id).await?;
    users::require_on(&ctx, Action::FlagUser, &user)?;
    let user = Arc::new(respond::user(&user, ctx.now()));
    Ok((ctx, Target { key: format!("user:{id}"), message: None, user }))
}

fn answer(ctx: &Ctx, target: Target, flag: Flag) -> Result<CreateFlagResponse> {
    let flag = FlagResponse {
        user: Arc::new(respond::user(ctx.actor()?, ctx.now())),
        target_message_id: target.message.as_ref().map(|message| message.id.clone()),
        target_message: target.message,
        target_user: Some(target.user),
        created_at: flag.created_at,
        updated_at: flag.updated_at,
        created_by_automod: false,
        reason: flag.reason,
        custom: (!flag.custom.is_empty()).then_some(flag.custom),
        reviewed_at: Some(Time::ZERO),
    };
    Ok(CreateFlagResponse { flag, review_queue_item_id: None })
}
