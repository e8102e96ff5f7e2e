//! One way to refuse: [`ApiError`], with Stream's error numbers and HTTP statuses.
//!
//! The table of codes is Stream's (protocol page `rest.md`, 11.2). The body's shape is [`ApiError::body`]; the HTTP face is
//! given in `api/`.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

/// What every room returns.
pub type Result<T> = std::result::Result<T, ApiError>;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $status:literal;)*) => {
        /// Stream's error codes: name → number → HTTP status.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Code { $($(#[$doc])* $name,)* }

        impl Code {
            /// The number in the body's `code`.
            pub fn number(self) -> i32 { match self { $(Code::$name => $number,)* } }
            /// The HTTP status, also the body's `StatusCode`.
            pub fn status(self) -> u16 { match self { $(Code::$name => $status,)* } }
        }
    };
}

codes! {
    /// An unexpected failure.
    Internal = -1, 500;
    /// Redis is away or loading; the same request may succeed a moment later.
    Unavailable = -1, 503;
    /// Unknown or missing `api_key`.
    AccessKey = 2, 401;
    /// Malformed or refused input.
    Input = 4, 400;
    /// Missing or malformed token, missing `stream-auth-type`, a token of somebody else.
    Authentication = 5, 401;
    /// A quota is used up.
    RateLimit = 9, 429;
    /// The named thing does not exist.
    NotFound = 16, 404;
    /// The caller may not do this.
    NotAllowed = 17, 403;
    /// The channel type does not support this event.
    EventNotSupported = 18, 400;
    /// The feature is switched off for the channel type.
    FeatureNotSupported = 19, 400;
    /// Text longer than the channel type's `max_message_length`.
    MessageTooLong = 20, 400;
    /// A reply to a reply.
    MultipleNesting = 21, 400;
    /// Body, custom data or upload above its limit.
    PayloadTooBig = 22, 413;
    /// Processing took too long.
    Timeout = 23, 408;
    /// The token's `exp` has passed, or the token was revoked.
    TokenExpired = 40, 401;
    /// The token's `nbf` lies ahead.
    TokenNotValidYet = 41, 401;
    /// The token's `iat` lies ahead.
    TokenUsedBeforeIssued = 42, 401;
    /// The token's signature is wrong.
    TokenSignature = 43, 401;
    /// The connection id is not known (long-poll).
    ConnectionNotFound = 46, 400;
    /// Slow mode.
    Cooldown = 60, 403;
    /// The filter names channels that the caller may not read.
    NoChannelAccess = 70, 403;
    /// More connections than this user may hold.
    TooManyConnections = 71, 429;
}

/// A refusal. The cause, if there is one, is logged where the response is made and never shown.
#[derive(Debug, thiserror::Error)]
#[error("{}: {message}", code.number())]
pub struct ApiError {
    pub code: Code,
    pub message: String,
    /// Field path → what is wrong with it.
    pub exception_fields: BTreeMap<String, String>,
    /// Seconds after which another try makes sense (`Retry-After`).
    pub retry_after: Option<u64>,
    #[source]
    pub cause: Option<anyhow::Error>,
}

impl ApiError {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        ApiError { code, message: message.into(), exception_fields: BTreeMap::new(), retry_after: None, cause: None }
    }

    /// Refused input that concerns no single field.
    pub fn input(message: impl Into<String>) -> Self {
        Self::new(Code::Input, message)
    }

    /// Refused input: `path` is the field as the caller wrote it (`message.text`), `message` a whole sentence part.
    pub fn field(path: impl Into<String>, message: impl Into<String>) -> Self {
        let message = message.into();
        let mut error = Self::new(Code::Input, message.clone());
        error.exception_fields.insert(path.into(), message);
        error
    }

    /// Refused input: the field is not there.
    pub fn required(path: &str) -> Self {
        Self::field(path, format!("{path} is a required field"))
    }

    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(Code::NotFound, message)
    }

    pub fn not_allowed(message: impl Into<String>) -> Self {
        Self::new(Code::NotAllowed, message)
    }

    pub fn authentication(message: impl Into<String>) -> Self {
        Self::new(Code::Authentication, message)
    }

    pub fn rate_limited(message: impl Into<String>, retry_after: u64) -> Self {
        let mut error = Self::new(Code::RateLimit, message);
        error.retry_after = Some(retry_after);
        error
    }

    /// A failure of ours; the caller only learns that there was one.
    pub fn internal(cause: impl Into<anyhow::Error>) -> Self {
        let mut error = Self::new(Code::Internal, "internal error; it has been logged");
        error.cause = Some(cause.into());
        error
    }

    /// Redis is away: nothing was changed for certain, and the caller should come back.
    pub fn unavailable(cause: impl Into<anyhow::Error>) -> Self {
        let mut error = Self::new(Code::Unavailable, "the store is not available at the moment, please try again");
        error.cause = Some(cause.into());
        error.retry_after = Some(1);
        error
    }

    /// The id of a new message is another's.
    pub fn message_exists(id: &str) -> Self {
        Self::input(format!("a message with ID {id} already exists"))
    }

    /// Others kept changing the same thing, however often this was tried: nothing was changed, and the caller should come back.
    pub fn busy() -> Self {
        Self::unavailable(anyhow::anyhow!("the record kept changing under all tries"))
    }

    /// The envelope of `rest.md` 11.1. `operation` is Stream's operation id (`SendMessage`), absent on the WebSocket.
    pub fn body(&self, operation: Option<&str>) -> ErrorBody {
        let message = match operation {
            Some(operation) => format!("{operation} failed with error: \"{}\"", self.message),
            None => self.message.clone(),
        };
        ErrorBody {
            code: self.code.number(),
            message,
            exception_fields: self.exception_fields.clone(),
            status_code: self.code.status(),
            duration: "0.00ms".into(),
            more_info: String::new(),
            details: Vec::new(),
        }
    }
}

/// Refuses a list of more than so many items.
pub fn at_most(path: &str, count: usize, most: usize) -> Result<()> {
    if count <= most {
        return Ok(());
    }
    Err(ApiError::field(path, format!("{path} must contain at maximum {most} items")))
}

/// `None` where what was asked for is not there for the caller, or not his to see.
pub fn reachable<T>(found: Result<T>) -> Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if matches!(error.code, Code::NotFound | Code::NotAllowed) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Stream's error envelope: all keys are always there, `exception_fields` only on field errors.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ErrorBody {
    pub code: i32,
    pub message: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub exception_fields: BTreeMap<String, String>,
    #[serde(rename = "StatusCode")]
    pub status_code: u16,
    pub duration: String,
    pub more_info: String,
    pub details: Vec<i32>,
}
