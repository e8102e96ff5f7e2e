//! Connections without a socket: how they open, are polled and closed, on whichever node the client's requests arrive.
//!
//! A poll of a connection that another node holds goes there through the log and comes back the same way.

use std::sync::Arc;
use std::time::Duration;

use serde_json::value::RawValue;

use super::{Caller, Ctx, presence, watching};
use crate::app::App;
use crate::error::{ApiError, Code, Result};
use crate::events::{End, Heard, Queue, millis};
use crate::limits;
use crate::store::{Effect, Event, Polled};
use crate::wire::events::{ConnectRequest, LongPollResponse};

/// Opens a connection. Its answer is the `health.check` that would be a socket's first frame.
pub(crate) async fn open(ctx: &Ctx, request: &ConnectRequest) -> Result<LongPollResponse> {
    let queue = Arc::new(Queue::default());
    queue.note(&queue.heard, millis());
    queue.note(&queue.checked, millis());
    // Each poll shows its token anew.
    let connection = presence::open(ctx, request, queue.clone(), |_| Ok(())).await?;
    let (app, key) = (ctx.app.clone(), connection.key);
    let line = app.hub.polls.open(&key.id, queue);
    tokio::spawn(async move {
        metrics::gauge!("weir_connections").increment(1);
        let end = line.run().await;
        metrics::gauge!("weir_connections").decrement(1);
        tracing::debug!(connection = key.id, ?end, "long-poll connection closed");
        app.hub.polls.close(&key.id);
        presence::close(&app, &key).await;
    });
    Ok(LongPollResponse { event: Some(raw(connection.hello)?), events: None })
}

/// Waits for events, at most for `hold`.
pub(crate) async fn poll(ctx: &Ctx, id: &str, hold: Duration) -> Result<LongPollResponse> {
    let user = owner(ctx, id)?;
    let heard = match ctx.app.hub.holds(id, &user) {
        false if ctx.app.hub.is_closing() => return Err(presence::stopping()),
        true => ctx.app.hub.polls.poll(id, hold).await.ok_or_else(|| unknown(id))?,
        // It was ours, and is ending: nobody else will answer.
        false if watching::node_of(id) == ctx.app.node => return Err(unknown(id)),
        false if ctx.app.store.has_connection(&user, id).await? => relayed(ctx, id, &user).await?,
        false => return Err(unknown(id)),
    };
    match heard {
        Ok(events) => Ok(LongPollResponse { event: None, events: Some(raw(events.into_bytes())?) }),
        Err(End::Restart) => Err(presence::stopping()),
        Err(_) => Err(unknown(id)),
    }
}

/// Ends a connection; one that is not there needs nothing.
pub(crate) async fn close(ctx: &Ctx, id: &str) -> Result<()> {
    let user = owner(ctx, id)?;
    if ctx.app.hub.holds(id, &user) {
        ctx.app.hub.polls.close(id);
    } else if ctx.app.store.has_connection(&user, id).await? {
        tell(&ctx.app, &user, Effect::EndPoll(id.to_owned())).await?;
    }
    Ok(())
}

/// Whom the connection must belong to.
fn owner(ctx: &Ctx, id: &str) -> Result<String> {
    match &ctx.caller {
        Caller::User(user) => Ok(user.id.clone()),
        Caller::Anonymous(_) => Ok(watching::anonymous_id(id)),
        Caller::Server => Err(ApiError::authentication("a server token cannot connect; use a user token")),
    }
}

/// The code on which clients open a new connection and recover.
fn unknown(id: &str) -> ApiError {
    let shown: String = id.chars().take(40).collect();
    ApiError::new(Code::ConnectionNotFound, format!("connection_id \"{shown}\" not found"))
}

fn raw(json: Vec<u8>) -> Result<Box<RawValue>> {
    serde_json::from_slice(&json).map_err(ApiError::internal)
}

async fn tell(app: &App, user: &str, effect: Effect) -> Result<()> {
    app.store.tell(user, vec![Event::effects(vec![effect])]).await.map(|_| ())
}

/// A poll on its way through the log. Whoever leaves before the answer may miss what it says, so the connection ends then.
struct Relayed<'a> {
    app: &'a Arc<App>,
    user: &'a str,
    id: &'a str,
    request: String,
    answered: bool,
}

impl Drop for Relayed<'_> {
    fn drop(&mut self) {
        self.app.hub.polls.give_up(&self.request);
        if !self.answered {
            let (app, user, id) = (self.app.clone(), self.user.to_owned(), self.id.to_owned());
            tokio::spawn(async move {
                if let Err(error) = tell(&app, &user, Effect::EndPoll(id)).await {
                    tracing::warn!(error = ?error, "a long-poll connection was left to lapse");
                }
            });
        }
    }
}

async fn relayed(ctx: &Ctx, id: &str, user: &str) -> Result<Heard> {
    let request = uuid::Uuid::new_v4().simple().to_string();
    let mut relayed = Relayed { app: &ctx.app, user, id, request: request.clone(), answered: false };
    let mut answers = ctx.app.hub.polls.relay(&request);
    tell(&ctx.app, user, Effect::Poll { connection: id.to_owned(), user: user.to_owned(), request }).await?;
    let mut patience = limits::POLL_RELAY;
    loop {
        match tokio::time::timeout(patience, answers.recv()).await {
            Ok(Some(Polled::Waits)) => patience = limits::POLL_HOLD + limits::POLL_RELAY,
            Ok(Some(Polled::Events(events))) => {
                relayed.answered = true;
                return Ok(Ok(events));
            }
            Ok(Some(Polled::Ended) | None) | Err(_) => return Ok(Err(End::Gone)),
        }
    }
}

/// Answers a poll that arrived on another node.
pub(crate) fn answer(app: &Arc<App>, connection: String, user: String, request: String) {
    let app = app.clone();
    tokio::spawn(async move {
        let answered = async {
            tell(&app, &user, Effect::Polled(request.clone(), Polled::Waits)).await?;
            let polled = match app.hub.polls.poll(&connection, limits::POLL_HOLD).await {
                Some(Ok(events)) => Polled::Events(events),
                Some(Err(_)) | None => Polled::Ended,
            };
            tell(&app, &user, Effect::Polled(request, polled)).await
        };
        if let Err(error) = answered.await {
            tracing::warn!(error = ?error, "another node's poll was not answered; its client will recover");
            app.hub.polls.close(&connection);
        }
    });
}
