//! Devices (`rules.md` 17): where somebody receives push notifications, and which.
//!
//! A device is claimed first and listed afterwards, and unlisted before its claim is released: a crash between the two leaves a
//! device that nothing is sent to, until its app registers it again.

mod check;
mod preferences;

pub(crate) use preferences::{
    shown as shown_preferences, shown_in as shown_preferences_in, update as update_preferences,
};

use super::Ctx;
use crate::error::{ApiError, Result};
use crate::limits;
use crate::store::{Device, Effect, Event, Outcome, Own};
use crate::wire::devices::{CreateDeviceRequest, DeleteDeviceParams, DeviceResponse, ListDevicesResponse};
use crate::wire::users::UserIdParams;

/// Registers a device. The same again changes nothing, the 26th takes the place of the oldest, and one of somebody else moves.
pub(crate) async fn create(ctx: &Ctx, mut request: CreateDeviceRequest) -> Result<()> {
    let ctx = &ctx.concerning(request.user.take(), request.user_id.take()).await?;
    register(ctx, &request).await
}

/// Registers a device of the person acting.
pub(crate) async fn register(ctx: &Ctx, request: &CreateDeviceRequest) -> Result<()> {
    let (store, user) = (&ctx.app.store, ctx.writer()?.id.as_str());
    let device = check::device(request, &ctx.app.push_hosts, ctx.now())?;
    let (own, holder) = futures_util::try_join!(store.fresh_own(user), store.device_holder(&device.id))?;
    let is_same = |known: &Device| *known == Device { created_at: known.created_at, ..device.clone() };
    if holder.as_deref() == Some(user) && own.devices.iter().any(is_same) {
        return Ok(());
    }
    let holder = store.claim_device(&device.id, user).await?;
    let mut displaced = Vec::new();
    change(ctx, user, |own| {
        put(&mut own.devices, &device);
        let surplus = own.devices.len().saturating_sub(limits::DEVICES);
        displaced = own.devices.drain(..surplus).collect();
        Ok(())
    })
    .await?;
    for device in &displaced {
        store.release_device(&device.id, user).await?;
    }
    if let Some(before) = holder.filter(|before| before != user) {
        unlist(ctx, &before, &device.id).await?;
    }
    // Somebody else may have claimed it meanwhile, and not have found it listed here yet.
    match store.device_holder(&device.id).await? {
        Some(now) if now != user => unlist(ctx, user, &device.id).await,
        _ => Ok(()),
    }
}

/// Forgets a device; one that nobody has needs nothing.
pub(crate) async fn delete(ctx: &Ctx, params: DeleteDeviceParams) -> Result<()> {
    let ctx = &ctx.concerning(None, params.user_id).await?;
    let (store, user) = (&ctx.app.store, ctx.writer()?.id.as_str());
    let id = params.id.ok_or_else(|| ApiError::required("id"))?;
    if store.device_holder(&id).await?.is_some_and(|holder| holder != user) {
        return Err(ApiError::not_allowed("the device belongs to another user"));
    }
    forget(ctx, user, &id).await
}

/// Forgets a device of this user.
pub(crate) async fn forget(ctx: &Ctx, user: &str, device: &str) -> Result<()> {
    unlist(ctx, user, device).await?;
    ctx.app.store.release_device(device, user).await
}

/// The devices of a person, newest first.
pub(crate) async fn list(ctx: &Ctx, params: UserIdParams) -> Result<ListDevicesResponse> {
    let ctx = &ctx.concerning(None, params.user_id).await?;
    let (store, user) = (&ctx.app.store, ctx.writer()?.id.as_str());
    let own = store.fresh_own(user).await?;
    let holders = store.device_holders(own.devices.iter().map(|device| device.id.as_str())).await?;
    let held = |device: &&DeviceResponse| holders.get(&device.id).is_some_and(|holder| holder == user);
    Ok(ListDevicesResponse { devices: shown(&own, user).iter().filter(held).cloned().collect() })
}

/// The devices as they are shown to their owner, newest first.
pub(crate) fn shown(own: &Own, user: &str) -> Vec<DeviceResponse> {
    let response = |device: &Device| DeviceResponse {
        created_at: device.created_at,
        hardware_id: device.hardware_id.clone(),
        id: device.id.clone(),
        push_provider: device.provider.clone(),
        push_provider_name: device.provider_name.clone(),
        user_id: user.to_owned(),
        voip: device.voip.then_some(true),
    };
    own.devices.iter().rev().map(response).collect()
}

/// Adds the device, or brings the known one up to date in its place.
fn put(devices: &mut Vec<Device>, device: &Device) {
    match devices.iter_mut().find(|known| known.id == device.id) {
        Some(known) => *known = Device { created_at: known.created_at, ..device.clone() },
        None => devices.push(device.clone()),
    }
}

async fn unlist(ctx: &Ctx, user: &str, device: &str) -> Result<()> {
    change(ctx, user, |own| {
        own.devices.retain(|known| known.id != device);
        Ok(())
    })
    .await?;
    Ok(())
}

/// Changes what only the user sees; what changes nothing is not written.
async fn change(ctx: &Ctx, user: &str, mut change: impl FnMut(&mut Own) -> Result<()>) -> Result<Own> {
    let store = &ctx.app.store;
    for _ in 0..limits::CONFLICT_RETRIES {
        let before = store.fresh_own(user).await?;
        let mut own = Own::clone(&before);
        change(&mut own)?;
        if own == *before {
            return Ok(own);
        }
        let mut tx = store.put_own(user, &own)?;
        tx.append(Event::effects(vec![Effect::Own(user.to_owned())]))?;
        if matches!(store.commit_user(user, tx).await?, Outcome::Committed { .. }) {
            return Ok(own);
        }
    }
    Err(ApiError::busy())
}
