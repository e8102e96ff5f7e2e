//! Nothing lost: real servers over a real Redis, people who chat, something that breaks, and a ledger that is checked.
//!
//! `FAULTS=full` plays every fault at its full size; without it the same faults are played short.

mod audit;
mod checker;
mod dice;
mod ledger;
mod node;
mod numbers;
mod people;
mod planted;
mod proxy;
mod readers;
mod redis;
mod rest;
mod world;
mod writers;

mod bites;
mod churn;
mod clocks;
mod cluster;
mod drops;
mod kills;
mod memory;
mod outages;
mod slow;
mod stalls;
mod storms;

/// Whether the full sizes are played.
fn full() -> bool {
    std::env::var("FAULTS").is_ok_and(|form| form == "full")
}

/// The short size, or the full one.
fn sized<T>(short: T, whole: T) -> T {
    if full() { whole } else { short }
}
