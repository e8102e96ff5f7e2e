//! The workloads: what is asked of a server, and what is read off.

mod cold_start;
mod connections;
mod memory;
mod pages;
mod people;
mod requests;
mod search;
mod seeds;
mod traffic;

use anyhow::Result;
use clap::ValueEnum;

use self::seeds::Seeded;
use self::traffic::{Pace, Traffic};
use crate::redis_server::Fsync;
use crate::scale::Scale;
use crate::statistics::Figures;
use crate::subjects::{Server, Subject};

/// Members of each of many channels, who all watch it.
const WATCHERS: usize = 10;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Workload {
    /// 32 senders, 100 channels with 10 watching members each, as fast as they are answered; processor time and Redis
    /// operations per message come from the same runs
    Send,
    /// The same with a Redis that writes every message to the disk before it is acknowledged
    SendAlways,
    /// The same at 1,000 messages a second: from the call to each recipient's socket
    SendLatency,
    /// One channel with 1,000 watchers
    #[value(name = "fan_out_1000")]
    FanOut1000,
    /// One channel with 5,000 watchers
    #[value(name = "fan_out_5000")]
    FanOut5000,
    /// 10,000 connected users who watch a channel and do nothing
    Idle,
    /// 2,000 connects at once
    ConnectStorm,
    /// The 30 newest channels, 25 messages each, of a user who has 30 and of one who has 1,000
    ChannelList,
    /// 100 messages before a random one in a channel of 100,000 and in one of 1,000
    History,
    /// One message by its id
    Read,
    /// From the start of the process to its first success
    ColdStart,
    /// What 100,000 messages take of Redis' memory
    MemoryPerMessage,
    /// Searches among 1,000,000 messages, beside which the floor reads one; only when it is named
    Search,
}

impl Workload {
    /// The name on the command line.
    pub fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// Open files that a process may need at once, with some to spare.
    pub fn open_files(self, scale: &Scale) -> u64 {
        let sockets = match self {
            Workload::Send | Workload::SendAlways | Workload::SendLatency => scale.channels * WATCHERS,
            Workload::FanOut1000 => scale.fan_out[0],
            Workload::FanOut5000 => scale.fan_out[1],
            Workload::Idle => scale.idle_sockets,
            Workload::ConnectStorm => scale.storm_sockets,
            Workload::ChannelList
            | Workload::History
            | Workload::Read
            | Workload::ColdStart
            | Workload::MemoryPerMessage
            | Workload::Search => 0,
        };
        sockets as u64 + 500
    }

    /// Whether it is part of a run that names none.
    pub fn is_usual(self) -> bool {
        // A million messages take minutes to write.
        self != Workload::Search
    }

    /// How often it is run when others are run so many times.
    pub fn runs(self, runs: usize) -> usize {
        match self {
            // It takes long and gives the same each time.
            Workload::MemoryPerMessage => 1,
            // They are over in a moment, in which anything can happen on the machine.
            Workload::ConnectStorm | Workload::ColdStart => 3 * runs,
            _ => runs,
        }
    }
}

/// Servers that keep what they were given over the runs of one workload.
#[derive(Default)]
pub struct Stage {
    seeded: Vec<Seeded>,
}

impl Stage {
    async fn seeded(&mut self, subject: Subject, seed: impl AsyncFnOnce(Server) -> Result<Seeded>) -> Result<&Seeded> {
        let index = match self.seeded.iter().position(|seeded| seeded.server.subject == subject) {
            Some(index) => index,
            None => {
                self.seeded.push(seed(Server::start(subject, Fsync::EverySecond).await?).await?);
                self.seeded.len() - 1
            }
        };
        Ok(&self.seeded[index])
    }

    pub async fn clear(self) -> Result<()> {
        for seeded in self.seeded {
            seeded.server.stop().await?;
        }
        Ok(())
    }
}

/// One run of a workload against one server.
pub async fn run(workload: Workload, subject: Subject, scale: &Scale, stage: &mut Stage) -> Result<Figures> {
    let everywhere = |pace| Traffic { channels: scale.channels, watchers: WATCHERS, senders: 32, pace };
    let one = |watchers, window| Traffic { channels: 1, watchers, senders: 1, pace: Pace::Window(window) };
    let start = async |fsync| Server::start(subject, fsync).await;
    match workload {
        Workload::Send => traffic::run(start(Fsync::EverySecond).await?, &everywhere(Pace::Answered), scale).await,
        Workload::SendAlways => traffic::run(start(Fsync::Always).await?, &everywhere(Pace::Answered), scale).await,
        Workload::SendLatency => {
            traffic::run(start(Fsync::EverySecond).await?, &everywhere(Pace::PerSecond(1000)), scale).await
        }
        Workload::FanOut1000 => traffic::run(start(Fsync::EverySecond).await?, &one(scale.fan_out[0], 8), scale).await,
        Workload::FanOut5000 => traffic::run(start(Fsync::EverySecond).await?, &one(scale.fan_out[1], 4), scale).await,
        Workload::Idle => connections::idle(start(Fsync::EverySecond).await?, scale).await,
        Workload::ConnectStorm => connections::storm(start(Fsync::EverySecond).await?, scale).await,
        Workload::ChannelList => {
            pages::lists(stage.seeded(subject, async |server| seeds::lists(server, scale).await).await?, scale).await
        }
        Workload::History => {
            pages::histories(stage.seeded(subject, async |server| seeds::histories(server, scale).await).await?, scale)
                .await
        }
        Workload::Read => {
            pages::read(stage.seeded(subject, async |server| seeds::read(server).await).await?, scale).await
        }
        Workload::ColdStart => cold_start::run(subject).await,
        Workload::MemoryPerMessage => memory::run(start(Fsync::EverySecond).await?, scale).await,
        Workload::Search => {
            search::run(stage.seeded(subject, async |server| search::seed(server, scale).await).await?, scale).await
        }
    }
}
