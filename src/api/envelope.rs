//! The response envelope (`rest.md` 5, 11): every answer is a JSON object with its `duration`, every refusal has Stream's
//! error body, all carry the rate-limit headers. One middleware does it for all routes.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, Method, Response, StatusCode};
use axum::middleware::Next;
use axum::response::IntoResponse;
use serde::Serialize;

use super::rates::Rates;
use crate::error::{ApiError, Code};

const JSON: HeaderValue = HeaderValue::from_static("application/json;charset=utf-8");

/// A successful answer, before its duration is known.
pub(crate) struct Answer {
    status: StatusCode,
    json: serde_json::Result<Vec<u8>>,
}

/// 200: GET, PATCH, DELETE.
pub(crate) fn ok(answer: &impl Serialize) -> Answer {
    Answer { status: StatusCode::OK, json: serde_json::to_vec(answer) }
}

/// 201: POST, PUT.
pub(crate) fn created(answer: &impl Serialize) -> Answer {
    Answer { status: StatusCode::CREATED, json: serde_json::to_vec(answer) }
}

/// The JSON of an answer on its way to the envelope.
#[derive(Clone)]
struct Unfinished(Vec<u8>);

/// A refusal on its way to the envelope.
#[derive(Clone)]
struct Refused(Arc<ApiError>);

impl IntoResponse for Answer {
    fn into_response(self) -> axum::response::Response {
        match self.json {
            Ok(json) => {
                let mut response = self.status.into_response();
                response.extensions_mut().insert(Unfinished(json));
                response
            }
            Err(error) => ApiError::internal(error).into_response(),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> axum::response::Response {
        let status = StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        response.extensions_mut().insert(Refused(Arc::new(self)));
        response
    }
}

/// What answers where no route is.
pub(crate) async fn unknown_route() -> ApiError {
    ApiError::not_found("Not Found")
}

/// Method and path template → Stream's operation id (`SendMessage`), for error texts and rate limits.
#[derive(Clone, Default)]
pub(crate) struct Operations(Arc<HashMap<(String, String), String>>);

impl Operations {
    pub fn new(operations: HashMap<(String, String), String>) -> Self {
        Operations(Arc::new(operations))
    }

    fn name(&self, method: &Method, path: Option<&MatchedPath>) -> &str {
        let key = path.map(|path| (method.as_str().to_owned(), path.as_str().to_owned()));
        key.and_then(|key| self.0.get(&key)).map_or("Request", String::as_str)
    }
}

/// Finishes answers and refusals, counts against the rate limits, logs.
pub(crate) async fn envelope(
    State((operations, rates)): State<(Operations, Arc<Rates>)>,
    request: Request,
    next: Next,
) -> Response<Body> {
    let start = Instant::now();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let operation = operations.name(&method, request.extensions().get::<MatchedPath>()).to_owned();
    let rate = rates.count(&operation, request.headers(), request.uri().query().unwrap_or(""));
    let mut response = if rate.exceeded {
        ApiError::rate_limited(
            format!("Too many requests for {operation}, the limit is {} a minute", rate.limit),
            rate.retry_after,
        )
        .into_response()
    } else {
        next.run(request).await
    };
    let elapsed = start.elapsed();
    if let Some(Refused(error)) = response.extensions_mut().remove::<Refused>() {
        refuse(&mut response, &error, &operation, &method, &path);
    } else if let Some(Unfinished(mut json)) = response.extensions_mut().remove::<Unfinished>() {
        // {} becomes {"duration":…}, {"a":1} becomes {"a":1,"duration":…}
        json.pop();
        let comma = if json.len() > 1 { "," } else { "" };
        json.extend_from_slice(format!("{comma}\"duration\":\"{:.2}ms\"}}", elapsed.as_secs_f64() * 1000.0).as_bytes());
        *response.body_mut() = Body::from(json);
        response.headers_mut().insert(CONTENT_TYPE, JSON);
    }
    metrics::histogram!("weir_request_seconds", "operation" => operation.clone(), "status" => response.status().as_str().to_owned()).record(elapsed);
    tracing::debug!(%method, path, operation, status = response.status().as_u16(), ms = elapsed.as_millis() as u64, "request");
    rate.write(response.headers_mut());
    response
}

fn refuse(response: &mut Response<Body>, error: &ApiError, operation: &str, method: &Method, path: &str) {
    match (error.code, &error.cause) {
        (Code::Internal, cause) => {
            tracing::error!(%method, path, operation, ?cause, "request failed: {}", error.message)
        }
        (Code::Unavailable, Some(cause)) => tracing::warn!(%method, path, operation, %cause, "the store is away"),
        _ => {
            tracing::debug!(%method, path, operation, code = error.code.number(), "request refused: {}", error.message)
        }
    }
    // People read the messages of our own face as they are; Stream's clients expect the operation before them.
    let body = error.body((!path.starts_with("/weir/")).then_some(operation));
    *response.body_mut() = Body::from(serde_json::to_vec(&body).unwrap_or_default());
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    if let Some(seconds) = error.retry_after {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
}
