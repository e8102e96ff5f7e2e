//! Reads of what was stored: lists of channels, pages of history, one message.

use std::sync::Arc;

use anyhow::Result;
use serde_json::json;

use super::requests::{Question, ask};
use super::seeds::{LISTED_MESSAGES, READ_MESSAGES, Seeded, history, message, user};
use crate::client::{request, user_token};
use crate::scale::Scale;
use crate::sockets::Socket;
use crate::statistics::Figures;
use crate::tally::Tally;

/// Channels of one page.
const CHANNELS: usize = 30;
/// Messages of one page of history.
const PAGE: usize = 100;
/// Connections that read at a time.
const READERS: usize = 32;

const FEW_AND_MANY: [[&str; 2]; 2] = [["few_p50_ms", "few_p99_ms"], ["many_p50_ms", "many_p99_ms"]];

async fn nothing() -> Result<()> {
    Ok(())
}

/// The newest channels of a user who has few, and of one who has many.
pub async fn lists(seeded: &Seeded, scale: &Scale) -> Result<Figures> {
    let mut figures = Figures::default();
    for (channels, [p50, p99]) in scale.lists.into_iter().zip(FEW_AND_MANY) {
        let user = user(channels);
        let socket = Socket::open(seeded.server.address, &user).await?;
        let body = json!({
            "filter_conditions": {"members": {"$in": [user]}},
            "sort": [{"field": "last_message_at", "direction": -1}],
            "limit": CHANNELS,
            "message_limit": LISTED_MESSAGES,
            "state": true,
            "watch": true,
            "presence": false,
        });
        let path = format!("/channels?user_id={user}&connection_id={}", socket.connection_id);
        let listener = socket.listen(&Arc::new(Tally::new(0, None)));
        let request = request("POST", &path, &user_token(&user)?, &body.to_string());
        let messages = CHANNELS.min(channels) * LISTED_MESSAGES;
        let question = Question { request: Box::new(move |_| request.clone()), messages };
        let (answers, _) = ask(seeded.server.address, 1, question, scale, nothing).await?;
        listener.abort();
        figures.set(p50, answers.p50_ms);
        figures.set(p99, answers.p99_ms);
    }
    compare(&mut figures);
    Ok(figures)
}

/// A page before a random message, in a channel with few messages and in one with many.
pub async fn histories(seeded: &Seeded, scale: &Scale) -> Result<Figures> {
    let mut figures = Figures::default();
    for (messages, [p50, p99]) in scale.history.into_iter().zip(FEW_AND_MANY) {
        let (channel, token) = (history(messages), user_token(&user(messages))?);
        let path = format!("/channels/messaging/{channel}/query");
        let before = move |random: u64| {
            // Before the first hundred there is no whole page, and several senders filled the channel at once.
            let number = 2 * PAGE + random as usize % (messages - 2 * PAGE);
            let page = json!({"limit": PAGE, "id_lt": message(&channel, number)});
            let body = json!({"state": true, "watch": false, "presence": false, "messages": page});
            request("POST", &path, &token, &body.to_string())
        };
        let question = Question { request: Box::new(before), messages: PAGE };
        let (answers, _) = ask(seeded.server.address, 1, question, scale, nothing).await?;
        figures.set(p50, answers.p50_ms);
        figures.set(p99, answers.p99_ms);
    }
    compare(&mut figures);
    Ok(figures)
}

/// How much more it takes where there is more.
fn compare(figures: &mut Figures) {
    let [few, many] = FEW_AND_MANY.map(|[p50, _]| figures.values.get(p50).copied().unwrap_or_default());
    figures.set("many_to_few", many / few);
}

/// One message by its id.
pub async fn read(seeded: &Seeded, scale: &Scale) -> Result<Figures> {
    let server = &seeded.server;
    let (channel, token) = (history(READ_MESSAGES), user_token(&user(READ_MESSAGES))?);
    let one = move |random: u64| {
        let id = message(&channel, random as usize % READ_MESSAGES);
        request("GET", &format!("/messages/{id}"), &token, "")
    };
    let question = Question { request: Box::new(one), messages: 1 };
    let around = async || Ok((server.cpu()?, server.redis.counters().await?));
    let (answers, [before, after]) = ask(server.address, READERS, question, scale, around).await?;
    let (count, cpu) = (answers.count as f64, after.0.since(before.0));
    let mut figures = Figures::default();
    figures.set("reads_per_second", answers.per_second);
    figures.set("cpu_us_per_read", (cpu.server + cpu.redis).as_secs_f64() * 1e6 / count);
    figures.set("p50_ms", answers.p50_ms);
    figures.set("p99_ms", answers.p99_ms);
    let operations = after.1.operations_since(&before.1);
    figures.set("redis_operations", operations.values().sum::<u64>() as f64 / count);
    figures.operations = operations.into_iter().map(|(name, calls)| (name, calls as f64 / count)).collect();
    Ok(figures)
}
