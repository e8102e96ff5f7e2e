//! Reads: records are ready JSON and are joined as they are.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use redis::{AsyncCommands, RedisResult};
use serde::Deserialize;

use super::messages::{index_key, millis, record_key};
use super::{Floor, failed, json, refused};

/// Channels of one list, and messages of each.
const CHANNELS: isize = 30;
const MESSAGES: isize = 25;

#[derive(Default, Deserialize)]
struct ChannelRequest {
    #[serde(default)]
    data: Data,
    #[serde(default)]
    messages: Page,
}

#[derive(Default, Deserialize)]
struct Data {
    #[serde(default)]
    members: Vec<String>,
}

#[derive(Default, Deserialize)]
struct Page {
    #[serde(default)]
    limit: isize,
    id_lt: Option<String>,
}

fn list_key(user: &str) -> String {
    format!("channels:{user}")
}

/// One channel: its members are written, the connection watches it, and a page of its messages is answered.
pub(super) async fn channel(
    State(floor): State<Arc<Floor>>,
    Path((kind, id)): Path<(String, String)>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if floor.user(&headers).is_none() {
        return refused();
    }
    let Ok(request) = serde_json::from_slice::<ChannelRequest>(&body) else {
        return json(StatusCode::BAD_REQUEST, "{}");
    };
    let cid = format!("{kind}:{id}");
    if let Some(connection) = query.get("connection_id") {
        floor.hub.watch(&cid, connection);
    }
    let page = async {
        join_channel(&floor, &cid, &request.data.members).await?;
        // A client that only starts to watch asks for a message at most: the floor has no state to answer.
        if request.messages.limit > 1 { history(&floor, &cid, &request.messages).await } else { Ok(Vec::new()) }
    };
    match page.await {
        Ok(messages) => {
            let mut answer = String::from("{\"messages\":[");
            push_all(&mut answer, &messages);
            answer.push_str("]}");
            json(StatusCode::CREATED, answer)
        }
        Err(error) => failed(&error),
    }
}

async fn join_channel(floor: &Floor, cid: &str, members: &[String]) -> RedisResult<()> {
    if members.is_empty() {
        return Ok(());
    }
    let mut pipe = redis::pipe();
    for member in members {
        pipe.zadd(list_key(member), cid, millis()).ignore();
    }
    pipe.query_async(&mut floor.redis.clone()).await
}

/// Messages before one of them, newest first: where it is, the ids before it, their records.
async fn history(floor: &Floor, cid: &str, page: &Page) -> RedisResult<Vec<Option<String>>> {
    let mut redis = floor.redis.clone();
    let index = index_key(cid);
    let start = match &page.id_lt {
        Some(id) => redis.zrevrank::<_, _, Option<isize>>(&index, id).await?.map_or(0, |rank| rank + 1),
        None => 0,
    };
    let ids: Vec<String> = redis.zrevrange(&index, start, start + page.limit - 1).await?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    redis::cmd("MGET").arg(record_keys(&ids)).query_async(&mut redis).await
}

/// The newest channels of a user with their newest messages.
pub(super) async fn channels(
    State(floor): State<Arc<Floor>>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    let Some(user) = floor.user(&headers) else { return refused() };
    match list(&floor, &user).await {
        Ok(list) => {
            let mut answer = String::with_capacity(1 << 20);
            answer.push_str("{\"channels\":[");
            for (index, (cid, messages)) in list.iter().enumerate() {
                if let Some(connection) = query.get("connection_id") {
                    floor.hub.watch(cid, connection);
                }
                answer.push_str(if index > 0 { ",{" } else { "{" });
                answer.push_str(&format!("\"channel\":{{\"cid\":\"{cid}\"}},\"messages\":["));
                push_all(&mut answer, messages);
                answer.push_str("]}");
            }
            answer.push_str("]}");
            json(StatusCode::CREATED, answer)
        }
        Err(error) => failed(&error),
    }
}

async fn list(floor: &Floor, user: &str) -> RedisResult<Vec<(String, Vec<Option<String>>)>> {
    let mut redis = floor.redis.clone();
    let cids: Vec<String> = redis.zrevrange(list_key(user), 0, CHANNELS - 1).await?;
    let mut pipe = redis::pipe();
    for cid in &cids {
        pipe.zrevrange(index_key(cid), 0, MESSAGES - 1);
    }
    let ids: Vec<Vec<String>> = pipe.query_async(&mut redis).await?;
    let mut pipe = redis::pipe();
    for ids in &ids {
        pipe.cmd("MGET").arg(record_keys(ids));
    }
    let messages: Vec<Vec<Option<String>>> = pipe.query_async(&mut redis).await?;
    Ok(cids.into_iter().zip(messages).collect())
}

fn record_keys(ids: &[String]) -> Vec<String> {
    ids.iter().map(|id| record_key(id)).collect()
}

/// Oldest first, as clients want them.
fn push_all(answer: &mut String, messages: &[Option<String>]) {
    for (index, message) in messages.iter().rev().flatten().enumerate() {
        if index > 0 {
            answer.push(',');
        }
        answer.push_str(message);
    }
}

/// One read with one round trip and no token: what a handler costs before it does anything.
pub(super) async fn message(State(floor): State<Arc<Floor>>, Path(id): Path<String>) -> Response {
    match floor.redis.clone().get::<_, Option<String>>(record_key(&id)).await {
        Ok(Some(message)) => json(StatusCode::OK, message),
        Ok(None) => json(StatusCode::NOT_FOUND, "{}"),
        Err(error) => failed(&error),
    }
}
