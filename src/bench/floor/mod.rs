//! The floor: a server that does what a send, a watch and a delivery cannot do without, and nothing else. It checks
//! the token, stores a message in one Redis call and hands ready bytes to the sockets; it has no rules and no rights.

mod messages;
mod pages;
mod sockets;

use std::sync::Arc;

use anyhow::{Context, Result};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use redis::AsyncConnectionConfig;
use redis::aio::MultiplexedConnection;
use serde::Deserialize;
use tokio::net::TcpSocket;

use self::sockets::Hub;

/// More than a storm of connects can queue up; the kernel cuts it to its own limit.
const BACKLOG: u32 = 4096;

/// What the handlers share.
struct Floor {
    redis: MultiplexedConnection,
    send: redis::Script,
    tokens: Tokens,
    hub: Hub,
}

/// Checks tokens of one secret.
struct Tokens {
    key: DecodingKey,
    validation: Validation,
}

#[derive(Deserialize)]
struct Claims {
    #[serde(default)]
    user_id: Option<String>,
}

impl Tokens {
    fn new(secret: &str) -> Tokens {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        Tokens { key: DecodingKey::from_secret(secret.as_bytes()), validation }
    }

    /// The user of a token; a server's token has an empty one.
    fn user(&self, token: &str) -> Option<String> {
        let token = jsonwebtoken::decode::<Claims>(token, &self.key, &self.validation).ok()?;
        Some(token.claims.user_id.unwrap_or_default())
    }
}

impl Floor {
    fn user(&self, headers: &HeaderMap) -> Option<String> {
        self.tokens.user(headers.get(header::AUTHORIZATION)?.to_str().ok()?)
    }
}

/// Serves until the process is ended; says on the standard output where it listens.
pub fn main(redis: &str, secret: &str) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(redis, secret))
}

async fn serve(redis: &str, secret: &str) -> Result<()> {
    let config = AsyncConnectionConfig::new().set_response_timeout(None);
    let redis =
        redis::Client::open(redis)?.get_multiplexed_async_connection_with_config(&config).await.context("Redis")?;
    let floor = Arc::new(Floor {
        redis,
        send: redis::Script::new(messages::SEND),
        tokens: Tokens::new(secret),
        hub: Hub::default(),
    });
    floor.send.prepare_invoke().load_async(&mut floor.redis.clone()).await?;
    sockets::start_flushers(&floor);
    let routes = Router::new()
        .route("/connect", get(sockets::connect))
        .route("/users", post(|| async { json(StatusCode::CREATED, "{}") }))
        .route("/channels", post(pages::channels))
        .route("/channels/{type}/{id}", post(|| async { json(StatusCode::CREATED, "{}") }))
        .route("/channels/{type}/{id}/query", post(pages::channel))
        .route("/channels/{type}/{id}/message", post(messages::send))
        .route("/messages/{id}", get(pages::message))
        .with_state(floor);
    let socket = TcpSocket::new_v4()?;
    socket.bind(([127, 0, 0, 1], 0).into())?;
    let listener = socket.listen(BACKLOG)?;
    println!("The floor is listening on http://{}", listener.local_addr()?);
    let listener = listener.tap_io(|socket| {
        // A socket that refuses the option still works.
        let _ = socket.set_nodelay(true);
    });
    axum::serve(listener, routes).await?;
    Ok(())
}

fn json(status: StatusCode, body: impl Into<Body>) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body.into()).into_response()
}

fn refused() -> Response {
    json(StatusCode::UNAUTHORIZED, "{}")
}

/// Redis did not do it: the run that sees this answer fails.
fn failed(error: &redis::RedisError) -> Response {
    json(StatusCode::SERVICE_UNAVAILABLE, format!("{{\"message\":{:?}}}", error.to_string()))
}
