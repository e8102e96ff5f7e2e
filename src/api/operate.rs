//! What operators ask: is it alive, is it ready, how is it doing. And the warm-up call of clients.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use super::{Answer, ok};
use crate::app::App;
use crate::error::{ApiError, Code, Result};
use crate::wire::settings::EmptyResponse;

/// Alive: the process answers.
pub(crate) async fn healthz() -> &'static str {
    "ok"
}

/// Ready: Redis answers, too.
pub(crate) async fn readyz(State(app): State<Arc<App>>) -> Result<&'static str> {
    if app.hub.is_closing() {
        return Err(ApiError::new(Code::Unavailable, "this node is stopping"));
    }
    app.store.ping().await?;
    Ok("ready")
}

/// Numbers in Prometheus' text format.
pub(crate) async fn metrics(State(app): State<Arc<App>>) -> Response {
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], (app.metrics)()).into_response()
}

/// The warm-up ping that some clients send before they connect; its answer is ignored.
#[utoipa::path(get, path = "/hi", tag = "connection", responses((status = 200, body = EmptyResponse)))]
pub(crate) async fn hi() -> Answer {
    ok(&EmptyResponse {})
}
