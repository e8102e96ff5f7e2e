//! `make bench`: what Weir does and takes, as ratios to a floor that does the same with nothing around it.
//!
//! This program is the load generator, the table and, started again by itself, the floor.

mod client;
mod floor;
mod processes;
mod redis_server;
mod report;
mod rows;
mod scale;
mod sockets;
mod statistics;
mod subjects;
mod tally;
mod workloads;

use std::fs;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::{Parser, ValueEnum};
use serde_json::json;

use crate::report::Results;
use crate::rows::ROWS;
use crate::scale::Scale;
use crate::statistics::Figures;
use crate::subjects::{FLOOR, Subject, folder};
use crate::workloads::{Stage, Workload};

/// The floor has the allocator that Weir has.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures Weir against a floor: the same machine, the same Redis, the same hour.
///
/// The floor is a bare HTTP and WebSocket server that stores a message in one Redis call and delivers ready bytes. Each
/// run has a fresh Redis; the two take turns. Every accepted message must reach every watcher once, or the run has failed.
#[derive(Debug, Parser)]
#[command(name = "make bench --", about)]
struct Options {
    /// What to measure [default: everything but the search]
    #[arg(value_enum)]
    workloads: Vec<Workload>,
    /// Runs of each workload and server
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=99))]
    runs: u64,
    /// Seconds that are measured in each run [default: 6, with --quick 1]
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: Option<u64>,
    /// Short and small: shows that the benchmark works, its figures mean little
    #[arg(long)]
    quick: bool,
    /// Fail when a target is missed
    #[arg(long)]
    gate: bool,
    /// Cargo says this to every benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    let done =
        if std::env::args().nth(1).as_deref() == Some(FLOOR) { be_the_floor() } else { measure(&Options::parse()) };
    done.unwrap_or_else(|error| {
        eprintln!("bench: {error:#}");
        ExitCode::FAILURE
    })
}

fn be_the_floor() -> Result<ExitCode> {
    let (redis, secret) = (std::env::var("REDIS_URL")?, std::env::var("WEIR_API_SECRET")?);
    floor::main(&redis, &secret)?;
    Ok(ExitCode::SUCCESS)
}

fn measure(options: &Options) -> Result<ExitCode> {
    let seconds = options.seconds.map(Duration::from_secs);
    let scale = match options.quick {
        true => Scale::quick(seconds.unwrap_or(Duration::from_secs(1))),
        false => Scale::full(seconds.unwrap_or(Duration::from_secs(6))),
    };
    fs::create_dir_all(folder())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let (results, failures) = runtime.block_on(run_all(options, &scale));
    println!("{}", results.table());
    let path = folder().join("results.json");
    results.write(&path, json!({"runs": options.runs, "seconds": scale.measured.as_secs(), "quick": options.quick}))?;
    println!("{}", path.display());
    for failure in &failures {
        println!("FAILED: {failure}");
    }
    let is_good = failures.is_empty() && (results.all_met() || !options.gate);
    Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// All runs; a workload that fails is not tried again, the others go on.
async fn run_all(options: &Options, scale: &Scale) -> (Results, Vec<String>) {
    let (mut results, mut failures) = (Results::default(), Vec::new());
    for workload in Workload::value_variants() {
        if (options.workloads.is_empty() && workload.is_usual()) || options.workloads.contains(workload) {
            let done = run(*workload, options, scale, &mut results).await;
            if let Err(error) = done {
                eprintln!("{}: {error:#}", workload.name());
                failures.push(format!("{}: {error:#}", workload.name()));
            }
        }
    }
    (results, failures)
}

/// All runs of one workload, the two servers by turns.
async fn run(workload: Workload, options: &Options, scale: &Scale, results: &mut Results) -> Result<()> {
    processes::raise_open_files(workload.open_files(scale))?;
    let mut stage = Stage::default();
    for turn in 0..workload.runs(options.runs as usize) {
        let mut order = Subject::ALL;
        // Neither is always the first.
        order.rotate_left(turn % 2);
        for subject in order {
            let start = Instant::now();
            let figures = workloads::run(workload, subject, scale, &mut stage).await;
            let figures = figures.with_context(|| failed(workload, subject, turn))?;
            let took = start.elapsed().as_secs_f64();
            let said = in_short(workload, &figures);
            eprintln!("{} {} {}: {said} ({took:.0} s)", workload.name(), subject.name(), turn + 1);
            results.add(workload, subject, figures);
        }
    }
    stage.clear().await
}

/// What failed, and where the server's log was put.
fn failed(workload: Workload, subject: Subject, turn: usize) -> String {
    let what = format!("{}, run {}", subject.name(), turn + 1);
    let kept = folder().join(format!("{}-{}.log", workload.name(), subject.name()));
    match fs::copy(subject.log(), &kept) {
        Ok(0) | Err(_) => what,
        Ok(_) => format!("{what} (its log: {})", kept.display()),
    }
}

/// The figures of a run that the table will show.
fn in_short(workload: Workload, figures: &Figures) -> String {
    let rows = ROWS.iter().filter(|row| row.workload == workload);
    let values = rows.filter_map(|row| Some(format!("{:.2} {}", figures.values.get(row.figure)?, row.unit)));
    values.collect::<Vec<_>>().join(", ")
}
