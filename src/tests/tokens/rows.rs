//! The table: what is presented, and how it is judged.

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use super::{HOUR, now};
use crate::harness::{KEY, SECRET};

const HS256: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

/// What is expected: the HTTP status and Stream's code, or who is taken to be calling.
pub type Expected = std::result::Result<&'static str, (u16, i64)>;

pub const MALFORMED: Expected = Err((401, 5));
pub const EXPIRED: Expected = Err((401, 40));
const SIGNATURE: Expected = Err((401, 43));
const WRONG_KEY: Expected = Err((401, 2));
const NOT_ALLOWED: Expected = Err((403, 17));

/// One way to present oneself.
pub struct Row {
    pub what: &'static str,
    pub token: String,
    pub api_key: Option<&'static str>,
    pub auth_type: Option<&'static str>,
    /// Where a token does not belong: the query of a request, the header of a socket.
    pub misplaced: bool,
    /// Whom the client says it is.
    pub user: &'static str,
    pub sends: Expected,
    pub connects: Expected,
}

/// Ana's token, judged the same way everywhere.
pub fn row(what: &'static str, token: impl Into<String>, expected: Expected) -> Row {
    Row {
        what,
        token: token.into(),
        api_key: Some(KEY),
        auth_type: Some("jwt"),
        misplaced: false,
        user: "ana",
        sends: expected,
        connects: expected,
    }
}

impl Row {
    pub fn of(self, user: &'static str) -> Row {
        Row { user, ..self }
    }

    fn with_key(self, api_key: Option<&'static str>) -> Row {
        Row { api_key, ..self }
    }

    fn with_type(self, auth_type: Option<&'static str>) -> Row {
        Row { auth_type, ..self }
    }

    fn misplaced(self) -> Row {
        Row { misplaced: true, ..self }
    }

    /// Connecting is judged otherwise.
    pub fn connecting(self, connects: Expected) -> Row {
        Row { connects, ..self }
    }
}

fn with(alg: Algorithm, secret: &str, claims: &Value) -> String {
    encode(&Header::new(alg), claims, &EncodingKey::from_secret(secret.as_bytes())).expect("signs")
}

pub fn signed(claims: Value) -> String {
    with(Algorithm::HS256, SECRET, &claims)
}

/// Base64url without padding.
fn base64(text: &str) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let letters = |chunk: &[u8]| {
        let bits = chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        (0..=chunk.len()).map(move |at| char::from(LETTERS[(bits >> (18 - 6 * at)) as usize & 63])).collect::<String>()
    };
    text.as_bytes().chunks(3).map(letters).collect()
}

/// Any two texts as header and claims, with the right signature.
fn signed_text(header: &str, claims: &str) -> String {
    let message = format!("{}.{}", base64(header), base64(claims));
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::HS256).expect("signs");
    format!("{message}.{signature}")
}

pub fn algorithms() -> Vec<Row> {
    let ana = r#"{"user_id":"ana"}"#;
    let claims = json!({"user_id": "ana"});
    let header = |what, header: &str| row(what, signed_text(header, ana), MALFORMED);
    let unsigned = |what, header: &str| row(what, format!("{}.{}.", base64(header), base64(ana)), MALFORMED);
    vec![
        row("HS256", signed_text(HS256, ana), Ok("ana")),
        row("HS384", with(Algorithm::HS384, SECRET, &claims), MALFORMED),
        row("HS512", with(Algorithm::HS512, SECRET, &claims), MALFORMED),
        header("says RS256, signed with the secret", r#"{"alg":"RS256","typ":"JWT"}"#),
        header("says ES256", r#"{"alg":"ES256"}"#),
        header("says PS512", r#"{"alg":"PS512"}"#),
        header("says none, signed", r#"{"alg":"none"}"#),
        unsigned("none", r#"{"alg":"none","typ":"JWT"}"#),
        unsigned("None", r#"{"alg":"None"}"#),
        unsigned("NONE", r#"{"alg":"NONE"}"#),
        unsigned("nOnE", r#"{"alg":"nOnE"}"#),
        unsigned("none and a space", r#"{"alg":"none "}"#),
        header("hs256 in small letters", r#"{"alg":"hs256"}"#),
        header("no algorithm", r#"{"typ":"JWT"}"#),
        header("an algorithm of null", r#"{"alg":null}"#),
        header("an algorithm that is a list", r#"{"alg":["HS256","none"]}"#),
        row("two algorithms", signed_text(r#"{"alg":"none","alg":"HS256"}"#, ana), MALFORMED),
        row("a kid that is a path", signed_text(r#"{"alg":"HS256","kid":"../../etc/passwd"}"#, ana), Ok("ana")),
        row(
            "a header that must be understood",
            signed_text(r#"{"alg":"HS256","crit":["sudo"],"sudo":true}"#, ana),
            MALFORMED,
        ),
        row("a key of its own", signed_text(r#"{"alg":"HS256","jku":"http://127.0.0.1:1/keys"}"#, ana), Ok("ana")),
        row("signed with nothing", with(Algorithm::HS256, "", &claims), SIGNATURE),
        row(
            "signed with another secret",
            with(Algorithm::HS256, "another-secret-0123456789abcdefgh", &claims),
            SIGNATURE,
        ),
        row(
            "a server of another secret",
            with(Algorithm::HS256, "another-secret-0123456789abcdefgh", &json!({"server": true})),
            SIGNATURE,
        ),
    ]
}

pub fn shapes() -> Vec<Row> {
    let good = signed(json!({"user_id": "ana"}));
    let (message, signature) = good.rsplit_once('.').expect("three segments");
    let others = base64(r#"{"user_id":"bob"}"#);
    let header = base64(HS256);
    vec![
        row("nothing", "", MALFORMED),
        row("the word of a client without a token", "undefined", MALFORMED),
        row("dots", "..", MALFORMED),
        row("two segments", message, MALFORMED),
        row("four segments", format!("{good}.e30"), MALFORMED),
        row("no signature", format!("{message}."), SIGNATURE),
        row("half a signature", format!("{message}.{}", &signature[..20]), SIGNATURE),
        row("half a token", &good[..good.len() / 2], MALFORMED),
        row("somebody else's claims under it", format!("{header}.{others}.{signature}"), SIGNATURE),
        row("a development token", format!("{header}.{}.devtoken", base64(r#"{"user_id":"ana"}"#)), MALFORMED),
        row("Bearer before it", format!("Bearer {good}"), MALFORMED),
        row("quotes around it", format!("\"{good}\""), MALFORMED),
        row("a header that is no JSON", format!("{}.{others}.{signature}", base64("{")), MALFORMED),
        row("claims that are no JSON", signed_text(HS256, "ana"), MALFORMED),
        row("claims that are a list", signed_text(HS256, r#"["ana"]"#), MALFORMED),
        row(
            "claims nested a thousand deep",
            signed_text(HS256, &format!("{}1{}", "[".repeat(1000), "]".repeat(1000))),
            MALFORMED,
        ),
        row("letters beyond ASCII", "ä.ö.ü", MALFORMED),
        row("claims of 20 KB", signed(json!({"user_id": "ana", "x": "y".repeat(20_000)})), MALFORMED),
        row("a list instead of base64", "[].[].[]", MALFORMED),
    ]
}

pub fn claims() -> Vec<Row> {
    let user = |what, claim: &str, value: Value, expected| {
        row(what, signed(json!({"user_id": "ana", claim: value})), expected)
    };
    let id = |what, id: Value| row(what, signed(json!({"user_id": id})), MALFORMED);
    vec![
        user("expired", "exp", json!(now() - HOUR), EXPIRED),
        user("expires in this very second", "exp", json!(now()), EXPIRED),
        user("expired before 1970", "exp", json!(-1), EXPIRED),
        user("expires later", "exp", json!(now() + HOUR), Ok("ana")),
        user("expires when all is over", "exp", json!(i64::MAX), Ok("ana")),
        user("expires as a text", "exp", json!("tomorrow"), MALFORMED),
        user("expires at no number there is", "exp", json!(1e300), MALFORMED),
        user("not valid before an hour", "nbf", json!(now() + HOUR), Err((401, 41))),
        user("valid in a second, as clocks differ", "nbf", json!(now() + 1), Ok("ana")),
        user("issued in an hour", "iat", json!(now() + HOUR), Err((401, 42))),
        user("issued long ago", "iat", json!(0), Ok("ana")),
        row(
            "expired and of another secret",
            with(Algorithm::HS256, "x", &json!({"user_id": "ana", "exp": 1})),
            SIGNATURE,
        ),
        row("nobody", signed(json!({})), MALFORMED),
        id("an empty id", json!("")),
        id("an id of null", json!(null)),
        id("an id that is a number", json!(7)),
        id("an id that is a list", json!(["ana"])),
        id("an id with a space", json!("ana b")),
        id("an id with a line end", json!("ana\r\nx: y")),
        id("an id with a NUL", json!("ana\u{0}")),
        id("an id that looks like Ana's", json!("аna")),
        id("an id too long", json!("a".repeat(256))),
        row("two ids", signed_text(HS256, r#"{"user_id":"ana","user_id":"bob"}"#), MALFORMED),
        row("not a server", signed(json!({"server": "true"})), MALFORMED),
        user("a user who says server", "server", json!(true), Ok("ana")),
        user("a user who says admin", "role", json!("admin"), Ok("ana")),
    ]
}

pub fn people() -> Vec<Row> {
    let token = |user: &str| signed(json!({"user_id": user}));
    let issued = |user: &str, at: i64| signed(json!({"user_id": user, "iat": at}));
    let server = signed(json!({"server": true}));
    vec![
        row("somebody else's token", token("bob"), Ok("bob")).connecting(MALFORMED),
        row("a server, who is nobody", server, Err((400, 4))).connecting(MALFORMED),
        row("another api key", token("ana"), WRONG_KEY).with_key(Some("another")),
        row("no api key", token("ana"), WRONG_KEY).with_key(None),
        row("the api key in capitals", token("ana"), WRONG_KEY).with_key(Some("HOUSEKEY0001")),
        row("another api key and no token", "", WRONG_KEY).with_key(Some("another")),
        row("no stream-auth-type", token("ana"), MALFORMED).with_type(None),
        row("an empty stream-auth-type", token("ana"), MALFORMED).with_type(Some("")),
        row("another stream-auth-type", token("ana"), MALFORMED).with_type(Some("bearer")),
        row("a stream-auth-type in capitals", token("ana"), MALFORMED).with_type(Some("JWT")),
        row("a token in the wrong place", token("ana"), MALFORMED).misplaced(),
        row("anonymous", "", NOT_ALLOWED).with_type(Some("anonymous")).connecting(Ok("!anon")),
        row("anonymous with a good token", token("ana"), NOT_ALLOWED)
            .with_type(Some("anonymous"))
            .connecting(Ok("!anon")),
        row("issued before the user's tokens were revoked", issued("revoked", now() - HOUR), EXPIRED).of("revoked"),
        row("issued at no time, after a revocation", token("revoked"), EXPIRED).of("revoked"),
        row("issued after the revocation", issued("revoked", now()), Ok("revoked")).of("revoked"),
        row("a guest", token("guest"), NOT_ALLOWED).of("guest").connecting(Ok("guest")),
        row("somebody banned", token("banned"), NOT_ALLOWED).of("banned").connecting(Ok("banned")),
        row("somebody deactivated", token("deactivated"), Err((404, 16))).of("deactivated"),
        row("somebody deleted", token("deleted"), Err((404, 16))).of("deleted"),
    ]
}
