//! Connections: how they open and close, who is online, and what becomes of the connections of a node that is gone.

use std::sync::Arc;

use super::reads::{self, Unread, UnreadChannel};
use super::{Caller, Ctx, announce, devices, long_poll, respond, users, watching};
use crate::app::App;
use crate::error::{ApiError, Code, Result};
use crate::events::{ChannelCount, Chore, End, Queue, ThreadCount, UserCounts};
use crate::limits;
use crate::store::{ConnectionKey, Effect, Estate, Event, Opened, User};
use crate::wire::events::{ConnectRequest, HealthCheck};
use crate::wire::users::OwnUserResponse;
use crate::wire::{Time, outgoing};

/// An open connection, until [`close`].
pub(crate) struct Connection {
    pub key: ConnectionKey,
    /// The first frame: `health.check` with `me`.
    pub hello: Vec<u8>,
}

/// A fresh connection id: four groups of hex digits, the first names the node.
pub(crate) fn connection_id(node: &str) -> String {
    let random = uuid::Uuid::new_v4().simple().to_string();
    format!("{node}-{}-{}-{}", &random[..8], &random[8..16], &random[16..24])
}

/// Opens a connection: the user is created or merged, the hub knows the queue before the first frame is made, so nothing that
/// happens meanwhile is lost. `may_still` is asked of the user as he is after the hub does: a token that was revoked just before
/// opens nothing, and what is revoked from then on is ended by the hub.
pub(crate) async fn open(
    ctx: &Ctx,
    request: &ConnectRequest,
    queue: Arc<Queue>,
    may_still: impl FnOnce(&User) -> Result<()>,
) -> Result<Connection> {
    let details = request.user_details.as_ref().ok_or_else(|| ApiError::required("user_details"))?;
    let id = connection_id(&ctx.app.node);
    let user = match &ctx.caller {
        Caller::Server => return Err(ApiError::authentication("a server token cannot connect; use a user token")),
        Caller::Anonymous(user) => user.clone(),
        Caller::User(user) => {
            if details.id != user.id {
                return Err(ApiError::authentication(format!("user_details.id is not the token's user {}", user.id)));
            }
            let user = users::connecting(ctx, user.clone(), details).await?;
            if let Some(device) = &request.device {
                devices::register(ctx, device).await?;
            }
            user
        }
    };
    if ctx.app.hub.is_closing() {
        return Err(stopping());
    }
    let anonymous = matches!(ctx.caller, Caller::Anonymous(_));
    let key = ConnectionKey {
        node: ctx.app.node.clone(),
        user: if anonymous { watching::anonymous_id(&id) } else { user.id.clone() },
        id,
    };
    let first = ctx.app.hub.join(&key.id, &key.user, queue);
    let opened = finish_opening(ctx, &key, &user, may_still, first).await;
    if opened.is_err() {
        close(&ctx.app, &key).await;
    }
    opened
}

/// What a node says that is about to stop: the client tries again in a moment, and finds another node or this one's successor.
pub(crate) fn stopping() -> ApiError {
    let mut error = ApiError::new(Code::Unavailable, "this node is stopping, please try again");
    error.retry_after = Some(1);
    error
}

async fn finish_opening(
    ctx: &Ctx,
    key: &ConnectionKey,
    user: &User,
    may_still: impl FnOnce(&User) -> Result<()>,
    first: bool,
) -> Result<Connection> {
    let store = &ctx.app.store;
    let anonymous = matches!(ctx.caller, Caller::Anonymous(_));
    let event = if anonymous { None } else { presence_event(user, true, store.now())? };
    let Some(Opened { user: fresh, belongings }) = store.open_connection(key, ctx.address.as_deref(), event).await?
    else {
        return Err(ApiError::new(
            Code::TooManyConnections,
            format!("at most {} connections per user", limits::CONNECTIONS_PER_USER),
        ));
    };
    fresh.as_ref().map_or(Ok(()), may_still)?;
    let own = belongings.own.clone();
    if first {
        let counts = match anonymous {
            true => UserCounts::default(),
            false => counts_of(&ctx.app, reads::unread_of(&ctx.app, &user.id, belongings).await?)?,
        };
        ctx.app.hub.load(&key.user, counts);
    }
    // Another connection of the user may still be loading the counts; then they are counted here, too.
    let totals = match ctx.app.hub.totals(&key.user) {
        Some(totals) => totals,
        None => load_counts(&ctx.app, &user.id).await?.totals(),
    };
    let mut online = user.clone();
    (online.connected, online.last_active) = (true, Some(store.now()));
    let me: OwnUserResponse = respond::own_user(ctx, &online, &own, totals).await?;
    let mut hello = HealthCheck::new(key.id.clone(), store.now());
    hello.me = Some(Box::new(me));
    Ok(Connection { key: key.clone(), hello: outgoing(&hello, 0).map_err(ApiError::internal)? })
}

/// Closes a connection and all that hung on it. Redis may be away: then the node's lease lapses and others clean up.
pub(crate) async fn close(app: &Arc<App>, key: &ConnectionKey) {
    let watched = app.hub.leave(&key.id);
    if let Err(error) = tell_closing(app, key, &watched).await {
        tracing::warn!(error = ?error, "a closed connection could not be told; the lease will lapse");
    }
}

async fn tell_closing(app: &Arc<App>, key: &ConnectionKey, watched: &[String]) -> Result<()> {
    watching::stop(&Ctx::internal(app), key, watched).await?;
    let user = app.store.fresh_user(&key.user).await?;
    let event = match user {
        Some(user) => presence_event(&user, false, app.store.now())?,
        None => None,
    };
    app.store.close_connection(key, event).await
}

/// `user.presence.changed`, if others may see it.
fn presence_event(user: &User, online: bool, now: Time) -> Result<Option<Event>> {
    if user.invisible || user.id.is_empty() {
        return Ok(None);
    }
    let mut response = respond::user(user, now);
    (response.online, response.last_active) = (online, Some(now));
    announce::user_presence_changed(response, false).map(Some)
}

/// What the user has not read, over all his channels and threads.
pub(crate) async fn load_counts(app: &App, user: &str) -> Result<UserCounts> {
    counts_of(app, reads::unread(app, user).await?)
}

fn counts_of(app: &App, unread: Unread) -> Result<UserCounts> {
    let Unread { channels, threads, own, .. } = unread;
    let now = app.store.now();
    let is_hidden = |channel: &UnreadChannel| {
        channel.seen.is_hidden(channel.channel.last_message_at, own.mutes_channel(&channel.cid, now))
    };
    let hidden =
        channels.iter().filter(|channel| is_hidden(channel)).map(|channel| channel.cid.as_str().into()).collect();
    let channels = channels
        .into_iter()
        .map(|channel| {
            let count = ChannelCount {
                unread: channel.state.unread,
                last_read: channel.state.read.at,
                as_of: channel.state.as_of,
                hides_before: channel.state.hides_before,
            };
            (channel.cid.into(), count)
        })
        .collect();
    let threads = threads
        .into_iter()
        .map(|(parent, state)| {
            (parent.into(), ThreadCount { cid: state.cid, unread: state.unread, as_of: state.as_of })
        })
        .collect();
    Ok(UserCounts::new(channels, threads, hidden, own))
}

/// The user's mutes and blocks changed, or something else that his counts follow from.
async fn reload(app: &App, user: &str) -> Result<()> {
    if !app.hub.begin_reload(user) {
        return Ok(());
    }
    let counts = load_counts(app, user).await;
    let (counts, result) = match counts {
        Ok(counts) => (Some(counts), Ok(())),
        Err(error) => (None, Err(error)),
    };
    app.hub.reload(user, counts, app.store.now());
    result
}

/// Does what the hub asks for, until the process ends.
pub(crate) async fn do_chores(app: Arc<App>, mut chores: tokio::sync::mpsc::UnboundedReceiver<Chore>) {
    while let Some(chore) = chores.recv().await {
        let result = match chore {
            Chore::StopWatching { connection, user, cids } => {
                let key = ConnectionKey { node: app.node.clone(), id: connection.to_string(), user: user.to_string() };
                watching::stop(&Ctx::internal(&app), &key, &cids).await
            }
            Chore::LoadOwn(user) => reload(&app, &user).await,
            Chore::ReloadSettings => app.store.reload_settings().await,
            Chore::Lapsed(node) => {
                if node == app.node {
                    tracing::warn!(
                        "this node stood still for longer than its lease; closing the sockets so that clients recover"
                    );
                    app.hub.end_all(End::Resync);
                }
                Ok(())
            }
            Chore::Poll { connection, user, request } => {
                long_poll::answer(&app, connection, user, request);
                Ok(())
            }
        };
        if let Err(error) = result {
            tracing::warn!(error = ?error, "a chore failed");
        }
    }
}

/// Keeps this node's lease, and settles the estate of nodes that are gone: their connections close, their watches end.
pub(crate) async fn keep_house(app: &Arc<App>) -> Result<()> {
    app.store.renew_node(&app.node).await?;
    app.store.sync_clock().await?;
    for node in app.store.lapsed_nodes().await? {
        tracing::info!(node, "a node is gone; closing what it held");
        settle(app, &node).await?;
    }
    Ok(())
}

/// Gives up what this node is said to hold and does not: connections whose end could not be told because Redis was away, and
/// watches that began while their connection ended.
pub(crate) async fn give_up_strays(app: &Arc<App>) -> Result<()> {
    let is_stray = |key: &ConnectionKey| !app.hub.holds(&key.id, &key.user);
    give_up(app, app.store.estate(&app.node, is_stray).await?).await
}

/// Closes what a node held. Several nodes may do it at once: each step has its effect once.
pub(crate) async fn settle(app: &Arc<App>, node: &str) -> Result<()> {
    let estate = app.store.estate(node, |_| true).await?;
    if node != app.node {
        // It may only have stood still. Told between reading what it held and giving that up, it loses nothing that opens later.
        let lapsed = Effect::Lapsed(node.to_owned());
        app.store.tell(node, vec![Event::effects(vec![lapsed])]).await?;
    }
    give_up(app, estate).await?;
    app.store.forget_node(node).await
}

async fn give_up(app: &Arc<App>, estate: Estate) -> Result<()> {
    let ctx = Ctx::internal(app);
    for (key, cid) in estate.watches {
        watching::stop(&ctx, &key, std::slice::from_ref(&cid)).await?;
    }
    for key in estate.connections {
        let user = app.store.fresh_user(&key.user).await?;
        let event = user.map(|user| presence_event(&user, false, app.store.now())).transpose()?.flatten();
        app.store.close_connection(&key, event).await?;
    }
    Ok(())
}
