//! A live location moves, or ends. Watchers of the channel hear it as a change of its message.

use super::shared::{check_device, latitude, longitude, shown};
use crate::access::Action;
use crate::chat::messages::{self, GrantedMessage, Tries};
use crate::chat::{Ctx, announce, respond};
use crate::error::{ApiError, Result};
use crate::store::{Location, Message, Tick};
use crate::wire::Time;
use crate::wire::locations::{SharedLocationResponse, UpdateLiveLocationRequest};

/// Moves the caller's live location, or ends it.
pub(crate) async fn update(ctx: &Ctx, request: UpdateLiveLocationRequest) -> Result<SharedLocationResponse> {
    let ctx = &ctx.acting_as("user", request.user.clone(), request.user_id.clone()).await?;
    ctx.writer()?;
    let mut tries = Tries::of(request.message_id.as_str());
    while tries.next().await {
        let found = ctx.message(&request.message_id, Action::ReadChannel).await?;
        let location = moved(ctx, &found, &request)?;
        let updated = Message { location: Some(location.into()), ..found.message.rewritten() };
        if let Some(at) = commit(ctx, &found, &updated).await? {
            let missing = || ApiError::not_found("the message shares no location");
            return shown(&Message { at, ..updated }).ok_or_else(missing);
        }
        ctx.app.store.forget_channel(&found.granted.cid, ctx.viewer());
    }
    Err(ApiError::busy())
}

fn moved(ctx: &Ctx, found: &GrantedMessage, request: &UpdateLiveLocationRequest) -> Result<Location> {
    let (message, now) = (&found.message, ctx.now());
    if message.user_id != ctx.viewer() {
        return Err(ApiError::not_allowed("only who shares a location may change it"));
    }
    let Some(before) = message.location.as_deref().filter(|location| location.end_at.is_some()) else {
        return Err(ApiError::field("message_id", format!("message with id {} shares no live location", message.id)));
    };
    if message.live_location(now).is_none() {
        return Err(ApiError::field("message_id", format!("the live location of message {} has ended", message.id)));
    }
    // To end it is always possible; to go on takes what it took to begin.
    if request.end_at.is_none_or(|end_at| now < end_at) {
        messages::check_may_write(ctx, &found.granted)?;
        found.granted.right.require(Action::ShareLocation)?;
    }
    if let Some(device) = &request.created_by_device_id {
        check_device("live_location", device)?;
    }
    Ok(Location {
        latitude: request.latitude.map_or(Ok(before.latitude), |value| latitude("", value))?,
        longitude: request.longitude.map_or(Ok(before.longitude), |value| longitude("", value))?,
        device: request.created_by_device_id.clone().unwrap_or_else(|| before.device.clone()),
        end_at: request.end_at.map(|end_at| end_at.max(message.created_at())).or(before.end_at),
        updated_at: Some(messages::moment(ctx, message)),
    })
}

/// `None`: the message or its channel changed meanwhile.
async fn commit(ctx: &Ctx, found: &GrantedMessage, updated: &Message) -> Result<Option<Time>> {
    let (store, granted) = (&ctx.app.store, &found.granted);
    let mut tx = store.channel_change(&granted.cid, Tick::Change);
    store.expect_channel(&mut tx, &granted.channel);
    store.write_message(&mut tx, updated)?;
    store.index_location(&mut tx, updated, ctx.now());
    let response = respond::announced(ctx, &granted.cid, updated.stamped()).await?;
    tx.append(announce::message_updated(granted, updated, &response, respond::actor(ctx))?)?;
    Ok(tx.commit(store).await?.at())
}
