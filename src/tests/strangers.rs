//! Every route, called by somebody without a token: nothing but a refusal in Stream's envelope comes back.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::Server;

/// Routes that are open by design.
const OPEN: [&str; 7] =
    ["/connect", "/hi", "/guest", "/weir/v1/info", "/weir/v1/register", "/weir/v1/sign-in", "/weir/v1/sign-out"];

fn routes() -> Vec<(Method, String)> {
    let document: Value = serde_json::from_str(&weir::router::document().to_json().expect("a document")).expect("JSON");
    let mut routes = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for method in item.as_object().expect("operations").keys() {
            let filled = path
                .split('/')
                .map(|part| if part.starts_with('{') { "x" } else { part })
                .collect::<Vec<_>>()
                .join("/");
            routes.push((method.to_uppercase().parse().expect("a method"), filled));
        }
    }
    routes
}

#[tokio::test]
async fn a_stranger_gets_nowhere() {
    let server = Server::start();
    for (method, path) in routes() {
        // Whoever has the link of an upload may read it.
        let is_link = method == Method::GET && path.starts_with("/uploads/");
        if is_link || OPEN.iter().any(|open| path.starts_with(open)) {
            continue;
        }
        let (status, body) = server.call(method.clone(), &path, None, Some(&json!({}))).await;
        assert_eq!((status, body["code"].as_i64()), (401, Some(5)), "{method} {path}: {body}");
        for key in ["code", "message", "StatusCode", "duration", "more_info", "details"] {
            assert!(!body[key].is_null(), "{method} {path} has no {key}: {body}");
        }
    }
}

#[tokio::test]
async fn a_token_of_another_key_gets_nowhere() {
    let server = Server::start();
    let elsewhere = weir::auth::Tokens::new("a-secret-that-is-not-the-one-here-0", false);
    let token = elsewhere.sign_user("mallory", None, weir::wire::Time::local()).expect("a token");
    let (status, body) = server.call(Method::POST, "/channels", Some(&token), Some(&json!({}))).await;
    assert_eq!((status, body["code"].as_i64()), (401, Some(43)), "{body}");
}

#[tokio::test]
async fn an_unknown_route_and_broken_json_are_refused_in_the_envelope() {
    let server = Server::start();
    let token = Server::token("ada");
    let (status, body) = server.call(Method::GET, "/nothing/here", Some(&token), None).await;
    assert_eq!((status, body["code"].as_i64()), (404, Some(16)), "{body}");
    assert_eq!(body["message"], "Request failed with error: \"Not Found\"");
    let (status, body) = server.call(Method::POST, "/channels", Some(&token), Some(&json!([1]))).await;
    assert_eq!((status, body["code"].as_i64()), (400, Some(4)), "{body}");
    let wrong = json!({"message": {"text": 7}});
    let (status, body) = server.call(Method::POST, "/channels/messaging/x/message", Some(&token), Some(&wrong)).await;
    assert_eq!((status, body["code"].as_i64()), (400, Some(4)), "{body}");
    assert!(body["exception_fields"]["message.text"].is_string(), "the field is named: {body}");
}

#[tokio::test]
async fn a_server_may_do_what_a_user_may_not() {
    let server = Server::start();
    let create = json!({"data": {"created_by_id": "ada", "members": []}, "state": true});
    let (status, body) =
        server.call(Method::POST, "/channels/gaming/arena/query", Some(&Server::server_token()), Some(&create)).await;
    assert_eq!(status, 201, "{body}");
    let (status, body) =
        server.call(Method::POST, "/channels/gaming/other/query", Some(&Server::token("ada")), Some(&json!({}))).await;
    assert_eq!((status, body["code"].as_i64()), (403, Some(17)), "{body}");
}
