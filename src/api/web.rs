//! The web app, embedded in the binary by the cargo feature `web`; without it, a page that says what this is.

use axum::{
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};

/// What the app's pages may load: everything from here, but pictures, sound and film that a message
/// links to from anywhere with TLS. The stock chat components set styles on elements.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; \
    script-src 'self'; \
    style-src 'self' 'unsafe-inline'; \
    img-src 'self' https: data: blob:; \
    media-src 'self' https: data: blob:; \
    font-src 'self' data:; \
    connect-src 'self' ws: wss: blob: data:; \
    worker-src 'self' blob:; \
    object-src 'none'; \
    base-uri 'self'; \
    form-action 'self'; \
    frame-ancestors 'none'";

/// Vite names these files by their content, so a name never gets another content.
const HASHED: &str = "assets/";

#[cfg(feature = "web")]
#[derive(rust_embed::RustEmbed)]
#[folder = "web/dist/"]
#[allow_missing = true]
struct App;

/// Whether the request asks for a page rather than for data: then `/` is the web app.
pub fn wants_page(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

/// The page at `/`.
pub fn page(headers: &HeaderMap) -> Response {
    file("/index.html", headers).unwrap_or_else(|| answer("index.html", PLAIN_PAGE.as_bytes().to_vec()))
}

/// A file of the web app by the path of the request; `None` when it has no such file.
#[cfg(feature = "web")]
pub fn file(path: &str, headers: &HeaderMap) -> Option<Response> {
    let path = path.trim_start_matches('/');
    let file = App::get(path)?;
    let tag = tag(&file.metadata.sha256_hash());
    let mut response = if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known == tag.as_bytes()) {
        let mut response = answer(path, Vec::new());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response
    } else {
        answer(path, file.data.into_owned())
    };
    if let Ok(tag) = header::HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    Some(response)
}

/// Without the web app there is no file.
#[cfg(not(feature = "web"))]
pub fn file(_path: &str, _headers: &HeaderMap) -> Option<Response> {
    None
}

fn answer(path: &str, content: Vec<u8>) -> Response {
    let lasts = if path.starts_with(HASHED) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let headers = [
        (header::CONTENT_TYPE, content_type(path)),
        (header::CACHE_CONTROL, lasts),
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
    ];
    (StatusCode::OK, headers, content).into_response()
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json" | "map") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("webp") => "image/webp",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("woff") => "font/woff",
        Some("mp3") => "audio/mpeg",
        Some("wasm") => "application/wasm",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(feature = "web")]
fn tag(hash: &[u8]) -> String {
    let hex: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{hex}\"")
}

const PLAIN_PAGE: &str = r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Weir</title>
<style>body { font: 1rem/1.6 system-ui, sans-serif; max-width: 36rem; margin: 4rem auto; padding: 0 1rem }</style>
<h1>Weir</h1>
<p>This is a chat server that speaks GetStream's chat protocol. It runs, and this build has no web app in it.</p>
<p>Point an app at this address as its base URL, or build Weir with its web app: <code>make run</code>.</p>
<p><a href="/healthz">Is it alive?</a> · <a href="/readyz">Is it ready?</a></p>
"#;

#[cfg(test)]
mod tests {
    use super::*;

    fn value(response: &Response, name: header::HeaderName) -> &str {
        response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    #[test]
    fn the_page_is_asked_for_again_and_runs_nothing_foreign() {
        let response = page(&HeaderMap::new());
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(value(&response, header::CONTENT_TYPE), "text/html; charset=utf-8");
        assert_eq!(value(&response, header::CACHE_CONTROL), "no-cache");
        assert!(
            value(&response, header::CONTENT_SECURITY_POLICY).starts_with("default-src 'self'; script-src 'self';")
        );
    }

    #[test]
    fn only_hashed_files_last() {
        assert!(value(&answer("assets/index-B7f3.js", Vec::new()), header::CACHE_CONTROL).contains("immutable"));
        assert_eq!(value(&answer("favicon.svg", Vec::new()), header::CACHE_CONTROL), "no-cache");
    }

    #[test]
    fn what_the_app_lacks_is_left_to_others() {
        assert!(file("/no/such/file", &HeaderMap::new()).is_none());
        assert!(file("/../../Cargo.toml", &HeaderMap::new()).is_none());
    }

    #[test]
    fn browsers_get_pages() {
        let asks = |accept: &'static str| {
            wants_page(&HeaderMap::from_iter([(header::ACCEPT, header::HeaderValue::from_static(accept))]))
        };
        assert!(asks("text/html,application/xhtml+xml,*/*;q=0.8"));
        assert!(!asks("application/json, text/plain, */*") && !wants_page(&HeaderMap::new()));
    }
}
