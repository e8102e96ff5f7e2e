//! Users in the answers of the user endpoints (`objects.md` 3.2).

use std::sync::Arc;

use super::{own_user, user};
use crate::chat::{Ctx, presence};
use crate::error::Result;
use crate::store::User;
use crate::wire::users::{FullUserResponse, OwnUserResponse, PrivacySetting, PrivacySettings};

/// The user; for a server and for himself with what others do not see.
pub(crate) async fn full_user(ctx: &Ctx, record: &User) -> Result<FullUserResponse> {
    let now = ctx.now();
    let is_own = !ctx.is_server() && ctx.viewer() == record.id;
    let mut shown = user(record, now);
    shown.shadow_banned = Some(record.is_shadow_banned(now) && ctx.viewer() != record.id);
    if !ctx.is_server() && !is_own {
        return Ok(FullUserResponse { user: Arc::new(shown), ..FullUserResponse::default() });
    }
    let own = ctx.app.store.own(&record.id).await?;
    let totals = match ctx.app.hub.totals(&record.id) {
        Some(totals) => totals,
        None => presence::load_counts(&ctx.app, &record.id).await?.totals(),
    };
    let me: OwnUserResponse = own_user(ctx, record, &own, totals).await?;
    shown.blocked_user_ids.clone_from(&me.user.blocked_user_ids);
    if is_own {
        shown.online = record.connected;
    }
    Ok(FullUserResponse {
        user: Arc::new(shown),
        invisible: Some(record.invisible),
        privacy_settings: (!record.privacy.is_empty()).then(|| privacy_settings(record)),
        revoke_tokens_issued_before: record.revoke_tokens_issued_before.filter(|_| ctx.is_server()),
        mutes: Some(me.mutes),
        channel_mutes: Some(me.channel_mutes),
        devices: Some(me.devices),
        unread_count: Some(me.unread_count),
        total_unread_count: Some(me.total_unread_count),
        unread_channels: Some(me.unread_channels),
        unread_threads: Some(me.unread_threads),
        latest_hidden_channels: None,
    })
}

/// The parts of the privacy settings that were set.
pub(crate) fn privacy_settings(record: &User) -> PrivacySettings {
    let part = |name: &str| record.privacy.get(name).map(|enabled| PrivacySetting { enabled: *enabled });
    PrivacySettings {
        typing_indicators: part("typing_indicators"),
        read_receipts: part("read_receipts"),
        delivery_receipts: part("delivery_receipts"),
    }
}
