//! Users in responses.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::chat::{Ctx, channel_types, devices};
use crate::error::Result;
use crate::events::Totals;
use crate::store::{Own, User};
use crate::wire::moderation::{ChannelMuteResponse, UserMuteResponse};
use crate::wire::users::{OwnUserResponse, PrivacySetting, PrivacySettings, UserResponse};
use crate::wire::{Custom, Time, Written};

/// The user as others see him.
pub(crate) fn user(user: &User, now: Time) -> UserResponse {
    UserResponse {
        id: user.id.clone(),
        name: user.name.clone(),
        image: user.image.clone(),
        language: user.language.clone(),
        role: user.role.clone(),
        teams: user.teams.clone(),
        teams_role: (!user.teams_role.is_empty()).then(|| user.teams_role.clone()),
        created_at: user.created_at(),
        updated_at: user.updated_at(),
        banned: user.is_banned(now),
        online: user.connected && !user.invisible,
        last_active: user.last_active,
        blocked_user_ids: Vec::new(),
        ban_expires: user.ban.as_ref().filter(|ban| !ban.shadow && ban.holds(now)).and_then(|ban| ban.expires),
        deactivated_at: user.deactivated_at,
        deleted_at: user.deleted_at,
        custom: Custom(user.custom.clone()),
        ..UserResponse::default()
    }
}

/// The same, made and written once for as long as the record stays as it is.
fn shown(record: &User, now: Time) -> Arc<UserResponse> {
    match record.ban {
        // A ban ends without the record changing.
        Some(_) => Arc::new(user(record, now)),
        None => record.shown.get_or_init(|| Arc::new(user(record, now).write())).clone(),
    }
}

/// Who acts, as events name him; nobody for a server that acts for itself.
pub(crate) fn actor(ctx: &Ctx) -> Option<Arc<UserResponse>> {
    ctx.actor.as_ref().map(|actor| shown(actor, ctx.now()))
}

/// The users of one answer, each made once and shared.
pub(crate) struct People {
    known: HashMap<String, Arc<UserResponse>>,
}

impl People {
    /// Loads everybody that the answer will name.
    pub fn load<'c, 'a>(ctx: &'c Ctx, ids: impl IntoIterator<Item = &'a str>) -> BoxFuture<'c, Result<People>> {
        let users = ctx.app.store.users(ids.into_iter().filter(|id| !id.is_empty()));
        let now = ctx.now();
        Box::pin(async move {
            let known = users.await?.into_iter().map(|(id, record)| (id, shown(&record, now)));
            Ok(People { known: known.collect() })
        })
    }

    /// The user, or a stub for one who is gone for good.
    pub fn get(&self, id: &str) -> Arc<UserResponse> {
        self.known.get(id).cloned().unwrap_or_else(|| {
            Arc::new(UserResponse {
                id: id.to_owned(),
                role: "user".into(),
                deleted_at: Some(Time::ZERO),
                created_at: Time::ZERO,
                updated_at: Time::ZERO,
                ..UserResponse::default()
            })
        })
    }

    /// Whether this is how the user is shown at present.
    pub fn is_still(&self, user: &Arc<UserResponse>) -> bool {
        self.known.get(&user.id).is_some_and(|known| Arc::ptr_eq(known, user))
    }

    pub fn has(&self, id: &str) -> bool {
        self.known.contains_key(id)
    }
}

/// `me`: the user as he sees himself, with his mutes, blocks and counts.
pub(crate) async fn own_user(ctx: &Ctx, record: &User, own: &Own, totals: Totals) -> Result<OwnUserResponse> {
    let now = ctx.now();
    let muted: Vec<&str> = own.mutes.iter().filter(|mute| mute.holds(now)).map(|mute| mute.target.as_str()).collect();
    let people = People::load(ctx, muted.iter().copied()).await?;
    let mut me = user(record, now);
    me.online = record.connected;
    me.blocked_user_ids = own.blocks.iter().map(|block| block.user.clone()).collect();
    let me = Arc::new(me);
    let mutes = own.mutes.iter().filter(|mute| mute.holds(now) && people.has(&mute.target));
    let muted_channels = channel_mutes(ctx, own, &me, now).await?;
    Ok(OwnUserResponse {
        mutes: mutes
            .map(|mute| UserMuteResponse {
                user: me.clone(),
                target: people.get(&mute.target),
                created_at: mute.created_at,
                updated_at: mute.updated_at,
                expires: mute.expires,
            })
            .collect(),
        channel_mutes: muted_channels,
        user: me,
        invisible: record.invisible,
        privacy_settings: Some(privacy(record)),
        devices: devices::shown(own, &record.id),
        push_preferences: Some(devices::shown_preferences(own, now)),
        total_unread_count: totals.unread.into(),
        unread_count: totals.unread.into(),
        unread_channels: totals.channels.into(),
        unread_threads: totals.threads.into(),
        ..OwnUserResponse::default()
    })
}

async fn channel_mutes(ctx: &Ctx, own: &Own, me: &Arc<UserResponse>, now: Time) -> Result<Vec<ChannelMuteResponse>> {
    let cids: Vec<&str> =
        own.channel_mutes.iter().filter(|mute| mute.holds(now)).map(|mute| mute.target.as_str()).collect();
    let channels = ctx.app.store.channels(cids.iter().copied()).await?;
    let creators: Vec<&str> = channels.values().map(|channel| channel.created_by.as_str()).collect();
    let people = People::load(ctx, creators.iter().copied()).await?;
    let mut mutes = Vec::new();
    for mute in &own.channel_mutes {
        let Some(channel) = channels.get(&mute.target).filter(|channel| !channel.is_deleted()) else { continue };
        mutes.push(ChannelMuteResponse {
            user: me.clone(),
            channel: super::channel(channel, &*channel_types::of(channel)?, &people),
            created_at: mute.created_at,
            updated_at: mute.updated_at,
            expires: mute.expires,
        });
    }
    Ok(mutes)
}

/// All three parts: what was never set is on.
fn privacy(user: &User) -> PrivacySettings {
    let part = |name| Some(PrivacySetting { enabled: user.shares(name) });
    PrivacySettings {
        typing_indicators: part("typing_indicators"),
        read_receipts: part("read_receipts"),
        delivery_receipts: part("delivery_receipts"),
    }
}
