//! One line per route, the order of the middleware, and the base of the OpenAPI document.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::header::ACCEPT_RANGES;
use axum::http::{Extensions, HeaderMap, Method, StatusCode, Uri, Version};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{Predicate, SizeAbove};
use tower_http::cors::{AllowHeaders, Any, CorsLayer};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::accounts;
use crate::api::{
    Operations, Rates, channels, connect, devices, drafts, envelope, events, links, locations, members, messages,
    moderation, operate, polls, reactions, reads, reminders, settings, threads, unknown_route, uploads, user_groups,
    users, web,
};
use crate::app::App;
use crate::error::ApiError;

/// Every route that the document knows.
#[expect(clippy::too_many_lines, reason = "a table: one line per route")]
fn documented() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::with_openapi(crate::openapi::base())
        .routes(routes!(connect::connect))
        .routes(routes!(connect::long_poll))
        .routes(routes!(accounts::register))
        .routes(routes!(accounts::sign_in))
        .routes(routes!(accounts::sign_out))
        .routes(routes!(accounts::me, accounts::update_me))
        .routes(routes!(accounts::info))
        .routes(routes!(operate::hi))
        .routes(routes!(users::query_users, users::update_users, users::update_users_partial))
        .routes(routes!(users::get_blocked_users, users::block_users))
        .routes(routes!(users::unblock_users))
        .routes(routes!(users::create_guest))
        .routes(routes!(links::get_og))
        .routes(routes!(settings::search_roles))
        .routes(routes!(user_groups::list_user_groups, user_groups::create_user_group))
        .routes(routes!(user_groups::search_user_groups))
        .routes(routes!(user_groups::get_user_group, user_groups::update_user_group, user_groups::delete_user_group))
        .routes(routes!(user_groups::add_user_group_members))
        .routes(routes!(user_groups::remove_user_group_members))
        .routes(routes!(devices::list_devices, devices::create_device, devices::delete_device))
        .routes(routes!(devices::update_push_notification_preferences))
        .routes(routes!(moderation::ban, moderation::unban))
        .routes(routes!(moderation::query_banned_users))
        .routes(routes!(moderation::query_future_channel_bans))
        .routes(routes!(moderation::query_message_flags))
        .routes(routes!(moderation::flag_entity))
        .routes(routes!(moderation::v2_ban))
        .routes(routes!(moderation::v2_mute_user))
        .routes(routes!(moderation::v2_unmute_user))
        .routes(routes!(moderation::flag))
        .routes(routes!(moderation::unflag))
        .routes(routes!(moderation::mute_user))
        .routes(routes!(moderation::unmute_user))
        .routes(routes!(moderation::mute_channel))
        .routes(routes!(moderation::unmute_channel))
        .routes(routes!(settings::get_app, settings::update_app))
        .routes(routes!(channels::query_channels))
        .routes(routes!(channels::get_or_create_channel))
        .routes(routes!(channels::get_or_create_distinct_channel))
        .routes(routes!(channels::stop_watching_channel))
        .routes(routes!(channels::update_channel, channels::update_channel_partial, channels::delete_channel))
        .routes(routes!(channels::truncate_channel))
        .routes(routes!(channels::hide_channel))
        .routes(routes!(channels::show_channel))
        .routes(routes!(members::query_members))
        .routes(routes!(members::update_member_partial))
        .routes(routes!(members::partial_update_member))
        .routes(routes!(messages::send_message))
        .routes(routes!(reads::mark_read))
        .routes(routes!(reads::mark_unread))
        .routes(routes!(reads::mark_channels_read))
        .routes(routes!(reads::mark_delivered))
        .routes(routes!(reads::unread_counts))
        .routes(routes!(events::send_event))
        .routes(routes!(events::send_user_custom_event))
        .routes(routes!(events::sync))
        .routes(routes!(
            messages::get_message,
            messages::update_message,
            messages::update_message_partial,
            messages::delete_message
        ))
        .routes(routes!(messages::ephemeral_message_update))
        .routes(routes!(messages::undelete_message))
        .routes(routes!(messages::commit_message))
        .routes(routes!(messages::translate_message))
        .routes(routes!(messages::translate))
        .routes(routes!(messages::query_message_history))
        .routes(routes!(messages::run_message_action))
        .routes(routes!(messages::get_replies))
        .routes(routes!(messages::get_pinned_messages))
        .routes(routes!(messages::get_many_messages))
        .routes(routes!(drafts::create_draft, drafts::get_draft, drafts::delete_draft))
        .routes(routes!(drafts::query_drafts))
        .routes(routes!(reminders::create_reminder, reminders::update_reminder, reminders::delete_reminder))
        .routes(routes!(reminders::query_reminders))
        .routes(routes!(locations::get_user_live_locations, locations::update_live_location))
        .routes(routes!(threads::query_threads))
        .routes(routes!(threads::get_thread, threads::update_thread_partial))
        .routes(routes!(messages::search))
        .routes(routes!(reactions::send_reaction))
        .routes(routes!(reactions::delete_reaction))
        .routes(routes!(reactions::get_reactions, reactions::query_reactions))
        .routes(routes!(polls::create_poll, polls::update_poll))
        .routes(routes!(polls::query_polls))
        .routes(routes!(polls::get_poll, polls::update_poll_partial, polls::delete_poll))
        .routes(routes!(polls::create_poll_option, polls::update_poll_option))
        .routes(routes!(polls::get_poll_option, polls::delete_poll_option))
        .routes(routes!(polls::query_poll_votes))
        .routes(routes!(polls::cast_poll_vote))
        .routes(routes!(polls::delete_poll_vote))
        .routes(routes!(uploads::upload_channel_file, uploads::delete_channel_file))
        .routes(routes!(uploads::upload_channel_image, uploads::delete_channel_image))
        .routes(routes!(uploads::upload_file, uploads::delete_file))
        .routes(routes!(uploads::upload_image, uploads::delete_image))
        .routes(routes!(uploads::get_upload))
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
    let (rates, hub) = (Arc::new(Rates::new(app.rate_limits)), app.hub.clone());
    let plain = Router::new()
        .route("/healthz", get(operate::healthz))
        .route("/readyz", get(operate::readyz))
        .route("/metrics", get(operate::metrics));
    let cors = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS])
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(
            ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"]
                .map(axum::http::HeaderName::from_static),
        )
        .max_age(std::time::Duration::from_secs(86_400));
    routes
        .merge(plain)
        .fallback(elsewhere)
        .method_not_allowed_fallback(unknown_route)
        .with_state(app)
        .merge(utoipa_swagger_ui::SwaggerUi::new("/docs").url("/openapi.json", document))
        // As one layer: each that is added by itself boxes every request once more.
        .layer(
            ServiceBuilder::new()
                .layer(cors)
                .layer(CompressionLayer::new().compress_when(SizeAbove::new(1024).and(is_whole)))
                .layer(middleware::from_fn_with_state((operations, rates, hub), envelope))
                .layer(CatchPanicLayer::custom(panicked)),
        )
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

/// What can be had in parts goes out as it is: its parts are counted in its own bytes.
fn is_whole(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    !headers.contains_key(ACCEPT_RANGES)
}

fn panicked(cause: Box<dyn std::any::Any + Send>) -> Response {
    let text = cause.downcast_ref::<String>().map(String::as_str).or_else(|| cause.downcast_ref::<&str>().copied());
    ApiError::internal(anyhow::anyhow!("a handler panicked: {}", text.unwrap_or("?"))).into_response()
}

/// Method and path → Stream's operation id: the handler's name in Pascal case.
fn operations(document: &OpenApi) -> Vec<(Method, String, String)> {
    let mut operations = Vec::new();
    for (path, item) in &document.paths.paths {
        for (method, operation) in [
            (Method::GET, &item.get),
            (Method::POST, &item.post),
            (Method::PUT, &item.put),
            (Method::PATCH, &item.patch),
            (Method::DELETE, &item.delete),
        ] {
            if let Some(id) = operation.as_ref().and_then(|operation| operation.operation_id.as_ref()) {
                operations.push((method, path.clone(), crate::openapi::pascal(id)));
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
