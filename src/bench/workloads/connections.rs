//! Connections: what they take when nothing happens, and how fast they come.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use tokio::task::JoinSet;

use super::people::People;
use crate::scale::Scale;
use crate::sockets::Socket;
use crate::statistics::{Figures, percentile};
use crate::subjects::Server;
use crate::tally::{Heard, Tally};

/// Members of each channel that is watched.
const MEMBERS: usize = 10;

/// Memory and processor time of users who watch a channel and do nothing.
pub async fn idle(server: Server, scale: &Scale) -> Result<Figures> {
    let people = People { channels: scale.idle_sockets / MEMBERS, members: MEMBERS };
    people.settle(&server).await?;
    let before = server.process.resident_kib()?;
    let start = Instant::now();
    let tally = Arc::new(Tally::new(0, None));
    let listeners = people.watch(&server, &tally).await?;
    let opened = start.elapsed();
    tokio::time::sleep(scale.settle).await;
    let after = server.process.resident_kib()?;
    let (cpu, start) = (server.cpu()?, Instant::now());
    tokio::time::sleep(scale.settle + Duration::from_secs(1)).await;
    let (cpu, time) = (server.cpu()?.since(cpu), start.elapsed());
    let connections = listeners.len() as f64;
    let mut figures = Figures::default();
    figures.set("kib_per_connection", after.saturating_sub(before) as f64 / connections);
    figures.set("resident_mib", after as f64 / 1024.0);
    figures.set("cpu_percent", cpu.server.as_secs_f64() / time.as_secs_f64() * 100.0);
    figures.set("watches_per_second", connections / opened.as_secs_f64());
    tally.ensure_even()?;
    tally.is_over.store(true, Ordering::Release);
    server.stop().await?;
    Heard::of(listeners).await?;
    Ok(figures)
}

/// Users nobody has seen before, all at once, until each has its first `health.check`.
pub async fn storm(server: Server, scale: &Scale) -> Result<Figures> {
    let (address, before, start) = (server.address, server.cpu()?, Instant::now());
    let mut tasks = JoinSet::new();
    for index in 0..scale.storm_sockets {
        tasks.spawn(async move {
            let start = Instant::now();
            let socket = Socket::open(address, &format!("storm-{index}")).await;
            (socket, start.elapsed())
        });
    }
    let (mut sockets, mut latencies, mut refusals) = (Vec::new(), Vec::new(), Vec::new());
    while let Some(task) = tasks.join_next().await {
        let (socket, latency) = task?;
        match socket {
            Ok(socket) => sockets.push(socket),
            Err(error) => refusals.push(error),
        }
        latencies.push(latency.as_micros() as u32);
    }
    let (cpu, time) = (server.cpu()?.since(before), start.elapsed());
    if let Some(error) = refusals.first() {
        eprintln!("  a refused connection: {error:#}");
    }
    ensure!(!sockets.is_empty(), "no connection was taken");
    let mut figures = Figures::default();
    figures.set("connects_per_second", sockets.len() as f64 / time.as_secs_f64());
    figures.set("server_cpu_us_per_connect", cpu.server.as_secs_f64() * 1e6 / sockets.len() as f64);
    figures.set("redis_cpu_us_per_connect", cpu.redis.as_secs_f64() * 1e6 / sockets.len() as f64);
    figures.set("refused", refusals.len() as f64);
    figures.set("p50_ms", percentile(&mut latencies, 0.5) / 1000.0);
    figures.set("p99_ms", percentile(&mut latencies, 0.99) / 1000.0);
    server.stop().await?;
    Ok(figures)
}
