//! Coming and going without end: afterwards the nodes and Redis hold what they held before.

mod people;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use self::people::{Churner, Done};
use crate::checker::must_hold;
use crate::numbers::Holding;
use crate::people::Size;
use crate::redis::Redis;
use crate::sized;
use crate::world::World;

/// How many come and go at a time.
const CHURNERS: usize = 12;
/// How long it may take until nothing of it is left: lost connections are found when the nodes look for them.
const SETTLES: Duration = Duration::from_secs(60);
/// What a node's memory may be above what it was: caches keep what they have seen, and an allocator what it once had.
const MEMORY: u64 = 32 * 1024 * 1024;

/// Keys of each noun.
type Keys = BTreeMap<String, usize>;

fn keys(redis: &Redis) -> Keys {
    let mut keys = Keys::new();
    for key in redis.cli(&["--scan"]).lines() {
        // `prefix:{partition}:noun:rest`
        let noun = key.split(':').nth(2).unwrap_or_else(|| panic!("a key of nobody: {key}"));
        *keys.entry(noun.to_owned()).or_default() += 1;
    }
    keys
}

/// Lets people come and go for so long, and returns what they did.
async fn churn(world: &World, lasts: Duration, round: usize) -> Done {
    let (stop, mut churning) = (CancellationToken::new(), JoinSet::new());
    for number in 0..CHURNERS {
        let churner = Churner::new(world, number, round);
        churning.spawn(churner.come_and_go(stop.clone()));
    }
    // It is a span of time.
    tokio::time::sleep(lasts).await;
    stop.cancel();
    let mut done = Done::default();
    while let Some(one) = churning.join_next().await {
        done += one.expect("who comes and goes does not panic");
    }
    done
}

async fn holdings(world: &World) -> Vec<Holding> {
    let mut holdings = Vec::new();
    for node in &world.nodes {
        holdings.push(Holding::of(node).await);
    }
    holdings
}

/// Waits until the nodes hold no more than this beside memory, and Redis exactly these keys.
async fn settled(world: &World, before: &[Holding], expected: &Keys) -> Vec<Holding> {
    let start = Instant::now();
    loop {
        let (now, keys) = (holdings(world).await, keys(&world.redis));
        let mut pairs = before.iter().zip(&now);
        if keys == *expected && pairs.all(|(before, now)| now.is_within(before)) {
            return now;
        }
        if start.elapsed() > SETTLES {
            let differ = keys.iter().filter(|(noun, count)| expected.get(*noun) != Some(count)).collect::<Vec<_>>();
            panic!(
                "what is held is not what was: {before:?}, now {now:?}; keys that differ: {differ:?} of {expected:?}"
            );
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn churn_leaves_nothing_behind() {
    let world = World::start(Size { readers: sized(60, 200), channels: 20, writers: 40 }).await;
    people::settle(&world, CHURNERS).await;
    // What is loaded or opened once and then kept is not what this is about.
    churn(&world, sized(Duration::from_secs(4), Duration::from_secs(60)), 0).await;
    let (mut before, start) = (keys(&world.redis), Instant::now());
    // It takes a while until all is told that has happened; then nothing changes any more.
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let now = keys(&world.redis);
        if now == before {
            break;
        }
        assert!(start.elapsed() < SETTLES, "keys keep changing: {before:?}, {now:?}");
        before = now;
    }
    let held = holdings(&world).await;
    let done = churn(&world, sized(Duration::from_secs(10), Duration::from_secs(600)), 1).await;
    // These last: an id once used is known for ever, and a channel's clock never runs backwards, should it be made again.
    *before.entry("claim".into()).or_default() += done.messages;
    *before.entry("channel-state".into()).or_default() += done.channels;
    let now = settled(&world, &held, &before).await;
    println!("{done:?}; before {held:?}, after {now:?}");
    for (before, now) in held.iter().zip(&now) {
        assert!(
            now.memory <= before.memory + MEMORY,
            "memory has grown from {} to {} bytes",
            before.memory,
            now.memory
        );
    }
    let load = world.load(Duration::from_millis(100));
    world.more_sent(100).await;
    must_hold(&world.finish(load).await);
}
