//! Searches among a million messages: words, beginnings and phrases, in all channels of a user who has five hundred.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::json;
use tokio::task::JoinSet;

use super::people::{make_channel, make_users};
use super::requests::{Question, ask};
use super::seeds::Seeded;
use crate::client::{Client, request, server_token, user_token};
use crate::scale::Scale;
use crate::statistics::Figures;
use crate::subjects::{Server, Subject};

/// Connections that messages are sent over.
const SENDERS: usize = 16;
/// Who is in all channels.
const USER: &str = "searcher";
/// Different words of all messages.
const VOCABULARY: u64 = 50_000;
/// Words of a message.
const WORDS: u64 = 14;
/// How long the index may take to have everything.
const PATIENCE: Duration = Duration::from_secs(120);
/// Results of a page.
const PAGE: usize = 20;

/// A random number for each turn, the same in every run.
fn scattered(turn: u64) -> u64 {
    let mut mixed = turn.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^= mixed >> 29;
    mixed = mixed.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed ^ (mixed >> 32)
}

/// A word: few are frequent and many are rare, as in any language.
fn word(random: u64) -> String {
    let share = (random % 1_000_003) as f64 / 1_000_003.0;
    let mut rank = ((VOCABULARY as f64).powf(share) as u64).max(1);
    let mut word = String::new();
    while rank > 0 || word.len() < 4 {
        word.push(char::from(b'a' + (scattered(rank) % 26) as u8));
        rank /= 7;
    }
    word
}

fn text(turn: u64) -> String {
    let words: Vec<String> = (0..WORDS).map(|index| word(scattered(turn * WORDS + index))).collect();
    words.join(" ")
}

fn channel(turn: usize, scale: &Scale) -> String {
    format!("search-{}", turn % scale.searched[0])
}

/// A server with the messages; the floor, which has no search, gets a few to read.
pub async fn seed(server: Server, scale: &Scale) -> Result<Seeded> {
    if server.subject == Subject::Floor {
        return super::seeds::read(server).await;
    }
    let mut client = Client::connect(server.address).await?;
    let (back_end, token) = (server_token()?, user_token(USER)?);
    make_users(&mut client, &back_end, &[USER.to_owned()]).await?;
    for index in 0..scale.searched[0] {
        make_channel(&mut client, &back_end, &channel(index, scale), &[USER.to_owned()]).await?;
    }
    let (next, scale) = (Arc::new(AtomicUsize::new(0)), *scale);
    let mut tasks = JoinSet::new();
    for _ in 0..SENDERS {
        let (next, token) = (next.clone(), token.clone());
        let mut client = Client::connect(server.address).await?;
        tasks.spawn(async move {
            loop {
                let turn = next.fetch_add(1, Ordering::Relaxed);
                if turn >= scale.searched[1] {
                    return anyhow::Ok(());
                }
                let path = format!("/channels/messaging/{}/message", channel(turn, &scale));
                let body = json!({"message": {"text": text(turn as u64)}}).to_string();
                client.call(&request("POST", &path, &token, &body)).await?;
            }
        });
    }
    while let Some(task) = tasks.join_next().await {
        task?.context("a message was not stored")?;
    }
    indexed(&mut client, &token, scale.searched[1] as u64 - 1).await?;
    Ok(Seeded { server })
}

/// Waits until the last message is found.
async fn indexed(client: &mut Client, token: &str, last: u64) -> Result<()> {
    let begun = Instant::now();
    let question = search(token, &format!("\"{}\"", text(last)), false);
    while begun.elapsed() < PATIENCE {
        if memchr::memmem::find(client.call(&question).await?, b"\"message\":{").is_some() {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    bail!("the last message is not found within {PATIENCE:?}")
}

fn search(token: &str, query: &str, newest_first: bool) -> Vec<u8> {
    let mut payload = json!({"filter_conditions": {"members": {"$in": [USER]}}, "query": query, "limit": PAGE});
    if newest_first {
        payload["sort"] = json!([{"field": "created_at", "direction": -1}]);
    }
    let payload: String = payload.to_string().bytes().map(|byte| format!("%{byte:02x}")).collect();
    request("GET", &format!("/search?payload={payload}"), token, "")
}

/// One search after the other: a word, two, the beginning of one, two that follow each other; half of them newest first.
pub async fn run(seeded: &Seeded, scale: &Scale) -> Result<Figures> {
    if seeded.server.subject == Subject::Floor {
        return super::pages::read(seeded, scale).await;
    }
    let token = user_token(USER)?;
    let messages = scale.searched[1] as u64;
    let one = move |random: u64| {
        let text = text(random % messages);
        let words: Vec<&str> = text.split(' ').collect();
        let query = match random >> 32 & 3 {
            0 => format!("{} ", words[0]),
            1 => format!("{} {} ", words[1], words[5]),
            2 => words[2].chars().take(3).collect(),
            _ => format!("\"{} {}\"", words[3], words[4]),
        };
        search(&token, &query, random >> 40 & 1 == 0)
    };
    // How many are found differs from search to search.
    let question = Question { request: Box::new(one), messages: 0 };
    let around = async || Ok(());
    let (answers, _) = ask(seeded.server.address, 1, question, scale, around).await?;
    let mut figures = Figures::default();
    figures.set("p50_ms", answers.p50_ms);
    figures.set("p99_ms", answers.p99_ms);
    figures.set("searches_per_second", answers.per_second);
    Ok(figures)
}
