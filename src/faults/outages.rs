//! Redis is killed, stopped for a while, or only the connections to it break: requests end soon and say so, and everything
//! comes back by itself.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::checker::must_hold;
use crate::ledger::{Entry, Outcome};
use crate::people::{Person, Size};
use crate::rest::Rest;
use crate::sized;
use crate::world::World;

/// How long a request may take while Redis is away. The short form is played with a debug build beside other tests.
fn answer() -> Duration {
    sized(Duration::from_secs(10), Duration::from_secs(2))
}

/// How long it may take until everything is back.
fn back_again() -> Duration {
    sized(Duration::from_secs(30), Duration::from_secs(5))
}

const SIZE: Size = Size { readers: 200, channels: 20, writers: 40 };

/// Somebody who does nothing but read, and notes how each request ends.
struct Probe {
    stop: CancellationToken,
    task: JoinHandle<Vec<(Option<u16>, Duration)>>,
}

impl Probe {
    fn start(rest: Rest, person: Person) -> Probe {
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let task = tokio::spawn(async move {
            let mut ends = Vec::new();
            let body = json!({"filter_conditions": {"cid": person.home}, "state": true, "watch": false});
            while !stopped.is_cancelled() {
                let start = Instant::now();
                let answer = rest.post("/channels", &person.token, &body).await;
                if let Some((503, body)) = &answer {
                    assert_eq!((body["code"].as_i64(), body["StatusCode"].as_i64()), (Some(-1), Some(503)), "{body}");
                }
                ends.push((answer.map(|(status, _)| status), start.elapsed()));
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            ends
        });
        Probe { stop, task }
    }

    async fn finish(self) -> Vec<(Option<u16>, Duration)> {
        self.stop.cancel();
        self.task.await.expect("the probe does not panic")
    }
}

/// While Redis is away every read ends in time: well, or with 503.
fn read_soon(probed: &[(Option<u16>, Duration)]) {
    assert!(probed.iter().any(|(status, _)| *status == Some(503)), "nobody noticed that Redis was away");
    for (status, took) in probed {
        assert!(
            matches!(status, Some(200 | 201 | 503)) && *took <= answer(),
            "a read ends with {status:?} after {took:?}"
        );
    }
}

/// And so does every write: one that gets no good answer gets its 503 in time.
fn answered_soon(world: &World) {
    world.log.read(|entries| {
        for (at, entry) in entries {
            let Entry::Ended { call, outcome: Outcome::Unknown { status }, took } = entry else { continue };
            let soon = *status == Some(503) && *took <= answer();
            assert!(soon, "call {call} ends with {status:?} after {took:?}, at {at:?}");
        }
    });
}

/// The connections of both nodes to Redis break, again and again, while Redis goes on: what it was told just before it did, and
/// its answer is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cut_connections_to_redis_lose_nothing() {
    let world = World::start(SIZE).await;
    let load = world.load(sized(Duration::from_millis(300), Duration::from_millis(50)));
    for _ in 0..sized(12, 200) {
        world.more_sent(sized(20, 100)).await;
        world.redis.cli(&["client", "kill", "type", "normal"]);
    }
    world.more_sent(sized(40, 1000)).await;
    world.all_live("after the last cut").await;
    answered_soon(&world);
    must_hold(&world.finish(load).await);
}

/// The fault happens between the two, for so long; nothing else is done about it.
async fn survives(away: impl FnOnce(&mut World), lasts: Duration, back: impl FnOnce(&mut World)) {
    let mut world = World::start(SIZE).await;
    let load = world.load(sized(Duration::from_millis(400), Duration::from_millis(100)));
    world.more_sent(sized(100, 2000)).await;
    let probes: Vec<Probe> = world
        .rests()
        .into_iter()
        .zip(&world.people.all)
        .map(|(rest, person)| Probe::start(rest, person.clone()))
        .collect();
    away(&mut world);
    // The fault is a span of time.
    tokio::time::sleep(lasts).await;
    back(&mut world);
    let start = world.log.now();
    world.more_sent(40).await;
    world.all_live("after Redis is back").await;
    let took = world.log.now() - start;
    assert!(took <= back_again(), "all is back after {took:?}");
    for probe in probes {
        read_soon(&probe.finish().await);
    }
    answered_soon(&world);
    world.more_sent(sized(100, 2000)).await;
    must_hold(&world.finish(load).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_redis_loses_nothing() {
    survives(
        |world| world.redis.kill(),
        sized(Duration::from_secs(2), Duration::from_secs(10)),
        |world| {
            world.redis.restart();
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_redis_loses_nothing() {
    survives(
        |world| world.redis.pause(),
        sized(Duration::from_secs(4), Duration::from_secs(10)),
        |world| {
            world.redis.resume();
        },
    )
    .await;
}
