//! A ban, a removal or a revoked token bites on every node within a moment, whatever its victim is in the middle of.

mod laws;
mod races;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use self::laws::Act;
use self::races::Race;
use crate::checker::must_hold;
use crate::node::{server_token, user_token};
use crate::people::Size;
use crate::rest::Rest;
use crate::sized;
use crate::world::World;

/// Races that are run at the same time.
const AT_ONCE: usize = 6;

/// How long after its answer an act may leave another node unaware. The short form is played with a debug build beside other
/// tests; how soon it bites matters less there than that it does, and stays so.
pub fn moment() -> Duration {
    sized(Duration::from_secs(10), Duration::from_millis(250))
}

/// A victim and a witness for each race.
async fn settle(rest: &Rest, races: usize) {
    let token = server_token();
    let ids: Vec<String> = (0..races).flat_map(|race| [format!("victim{race}"), format!("witness{race}")]).collect();
    for some in ids.chunks(100) {
        let users: serde_json::Map<_, _> = some.iter().map(|id| (id.clone(), json!({"id": id}))).collect();
        rest.must(Method::POST, "/users", &token, Some(&json!({"users": users}))).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_takes_a_right_away_bites_on_every_node() {
    let world = World::start(Size { readers: sized(60, 200), channels: 20, writers: 20 }).await;
    let load = world.load(sized(Duration::from_millis(800), Duration::from_millis(200)));
    let (rests, races) = (world.rests(), sized(60, 1000));
    settle(&rests[0], races).await;
    let (places, mut playing) = (Arc::new(Semaphore::new(AT_ONCE)), JoinSet::new());
    for number in 0..races {
        let place = places.clone().acquire_owned().await.expect("there are places");
        // The act is done on one node, what it takes away is tried on the other.
        let (here, there) = (number % 2, 1 - number % 2);
        let race = Race {
            number,
            act: Act::ALL[number / 2 % Act::ALL.len()],
            victim: (format!("victim{number}"), user_token(&format!("victim{number}"))),
            witness: (format!("witness{number}"), user_token(&format!("witness{number}"))),
            here: rests[here].clone(),
            there: rests[there].clone(),
            address: format!("127.0.0.1:{}", world.nodes[there].port),
            log: world.log.clone(),
            used: Mutex::default(),
            hearing: Mutex::default(),
        };
        playing.spawn(async move {
            let played = race.play().await;
            drop(place);
            played
        });
    }
    let mut latest: BTreeMap<Act, Duration> = BTreeMap::new();
    while let Some(played) = playing.join_next().await {
        let played = played.expect("a race ends well");
        let late = latest.entry(played.act).or_default();
        *late = played.latest.max(*late);
    }
    println!("{races} races; the last success began so long after the answer: {latest:.1?}");
    must_hold(&world.finish(load).await);
}
