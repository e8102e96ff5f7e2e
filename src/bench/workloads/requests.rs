//! The same request again and again, on one connection or several.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use memchr::memmem;
use tokio::task::JoinSet;

use crate::client::Client;
use crate::scale::Scale;
use crate::statistics::percentile;

/// What is asked, and what a right answer holds.
pub struct Question {
    /// The request, given a random number.
    pub request: Box<dyn Fn(u64) -> Vec<u8> + Send + Sync>,
    pub messages: usize,
}

/// The answers of the measured time.
pub struct Answers {
    pub per_second: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub count: usize,
}

/// Asks on `clients` connections, each again when it was answered. `around` runs when the measured time begins and when
/// it ends.
pub async fn ask<T>(
    address: SocketAddr,
    clients: usize,
    question: Question,
    scale: &Scale,
    around: impl AsyncFn() -> Result<T>,
) -> Result<(Answers, [T; 2])> {
    let (question, counts, is_over) =
        (Arc::new(question), Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let mut tasks = JoinSet::new();
    for index in 0..clients {
        let mut client = Client::connect(address).await?;
        let (question, counts, is_over) = (question.clone(), counts.clone(), is_over.clone());
        tasks.spawn(async move {
            let (mut random, mut latencies) = (Random::new(index as u64), Vec::new());
            while !is_over.load(Ordering::Acquire) {
                let request = (question.request)(random.next());
                let (start, counts) = (Instant::now(), counts.load(Ordering::Acquire));
                let answer = client.call(&request).await?;
                if counts {
                    latencies.push(start.elapsed().as_micros() as u32);
                }
                check(answer, question.messages)?;
            }
            anyhow::Ok(latencies)
        });
    }
    tokio::time::sleep(scale.warm_up.min(Duration::from_secs(1))).await;
    let before = around().await?;
    let start = Instant::now();
    counts.store(true, Ordering::Release);
    tokio::time::sleep(scale.measured).await;
    counts.store(false, Ordering::Release);
    let time = start.elapsed();
    let after = around().await?;
    is_over.store(true, Ordering::Release);
    let mut latencies = Vec::new();
    while let Some(task) = tasks.join_next().await {
        latencies.extend(task?.context("a request failed")?);
    }
    ensure!(!latencies.is_empty(), "nothing was answered");
    let answers = Answers {
        per_second: latencies.len() as f64 / time.as_secs_f64(),
        p50_ms: percentile(&mut latencies, 0.5) / 1000.0,
        p99_ms: percentile(&mut latencies, 0.99) / 1000.0,
        count: latencies.len(),
    };
    Ok((answers, [before, after]))
}

fn check(answer: &[u8], messages: usize) -> Result<()> {
    let found = memmem::find_iter(answer, br#""text":"wb="#).count();
    ensure!(found == messages, "an answer holds {found} messages instead of {messages}");
    Ok(())
}

/// Numbers without a pattern that matters here, the same in every run (xorshift).
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Random {
        Random(0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(seed + 1))
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}
