//! Channels: getting or creating one, listing many, changing, hiding, truncating and deleting them.

mod change;
mod create;
mod data;
mod delete;
mod distinct;
mod erase;
mod fields;
mod hide;
mod pages;
mod partial;
mod query;
mod truncate;
mod update;

pub(crate) use change::{Change, MemberChange, Turn, commit};
pub(crate) use create::{check_members_exist, ensure, get_or_create};
pub(crate) use delete::delete;
pub(crate) use distinct::id as distinct_id;
pub(crate) use hide::{hide, show};
pub(crate) use pages::{limit, message_page, offset, offset_page};
pub(crate) use partial::update_partial;
pub(crate) use query::{query, readable};
pub(crate) use truncate::truncate;
pub(crate) use update::update;

use super::keeps::Keeps;
use super::{Ctx, Granted, respond, watching};
use crate::access::Action;
use crate::error::{ApiError, Result};
use crate::limits;
use crate::store::{ChannelSnapshot, Page, StatePages};
use crate::wire::channels::ChannelStateResponse;

/// The channel as it is now, and what the caller holds in it, whatever that is: for changes that need now this right, now that.
///
/// Errors: 16 when there is no such channel, 17 when it is disabled or of another team.
pub(crate) async fn current(ctx: &Ctx, cid: &str) -> Result<Granted> {
    let store = &ctx.app.store;
    store.forget_channel(cid, ctx.viewer());
    let missing = || ApiError::not_found(format!("Can't find channel with id {cid}"));
    let channel = store.fresh_channel(cid).await?.filter(|channel| !channel.is_deleted()).ok_or_else(missing)?;
    let granted = ctx.grant(cid, channel).await?;
    granted.refuse_disabled()?;
    if granted.right.is_elsewhere() {
        return Err(granted.right.refusal(Action::ReadChannel));
    }
    Ok(granted)
}

/// The state of a channel that the caller may read: watching starts first, so that nothing falls between the two.
pub(crate) async fn state(
    ctx: &Ctx,
    granted: &Granted,
    pages: StatePages,
    watchers: Option<(usize, usize)>,
) -> Result<ChannelStateResponse> {
    let seen = user_channel(ctx, &granted.cid).await?;
    let snapshot = snapshot(ctx, granted, pages, &seen).await?;
    let watchers = match watchers {
        Some((offset, limit)) => {
            let mut ids = ctx.app.store.watcher_ids(&granted.cid).await?;
            ids.sort_unstable();
            Some(watching::seen(ctx, ids.into_iter().skip(offset).take(limit).collect()).await?)
        }
        None => None,
    };
    let keeps = match ctx.keeps() {
        true => Keeps::load(ctx, &places(&snapshot, &granted.cid)).await?,
        false => Keeps::default(),
    };
    let polls = respond::Polls::of_states(ctx, &[&snapshot]).await?;
    respond::state(ctx, granted, snapshot, &seen, watchers, &keeps, &polls).await
}

/// The channel and the messages of its state, about which the viewer may keep something.
fn places<'a>(snapshot: &'a ChannelSnapshot, cid: &'a str) -> Vec<(&'a str, Option<&'a str>)> {
    let messages = snapshot.messages.iter().chain(&snapshot.pins);
    std::iter::once((cid, None)).chain(messages.map(|row| (cid, Some(row.message.id.as_str())))).collect()
}

/// What only the viewer sees of the channel.
pub(crate) async fn user_channel(ctx: &Ctx, cid: &str) -> Result<crate::store::UserChannel> {
    match ctx.viewer() {
        "" => Ok(crate::store::UserChannel::default()),
        viewer => ctx.app.store.user_channel(viewer, cid).await,
    }
}

/// Reads the state; a page that hidden messages made too short is read again with more.
async fn snapshot(
    ctx: &Ctx,
    granted: &Granted,
    mut pages: StatePages,
    seen: &crate::store::UserChannel,
) -> Result<ChannelSnapshot> {
    let hidden_before = granted.member.as_ref().and_then(|member| member.hide_messages_before);
    let wanted = pages.messages.limit;
    pages.messages = pages.messages.since(seen.cleared_at.max(hidden_before));
    let mut snapshot = read(ctx, granted, &pages).await?;
    let visible = |snapshot: &ChannelSnapshot| {
        snapshot.messages.iter().filter(|row| row.message.is_visible_to(ctx.viewer())).count()
    };
    if snapshot.messages.len() == wanted && visible(&snapshot) < wanted && wanted < limits::MESSAGES_PAGE {
        let more = Page { limit: limits::MESSAGES_PAGE, ..pages.messages.clone() };
        snapshot = read(ctx, granted, &StatePages { messages: more, ..pages.clone() }).await?;
        snapshot.messages.retain(|row| row.message.is_visible_to(ctx.viewer()));
        let extra = snapshot.messages.len().saturating_sub(wanted);
        match pages.messages.of {
            crate::store::PageOf::Oldest => snapshot.messages.truncate(wanted),
            _ => drop(snapshot.messages.drain(..extra)),
        }
    }
    Ok(snapshot)
}

async fn read(ctx: &Ctx, granted: &Granted, pages: &StatePages) -> Result<ChannelSnapshot> {
    let snapshot = ctx.app.store.snapshot(&granted.cid, ctx.viewer(), pages).await?;
    let missing = || ApiError::not_found(format!("Can't find channel with id {}", granted.cid));
    snapshot.filter(|snapshot| !snapshot.channel.is_deleted()).ok_or_else(missing)
}

/// Starts to watch, if the caller may: somebody whose invite is open or rejected does not.
pub(crate) async fn watch(ctx: &Ctx, granted: &[Granted], presence: bool, start: bool) -> Result<()> {
    let connection = watching::connection(ctx).await?;
    let inside: Vec<_> = granted
        .iter()
        .filter(|granted| granted.member.as_ref().is_none_or(|member| !member.is_outside()))
        .map(|granted| (granted.channel.clone(), granted.member.is_some()))
        .collect();
    if start {
        watching::start(ctx, &connection, &inside).await?;
    }
    if presence {
        let mut ids = Vec::new();
        for granted in granted {
            let members = ctx.app.store.all_members(&granted.cid).await?;
            ids.extend(members.iter().take(limits::STATE_MEMBERS).map(|member| member.user_id.clone()));
        }
        watching::follow(ctx, &connection, ids).await?;
    }
    Ok(())
}
