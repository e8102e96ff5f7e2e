//! A file for whoever has its link: in parts if wanted, images in other sizes too, cached for as long as the link is good, and never
//! as something that runs.

use std::ops::Range;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{FromRequestParts, Path, RawQuery, State};
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, ETAG, IF_NONE_MATCH, IF_RANGE, RANGE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::api::Params;
use crate::app::App;
use crate::chat::uploads::{self, Picture, Size};
use crate::error::{ApiError, Result};

/// Types that a browser shows and in which nothing runs. Everything else is for saving.
const SHOWN: [&str; 23] = [
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "image/bmp",
    "image/avif",
    "image/heif",
    "audio/aac",
    "audio/amr",
    "audio/m4a",
    "audio/mp4",
    "audio/mpeg",
    "audio/ogg",
    "audio/opus",
    "audio/webm",
    "audio/x-flac",
    "audio/x-wav",
    "video/mp4",
    "video/mpeg",
    "video/quicktime",
    "video/webm",
    "video/x-m4v",
    "video/x-matroska",
];
/// Nothing may be loaded and nothing may run.
const LOCKED: &str = "default-src 'none'; sandbox";
/// The same, with what browsers need in order to show a picture or film by itself.
const SHOWING: &str = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox";

/// A file named by the path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct FilePath {
    /// Id of the upload.
    id: String,
    /// Name of the file.
    name: String,
}

impl<S: Send + Sync> FromRequestParts<S> for FilePath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        // A path that cannot be read names no file.
        let path = Path::<FilePath>::from_request_parts(parts, state).await;
        path.map(|Path(path)| path).map_err(|_| ApiError::not_found("there is no such file"))
    }
}

/// In which size an image is wanted; of no effect on other files.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SizeQuery {
    /// Pixels across.
    w: Option<String>,
    /// Pixels down.
    h: Option<String>,
    /// `clip` (default), `crop`, `scale` or `fill`.
    resize: Option<String>,
    /// `center` (default), `top`, `bottom`, `left`, `right`, or two of them with a comma.
    crop: Option<String>,
}

/// What is sent.
struct File<'a> {
    name: &'a str,
    content_type: &'a str,
    size: u64,
    tag: String,
    /// Whether the link is good for ever, and for anybody.
    is_open: bool,
}

/// Serves an uploaded file.
#[utoipa::path(get, path = "/uploads/{id}/{name}", tag = "uploads",
    params(FilePath, SizeQuery), responses((status = 200, description = "The file."), (status = 206, description = "A part of it."),
        (status = 304, description = "It is as known."), (status = 416, description = "It has no such part.")))]
pub(crate) async fn get_upload(
    State(app): State<Arc<App>>,
    path: FilePath,
    RawQuery(link): RawQuery,
    Params(query): Params<SizeQuery>,
    asked: HeaderMap,
) -> Result<Response> {
    let FilePath { id, name } = path;
    let upload = uploads::shown(&app, &id, &name, &link.unwrap_or_default()).await?;
    let SizeQuery { w, h, resize, crop } = &query;
    let is_open = uploads::signed_for(&app, &upload).is_none();
    let (content_type, size) = (upload.content_type.as_str(), upload.size);
    let wanted = if content_type.starts_with("image/") {
        Size::asked(w.as_deref(), h.as_deref(), resize.as_deref(), crop.as_deref())?
    } else {
        None
    };
    let file = File { name: &upload.name, content_type, size, tag: format!("\"{id}\""), is_open };
    if let Some(wanted) = wanted
        && let Some(Picture { bytes, content_type }) = uploads::in_size(&app, &id, &upload, &wanted).await?
    {
        let tag = format!("\"{id}-{}\"", wanted.name());
        let file = File { content_type, size: bytes.len() as u64, tag, ..file };
        let (status, headers, range) = head(&asked, &file);
        return Ok((status, headers, bytes.slice(range.start as usize..range.end as usize)).into_response());
    }
    let (status, headers, range) = head(&asked, &file);
    let content = uploads::read(&app, &id, range).await?;
    Ok((status, headers, Body::from_stream(content)).into_response())
}

/// Status and headers, and which bytes follow.
fn head(asked: &HeaderMap, file: &File<'_>) -> (StatusCode, HeaderMap, Range<u64>) {
    let mut headers = headers(file);
    let (status, range) = part(asked, &file.tag, file.size);
    headers.insert(CONTENT_LENGTH, (range.end - range.start).into());
    match status {
        StatusCode::NOT_MODIFIED => drop(headers.remove(CONTENT_LENGTH)),
        StatusCode::PARTIAL_CONTENT => {
            insert(&mut headers, CONTENT_RANGE, &format!("bytes {}-{}/{}", range.start, range.end - 1, file.size))
        }
        StatusCode::RANGE_NOT_SATISFIABLE => insert(&mut headers, CONTENT_RANGE, &format!("bytes */{}", file.size)),
        _ => {}
    }
    (status, headers, range)
}

fn headers(file: &File<'_>) -> HeaderMap {
    let is_shown = SHOWN.contains(&file.content_type);
    let mut headers = HeaderMap::new();
    insert(&mut headers, CONTENT_TYPE, content_type(file.content_type));
    insert(&mut headers, CONTENT_DISPOSITION, &disposition(is_shown, file.name));
    insert(&mut headers, ETAG, &file.tag);
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, if is_shown { SHOWING } else { LOCKED }),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Under one id lies one content, for ever. What is signed stays with whom it was signed for.
        (CACHE_CONTROL, if file.is_open { "public, max-age=31536000, immutable" } else { "private, max-age=3600" }),
        (ACCEPT_RANGES, "bytes"),
        (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
}

/// What does not fit into a header is left out; nothing that comes here does not.
fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

fn content_type(kind: &str) -> &str {
    match kind {
        "text/plain" => "text/plain; charset=utf-8",
        kind => kind,
    }
}

/// The name twice: for old readers without what could confuse them, and whole (RFC 6266).
fn disposition(is_shown: bool, name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() || " .-_()".contains(letter) { letter } else { '_' })
        .collect();
    let how = if is_shown { "inline" } else { "attachment" };
    format!("{how}; filename=\"{plain}\"; filename*=UTF-8''{}", uploads::encoded(name))
}

/// Which part is asked for, and the status that says so.
fn part(asked: &HeaderMap, tag: &str, size: u64) -> (StatusCode, Range<u64>) {
    let text = |name: HeaderName| asked.get(name).and_then(|value| value.to_str().ok());
    let is_known = text(IF_NONE_MATCH).is_some_and(|known| {
        known.split(',').any(|known| {
            matches!(known.trim().trim_start_matches("W/"), "*") || known.trim().trim_start_matches("W/") == tag
        })
    });
    if is_known {
        return (StatusCode::NOT_MODIFIED, 0..0);
    }
    let range = text(RANGE).filter(|_| text(IF_RANGE).is_none_or(|known| known == tag));
    match range.and_then(|range| ranged(range, size)) {
        None => (StatusCode::OK, 0..size),
        Some(range) if range.is_empty() => (StatusCode::RANGE_NOT_SATISFIABLE, 0..0),
        Some(range) => (StatusCode::PARTIAL_CONTENT, range),
    }
}

/// The bytes that `bytes=5-7`, `bytes=5-` or `bytes=-3` mean: none of them when the file is shorter, `None` when this is no range or
/// several, which may be ignored.
fn ranged(text: &str, size: u64) -> Option<Range<u64>> {
    let (first, last) = text.strip_prefix("bytes=")?.trim().split_once('-')?;
    let range = match (first, last) {
        ("", length) => size.saturating_sub(length.parse().ok()?)..size,
        (first, "") => first.parse().ok()?..size,
        (first, last) => {
            let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
            if last < first {
                return None;
            }
            first..last.saturating_add(1).min(size)
        }
    };
    Some(if range.start < range.end { range } else { 0..0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn served(kind: &str, name: &str) -> (String, String) {
        let file = File { name, content_type: kind, size: 1, tag: "\"x\"".into(), is_open: true };
        let headers = headers(&file);
        let text = |name: HeaderName| headers[name].to_str().unwrap().to_owned();
        assert_eq!(text(X_CONTENT_TYPE_OPTIONS), "nosniff");
        assert!(
            text(CONTENT_SECURITY_POLICY).starts_with("default-src 'none'")
                && text(CONTENT_SECURITY_POLICY).ends_with("sandbox")
        );
        (text(CONTENT_TYPE), text(CONTENT_DISPOSITION))
    }

    #[test]
    fn only_what_cannot_run_is_shown() {
        for kind in ["image/png", "image/webp", "audio/mpeg", "audio/webm", "video/mp4"] {
            assert!(served(kind, "a").1.starts_with("inline;"), "{kind}");
        }
        for kind in [
            "text/html",
            "image/svg+xml",
            "text/xml",
            "text/plain",
            "application/pdf",
            "application/x-shockwave-flash",
            "application/octet-stream",
            "application/wasm",
        ] {
            assert!(served(kind, "a").1.starts_with("attachment;"), "{kind}");
        }
        assert_eq!(served("text/plain", "a").0, "text/plain; charset=utf-8");
    }

    #[test]
    fn names_stay_within_their_quotes() {
        let (_, disposition) = served("text/plain", "a\"; b=\\ü.txt");
        assert_eq!(disposition, "attachment; filename=\"a__ b___.txt\"; filename*=UTF-8''a%22%3B%20b%3D%5C%C3%BC.txt");
    }

    #[test]
    fn ranges() {
        let cases = [
            ("bytes=5-7", Some(5..8)),
            ("bytes=5-", Some(5..10)),
            ("bytes=-3", Some(7..10)),
            ("bytes=-30", Some(0..10)),
            ("bytes=0-99", Some(0..10)),
            ("bytes=10-", Some(0..0)),
            ("bytes=-0", Some(0..0)),
            ("bytes=7-5", None),
            ("bytes=0-1,3-4", None),
            ("lines=1-2", None),
            ("bytes=a-b", None),
            ("bytes=99999999999999999999-", None),
        ];
        for (text, range) in cases {
            assert_eq!(ranged(text, 10), range, "{text}");
        }
    }

    #[test]
    fn a_known_file_is_not_sent_again_and_a_changed_one_not_in_parts() {
        let part = |name: HeaderName, value: &'static str| {
            let asked = HeaderMap::from_iter([
                (RANGE, HeaderValue::from_static("bytes=1-2")),
                (name, HeaderValue::from_static(value)),
            ]);
            part(&asked, "\"x\"", 10).0
        };
        assert_eq!(part(IF_NONE_MATCH, "\"y\", W/\"x\""), StatusCode::NOT_MODIFIED);
        assert_eq!(part(IF_NONE_MATCH, "\"y\""), StatusCode::PARTIAL_CONTENT);
        assert_eq!(part(IF_RANGE, "\"x\""), StatusCode::PARTIAL_CONTENT);
        assert_eq!(part(IF_RANGE, "\"y\""), StatusCode::OK);
    }
}
