//! Coming and going without end: afterwards the nodes and Redis hold what they held before.

mod people;

use std::collections::{BTreeMap, BTreeSet};
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

/// How many keys each noun has, and how many entries there are in them.
type Keys = BTreeMap<String, usize>;

/// Prints `noun`, and `noun entries` for hashes and sets, once for each key and entry.
const COUNT: &str = r"
local sizes = {hash = 'HLEN', set = 'SCARD', zset = 'ZCARD'}
local counts, cursor, lines = {}, '0', {}
repeat
  local page = redis.call('SCAN', cursor, 'COUNT', 1000)
  cursor = page[1]
  for _, key in ipairs(page[2]) do
    local noun = string.match(key, '^[^:]*:[^:]*:([^:]*)')
    local size = sizes[redis.call('TYPE', key).ok]
    counts[noun] = (counts[noun] or 0) + 1
    if size then counts[noun .. ' entries'] = (counts[noun .. ' entries'] or 0) + redis.call(size, key) end
  end
until cursor == '0'
for noun, count in pairs(counts) do table.insert(lines, noun .. '=' .. count) end
return lines
";

fn keys(redis: &Redis) -> Keys {
    let answer = redis.cli(&["eval", COUNT, "0"]);
    let count = |line: &str| {
        let (noun, count) = line.split_once('=').unwrap_or_else(|| panic!("{line}"));
        (noun.to_owned(), count.parse().expect("a number"))
    };
    let mut keys: Keys = answer.lines().map(count).collect();
    // One for each partition in which anything was ever told, and trimmed; what is noted beside a clock; shelves of claims; and the lists of people's
    // channels, out of which those they left are taken on reading, once that is a minute ago.
    let varies =
        |noun: &str| matches!(noun, "log" | "claims" | "channel-state entries" | "channels" | "channels entries");
    keys.retain(|noun, _| !varies(noun));
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

/// Waits until Redis has exactly these keys, and the nodes hold no more than they did, memory aside.
async fn settled(world: &World, expected: &Keys, before: &[Holding]) -> Vec<Holding> {
    let start = Instant::now();
    loop {
        let (now, keys) = (holdings(world).await, keys(&world.redis));
        let mut pairs = before.iter().zip(&now);
        if keys == *expected && pairs.all(|(before, now)| now.is_within(before)) {
            return now;
        }
        if start.elapsed() > SETTLES {
            let nouns: BTreeSet<&String> = keys.keys().chain(expected.keys()).collect();
            let differ: Vec<_> = nouns.into_iter().filter(|noun| keys.get(*noun) != expected.get(*noun)).collect();
            panic!("held before {before:?}, now {now:?}; {differ:?} differ of keys {keys:?}, expected {expected:?}");
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

/// These last: an id once used is known for ever, a channel's clock never runs backwards, should it be made again, and the list of
/// its author's threads is an index that may be too large.
fn keep(keys: &mut Keys, done: Done) {
    let kept =
        [("claims entries", done.messages), ("channel-state", done.channels), ("threads entries", done.channels)];
    for (noun, count) in kept {
        *keys.entry(noun.into()).or_default() += count;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn churn_leaves_nothing_behind() {
    let world = World::start(Size { readers: sized(60, 200), channels: 20, writers: 40 }).await;
    people::settle(&world, CHURNERS).await;
    let mut expected = keys(&world.redis);
    // What is loaded or opened once and then kept is not what this is about. That somebody was here is remembered, too.
    keep(&mut expected, churn(&world, sized(Duration::from_secs(4), Duration::from_secs(60)), 0).await);
    for noun in ["last-active", "threads"] {
        *expected.entry(noun.into()).or_default() += CHURNERS;
    }
    let held = settled(&world, &expected, &[]).await;
    let done = churn(&world, sized(Duration::from_secs(10), Duration::from_secs(600)), 1).await;
    keep(&mut expected, done);
    let now = settled(&world, &expected, &held).await;
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
