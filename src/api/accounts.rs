//! Weir's own accounts, for its web app: a session is a cookie that only this server's own pages can use.

use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, COOKIE, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use serde::de::DeserializeOwned;

use super::{Answer, Body, address, created, ok};
use crate::app::App;
use crate::chat::accounts::{self, SignedIn};
use crate::error::{ApiError, Result};
use crate::store::SESSION_LASTS;
use crate::wire::accounts::{InfoResponse, RegisterRequest, SessionResponse, SignInRequest, UpdateMeRequest};
use crate::wire::settings::EmptyResponse;

const COOKIE_NAME: &str = "weir_session";

/// Headers that set the session's cookie.
type Cookie = [(HeaderName, String); 2];

/// Makes an account and signs in. The first one of all looks after the server.
#[utoipa::path(post, path = "/weir/v1/register", tag = "accounts", request_body = RegisterRequest,
    responses((status = 201, body = SessionResponse)))]
pub(crate) async fn register(
    State(app): State<Arc<App>>,
    browser: Browser,
    JsonBody(request): JsonBody<RegisterRequest>,
) -> Result<(Cookie, Answer)> {
    let signed_in = accounts::register(&app, request, browser.address.as_deref()).await?;
    Ok((browser.keeps(&signed_in), created(&signed_in.response)))
}

/// Signs in.
#[utoipa::path(post, path = "/weir/v1/sign-in", tag = "accounts", request_body = SignInRequest,
    responses((status = 201, body = SessionResponse)))]
pub(crate) async fn sign_in(
    State(app): State<Arc<App>>,
    browser: Browser,
    JsonBody(request): JsonBody<SignInRequest>,
) -> Result<(Cookie, Answer)> {
    let signed_in = accounts::sign_in(&app, request, browser.address.as_deref()).await?;
    Ok((browser.keeps(&signed_in), created(&signed_in.response)))
}

/// Signs out: the session ends, and its cookie goes.
#[utoipa::path(post, path = "/weir/v1/sign-out", tag = "accounts", responses((status = 201, body = EmptyResponse)))]
pub(crate) async fn sign_out(
    State(app): State<Arc<App>>,
    browser: Browser,
    JsonBody(EmptyRequest {}): JsonBody<EmptyRequest>,
) -> Result<(Cookie, Answer)> {
    accounts::sign_out(&app, browser.session.as_deref()).await?;
    Ok((browser.cookie("", 0), created(&EmptyResponse {})))
}

/// Who is signed in, with a fresh token for the chat client.
#[utoipa::path(get, path = "/weir/v1/me", tag = "accounts", responses((status = 200, body = SessionResponse)))]
pub(crate) async fn me(State(app): State<Arc<App>>, browser: Browser) -> Result<(Cookie, Answer)> {
    let signed_in = accounts::me(&app, browser.session.as_deref()).await?;
    Ok((browser.keeps(&signed_in), ok(&signed_in.response)))
}

/// Changes one's name, picture, e-mail address or password.
#[utoipa::path(patch, path = "/weir/v1/me", tag = "accounts", request_body = UpdateMeRequest,
    responses((status = 200, body = SessionResponse)))]
pub(crate) async fn update_me(
    State(app): State<Arc<App>>,
    browser: Browser,
    JsonBody(request): JsonBody<UpdateMeRequest>,
) -> Result<(Cookie, Answer)> {
    let signed_in = accounts::update_me(&app, browser.session.as_deref(), request, browser.address.as_deref()).await?;
    Ok((browser.keeps(&signed_in), ok(&signed_in.response)))
}

/// What this server is, for anybody.
#[utoipa::path(get, path = "/weir/v1/info", tag = "accounts", responses((status = 200, body = InfoResponse)))]
pub(crate) async fn info(State(app): State<Arc<App>>) -> Result<Answer> {
    Ok(ok(&accounts::info(&app).await?))
}

#[derive(serde::Deserialize)]
pub(crate) struct EmptyRequest {}

/// What the request says of the browser that sent it. One that comes from another site's page is refused.
pub(crate) struct Browser {
    /// The session's token.
    session: Option<String>,
    /// Where guesses are counted.
    address: Option<String>,
    is_https: bool,
}

impl Browser {
    fn keeps(&self, signed_in: &SignedIn) -> Cookie {
        self.cookie(&signed_in.token, SESSION_LASTS.as_secs())
    }

    fn cookie(&self, value: &str, seconds: u64) -> Cookie {
        let secure = if self.is_https { "; Secure" } else { "" };
        let cookie = format!("{COOKIE_NAME}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
        [(SET_COOKIE, cookie), (CACHE_CONTROL, "no-store".to_owned())]
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Browser {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        if matches!(text(&parts.headers, "sec-fetch-site"), "cross-site" | "same-site") {
            return Err(ApiError::not_allowed("only this server's own pages may call this"));
        }
        Ok(Browser {
            session: session(&parts.headers),
            address: address::of(parts),
            is_https: text(&parts.headers, "x-forwarded-proto").eq_ignore_ascii_case("https"),
        })
    }
}

/// A body that says it is JSON: a form on another site's page cannot send that.
pub(crate) struct JsonBody<T>(T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self> {
        let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("");
        if !kind.split(';').next().unwrap_or("").trim().eq_ignore_ascii_case("application/json") {
            return Err(ApiError::input("the request must have the content type application/json"));
        }
        Body::from_request(request, state).await.map(|Body(request)| JsonBody(request)).map_err(silent)
    }
}

/// What is said of a body that does not fit repeats what was found there. A password is not repeated, even one that is a number.
fn silent(error: ApiError) -> ApiError {
    match error.exception_fields.keys().find(|field| field.contains("password")) {
        Some(field) => ApiError::field(field, format!("{field} must be a text")),
        None => error,
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
}

fn session(headers: &HeaderMap) -> Option<String> {
    let pairs =
        headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(';'));
    let mut values = pairs.filter_map(|pair| pair.trim().strip_prefix(COOKIE_NAME)?.strip_prefix('='));
    values.find(|value| !value.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    async fn browser(headers: &[(&'static str, &'static str)]) -> Result<Browser> {
        let mut request = Request::builder();
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Browser::from_request_parts(&mut request.body(axum::body::Body::empty()).unwrap().into_parts().0, &()).await
    }

    async fn taken(kind: Option<&'static str>) -> bool {
        let mut request = Request::new(axum::body::Body::from(r#"{"email":"a@x"}"#));
        if let Some(kind) = kind {
            request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        }
        JsonBody::<SignInRequest>::from_request(request, &()).await.is_ok()
    }

    #[tokio::test]
    async fn only_json_is_taken() {
        for kind in ["application/json", "application/json;charset=utf-8", "Application/JSON ; charset=utf-8"] {
            assert!(taken(Some(kind)).await, "{kind}");
        }
        for kind in
            ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=application/json", ""]
        {
            assert!(!taken(Some(kind)).await, "{kind}");
        }
        assert!(!taken(None).await);
    }

    #[tokio::test]
    async fn a_password_is_not_repeated() {
        let mut request = Request::new(axum::body::Body::from(r#"{"email":"a@x","password":12345678}"#));
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let error = JsonBody::<SignInRequest>::from_request(request, &()).await.err().unwrap();
        assert_eq!(error.message, "password must be a text");
    }

    #[tokio::test]
    async fn pages_of_other_sites_are_refused() {
        for (site, expected) in [("same-origin", true), ("none", true), ("same-site", false), ("cross-site", false)] {
            assert_eq!(browser(&[("sec-fetch-site", site)]).await.is_ok(), expected, "{site}");
        }
        assert!(browser(&[]).await.is_ok());
    }

    #[tokio::test]
    async fn the_session_is_found_among_cookies() {
        for (cookies, expected) in [
            ("weir_session=abc", Some("abc")),
            ("a=b; weir_session=abc; c=d", Some("abc")),
            ("my_weir_session=x;weir_session=abc", Some("abc")),
            ("weir_session_2=x", None),
            ("weir_session=", None),
            ("weir_session", None),
        ] {
            assert_eq!(browser(&[("cookie", cookies)]).await.unwrap().session.as_deref(), expected, "{cookies}");
        }
    }

    #[tokio::test]
    async fn the_cookie_is_out_of_reach() {
        let [(_, plain), _] = browser(&[]).await.unwrap().cookie("abc", 60);
        assert_eq!(plain, "weir_session=abc; Path=/; Max-Age=60; HttpOnly; SameSite=Lax");
        let [(_, secure), _] = browser(&[("x-forwarded-proto", "https")]).await.unwrap().cookie("abc", 60);
        assert!(secure.ends_with("; Secure"), "{secure}");
    }
}
