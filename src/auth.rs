//! Who calls, and how he proves it: tokens are signed and verified here, passwords hashed and checked.

mod known;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::LazyLock;
use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::{Error as PasswordError, PasswordHasher, PasswordVerifier, phc::PasswordHash};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

use crate::error::{ApiError, Code, Result};
use crate::limits;
use crate::wire::Time;
use known::Known;

/// A longer token is not looked at.
const TOKEN_BYTES: usize = 8 * 1024;
/// How far `iat` and `nbf` may lie ahead, in seconds: clocks differ, and a second of difference is nobody's attack.
const CLOCK_LEEWAY: i64 = 5;
/// Third segment of a development token.
const DEV_SIGNATURE: &str = "devtoken";
/// Hash of no password, with the cost of a real one: see [`check_no_password`].
const NO_PASSWORD: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$d2Vpci1uby1wYXNzd29yZA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Whom a token speaks for. Whether a user's token was revoked is for the caller to say, who knows the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// The app's own backend, which may do everything.
    Server,
    /// A user; `issued_at` is the token's `iat`.
    User { id: String, issued_at: Option<Time> },
}

/// What is read of a token's claims; all others are ignored. `null` is absent.
#[derive(Clone, Default, Deserialize, Serialize)]
struct Claims {
    #[serde(skip_serializing_if = "Option::is_none")]
    server: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iat: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
}

/// Signs and verifies the tokens of one API secret: HS256 and nothing else.
pub struct Tokens {
    signing: EncodingKey,
    verifying: DecodingKey,
    validation: Validation,
    known: Known,
    dev_tokens: bool,
}

impl Tokens {
    /// With `dev_tokens`, the signatures of user tokens are not looked at (`rest.md` 4.4).
    pub fn new(secret: &str, dev_tokens: bool) -> Tokens {
        let mut validation = Validation::new(Algorithm::HS256);
        // Times are judged by `Claims::identity`, with codes of their own and by the store's clock.
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation.validate_aud = false;
        Tokens {
            signing: EncodingKey::from_secret(secret.as_bytes()),
            verifying: DecodingKey::from_secret(secret.as_bytes()),
            validation,
            known: Known::default(),
            dev_tokens,
        }
    }

    /// Whom the token speaks for at `now`; refusals have the codes of `rest.md` 4.1.
    pub fn verify(&self, token: &str, now: Time) -> Result<Identity> {
        if let Some(claims) = self.known.get(token) {
            return claims.identity(now);
        }
        if token.len() > TOKEN_BYTES {
            return refuse(Code::Authentication, "token is too long");
        }
        let segments: Vec<&str> = token.split('.').collect();
        let [header, payload, signature] = segments[..] else {
            return refuse(Code::Authentication, "token contains an invalid number of segments");
        };
        match jsonwebtoken::decode_header(token) {
            // RFC 7515, 4.1.11: who does not know what a token says is critical must not take it.
            Ok(header) if header.crit.is_some() => {
                return refuse(Code::Authentication, "critical headers are not understood");
            }
            Ok(header) if header.alg == Algorithm::HS256 => {}
            Ok(_) => return refuse(Code::Authentication, "signing method is not HS256"),
            Err(error) => return malformed(&error),
        }
        let claims = match jsonwebtoken::decode::<Claims>(token, &self.verifying, &self.validation) {
            Ok(verified) => self.known.remember(token, verified.claims),
            Err(error) if matches!(error.kind(), ErrorKind::InvalidSignature | ErrorKind::Base64(_)) => {
                self.unsigned(header, payload, signature)?
            }
            Err(error) => return malformed(&error),
        };
        claims.identity(now)
    }

    /// The claims of a token whose signature is wrong: only those of a user, and only while development tokens are on.
    fn unsigned(&self, header: &str, payload: &str, signature: &str) -> Result<Claims> {
        // Development tokens are written by hand, in either alphabet and with padding.
        let payload = payload.trim_end_matches('=').replace('+', "-").replace('/', "_");
        let claims: Claims = match jsonwebtoken::dangerous::insecure_decode(format!("{header}.{payload}.")) {
            Ok(token) => token.claims,
            Err(error) => return malformed(&error),
        };
        match self.dev_tokens {
            true if claims.user_id.is_some() => Ok(claims),
            false if signature == DEV_SIGNATURE => {
                Err(ApiError::authentication("development tokens are not allowed for this application"))
            }
            _ => {
                refuse(Code::TokenSignature, "signature is not valid, it was not made with the secret of this api key")
            }
        }
    }

    /// When a token that was verified stops to hold; `None`: never.
    pub fn expires(token: &str) -> Option<Time> {
        let claims: Claims = jsonwebtoken::dangerous::insecure_decode(token).ok()?.claims;
        claims.exp.map(|exp| Time(exp.saturating_mul(1_000_000)))
    }

    /// Whether the token says that it is a server's. The signature is not looked at, so this gives no right.
    pub fn is_server(token: &str) -> bool {
        jsonwebtoken::dangerous::insecure_decode::<Claims>(token).is_ok_and(|token| token.claims.server == Some(true))
    }

    /// A token for the user, issued now and valid for `ttl`, or for ever.
    pub fn sign_user(&self, id: &str, ttl: Option<Duration>, now: Time) -> Result<String> {
        if !valid_user_id(id) {
            return Err(ApiError::field("user_id", "user_id has 1 to 255 letters, digits, @, _ and -"));
        }
        let iat = seconds(now);
        let exp = ttl.map(|ttl| iat.saturating_add(i64::try_from(ttl.as_secs()).unwrap_or(i64::MAX)));
        self.sign(&Claims { user_id: Some(id.to_owned()), iat: Some(iat), exp, ..Claims::default() })
    }

    /// A token for the app's own backend. It does not expire.
    pub fn sign_server(&self) -> Result<String> {
        self.sign(&Claims { server: Some(true), ..Claims::default() })
    }

    fn sign(&self, claims: &Claims) -> Result<String> {
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &self.signing).map_err(ApiError::internal)
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").field("dev_tokens", &self.dev_tokens).finish_non_exhaustive()
    }
}

impl Claims {
    fn identity(&self, now: Time) -> Result<Identity> {
        let now = seconds(now);
        let ahead = |time: i64| time > now.saturating_add(CLOCK_LEEWAY);
        if self.exp.is_some_and(|exp| exp <= now) {
            return refuse(Code::TokenExpired, "token is expired (exp)");
        }
        if self.iat.is_some_and(ahead) {
            return refuse(Code::TokenUsedBeforeIssued, "token used before issue at (iat)");
        }
        if self.nbf.is_some_and(ahead) {
            return refuse(Code::TokenNotValidYet, "token is not valid yet (nbf)");
        }
        match &self.user_id {
            // A token that names a user never has more than that user's rights, whatever else it says.
            Some(id) if valid_user_id(id) => Ok(Identity::User {
                id: id.clone(),
                issued_at: self.iat.map(|iat| Time(iat.saturating_mul(1_000_000))),
            }),
            Some(_) => refuse(Code::Authentication, "user_id has other characters than letters, digits, @, _ and -"),
            None if self.server == Some(true) => Ok(Identity::Server),
            None => refuse(Code::Authentication, "token has no user_id"),
        }
    }
}

fn seconds(time: Time) -> i64 {
    time.micros().div_euclid(1_000_000)
}

fn refuse<T>(code: Code, reason: &str) -> Result<T> {
    Err(ApiError::new(code, format!("JWTAuth error: {reason}")))
}

fn malformed<T>(error: &jsonwebtoken::errors::Error) -> Result<T> {
    match error.kind() {
        ErrorKind::Json(error) => refuse(Code::Authentication, &format!("token is malformed: {error}")),
        _ => refuse(Code::Authentication, "token is malformed"),
    }
}

/// Whether this can be a user's id: letters, digits, `@`, `_` and `-`, up to 255 of them.
pub fn valid_user_id(id: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'@' | b'_' | b'-');
    (1..=limits::USER_ID_CHARS).contains(&id.len()) && id.bytes().all(allowed)
}

/// The password's Argon2id hash, with a salt of its own.
pub async fn hash_password(password: String) -> Result<String> {
    heavy(move || {
        let hash: PasswordHash = Argon2::default().hash_password(password.as_bytes()).map_err(ApiError::internal)?;
        Ok(hash.to_string())
    })
    .await
}

/// Whether this is the password that `hash` was made of.
pub async fn check_password(password: String, hash: String) -> Result<bool> {
    heavy(move || {
        let hash = PasswordHash::new(&hash).map_err(ApiError::internal)?;
        match Argon2::default().verify_password(password.as_bytes(), &hash) {
            Ok(()) => Ok(true),
            Err(PasswordError::PasswordInvalid) => Ok(false),
            Err(error) => Err(ApiError::internal(error)),
        }
    })
    .await
}

/// Takes as long as [`check_password`] and says no: so that a clock does not tell which e-mail addresses have an account.
pub async fn check_no_password(password: String) -> Result<bool> {
    check_password(password, NO_PASSWORD.to_owned()).await.map(|_| false)
}

/// Runs on a blocking thread, at most one per core at a time: a hash costs 19 MB and all of a core.
async fn heavy<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    static CORES: LazyLock<Semaphore> =
        LazyLock::new(|| Semaphore::new(std::thread::available_parallelism().map_or(1, usize::from)));
    let turn = CORES.acquire().await.map_err(ApiError::internal)?;
    // The turn goes along: the work does not stop when the caller goes away.
    tokio::task::spawn_blocking(move || (work(), turn).0).await.map_err(ApiError::internal)?
}
