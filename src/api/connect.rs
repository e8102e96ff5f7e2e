//! How connections are opened: the WebSocket handshake (`realtime.md` 1), and the long-poll fallback.
//!
//! The upgrade itself always succeeds: a browser sees an HTTP refusal as a network failure and would try for ever, so refusals
//! are told in the first frame.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::header::{
    AUTHORIZATION, CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use axum::http::{HeaderMap, StatusCode, Version};
use axum::response::{IntoResponse, Response};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::address::ClientAddress;
use super::extract::{Credentials, caller};
use super::{Answer, Params, ok};
use crate::app::App;
use crate::auth::{Identity, Tokens};
use crate::chat::{Caller, Ctx, long_poll, presence, users};
use crate::error::{ApiError, Result};
use crate::events::session::Socket;
use crate::events::{End, Queue, millis, text_frame};
use crate::limits;
use crate::wire::events::{
    ConnectParams, ConnectRequest, ConnectionError, HealthCheck, LongPollParams, LongPollResponse,
};

/// Opens the connection over which events come.
#[utoipa::path(get, path = "/connect", tag = "connection", params(ConnectParams),
    responses((status = 101, description = "WebSocket; the first frame is health.check with connection_id and me")))]
pub(crate) async fn connect(
    State(app): State<Arc<App>>,
    Params(params): Params<ConnectParams>,
    ClientAddress(address): ClientAddress,
    mut request: Request,
) -> Result<Response> {
    let accept = accept_key(request.version(), request.headers())?;
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        match upgrade.await {
            Ok(upgraded) => serve(app, params, address, upgraded).await,
            Err(error) => tracing::debug!(%error, "the upgrade did not happen"),
        }
    });
    let headers = [(CONNECTION, "upgrade"), (UPGRADE, "websocket"), (SEC_WEBSOCKET_ACCEPT, accept.as_str())];
    Ok((StatusCode::SWITCHING_PROTOCOLS, headers).into_response())
}

fn accept_key(version: Version, headers: &HeaderMap) -> Result<String> {
    let is = |name, expected: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.to_ascii_lowercase().contains(expected))
    };
    match headers.get(SEC_WEBSOCKET_KEY) {
        Some(key)
            if version == Version::HTTP_11
                && is(UPGRADE, "websocket")
                && is(CONNECTION, "upgrade")
                && is(SEC_WEBSOCKET_VERSION, "13") =>
        {
            Ok(derive_accept_key(key.as_bytes()))
        }
        _ => Err(ApiError::input("this is a WebSocket endpoint: connect with Upgrade: websocket, version 13")),
    }
}

async fn serve(app: Arc<App>, params: ConnectParams, address: Option<Arc<str>>, upgraded: hyper::upgrade::Upgraded) {
    let queue = Arc::new(Queue::held());
    queue.note(&queue.heard, millis());
    queue.note(&queue.checked, millis());
    let Some(socket) = Socket::new(upgraded, queue.clone()).await else {
        tracing::error!("an upgraded connection is no TCP connection of this server");
        return;
    };
    let expires = params.authorization.as_deref().and_then(Tokens::expires);
    // What is only needed at the beginning and at the end is boxed: the socket lives long, and there are many.
    let presence::Connection { key, hello } = match Box::pin(open(&app, params, address, queue.clone())).await {
        Ok(connection) => connection,
        Err(error) => {
            if let Some(cause) = &error.cause {
                tracing::warn!(%cause, "a connection was refused");
            }
            let frame = ConnectionError::new(app.store.now(), error.body(None));
            queue.release(text_frame(&serde_json::to_vec(&frame).unwrap_or_default()));
            // Only a permanent refusal is closed with 1000: after any other code the client tries again.
            let passing = matches!(error.code, crate::error::Code::Unavailable | crate::error::Code::Internal);
            queue.end(if passing { End::Restart } else { End::Refused });
            Box::pin(socket.run(Vec::new, None)).await;
            return;
        }
    };
    queue.release(text_frame(&hello));
    drop(hello);
    metrics::gauge!("weir_connections").increment(1);
    let (answering, id) = (app.clone(), key.id.clone());
    let lasts = expires.map(|expires| expires.since(app.store.now()));
    let end = socket.run(move || health_check(&answering, &id), lasts).await;
    metrics::gauge!("weir_connections").decrement(1);
    metrics::counter!("weir_connections_ended_total", "reason" => format!("{end:?}")).increment(1);
    tracing::debug!(connection = key.id, ?end, "connection closed");
    Box::pin(presence::close(&app, &key)).await;
}

/// A `health.check` without `me`.
pub(crate) fn health_check(app: &App, connection: &str) -> Vec<u8> {
    let check = HealthCheck::new(connection.to_owned(), app.store.now());
    // A struct of texts and times always serialises.
    serde_json::to_vec(&check).unwrap_or_default()
}

async fn open(
    app: &Arc<App>,
    params: ConnectParams,
    address: Option<Arc<str>>,
    queue: Arc<Queue>,
) -> Result<presence::Connection> {
    let credentials = Credentials {
        api_key: params.api_key.as_deref().unwrap_or(""),
        auth_type: params.stream_auth_type.as_deref().unwrap_or(""),
        token: params.authorization.as_deref().unwrap_or(""),
    };
    let known = caller(app, &credentials).await?;
    let request = connect_request(&known, params.json.as_deref())?;
    let actor = match &known {
        Caller::User(user) | Caller::Anonymous(user) => Some(user.clone()),
        Caller::Server => None,
    };
    let ctx = Ctx { app: app.clone(), caller: known, actor, connection_id: None, address };
    let issued_at = match app.tokens.verify(credentials.token, app.store.now()) {
        Ok(Identity::User { issued_at, .. }) => issued_at,
        _ => None,
    };
    presence::open(&ctx, &request, queue, |user| users::check_not_revoked(app, user, issued_at)).await
}

/// The request in `json`, if the caller may connect with it.
fn connect_request(caller: &Caller, json: Option<&str>) -> Result<ConnectRequest> {
    let request: ConnectRequest = serde_json::from_str(json.unwrap_or("{}"))
        .map_err(|error| ApiError::field("json", format!("json is not valid: {error}")))?;
    if let Caller::User(user) = caller {
        if user.deactivated_at.is_some() || user.deleted_at.is_some() {
            let what = if user.deleted_at.is_some() { "deleted" } else { "deactivated" };
            return Err(ApiError::not_found(format!("the user {} was {what}", user.id)));
        }
        if request.user_id.as_ref().is_some_and(|id| *id != user.id) {
            return Err(ApiError::authentication("user_id does not match the user of the token"));
        }
    }
    Ok(request)
}

/// The same connection for clients that no WebSocket reaches: opened with `json`, then polled with `connection_id`.
#[utoipa::path(get, path = "/longpoll", tag = "connection", params(LongPollParams), responses((status = 200, body = LongPollResponse)))]
pub(crate) async fn long_poll(
    ctx: Ctx,
    Params(params): Params<LongPollParams>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
) -> Result<Answer> {
    let ctx = Ctx { address, ..ctx };
    let answer = match (params.connection_id.as_deref().filter(|id| !id.is_empty()), params.close) {
        (Some(id), Some(true)) => long_poll::close(&ctx, id).await.map(|()| LongPollResponse::default()),
        (Some(id), _) => long_poll::poll(&ctx, id, hold(&ctx, &headers)).await,
        (None, Some(true)) => Ok(LongPollResponse::default()),
        (None, _) => long_poll::open(&ctx, &connect_request(&ctx.caller, params.json.as_deref())?).await,
    };
    Ok(ok(&answer?))
}

/// How long a poll may wait: not longer than its token holds.
fn hold(ctx: &Ctx, headers: &HeaderMap) -> Duration {
    let token = headers.get(AUTHORIZATION).and_then(|token| token.to_str().ok());
    let lasts = token.and_then(Tokens::expires).map(|expires| expires.since(ctx.now()));
    lasts.map_or(limits::POLL_HOLD, |lasts| lasts.min(limits::POLL_HOLD))
}
