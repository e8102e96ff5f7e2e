use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use super::*;

const NOW: i64 = 1_764_000_000;
const SECRET: &str = "a-secret-of-32-characters-exactly";
const OTHER: &str = "another-secret-of-32-characters--";
const HS256: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

fn now() -> Time {
    Time(NOW * 1_000_000 + 700_000)
}

/// Base64url without padding.
fn base64(text: &str) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let letters = |chunk: &[u8]| {
        let bits = chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        (0..=chunk.len()).map(move |i| char::from(ALPHABET[(bits >> (18 - 6 * i)) as usize & 63])).collect::<String>()
    };
    text.as_bytes().chunks(3).map(letters).collect()
}

fn signed_with(secret: &str, alg: Algorithm, claims: &Value) -> String {
    encode(&Header::new(alg), claims, &EncodingKey::from_secret(secret.as_bytes())).expect("signs")
}

fn signed(claims: Value) -> String {
    signed_with(SECRET, Algorithm::HS256, &claims)
}

/// Any two texts as header and payload, with the right signature.
fn signed_text(header: &str, payload: &str) -> String {
    let message = format!("{header}.{payload}");
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::HS256).expect("signs");
    format!("{message}.{signature}")
}

fn unsigned(payload: &str, signature: &str) -> String {
    format!("{}.{payload}.{signature}", base64(HS256))
}

fn outcome(tokens: &Tokens, token: &str) -> std::result::Result<String, i32> {
    match tokens.verify(token, now()) {
        Ok(Identity::Server) => Ok("server".to_owned()),
        Ok(Identity::User { id, .. }) => Ok(id),
        Err(error) => {
            assert_eq!(error.code.status(), 401, "{token}");
            Err(error.code.number())
        }
    }
}

fn judged(dev_tokens: bool, rows: &[(&str, String, std::result::Result<&str, i32>)]) {
    let tokens = Tokens::new(SECRET, dev_tokens);
    for (what, token, expected) in rows {
        assert_eq!(outcome(&tokens, token), expected.map(str::to_owned), "{what}");
    }
}

#[test]
fn who_a_token_speaks_for() {
    judged(
        false,
        &[
            ("a user", signed(json!({"user_id": "ana"})), Ok("ana")),
            ("a user with all characters", signed(json!({"user_id": "A-z_0@x"})), Ok("A-z_0@x")),
            ("the longest id", signed(json!({"user_id": "a".repeat(255)})), Ok(&"a".repeat(255))),
            ("a server", signed(json!({"server": true})), Ok("server")),
            ("a server with times", signed(json!({"server": true, "iat": NOW, "exp": NOW + 9})), Ok("server")),
            ("a user who says server", signed(json!({"server": true, "user_id": "ana"})), Ok("ana")),
            ("a user with more claims", signed(json!({"user_id": "ana", "role": "admin", "aud": ["x"]})), Ok("ana")),
            ("null is absent", signed(json!({"user_id": "ana", "exp": null, "server": null})), Ok("ana")),
            ("nobody", signed(json!({})), Err(5)),
            ("not a server", signed(json!({"server": false})), Err(5)),
            ("a server by text", signed(json!({"server": "true"})), Err(5)),
            ("an empty id", signed(json!({"user_id": ""})), Err(5)),
            ("an empty id of a server", signed(json!({"user_id": "", "server": true})), Err(5)),
            ("an id too long", signed(json!({"user_id": "a".repeat(256)})), Err(5)),
            ("an id with a space", signed(json!({"user_id": "ana b"})), Err(5)),
            ("an id with other letters", signed(json!({"user_id": "änä"})), Err(5)),
            ("an id with a line end", signed(json!({"user_id": "ana\n"})), Err(5)),
            ("an id that is a number", signed(json!({"user_id": 7})), Err(5)),
        ],
    );
}

#[test]
fn times() {
    let user = |claim: &str, value: Value| signed(json!({"user_id": "ana", claim: value}));
    judged(
        false,
        &[
            ("expires next second", user("exp", json!(NOW + 1)), Ok("ana")),
            ("expires far ahead", user("exp", json!(i64::MAX)), Ok("ana")),
            ("expires this second", user("exp", json!(NOW)), Err(40)),
            ("expired", user("exp", json!(NOW - 1)), Err(40)),
            ("expired at zero", user("exp", json!(0)), Err(40)),
            ("expired before 1970", user("exp", json!(i64::MIN)), Err(40)),
            ("expired server", signed(json!({"server": true, "exp": NOW - 1})), Err(40)),
            ("exp is a fraction", user("exp", json!(NOW as f64 + 60.5)), Err(5)),
            ("exp is a whole fraction", user("exp", json!(NOW as f64 + 60.0)), Err(5)),
            ("exp is text", user("exp", json!((NOW + 60).to_string())), Err(5)),
            ("exp is too large", user("exp", json!(u64::MAX)), Err(5)),
            ("issued now", user("iat", json!(NOW)), Ok("ana")),
            ("issued within the leeway", user("iat", json!(NOW + 5)), Ok("ana")),
            ("issued ahead", user("iat", json!(NOW + 6)), Err(42)),
            ("issued long ago", user("iat", json!(i64::MIN)), Ok("ana")),
            ("iat is text", user("iat", json!("now")), Err(5)),
            ("valid within the leeway", user("nbf", json!(NOW + 5)), Ok("ana")),
            ("not valid yet", user("nbf", json!(NOW + 6)), Err(41)),
            ("expired and not yet issued", signed(json!({"user_id": "ana", "exp": 1, "iat": NOW + 60})), Err(40)),
        ],
    );
}

#[test]
fn shapes_and_signatures() {
    let ana = json!({"user_id": "ana"});
    let good = signed(ana.clone());
    let (message, signature) = good.rsplit_once('.').expect("segments");
    let (header, payload) = message.split_once('.').expect("segments");
    let flipped = if signature.starts_with('A') { "B" } else { "A" };
    judged(
        false,
        &[
            ("nothing", String::new(), Err(5)),
            ("a word", "undefined".into(), Err(5)),
            ("one dot", message.into(), Err(5)),
            ("two dots", "..".into(), Err(5)),
            ("four segments", format!("{good}.x"), Err(5)),
            ("a scheme before it", format!("Bearer {good}"), Err(5)),
            ("white space behind it", format!("{good} "), Err(43)),
            ("too long", format!("{good}{}", "A".repeat(9000)), Err(5)),
            ("long claims", signed(json!({"user_id": "ana", "x": "y".repeat(9000)})), Err(5)),
            ("junk header", format!("%%%.{payload}.{signature}"), Err(5)),
            ("junk payload", format!("{header}.%%%.{signature}"), Err(5)),
            ("header is no JSON", format!("{}.{payload}.{signature}", base64("{")), Err(5)),
            ("payload is no JSON, signed", signed_text(&base64(HS256), &base64("{\"user_id\":")), Err(5)),
            ("payload is no JSON", unsigned(&base64("ana"), signature), Err(5)),
            ("payload is a list", signed(json!([1, 2])), Err(5)),
            ("payload is text", signed(json!("ana")), Err(5)),
            ("alg none", signed_text(&base64(r#"{"alg":"none"}"#), &base64(r#"{"user_id":"ana"}"#)), Err(5)),
            ("alg none, unsigned", format!("{}.{payload}.", base64(r#"{"alg":"none"}"#)), Err(5)),
            ("alg in small letters", signed_text(&base64(r#"{"alg":"hs256"}"#), payload), Err(5)),
            ("no alg", signed_text(&base64(r#"{"typ":"JWT"}"#), payload), Err(5)),
            ("HS384", signed_with(SECRET, Algorithm::HS384, &ana), Err(5)),
            ("HS512", signed_with(SECRET, Algorithm::HS512, &ana), Err(5)),
            ("says RS256", signed_text(&base64(r#"{"alg":"RS256"}"#), payload), Err(5)),
            ("a critical header", signed_text(&base64(r#"{"alg":"HS256","crit":["sudo"],"sudo":1}"#), payload), Err(5)),
            ("no typ", signed_text(&base64(r#"{"alg":"HS256"}"#), payload), Ok("ana")),
            ("other secret", signed_with(OTHER, Algorithm::HS256, &ana), Err(43)),
            (
                "other secret, expired",
                signed_with(OTHER, Algorithm::HS256, &json!({"user_id": "ana", "exp": 1})),
                Err(43),
            ),
            ("server of another secret", signed_with(OTHER, Algorithm::HS256, &json!({"server": true})), Err(43)),
            ("no secret", signed_with("", Algorithm::HS256, &ana), Err(43)),
            ("no signature", format!("{message}."), Err(43)),
            ("junk signature", format!("{message}.%%%"), Err(43)),
            ("one letter off", format!("{message}.{flipped}{}", &signature[1..]), Err(43)),
            ("short signature", format!("{message}.{}", &signature[..20]), Err(43)),
            ("padded signature", format!("{good}="), Err(43)),
            ("other claims under it", unsigned(&base64(r#"{"user_id":"bob"}"#), signature), Err(43)),
            ("padded payload", signed_text(&base64(HS256), &format!("{}=", base64(r#"{"user_id":"bo"}"#))), Err(43)),
        ],
    );
}

#[test]
fn development_tokens() {
    let ana = base64(r#"{"user_id":"ana"}"#);
    let padded = format!("{}==", base64(r#"{"user_id":"anna"}"#));
    // What a browser's btoa makes of {"user_id":"ana","n":"~~~???>>>"}: both characters of the other alphabet.
    let standard = base64(r#"{"user_id":"ana","n":"~~~???>>>"}"#).replace('-', "+").replace('_', "/");
    assert!(standard.contains('+') && standard.contains('/'), "{standard}");
    let server = base64(r#"{"server":true}"#);
    judged(
        true,
        &[
            ("plain", unsigned(&ana, DEV_SIGNATURE), Ok("ana")),
            ("padded", unsigned(&padded, DEV_SIGNATURE), Ok("anna")),
            ("standard alphabet", unsigned(&standard, DEV_SIGNATURE), Ok("ana")),
            ("any signature", unsigned(&ana, "whatever"), Ok("ana")),
            ("other secret", signed_with(OTHER, Algorithm::HS256, &json!({"user_id": "ana"})), Ok("ana")),
            ("signed", signed(json!({"user_id": "ana"})), Ok("ana")),
            ("signed server", signed(json!({"server": true})), Ok("server")),
            ("unsigned server", unsigned(&server, DEV_SIGNATURE), Err(43)),
            ("a user who says server", unsigned(&base64(r#"{"user_id":"ana","server":true}"#), "x"), Ok("ana")),
            ("expired", unsigned(&base64(r#"{"user_id":"ana","exp":1}"#), DEV_SIGNATURE), Err(40)),
            ("impossible id", unsigned(&base64(r#"{"user_id":"a b"}"#), DEV_SIGNATURE), Err(5)),
            ("alg none", format!("{}.{ana}.{DEV_SIGNATURE}", base64(r#"{"alg":"none"}"#)), Err(5)),
            ("junk", unsigned("%%%", DEV_SIGNATURE), Err(5)),
        ],
    );
    judged(
        false,
        &[
            ("off", unsigned(&ana, DEV_SIGNATURE), Err(5)),
            ("off, padded", unsigned(&padded, DEV_SIGNATURE), Err(5)),
            ("off, any signature", unsigned(&ana, "whatever"), Err(43)),
        ],
    );
    let refusal = Tokens::new(SECRET, false).verify(&unsigned(&ana, DEV_SIGNATURE), now()).expect_err("is refused");
    assert_eq!(refusal.message, "development tokens are not allowed for this application");
}

#[test]
fn refusals_have_streams_words() {
    let tokens = Tokens::new(SECRET, false);
    for (token, text) in [
        ("x".to_owned(), "JWTAuth error: token contains an invalid number of segments"),
        (signed(json!({"user_id": "ana", "exp": 1})), "JWTAuth error: token is expired (exp)"),
        (signed(json!({"user_id": "ana", "iat": NOW + 60})), "JWTAuth error: token used before issue at (iat)"),
    ] {
        assert_eq!(tokens.verify(&token, now()).expect_err("is refused").message, text);
    }
}

#[test]
fn what_is_signed_is_verified() {
    let tokens = Tokens::new(SECRET, false);
    let token = tokens.sign_user("ana", Some(Duration::from_secs(60)), now()).expect("signs");
    let ana = Identity::User { id: "ana".into(), issued_at: Some(Time(NOW * 1_000_000)) };
    assert_eq!(tokens.verify(&token, now().plus_seconds(59)).expect("is valid"), ana);
    assert_eq!(tokens.verify(&token, now().plus_seconds(60)).expect_err("is expired").code, Code::TokenExpired);
    assert_eq!(Tokens::new(OTHER, false).verify(&token, now()).expect_err("is foreign").code, Code::TokenSignature);

    let for_ever = tokens.sign_user("ana", None, now()).expect("signs");
    assert_eq!(tokens.verify(&for_ever, now().plus_seconds(1 << 40)).expect("is valid"), ana);
    let server = tokens.sign_server().expect("signs");
    assert_eq!(tokens.verify(&server, now()).expect("is valid"), Identity::Server);
    assert!(tokens.sign_user("a b", None, now()).is_err());
    assert!(!format!("{tokens:?}").contains("secret"));
}

/// Stream's JavaScript client reads claims with a decoder that knows no other alphabet.
#[test]
fn claims_are_in_both_alphabets() {
    let tokens = Tokens::new(SECRET, false);
    for id in ["ana", "@@@___---", "zzzzzzzz", "A-z_0@x9", "Zz-Zz@"] {
        let token = tokens.sign_user(id, Some(Duration::from_secs(86_400)), now()).expect("signs");
        let payload = token.split('.').nth(1).expect("three segments");
        assert!(!payload.contains(['-', '_']), "{payload}");
    }
}

#[tokio::test]
async fn passwords() {
    let hash = hash_password("correct horse".into()).await.expect("hashes");
    assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
    assert_ne!(hash, hash_password("correct horse".into()).await.expect("hashes"));
    assert!(check_password("correct horse".into(), hash.clone()).await.expect("is checked"));
    assert!(!check_password("correct horsf".into(), hash).await.expect("is checked"));
    assert!(check_password("x".into(), "not a hash".into()).await.is_err());
    assert!(!check_no_password("anything".into()).await.expect("is checked"));
}
