//! Watching channels and following presence: for a connection that may be another node's.

use std::sync::Arc;

use super::{Caller, Ctx, announce, channel_types, respond};
use crate::error::{ApiError, Result};
use crate::limits;
use crate::store::{Channel, ConnectionKey, Watch};
use crate::wire::users::UserResponse;

/// The connection that a request with `watch` or `presence` names; it must be open and the caller's.
pub(crate) async fn connection(ctx: &Ctx) -> Result<ConnectionKey> {
    let missing = || {
        ApiError::input(
            "Watch or Presence requires an active websocket connection, please make sure to include your websocket connection_id",
        )
    };
    let user = match &ctx.caller {
        Caller::User(user) | Caller::Anonymous(user) => user,
        Caller::Server => return Err(missing()),
    };
    let id = ctx.connection_id.as_deref().ok_or_else(missing)?;
    let user_id = match &ctx.caller {
        // Each anonymous connection counts as a person of its own.
        Caller::Anonymous(_) => anonymous_id(id),
        _ => user.id.clone(),
    };
    let open = ctx.app.hub.holds(id, &user_id) || ctx.app.store.has_connection(&user_id, id).await?;
    if !open {
        return Err(missing());
    }
    if ctx.app.hub.watched(id).is_some_and(|watched| watched >= limits::WATCHED_PER_CONNECTION) {
        return Err(ApiError::input(format!(
            "a connection may watch at most {} channels",
            limits::WATCHED_PER_CONNECTION
        )));
    }
    Ok(ConnectionKey { node: node_of(id).to_owned(), id: id.to_owned(), user: user_id })
}

/// Under which id an anonymous connection is counted.
pub(crate) fn anonymous_id(connection: &str) -> String {
    format!("!anon-{connection}")
}

/// The node that a connection id names: its first group.
pub(crate) fn node_of(connection: &str) -> &str {
    connection.split_once('-').map_or("", |(node, _)| node)
}

/// Makes the connection watch the channels. When this returns, the log has it: state read from now on plus later events is
/// whole. Who watches as a member (`true`) and was removed meanwhile does not.
pub(crate) async fn start(ctx: &Ctx, connection: &ConnectionKey, channels: &[(Arc<Channel>, bool)]) -> Result<()> {
    let (user, is_seen) = watcher(ctx, connection).await?;
    let mut watches = Vec::with_capacity(channels.len());
    for (channel, as_member) in channels {
        let told = channel_types::of(channel)?.config.connect_events;
        let event = told.then(|| announce::user_watching_start(channel, user.clone(), is_seen)).transpose()?;
        watches.push(Watch { cid: channel.cid(), as_member: *as_member, event });
    }
    ctx.app.store.watch(connection, true, watches).await
}

/// Ends watches, of this or any other node's connection.
pub(crate) async fn stop(ctx: &Ctx, connection: &ConnectionKey, cids: &[String]) -> Result<()> {
    if cids.is_empty() {
        return Ok(());
    }
    let (user, is_seen) = watcher(ctx, connection).await?;
    let channels = ctx.app.store.channels(cids.iter().map(String::as_str)).await?;
    let mut watches = Vec::with_capacity(cids.len());
    for cid in cids {
        let event = match channels.get(cid) {
            Some(channel) if channel_types::of(channel)?.config.connect_events => {
                Some(announce::user_watching_stop(channel, user.clone(), is_seen)?)
            }
            _ => None,
        };
        watches.push(Watch { cid: cid.clone(), as_member: false, event });
    }
    ctx.app.store.watch(connection, false, watches).await
}

/// Who watches, and whether others may see that he does.
async fn watcher(ctx: &Ctx, connection: &ConnectionKey) -> Result<(Arc<UserResponse>, bool)> {
    let now = ctx.now();
    Ok(match ctx.app.store.user(&connection.user).await? {
        Some(user) => (Arc::new(respond::user(&user, now)), !user.invisible),
        None => {
            let anonymous = UserResponse {
                id: connection.user.clone(),
                role: "anonymous".into(),
                created_at: now,
                updated_at: now,
                online: true,
                ..UserResponse::default()
            };
            (Arc::new(anonymous), true)
        }
    })
}

/// Those of the watchers whom the caller may see.
pub(crate) async fn seen(ctx: &Ctx, ids: Vec<String>) -> Result<Vec<String>> {
    let users = ctx.app.store.users(ids.iter().map(String::as_str)).await?;
    let hides = |id: &str| id != ctx.viewer() && users.get(id).is_some_and(|user| user.invisible);
    Ok(ids.into_iter().filter(|id| ctx.is_server() || !hides(id)).collect())
}

/// Lets the connection follow the presence of these users.
pub(crate) async fn follow(ctx: &Ctx, connection: &ConnectionKey, users: Vec<String>) -> Result<()> {
    if users.is_empty() {
        return Ok(());
    }
    ctx.app.store.follow(connection, &users).await
}
