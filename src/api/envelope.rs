//! The response envelope (`rest.md` 5, 11): every answer is a JSON object with its `duration`, every refusal has Stream's
//! error body, all carry the rate-limit headers. One middleware does it for all routes.

use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{CONNECTION, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, Method, Response, StatusCode, Version};
use axum::middleware::Next;
use axum::response::IntoResponse;
use serde::Serialize;

use super::operations::Operations;
use super::rates::Rates;
use crate::error::{ApiError, Code};
use crate::events::Hub;
use crate::wire::{Time, outgoing, stamp};

const JSON: HeaderValue = HeaderValue::from_static("application/json;charset=utf-8");

/// Bytes that [`finished`] adds, about.
const DURATION: usize = 32;

/// A successful answer, before its duration is known.
pub(crate) struct Answer {
    status: StatusCode,
    json: serde_json::Result<Vec<u8>>,
}

impl Answer {
    /// Writes the moment of the commit where the answer has a stamp for it.
    pub fn stamped(mut self, at: Option<Time>) -> Answer {
        if let (Ok(json), Some(at)) = (&mut self.json, at) {
            let offsets = stamp::offsets(json);
            stamp::fill(json, &offsets, at);
        }
        self
    }
}

/// 200: GET, PATCH, DELETE.
pub(crate) fn ok(answer: &impl Serialize) -> Answer {
    Answer { status: StatusCode::OK, json: outgoing(answer, DURATION) }
}

/// 201: POST, PUT.
pub(crate) fn created(answer: &impl Serialize) -> Answer {
    Answer { status: StatusCode::CREATED, json: outgoing(answer, DURATION) }
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

/// Finishes answers and refusals, counts against the rate limits, logs.
pub(crate) async fn envelope(
    State((operations, rates, hub)): State<(Operations, Arc<Rates>, Arc<Hub>)>,
    request: Request,
    next: Next,
) -> Response<Body> {
    let start = Instant::now();
    let (method, uri, version) = (request.method().clone(), request.uri().clone(), request.version());
    let operation = operations.of(&method, request.extensions().get::<MatchedPath>());
    let name = &operation.name;
    let rate = rates.count(operation.number, request.headers(), uri.query().unwrap_or(""));
    let mut response = if rate.exceeded {
        ApiError::rate_limited(
            format!("Too many requests for {name}, the limit is {} a minute", rate.limit),
            rate.retry_after,
        )
        .into_response()
    } else {
        next.run(request).await
    };
    let elapsed = start.elapsed();
    if let Some(Refused(error)) = response.extensions_mut().remove::<Refused>() {
        refuse(&mut response, &error, name, &method, uri.path());
    } else if let Some(Unfinished(json)) = response.extensions_mut().remove::<Unfinished>() {
        *response.body_mut() = Body::from(finished(json, elapsed));
        response.headers_mut().insert(CONTENT_TYPE, JSON);
    }
    operation.took(response.status(), elapsed);
    tracing::debug!(%method, path = uri.path(), operation = name, status = response.status().as_u16(), ms = elapsed.as_millis() as u64, "request");
    rate.write(response.headers_mut());
    if hub.is_closing() && version < Version::HTTP_2 && response.status() != StatusCode::SWITCHING_PROTOCOLS {
        // So that nobody sends the next request into a connection that ends just then.
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// `{}` becomes `{"duration":…}`, `{"a":1}` becomes `{"a":1,"duration":…}`.
fn finished(mut json: Vec<u8>, elapsed: Duration) -> Vec<u8> {
    json.pop();
    if json.len() > 1 {
        json.push(b',');
    }
    let hundredths = elapsed.as_micros() / 10;
    // Writing to memory cannot fail.
    let _ = write!(json, "\"duration\":\"{}.{:02}ms\"}}", hundredths / 100, hundredths % 100);
    json
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
