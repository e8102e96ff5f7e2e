//! Firebase's and Apple's services, as far as this server talks to them.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use web_push_native::p256::SecretKey;
use web_push_native::p256::elliptic_curve::rand_core::OsRng;
use web_push_native::p256::elliptic_curve::sec1::ToEncodedPoint;
use web_push_native::p256::pkcs8::{EncodePrivateKey, LineEnding};

use super::receiver::{Answer, Receiver};
use super::{House, devices, kitchen, must, text, until};
use crate::harness::Server;

fn pem(label: &str, der: &[u8]) -> String {
    let base64 = STANDARD.encode(der);
    let lines: Vec<&str> = base64.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).expect("ASCII")).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

async fn phone(server: &Server, id: &str, provider: &str) {
    must(server, Method::POST, "/devices", &Server::token("bob"), json!({"id": id, "push_provider": provider})).await;
}

#[tokio::test]
async fn firebase_is_asked_for_a_token_once_and_sent_each_message() {
    let (house, mut receiver, folder) = (House::new(), Receiver::start().await, TempDir::new().expect("a folder"));
    let pair = KeyPair::generate(KeySize::Rsa2048).expect("a key");
    let private: Pkcs8V1Der = pair.as_der().expect("as DER");
    let account = json!({
        "type": "service_account", "project_id": "a-house", "client_email": "weir@a-house.example",
        "private_key": pem("PRIVATE KEY", private.as_ref()), "token_uri": format!("{}/token", receiver.url),
    });
    let file = folder.path().join("account.json");
    std::fs::write(&file, account.to_string()).expect("writes");
    let file = file.to_str().expect("a plain path");
    let server = house.node(&[("WEIR_PUSH_FIREBASE", file), ("WEIR_PUSH_FIREBASE_URL", &receiver.url)]);
    kitchen(&server).await;
    phone(&server, "bobs-phone", "firebase").await;
    phone(&server, "no-provider", "xiaomi").await;
    let id = text(&server, "ana", "Dinner is ready").await;
    let asked = receiver.hears().await;
    let form = std::str::from_utf8(&asked.body).expect("a form");
    let assertion = form.rsplit_once("assertion=").expect("an assertion").1;
    let mut rules = Validation::new(Algorithm::RS256);
    rules.set_audience(&[format!("{}/token", receiver.url)]);
    let public = aws_lc_rs::signature::KeyPair::public_key(&pair).as_ref().to_vec();
    let claims =
        jsonwebtoken::decode::<Value>(assertion, &DecodingKey::from_rsa_der(&public), &rules).expect("signed").claims;
    assert_eq!(claims["iss"], "weir@a-house.example");
    let sent = receiver.hears().await;
    assert_eq!((&*sent.path, sent.header("authorization")), ("/v1/projects/a-house/messages:send", "Bearer a-token"));
    let message = &sent.json()["message"];
    assert_eq!(message["token"], "bobs-phone");
    assert_eq!(message["notification"], json!({"title": "Ana @ Kitchen", "body": "Dinner is ready"}));
    assert_eq!((&message["data"]["id"], &message["data"]["version"]), (&json!(id), &json!("v2")));
    receiver.answers(&[Answer::Says(404, r#"{"error":{"status":"NOT_FOUND"}}"#)]);
    text(&server, "ana", "still there?").await;
    assert_eq!(receiver.hears().await.path, "/v1/projects/a-house/messages:send");
    until("the phone is forgotten", async || devices(&server, "bob").await.len() == 1).await;
    assert_eq!(devices(&server, "bob").await[0]["id"], "no-provider");
    receiver.heard_nothing();
}

#[tokio::test]
async fn apple_is_sent_each_message_under_one_token() {
    let (house, mut receiver, folder) = (House::new(), Receiver::start().await, TempDir::new().expect("a folder"));
    let secret = SecretKey::random(&mut OsRng);
    let file = folder.path().join("key.p8");
    std::fs::write(&file, secret.to_pkcs8_pem(LineEnding::LF).expect("PEM").as_bytes()).expect("writes");
    let server = house.node(&[
        ("WEIR_PUSH_APN", file.to_str().expect("a plain path")),
        ("WEIR_PUSH_APN_KEY_ID", "KEY0000001"),
        ("WEIR_PUSH_APN_TEAM_ID", "TEAM000001"),
        ("WEIR_PUSH_APN_TOPIC", "org.example.chat"),
        ("WEIR_PUSH_APN_URL", &receiver.url),
    ]);
    kitchen(&server).await;
    phone(&server, "a0b1c2d3", "apn").await;
    let id = text(&server, "ana", "Dinner is ready").await;
    let sent = receiver.hears().await;
    assert_eq!(sent.path, "/3/device/a0b1c2d3");
    assert_eq!((sent.header("apns-topic"), sent.header("apns-push-type")), ("org.example.chat", "alert"));
    let token =
        sent.header("authorization").strip_prefix("bearer ").or(sent.header("authorization").strip_prefix("Bearer "));
    let token = token.expect("a token").to_owned();
    assert_eq!(jsonwebtoken::decode_header(&token).expect("a header").kid.as_deref(), Some("KEY0000001"));
    let mut rules = Validation::new(Algorithm::ES256);
    rules.set_required_spec_claims(&["iss"]);
    rules.validate_exp = false;
    let point = secret.public_key().to_encoded_point(false);
    let key = DecodingKey::from_ec_der(point.as_bytes());
    assert_eq!(jsonwebtoken::decode::<Value>(&token, &key, &rules).expect("signed").claims["iss"], "TEAM000001");
    let body = sent.json();
    assert_eq!(body["aps"]["alert"], json!({"title": "Ana @ Kitchen", "body": "Dinner is ready"}));
    assert_eq!((&body["aps"]["category"], &body["stream"]["message_id"]), (&json!("stream.chat"), &json!(id)));
    receiver.answers(&[Answer::Says(400, r#"{"reason":"BadDeviceToken"}"#)]);
    text(&server, "ana", "still there?").await;
    assert!(receiver.hears().await.header("authorization").ends_with(&token), "the token is used again");
    until("the phone is forgotten", async || devices(&server, "bob").await.is_empty()).await;
    receiver.heard_nothing();
}
