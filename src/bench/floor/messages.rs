//! A send: one Redis call, then the event to whoever watches.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;

use super::sockets::text_frame;
use super::{Floor, failed, json, refused};

/// KEYS record, index, counters of the channel; ARGV record, time, id. Returns 0 for an id that is known.
pub(super) const SEND: &str = "
if not redis.call('SET', KEYS[1], ARGV[1], 'NX') then
  return 0
end
redis.call('ZADD', KEYS[2], ARGV[2], ARGV[3])
redis.call('HSET', KEYS[3], 'last_message_at', ARGV[2])
return 1
";

const MOMENT: &str = "2026-01-01T12:00:00.123456Z";

#[derive(Deserialize)]
struct SendMessage {
    message: NewMessage,
}

#[derive(Deserialize)]
struct NewMessage {
    id: String,
    text: String,
}

pub(super) fn record_key(id: &str) -> String {
    format!("message:{id}")
}

pub(super) fn index_key(cid: &str) -> String {
    format!("messages:{cid}")
}

pub(super) async fn send(
    State(floor): State<Arc<Floor>>,
    Path((kind, id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(user) = floor.user(&headers) else { return refused() };
    let new = match serde_json::from_slice::<SendMessage>(&body) {
        Ok(request) => request.message,
        Err(error) => return json(StatusCode::BAD_REQUEST, format!("{{\"message\":{:?}}}", error.to_string())),
    };
    let (cid, now) = (format!("{kind}:{id}"), millis());
    let user = user_json(&user);
    let message = message_json(&new, &cid, &user);
    let mut call = floor.send.key(record_key(&new.id));
    call.key(index_key(&cid)).key(format!("channel:{cid}")).arg(&message).arg(now).arg(&new.id);
    let stored: redis::RedisResult<i64> = call.invoke_async(&mut floor.redis.clone()).await;
    if let Err(error) = stored {
        return failed(&error);
    }
    floor.hub.deliver(&cid, &text_frame(event_json(&kind, &id, &message, &user).as_bytes()));
    json(StatusCode::CREATED, format!("{{\"message\":{message},\"duration\":\"0.10ms\"}}"))
}

pub(super) fn millis() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_millis() as u64)
}

fn user_json(id: &str) -> String {
    format!(
        "{{\"id\":\"{id}\",\"name\":\"{id}\",\"language\":\"\",\"role\":\"user\",\"teams\":[],\"created_at\":\"{MOMENT}\",\
         \"updated_at\":\"{MOMENT}\",\"last_active\":\"{MOMENT}\",\"banned\":false,\"online\":true,\"invisible\":false}}"
    )
}

fn message_json(new: &NewMessage, cid: &str, user: &str) -> String {
    // A text always serialises.
    let text = serde_json::to_string(&new.text).unwrap_or_default();
    format!(
        "{{\"id\":\"{}\",\"text\":{text},\"html\":\"\",\"type\":\"regular\",\"user\":{user},\"attachments\":[],\
         \"mentioned_users\":[],\"latest_reactions\":[],\"own_reactions\":[],\"reaction_counts\":{{}},\"reaction_scores\":{{}},\
         \"reaction_groups\":null,\"reply_count\":0,\"deleted_reply_count\":0,\"cid\":\"{cid}\",\"created_at\":\"{MOMENT}\",\
         \"updated_at\":\"{MOMENT}\",\"shadowed\":false,\"silent\":false,\"pinned\":false,\"pinned_at\":null,\
         \"pinned_by\":null,\"pin_expires\":null}}",
        new.id
    )
}

fn event_json(kind: &str, id: &str, message: &str, user: &str) -> String {
    format!(
        "{{\"type\":\"message.new\",\"cid\":\"{kind}:{id}\",\"channel_type\":\"{kind}\",\"channel_id\":\"{id}\",\
         \"message\":{message},\"user\":{user},\"created_at\":\"{MOMENT}\",\"watcher_count\":10,\"unread_count\":0,\
         \"total_unread_count\":0,\"unread_channels\":0}}"
    )
}
