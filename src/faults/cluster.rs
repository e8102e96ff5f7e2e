//! A Redis Cluster: its slots move and its masters change while people chat, and nobody loses anything.

mod members;

use std::ffi::OsString;
use std::time::Duration;

use self::members::Cluster;
use crate::checker::must_hold;
use crate::ledger::{Entry, Ledger, Outcome};
use crate::people::Size;
use crate::sized;
use crate::world::World;

/// How long a request may be on its way that began while a master was away.
const AFTERMATH: Duration = Duration::from_secs(2);

/// The part of the test during which a master was being replaced.
type Window = (Duration, Duration);

/// Requests that failed: when they began and ended, and with which status.
fn failures(ledger: &Ledger) -> Vec<(Window, Option<u16>)> {
    let failed = ledger.entries.iter().filter_map(|(at, entry)| match entry {
        Entry::Ended { outcome: Outcome::Unknown { status }, took, .. } => {
            Some(((at.saturating_sub(*took), *at), *status))
        }
        _ => None,
    });
    failed.collect()
}

/// Whatever a master's end does, it does to requests under way in its window, and it never is a mistake of ours.
fn only_within(windows: &[Window], ledger: &Ledger) {
    let requests = ledger.entries.iter().filter(|(_, entry)| matches!(entry, Entry::Ended { .. })).count();
    let failures = failures(ledger);
    println!("{} of {requests} requests failed; windows: {windows:.1?}", failures.len());
    for ((began, ended), status) in failures {
        assert_eq!(status, Some(503), "a request from {began:?} to {ended:?}");
        let hit = windows.iter().any(|(from, to)| began <= *to && *from <= ended);
        assert!(hit, "a request from {began:?} to {ended:?} failed");
    }
}

/// How a master goes.
enum Way {
    Killed,
    /// It is there, and says nothing.
    Paused,
}

async fn world(cluster: &mut Cluster) -> World {
    let promise = [("WEIR_DURABILITY", OsString::from("replicated"))];
    let size = Size { readers: 200, channels: 20, writers: 40 };
    let mut world = World::over(cluster.first(), size, &[&promise, &promise]).await;
    world.readers_come();
    world.all_live("at the beginning").await;
    world
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slots_on_the_move_lose_nothing_and_fail_nobody() {
    let mut cluster = Cluster::start(3, 1);
    let world = world(&mut cluster).await;
    let load = world.load(sized(Duration::from_millis(400), Duration::from_millis(100)));
    world.more_sent(sized(100, 1000)).await;
    for (from, to) in sized(&[(0, 1)][..], &[(0, 1), (1, 2), (2, 0), (0, 1)]) {
        let moved = cluster.move_slots(*from, *to).await;
        assert!(moved > 0, "member {from} had slots with keys");
        world.more_sent(sized(100, 1000)).await;
    }
    let ledger = world.finish(load).await;
    only_within(&[], &ledger);
    must_hold(&ledger);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn masters_that_are_replaced_lose_nothing() {
    // Two replicas each: when one takes over, there still is one that can confirm.
    let mut cluster = Cluster::start(3, 2);
    let world = world(&mut cluster).await;
    let load = world.load(sized(Duration::from_millis(400), Duration::from_millis(100)));
    let mut windows = Vec::new();
    world.more_sent(sized(100, 1000)).await;
    // A replica is asked to take over.
    let start = world.log.now();
    cluster.hand_over(1);
    windows.push((start, world.log.now() + AFTERMATH));
    world.more_sent(sized(100, 1000)).await;
    // A master ends without a word, or answers no more. The first one is spared: the world holds it.
    for (share, way) in sized(&[(2, Way::Killed)][..], &[(2, Way::Killed), (1, Way::Paused), (1, Way::Killed)]) {
        let lost = cluster.master_of(*share);
        let start = world.log.now();
        match way {
            Way::Killed => cluster.kill(lost),
            Way::Paused => cluster.pause(lost),
        }
        cluster.replaced(lost);
        windows.push((start, world.log.now() + AFTERMATH));
        world.all_live("after a master's end").await;
        world.more_sent(sized(100, 1000)).await;
        match way {
            Way::Killed => cluster.restart(lost),
            Way::Paused => cluster.resume(lost),
        }
        world.more_sent(sized(100, 1000)).await;
    }
    let ledger = world.finish(load).await;
    only_within(&windows, &ledger);
    must_hold(&ledger);
}
