//! Extractors: a request taken apart, tolerant where clients are sloppy (`rest.md` 2, 3), strict where it matters.

use std::borrow::Cow;
use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use utoipa::IntoParams;

use super::address;
use crate::app::App;
use crate::auth::Identity;
use crate::chat::{Caller, Ctx, users};
use crate::error::{ApiError, Code, Result};
use crate::limits;
use crate::store::User;

/// A channel named by the path.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct ChannelPath {
    /// Channel type.
    #[serde(rename = "type")]
    #[param(rename = "type")]
    pub kind: String,
    /// Channel id.
    pub id: String,
}

impl ChannelPath {
    pub fn cid(&self) -> String {
        format!("{}:{}", self.kind, self.id)
    }
}

/// A channel type named by the path.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct TypePath {
    /// Channel type.
    #[serde(rename = "type")]
    #[param(rename = "type")]
    pub kind: String,
}

/// A message named by the path.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct MessagePath {
    /// Message id.
    pub id: String,
}

/// A user named by the path.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct UserPath {
    /// User id.
    pub user_id: String,
}

/// A user group named by the path.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct GroupPath {
    /// User group id.
    pub id: String,
}

/// A member of a channel, named by the path.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct MemberPath {
    /// Channel type.
    #[serde(rename = "type")]
    #[param(rename = "type")]
    pub kind: String,
    /// Channel id.
    pub id: String,
    /// The member's user id.
    pub user_id: String,
}

/// A type of reaction to a message, named by the path.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct ReactionPath {
    /// Message id.
    pub id: String,
    /// Reaction type.
    #[serde(rename = "type")]
    #[param(rename = "type")]
    pub kind: String,
}

/// A poll named by the path.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct PollPath {
    pub poll_id: String,
}

/// An option of a poll, named by the path.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct PollOptionPath {
    pub poll_id: String,
    pub option_id: String,
}

/// A poll and the message that shows it, named by the path.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct ShownPollPath {
    pub message_id: String,
    pub poll_id: String,
}

/// A vote in a poll that a message shows, named by the path.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct PollVotePath {
    pub message_id: String,
    pub poll_id: String,
    pub vote_id: String,
}

macro_rules! from_path {
    ($($name:ident),+) => {$(
        impl<S: Send + Sync> FromRequestParts<S> for $name {
            type Rejection = ApiError;

            async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
                path(parts, state).await
            }
        }
    )+};
}

from_path!(MessagePath, UserPath, GroupPath, MemberPath, ReactionPath, ChannelPath, TypePath);
from_path!(PollPath, PollOptionPath, ShownPollPath, PollVotePath);

async fn path<T: DeserializeOwned + Send, S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<T> {
    let path = Path::<T>::from_request_parts(parts, state).await;
    path.map(|Path(path)| path).map_err(|error| ApiError::input(error.body_text()))
}

/// Query parameters. A key that comes twice has its last value (some clients append one), unknown keys are ignored.
pub(crate) struct Params<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        from_value(Value::Object(query(parts))).map(Params)
    }
}

/// The JSON in the query parameter `payload` of a GET (`rest.md` 2.3).
pub(crate) struct Payload<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Payload<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        let mut query = query(parts);
        let payload = query.remove("payload").unwrap_or_default();
        let text = payload.as_str().filter(|text| !text.is_empty()).unwrap_or("{}");
        from_json(text.as_bytes())
            .map(Payload)
            .map_err(|error| ApiError::field("payload", format!("payload: {}", error.message)))
    }
}

/// A JSON body; an empty one means `{}`.
pub(crate) struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self> {
        let bytes = axum::body::to_bytes(request.into_body(), limits::BODY_BYTES).await.map_err(|_| {
            ApiError::new(Code::PayloadTooBig, format!("the request body is larger than {} bytes", limits::BODY_BYTES))
        })?;
        let json = if bytes.trim_ascii().is_empty() { &b"{}"[..] } else { &bytes };
        from_json(json).map(Body)
    }
}

fn query(parts: &Parts) -> Map<String, Value> {
    let pairs = form_pairs(parts.uri.query().unwrap_or(""));
    pairs.into_iter().map(|(key, value)| (key.into_owned(), Value::String(value.into_owned()))).collect()
}

/// The pairs of a form-encoded text, decoded; what is not UTF-8 is replaced.
fn form_pairs(text: &str) -> Vec<(Cow<'_, str>, Cow<'_, str>)> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (percent_decoded(key), percent_decoded(value))
        })
        .collect()
}

fn percent_decoded(text: &str) -> Cow<'_, str> {
    if !text.contains(['%', '+']) {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while index < bytes.len() {
        let hex = |at: usize| bytes.get(at).and_then(|digit| char::from(*digit).to_digit(16));
        match (bytes[index], hex(index + 1), hex(index + 2)) {
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                index += 2;
            }
            (b'+', ..) => out.push(b' '),
            (byte, ..) => out.push(byte),
        }
        index += 1;
    }
    Cow::Owned(String::from_utf8_lossy(&out).into_owned())
}

fn from_json<T: DeserializeOwned>(json: &[u8]) -> Result<T> {
    // Nearly every body is read straight away. What is not is read again, slowly, to say what is wrong with it, or because a
    // key comes twice: then its last value counts, as everywhere else, which a typed reader would refuse.
    if json.trim_ascii_start().starts_with(b"{")
        && let Ok(body) = serde_json::from_slice(json)
    {
        return Ok(body);
    }
    let value: Value = serde_json::from_slice(json)
        .map_err(|error| ApiError::input(format!("the body is not valid JSON: {error}")))?;
    if !value.is_object() {
        return Err(ApiError::input("the body must be a JSON object"));
    }
    from_value(value)
}

fn from_value<T: DeserializeOwned>(value: Value) -> Result<T> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        let reason = error.into_inner().to_string();
        if path == "." { ApiError::input(reason) } else { ApiError::field(path.clone(), format!("{path}: {reason}")) }
    })
}

/// The request's credentials as headers or query carry them.
pub(crate) struct Credentials<'a> {
    pub api_key: &'a str,
    pub auth_type: &'a str,
    pub token: &'a str,
}

/// Who calls: `rest.md` 4. The identity is the token's, never the query's.
pub(crate) async fn caller(app: &Arc<App>, credentials: &Credentials<'_>) -> Result<Caller> {
    if credentials.api_key != app.api_key {
        return Err(ApiError::new(
            Code::AccessKey,
            format!("api_key \"{}\" not found", credentials.api_key.chars().take(40).collect::<String>()),
        ));
    }
    match credentials.auth_type {
        "anonymous" => Ok(Caller::Anonymous(Arc::new(User::new("!anon", "anonymous")))),
        "jwt" => match app.tokens.verify(credentials.token, app.store.now())? {
            Identity::Server => Ok(Caller::Server),
            Identity::User { id, issued_at } => users::authenticated(app, &id, issued_at).await.map(Caller::User),
        },
        _ => Err(ApiError::authentication("stream-auth-type missing or invalid")),
    }
}

impl FromRequestParts<Arc<App>> for Ctx {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self> {
        let query = form_pairs(parts.uri.query().unwrap_or(""));
        let text = |key: &str| query.iter().rev().find(|(name, _)| name == key).map_or("", |(_, value)| value);
        let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("");
        let credentials = Credentials {
            api_key: text("api_key"),
            auth_type: header("stream-auth-type"),
            token: header("authorization"),
        };
        let caller = caller(app, &credentials).await?;
        let actor = match &caller {
            Caller::Server => None,
            Caller::User(user) | Caller::Anonymous(user) => Some(user.clone()),
        };
        let connection_id =
            Some(text("connection_id")).filter(|id| !id.is_empty() && id.len() <= 64).map(str::to_owned);
        // Where a server stands says nothing of the person it acts for.
        let barred = actor.is_some() && !app.store.address_bans().is_empty();
        let address = if barred { address::of_client(parts) } else { None };
        Ok(Ctx { app: app.clone(), caller, actor, connection_id, address })
    }
}
