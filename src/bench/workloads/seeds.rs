//! Servers with channels and messages in them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result};
use tokio::task::JoinSet;

use super::people::{make_channel, make_users};
use crate::client::{Client, request, server_token, user_token};
use crate::scale::Scale;
use crate::subjects::Server;
use crate::tally::Mark;

/// Connections that messages are sent over.
const SENDERS: usize = 16;
/// Characters of a message's text.
const TEXT: usize = 100;

/// A server that keeps what it was given.
pub struct Seeded {
    pub server: Server,
}

/// Messages of each channel in a list.
pub const LISTED_MESSAGES: usize = 25;
/// Messages of the channel of which one is read.
pub const READ_MESSAGES: usize = 100;

/// A user for each size of list, named `user-<channels>`.
pub async fn lists(server: Server, scale: &Scale) -> Result<Seeded> {
    for channels in scale.lists {
        let own = (0..channels).map(|index| format!("list-{channels}-{index}")).collect();
        fill(&server, &user(channels), own, LISTED_MESSAGES).await?;
    }
    Ok(Seeded { server })
}

/// A user and a channel for each depth, named `user-<messages>` and `history-<messages>`.
pub async fn histories(server: Server, scale: &Scale) -> Result<Seeded> {
    for messages in scale.history {
        fill(&server, &user(messages), vec![history(messages)], messages).await?;
    }
    Ok(Seeded { server })
}

/// A channel with a few messages.
pub async fn read(server: Server) -> Result<Seeded> {
    fill(&server, &user(READ_MESSAGES), vec![history(READ_MESSAGES)], READ_MESSAGES).await?;
    Ok(Seeded { server })
}

pub fn user(size: usize) -> String {
    format!("user-{size}")
}

pub fn history(messages: usize) -> String {
    format!("history-{messages}")
}

pub fn message(channel: &str, number: usize) -> String {
    format!("m-{channel}-{number}")
}

/// Channels with one member, and messages in all of them by turns.
async fn fill(server: &Server, user: &str, channels: Vec<String>, messages: usize) -> Result<()> {
    let mut client = Client::connect(server.address).await?;
    let back_end = server_token()?;
    make_users(&mut client, &back_end, &[user.to_owned()]).await?;
    for channel in &channels {
        make_channel(&mut client, &back_end, channel, &[user.to_owned()]).await?;
    }
    let (token, channels, next) = (user_token(user)?, Arc::new(channels), Arc::new(AtomicUsize::new(0)));
    let mut tasks = JoinSet::new();
    for _ in 0..SENDERS {
        let (token, channels, next) = (token.clone(), channels.clone(), next.clone());
        let mut client = Client::connect(server.address).await?;
        tasks.spawn(async move {
            loop {
                let turn = next.fetch_add(1, Ordering::Relaxed);
                let (channel, number) = (&channels[turn % channels.len()], turn / channels.len());
                if number >= messages {
                    return anyhow::Ok(());
                }
                let text = Mark { number: number as u32, sent: 0 }.text(TEXT);
                let body = format!("{{\"message\":{{\"id\":\"{}\",\"text\":\"{text}\"}}}}", message(channel, number));
                let path = format!("/channels/messaging/{channel}/message");
                client.call(&request("POST", &path, &token, &body)).await?;
            }
        });
    }
    while let Some(task) = tasks.join_next().await {
        task?.context("a channel could not be filled")?;
    }
    Ok(())
}
