//! One line per route, the order of the middleware, and the base of the OpenAPI document.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use axum::extract::Request;
use axum::http::{Method, Uri};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::Router;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::predicate::SizeAbove;
use tower_http::compression::CompressionLayer;
use tower_http::cors::{AllowHeaders, Any, CorsLayer};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::{channels, connect, envelope, messages, operate, unknown_route, web, Operations, Rates};
use crate::app::App;
use crate::error::ApiError;

/// Every route that the document knows.
fn documented() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::with_openapi(crate::openapi::base())
        .routes(routes!(connect::connect))
        .routes(routes!(operate::hi))
        .routes(routes!(channels::query_channels))
        .routes(routes!(channels::get_or_create_channel))
        .routes(routes!(channels::get_or_create_distinct_channel))
        .routes(routes!(channels::stop_watching_channel))
        .routes(routes!(messages::send_message))
}

/// The OpenAPI document.
pub fn document() -> OpenApi {
    crate::openapi::finish(documented().split_for_parts().1)
}

/// All routes with their middleware.
pub fn router(app: Arc<App>) -> Router {
    let (routes, document) = documented().split_for_parts();
    let operations = Operations::new(operations(&document));
    let document = crate::openapi::finish(document);
    let rates = Arc::new(Rates::new(app.rate_limits));
    let plain = Router::new()
        .route("/healthz", get(operate::healthz))
        .route("/readyz", get(operate::readyz))
        .route("/metrics", get(operate::metrics));
    let cors = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS])
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"].map(axum::http::HeaderName::from_static))
        .max_age(std::time::Duration::from_secs(86_400));
    routes
        .merge(plain)
        .fallback(elsewhere)
        .method_not_allowed_fallback(unknown_route)
        .with_state(app)
        .merge(utoipa_swagger_ui::SwaggerUi::new("/docs").url("/openapi.json", document))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state((operations, rates), envelope))
        .layer(CompressionLayer::new().compress_when(SizeAbove::new(1024)))
        .layer(cors)
}

/// `/` and the web app's files for browsers; for everybody else there is nothing.
async fn elsewhere(request: Request) -> Response {
    let headers = request.headers();
    if request.method() != Method::GET {
        return unknown_route().await.into_response();
    }
    match request.uri().path() {
        "/" if web::wants_page(headers) => web::page(headers),
        path => match web::file(path, headers) {
            Some(file) => file,
            None => unknown_route().await.into_response(),
        },
    }
}

fn panicked(cause: Box<dyn std::any::Any + Send>) -> Response {
    let text = cause.downcast_ref::<String>().map(String::as_str).or_else(|| cause.downcast_ref::<&str>().copied());
    ApiError::internal(anyhow::anyhow!("a handler panicked: {}", text.unwrap_or("?"))).into_response()
}

/// Method and path → Stream's operation id: the handler's name in Pascal case.
fn operations(document: &OpenApi) -> HashMap<(String, String), String> {
    let mut operations = HashMap::new();
    for (path, item) in &document.paths.paths {
        let by_method: BTreeMap<&str, _> = [
            ("GET", &item.get),
            ("POST", &item.post),
            ("PUT", &item.put),
            ("PATCH", &item.patch),
            ("DELETE", &item.delete),
        ]
        .into();
        for (method, operation) in by_method {
            if let Some(id) = operation.as_ref().and_then(|operation| operation.operation_id.as_ref()) {
                operations.insert((method.to_owned(), path.clone()), crate::openapi::pascal(id));
            }
        }
    }
    operations
}

/// Joins a base URL that ends in a slash with a path that begins with one: `//channels` means `/channels`.
pub fn collapse_slashes(mut request: Request) -> Request {
    let path = request.uri().path();
    if !path.contains("//") {
        return request;
    }
    let collapsed = format!("/{}", path.split('/').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/"));
    let target = request.uri().query().map_or(collapsed.clone(), |query| format!("{collapsed}?{query}"));
    if let Ok(uri) = target.parse::<Uri>() {
        *request.uri_mut() = uri;
    }
    request
}
