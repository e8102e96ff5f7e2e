//! Who is let in and who is not: one table of tokens, each judged three times, by a request, by a socket and by a long-poll.

mod rows;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::StreamExt;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use self::rows::{EXPIRED, MALFORMED, Row, row, signed};
use crate::harness::Server;
use crate::redis::Redis;

const HOUR: i64 = 3600;

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a time after 1970").as_secs() as i64
}

/// Who is taken to be calling, or the refusal. Status and body must say the same.
type Judged = std::result::Result<String, (u16, i64)>;

/// `url` with these parameters in its query.
fn with_query(url: &str, query: &[(&str, &str)]) -> String {
    let letter = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    let encoded = |text: &str| -> String { text.bytes().map(letter).collect() };
    let pairs: Vec<String> = query.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    format!("{url}?{}", pairs.join("&"))
}

/// A request with the row's credentials; the answer as status and body.
async fn ask(
    server: &Server,
    row: &Row,
    method: Method,
    path: &str,
    query: &[(&str, &str)],
    body: &Value,
) -> (u16, Value) {
    let mut query = query.to_vec();
    query.extend(row.api_key.map(|key| ("api_key", key)));
    query.push(("user_id", row.user));
    if row.misplaced {
        query.push(("authorization", &row.token));
    }
    let mut request = reqwest::Client::new().request(method, with_query(&format!("{}{path}", server.url), &query));
    if let Some(auth_type) = row.auth_type {
        request = request.header("stream-auth-type", auth_type);
    }
    if !row.misplaced && !row.token.is_empty() {
        let token = reqwest::header::HeaderValue::from_bytes(row.token.as_bytes()).expect("a header's value");
        request = request.header("authorization", token);
    }
    let answer = request.json(body).send().await.expect("an answer");
    (answer.status().as_u16(), answer.json().await.expect("a JSON answer"))
}

fn refusal(what: &str, status: u16, error: &Value) -> Judged {
    let code = error["code"].as_i64().expect("a code");
    assert_eq!(error["StatusCode"].as_u64(), Some(u64::from(status)), "{what}: {error}");
    assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()), "{what}: {error}");
    Err((status, code))
}

/// Sends a message in the name of somebody else; whoever may send is its author.
async fn sends(server: &Server, row: &Row) -> Judged {
    let message = json!({"message": {"text": "let me in", "user": {"id": "cleo"}}, "user_id": "cleo"});
    let message = if row.what.contains("server") { json!({"message": {"text": "let me in"}}) } else { message };
    let (status, body) = ask(server, row, Method::POST, "/channels/messaging/table/message", &[], &message).await;
    match status {
        201 => Ok(body["message"]["user"]["id"].as_str().expect("an author").to_owned()),
        _ => refusal(row.what, status, &body),
    }
}

fn connect_request(row: &Row) -> String {
    json!({"user_id": row.user, "user_details": {"id": row.user}}).to_string()
}

async fn polls(server: &Server, row: &Row) -> Judged {
    let json = connect_request(row);
    let (status, body) = ask(server, row, Method::GET, "/longpoll", &[("json", &json)], &json!({})).await;
    match status {
        200 => Ok(body["event"]["me"]["id"].as_str().expect("an own user").to_owned()),
        _ => refusal(row.what, status, &body),
    }
}

/// Opens a socket. A refusal is told in the first frame and closed with 1000.
async fn connects(server: &Server, row: &Row) -> Judged {
    let json = connect_request(row);
    let mut query = vec![("json", json.as_str())];
    query.extend(row.api_key.map(|key| ("api_key", key)));
    query.extend(row.auth_type.map(|auth_type| ("stream-auth-type", auth_type)));
    if !row.misplaced {
        query.push(("authorization", &row.token));
    }
    let url = with_query(&format!("{}/connect", server.url.replacen("http", "ws", 1)), &query);
    let mut request = url.into_client_request().expect("a request");
    if row.misplaced {
        request.headers_mut().insert("authorization", row.token.parse().expect("a header's value"));
    }
    let stream = TcpStream::connect(server.url.trim_start_matches("http://")).await.expect("the server listens");
    let (mut socket, _) = tokio_tungstenite::client_async(request, stream).await.expect("the upgrade always succeeds");
    let mut next = async || {
        let frame = tokio::time::timeout(Duration::from_secs(10), socket.next()).await;
        frame
            .unwrap_or_else(|_| panic!("{}: the socket says nothing", row.what))
            .expect("a frame")
            .expect("a sound frame")
    };
    let first: Value = serde_json::from_str(next().await.to_text().expect("text")).expect("JSON");
    if first["type"] == "health.check" {
        return Ok(first["me"]["id"].as_str().expect("an own user").to_owned());
    }
    assert_eq!((&first["type"], &first["connection_id"]), (&json!("connection.error"), &json!("")), "{}", row.what);
    let closed = matches!(next().await, Message::Close(Some(frame)) if u16::from(frame.code) == 1000);
    assert!(closed, "{}: a refusal is closed for good", row.what);
    refusal(row.what, first["error"]["StatusCode"].as_u64().expect("a status") as u16, &first["error"])
}

async fn judge(server: &Server, rows: &[Row]) {
    let mut wrong = Vec::new();
    for row in rows {
        let connects_expected = row.connects.map(str::to_owned);
        for (how, expected, found) in [
            ("over HTTP", row.sends.map(str::to_owned), sends(server, row).await),
            ("over a WebSocket", connects_expected.clone(), connects(server, row).await),
            ("over long-poll", connects_expected, polls(server, row).await),
        ] {
            if expected != found {
                wrong.push(format!("{} {how}: {found:?}, where {expected:?} is right", row.what));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A town in which somebody was banned, deactivated, deleted, or had their tokens revoked.
async fn town(redis: &Redis, prefix: &str) -> Server {
    let server = Server::over(&redis.url(), prefix);
    let token = Server::server_token();
    let call = async |method: Method, path: &str, body: Value| {
        let (status, answer) = server.call(method, path, Some(&token), Some(&body)).await;
        assert!(status < 300, "{path}: {answer}");
    };
    let names = ["ana", "bob", "cleo", "revoked", "banned", "deactivated", "deleted"];
    let mut users: serde_json::Map<String, Value> =
        names.iter().map(|name| ((*name).to_owned(), json!({"id": name}))).collect();
    users.insert("guest".into(), json!({"id": "guest", "role": "guest"}));
    call(Method::POST, "/users", json!({"users": users})).await;
    let data = json!({"data": {"created_by_id": "ana", "members": names}});
    call(Method::POST, "/channels/messaging/table/query", data).await;
    call(Method::POST, "/moderation/ban", json!({"target_user_id": "banned", "banned_by_id": "ana"})).await;
    let since = weir::wire::Time((now() - HOUR / 2) * 1_000_000).to_string();
    let revoke = json!({"users": [{"id": "revoked", "set": {"revoke_tokens_issued_before": since}}]});
    call(Method::PATCH, "/users", revoke).await;
    drop(server);
    // What ends an account is not served yet, but its records are understood.
    for (name, field) in [("deactivated", "deactivated_at"), ("deleted", "deleted_at")] {
        let key = redis.cli(&["keys", &format!("{prefix}:*:user:{name}")]);
        let mut record: Value = serde_json::from_str(&redis.cli(&["get", &key])).expect("a record");
        record[field] = json!(now() * 1_000_000);
        assert_eq!(redis.cli(&["set", &key, &record.to_string()]), "OK");
    }
    Server::over(&redis.url(), prefix)
}

#[tokio::test]
async fn every_token_is_judged_alike_by_requests_sockets_and_polls() {
    let redis = Redis::start();
    let server = town(&redis, "tokens").await;
    let rows: Vec<Row> =
        [rows::algorithms(), rows::shapes(), rows::claims(), rows::people()].into_iter().flatten().collect();
    assert!(rows.len() >= 80, "{} rows", rows.len());
    judge(&server, &rows).await;
}

#[tokio::test]
async fn an_app_that_revoked_its_tokens_takes_only_newer_ones() {
    let redis = Redis::start();
    let server = town(&redis, "revoking").await;
    drop(server);
    let settings = json!({"at": 1, "revoke_tokens_issued_before": (now() - HOUR) * 1_000_000});
    assert_eq!(redis.cli(&["set", "revoking:{0}:app", &settings.to_string()]), "OK");
    let server = Server::over(&redis.url(), "revoking");
    let ana = |iat: i64| signed(json!({"user_id": "ana", "iat": iat}));
    let rows = [
        row("issued before", ana(now() - 2 * HOUR), EXPIRED),
        row("issued at no time", signed(json!({"user_id": "ana"})), EXPIRED),
        row("issued since", ana(now() - HOUR / 2), Ok("ana")),
        row(
            "issued since, for a user who revoked later",
            signed(json!({"user_id": "revoked", "iat": now() - HOUR + 60})),
            EXPIRED,
        )
        .of("revoked"),
        row("a server's, which never ends", signed(json!({"server": true, "iat": 1})), Err((400, 4)))
            .connecting(MALFORMED),
    ];
    judge(&server, &rows).await;
}
