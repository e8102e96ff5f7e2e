//! The full update of a channel: its data, its members, invites, tags, slow mode (`rules.md` 4.3, 4.4).

use super::change::{self, Change, Said};
use super::{current, data};
use crate::access::Action;
use crate::chat::{Ctx, Granted, members, messages};
use crate::error::{ApiError, Result};
use crate::limits;
use crate::store::{Channel, StatePages};
use crate::wire::channels::{ChannelMemberResponse, ChannelResponse, UpdateChannelRequest, UpdateChannelResponse};
use crate::wire::messages::MessageRequest;

/// Makes all the changes that the request names, or none.
pub(crate) async fn update(ctx: &Ctx, cid: &str, mut request: UpdateChannelRequest) -> Result<UpdateChannelResponse> {
    let mut message = request.message.take();
    let (user, user_id) = (request.user.take(), request.user_id.take());
    let ctx = &ctx.acting_for("user", user, user_id).await?;
    if !ctx.is_server() {
        ctx.writer()?;
    }
    let speaker = speaker(ctx, message.as_mut()).await?;
    check(ctx, &request)?;
    for _ in 0..limits::CONFLICT_RETRIES {
        let granted = current(ctx, cid).await?;
        let Some(mut change) = wanted(ctx, &granted, &request, message.is_some()).await? else {
            return answer(ctx, cid).await.map(|(channel, members)| UpdateChannelResponse {
                channel,
                members,
                message: None,
            });
        };
        change.said = said(speaker.as_ref(), &granted, message.as_ref())?;
        if let Some(changed) = change::commit(ctx, &granted, change).await? {
            let (channel, members) = answer(ctx, cid).await?;
            return Ok(UpdateChannelResponse { channel, members, message: changed.message });
        }
    }
    Err(ApiError::busy())
}

/// Who says the message that goes with a change: the caller, or whom a server names.
pub(super) async fn speaker(ctx: &Ctx, message: Option<&mut MessageRequest>) -> Result<Option<Ctx>> {
    let Some(message) = message else { return Ok(None) };
    let (user, user_id) = (message.user.take(), message.user_id.take());
    ctx.acting_as("message.user", user, user_id).await.map(Some)
}

pub(super) fn said(speaker: Option<&Ctx>, granted: &Granted, message: Option<&MessageRequest>) -> Result<Option<Said>> {
    let (Some(speaker), Some(message)) = (speaker, message) else { return Ok(None) };
    let record = messages::system_message(speaker, granted, message)?;
    Ok(Some(Said { speaker: speaker.clone(), message: record }))
}

/// The complete channel as the caller sees it, and its members: clients take the place of all they knew by it.
pub(super) async fn answer(ctx: &Ctx, cid: &str) -> Result<(ChannelResponse, Vec<ChannelMemberResponse>)> {
    let granted = current(ctx, cid).await?;
    let pages = StatePages {
        messages: crate::store::Page::newest(0),
        member_offset: 0,
        member_limit: limits::STATE_MEMBERS,
        pins: 0,
        pending: 0,
    };
    let state = super::state(ctx, &granted, pages, None).await?;
    Ok((state.channel, state.members))
}

/// What is wrong with a request, whatever the channel.
fn check(ctx: &Ctx, request: &UpdateChannelRequest) -> Result<()> {
    let cooldown = request.cooldown.unwrap_or(0);
    if !(0..=limits::COOLDOWN_SECONDS).contains(&cooldown) {
        return Err(ApiError::field(
            "cooldown",
            format!("cooldown must be between 0 and {} seconds", limits::COOLDOWN_SECONDS),
        ));
    }
    data::check_tags("add_filter_tags", request.add_filter_tags.as_deref().unwrap_or_default())?;
    data::check_tags("remove_filter_tags", request.remove_filter_tags.as_deref().unwrap_or_default())?;
    if request.hide_history_before.is_some_and(|before| before > ctx.now()) {
        return Err(ApiError::field("hide_history_before", "hide_history_before must lie in the past"));
    }
    if request.accept_invite == Some(true) && request.reject_invite == Some(true) {
        return Err(ApiError::input("an invite cannot be accepted and rejected at once"));
    }
    members::check(request)
}

/// The change, if the caller may make it. `None`: there is nothing to do.
async fn wanted(ctx: &Ctx, granted: &Granted, request: &UpdateChannelRequest, speaks: bool) -> Result<Option<Change>> {
    let answers = request.accept_invite == Some(true) || request.reject_invite == Some(true);
    let record = channel(ctx, granted, request).await?;
    let changes = members::wanted(ctx, granted, request).await?;
    let has_data = record.is_some();
    // Words alone, or nothing at all: without a member's turn to go with, they are a change of the channel.
    if !has_data && !answers && changes.is_empty() && (speaks || !members::names_anybody(request)) {
        granted.right.require(Action::UpdateChannel)?;
    }
    // Answering an invite again is nothing at all, so its message is not sent again either.
    if !has_data && changes.is_empty() && (answers || !speaks) {
        return Ok(None);
    }
    let channel = record.unwrap_or_else(|| granted.channel.rewritten());
    Ok(Some(Change { channel, members: changes, said: None }))
}

/// The channel's record with its new data, tags and slow mode; `None` when the request speaks of none of them.
async fn channel(ctx: &Ctx, granted: &Granted, request: &UpdateChannelRequest) -> Result<Option<Channel>> {
    // Without `updated_at` the record was last updated when it was last written: at the commit.
    let mut record = Channel { updated_at: None, ..granted.channel.rewritten() };
    let tags = request.add_filter_tags.is_some() || request.remove_filter_tags.is_some();
    if request.data.is_none() && request.cooldown.is_none() && !tags {
        return Ok(None);
    }
    if let Some(data) = &request.data {
        data::replace(ctx, granted, &mut record, data).await?;
    }
    if let Some(cooldown) = request.cooldown {
        check_cooldown(granted)?;
        record.cooldown = cooldown as u32;
    }
    if tags {
        granted.right.require(Action::UpdateChannel)?;
        let removed = request.remove_filter_tags.as_deref().unwrap_or_default();
        record.filter_tags.retain(|tag| !removed.contains(tag));
        for tag in request.add_filter_tags.iter().flatten() {
            if !record.filter_tags.contains(tag) {
                record.filter_tags.push(tag.clone());
            }
        }
        data::check_tags("add_filter_tags", &record.filter_tags)?;
    }
    Ok(Some(record))
}

pub(super) fn check_cooldown(granted: &Granted) -> Result<()> {
    if granted.right.allows(Action::UpdateChannelCooldown) {
        return Ok(());
    }
    Err(ApiError::not_allowed("cooldown settings can only be updated by channel moderator or admin"))
}
