//! Messages to channels that are watched.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio::task::JoinSet;

use super::people::{People, channel_id};
use crate::client::{Client, request, user_token};
use crate::processes::{machine_cpu, own_cpu};
use crate::redis_server::Counters;
use crate::scale::Scale;
use crate::statistics::{Figures, percentile};
use crate::subjects::{Cpu, Server};
use crate::tally::{Heard, Mark, Tally};

/// Characters of a message's text.
const TEXT: usize = 100;

/// What is sent, and who hears it.
pub struct Traffic {
    pub channels: usize,
    pub watchers: usize,
    pub senders: usize,
    pub pace: Pace,
}

/// When the next message goes out.
#[derive(Clone, Copy, Debug)]
pub enum Pace {
    /// When the last one of the same sender was answered.
    Answered,
    /// So many a second, by all senders together, whatever the server does.
    PerSecond(u64),
    /// When fewer than so many have not yet reached everybody.
    Window(usize),
}

/// What a sender saw while it was measured.
#[derive(Default)]
struct Sent {
    accepted: u64,
    /// Microseconds from the call to its answer.
    latencies: Vec<u32>,
}

/// What the measured part of a run took.
struct Measured {
    time: Duration,
    cpu: Cpu,
    /// Of everything else on the machine.
    other_cpu: Duration,
    before: Counters,
    after: Counters,
}

pub async fn run(server: Server, traffic: &Traffic, scale: &Scale) -> Result<Figures> {
    let people = People { channels: traffic.channels, members: traffic.watchers };
    people.settle(&server).await?;
    let window = if let Pace::Window(window) = traffic.pace { Some(window) } else { None };
    let tally = Arc::new(Tally::new(traffic.watchers, window));
    let listeners = people.watch(&server, &tally).await?;
    tally.ensure_even().context("before the first message")?;
    let mut senders = JoinSet::new();
    for index in 0..traffic.senders {
        let sender = Sender::new(&server, traffic, index, tally.clone()).await?;
        senders.spawn(sender.run());
    }
    tokio::time::sleep(scale.warm_up).await;
    let measured = measure(&server, &tally, scale.measured).await?;
    tally.is_stopping.store(true, Ordering::Release);
    if let Some(window) = &tally.window {
        window.close();
    }
    let mut sent = Sent::default();
    while let Some(sender) = senders.join_next().await {
        let sender = sender??;
        sent.accepted += sender.accepted;
        sent.latencies.extend(sender.latencies);
    }
    tally.drain().await;
    tally.ensure_even()?;
    tally.is_over.store(true, Ordering::Release);
    server.stop().await?;
    let heard = Heard::of(listeners).await?;
    figures(&measured, sent, heard)
}

async fn measure(server: &Server, tally: &Tally, time: Duration) -> Result<Measured> {
    let (before, cpu) = (server.redis.counters().await?, server.cpu()?);
    let (machine, own) = (machine_cpu()?, own_cpu()?);
    tally.begin();
    tokio::time::sleep(time).await;
    let time = tally.end();
    let cpu = server.cpu()?.since(cpu);
    let ours = cpu.server + cpu.redis + (own_cpu()? - own);
    let other_cpu = (machine_cpu()? - machine).saturating_sub(ours);
    Ok(Measured { time, cpu, other_cpu, before, after: server.redis.counters().await? })
}

fn figures(measured: &Measured, mut sent: Sent, mut heard: Heard) -> Result<Figures> {
    ensure!(sent.accepted > 0, "no message was accepted");
    ensure!(
        !heard.latencies.is_empty(),
        "nothing arrived of what was due while it was measured: this is too slow to be measured"
    );
    let (messages, seconds) = (sent.accepted as f64, measured.time.as_secs_f64());
    let micros = |time: Duration| time.as_secs_f64() * 1e6;
    let mut figures = Figures::default();
    figures.set("accepted_per_second", messages / seconds);
    figures.set("deliveries_per_second", heard.events as f64 / seconds);
    figures.set("cpu_us_per_message", micros(measured.cpu.server + measured.cpu.redis) / messages);
    figures.set("server_cpu_us_per_message", micros(measured.cpu.server) / messages);
    figures.set("redis_cpu_us_per_message", micros(measured.cpu.redis) / messages);
    figures.set("cpu_us_per_delivery", micros(measured.cpu.server + measured.cpu.redis) / heard.events.max(1) as f64);
    figures.set("other_cpu_cores", measured.other_cpu.as_secs_f64() / seconds);
    figures.set("event_bytes", heard.bytes as f64 / heard.events.max(1) as f64);
    figures.set("answer_p50_ms", percentile(&mut sent.latencies, 0.5) / 1000.0);
    figures.set("answer_p99_ms", percentile(&mut sent.latencies, 0.99) / 1000.0);
    figures.set("p50_ms", percentile(&mut heard.latencies, 0.5) / 1000.0);
    figures.set("p99_ms", percentile(&mut heard.latencies, 0.99) / 1000.0);
    figures.set("redis_bytes_in", (measured.after.bytes_in - measured.before.bytes_in) as f64 / messages);
    figures.set("redis_bytes_out", (measured.after.bytes_out - measured.before.bytes_out) as f64 / messages);
    let operations = measured.after.operations_since(&measured.before);
    figures.set("redis_operations", operations.values().sum::<u64>() as f64 / messages);
    figures.operations = operations.into_iter().map(|(name, calls)| (name, calls as f64 / messages)).collect();
    Ok(figures)
}

/// One sender with its connection and its share of the channels.
struct Sender {
    index: u64,
    senders: u64,
    pace: Pace,
    /// When its first message is due, with the other senders' in between.
    begun: u64,
    client: Client,
    tally: Arc<Tally>,
    /// Path and token of each channel.
    channels: Vec<(String, String)>,
}

impl Sender {
    async fn new(server: &Server, traffic: &Traffic, index: usize, tally: Arc<Tally>) -> Result<Sender> {
        let mine = (0..traffic.channels).filter(|channel| channel % traffic.senders == index % traffic.channels);
        let channels: Result<Vec<_>> = mine
            .map(|channel| {
                let path = format!("/channels/messaging/{}/message", channel_id(channel));
                Ok((path, user_token(&People::user(channel, 0))?))
            })
            .collect();
        let (index, senders) = (index as u64, traffic.senders as u64);
        let client = Client::connect(server.address).await?;
        let begun = tally.now();
        Ok(Sender { index, senders, pace: traffic.pace, begun, client, tally, channels: channels? })
    }

    async fn run(mut self) -> Result<Sent> {
        let mut sent = Sent::default();
        for turn in 0.. {
            let Some(start) = self.turn(turn as u64).await else { break };
            let mark = self.tally.mark(start)?;
            let (path, token) = &self.channels[turn % self.channels.len()];
            let body = format!("{{\"message\":{{\"id\":\"m-{}\",\"text\":\"{}\"}}}}", mark.number, mark.text(TEXT));
            self.client.call(&request("POST", path, token, &body)).await.context("a message was not accepted")?;
            self.answered(mark, &mut sent);
        }
        Ok(sent)
    }

    /// Waits for the time of the next message; `None` when there is none. A message that is late counts from when it was due.
    async fn turn(&self, turn: u64) -> Option<u64> {
        let mut start = None;
        match self.pace {
            Pace::Answered => {}
            Pace::PerSecond(rate) => {
                let due = self.begun + (turn * self.senders + self.index) * 1_000_000_000 / rate;
                if due > self.tally.now() {
                    tokio::time::sleep_until(self.tally.moment(due).into()).await;
                } else {
                    start = Some(due);
                }
            }
            Pace::Window(_) => self.tally.window.as_ref()?.acquire().await.ok()?.forget(),
        }
        let goes_on = !self.tally.is_stopping.load(Ordering::Acquire);
        goes_on.then(|| start.unwrap_or_else(|| self.tally.now()))
    }

    fn answered(&self, mark: Mark, sent: &mut Sent) {
        let now = self.tally.now();
        self.tally.accepted(mark);
        if self.tally.counts(now) {
            sent.accepted += 1;
        }
        if self.tally.counts(mark.sent) {
            sent.latencies.push((now.saturating_sub(mark.sent) / 1000) as u32);
        }
    }
}
