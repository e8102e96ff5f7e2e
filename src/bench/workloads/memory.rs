//! What stored messages take of Redis' memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::people::{People, channel_id};
use crate::client::{Client, request, user_token};
use crate::scale::Scale;
use crate::statistics::Figures;
use crate::subjects::Server;
use crate::tally::Mark;

/// Characters of an ordinary message.
const TEXT: usize = 120;
const SENDERS: usize = 32;

/// Messages of ordinary length, with ids as Stream's SDKs make them, from all members of many channels by turns.
pub async fn run(server: Server, scale: &Scale) -> Result<Figures> {
    let people = People { channels: scale.channels, members: 10 };
    people.settle(&server).await?;
    let before = server.redis.counters().await?;
    let (next, messages) = (Arc::new(AtomicUsize::new(0)), scale.stored_messages);
    let mut tasks = JoinSet::new();
    for _ in 0..SENDERS {
        let next = next.clone();
        let mut client = Client::connect(server.address).await?;
        tasks.spawn(async move {
            loop {
                let turn = next.fetch_add(1, Ordering::Relaxed);
                if turn >= messages {
                    return anyhow::Ok(());
                }
                let (channel, member) = (turn % people.channels, turn / people.channels % people.members);
                let user = People::user(channel, member);
                let text = Mark { number: turn as u32, sent: 0 }.text(TEXT);
                let body = format!("{{\"message\":{{\"id\":\"{user}-{}\",\"text\":\"{text}\"}}}}", Uuid::new_v4());
                let path = format!("/channels/messaging/{}/message", channel_id(channel));
                client.call(&request("POST", &path, &user_token(&user)?, &body)).await?;
            }
        });
    }
    while let Some(task) = tasks.join_next().await {
        task?.context("a message was not stored")?;
    }
    let fresh = server.redis.counters().await?;
    // The log keeps minutes, not messages: what stays is what is left without it.
    server.redis.empty_streams().await?;
    let after = server.redis.counters().await?;
    server.stop().await?;
    let each = |more: u64, less: u64| more.saturating_sub(less) as f64 / messages as f64;
    let mut figures = Figures::default();
    figures.set("bytes", each(after.used_memory, before.used_memory));
    figures.set("log_bytes", each(fresh.used_memory, after.used_memory));
    Ok(figures)
}
