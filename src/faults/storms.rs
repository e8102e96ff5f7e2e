//! Retry storms: the same sends again and again, at once, through both nodes, with replies that get lost on the way.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::checker::must_hold;
use crate::dice::Dice;
use crate::ledger::{Deed, Outcome};
use crate::node::server_token;
use crate::people::{Person, Size};
use crate::proxy::Proxy;
use crate::rest::{Doer, Rest, channel_path};
use crate::sized;
use crate::world::World;
use crate::writers::persist;

/// Of a hundred replies so many are lost.
const LOST: usize = 20;
/// How often an id is sent at most.
const REPEATS: usize = 50;
/// Ids that are under way at the same time.
const AT_ONCE: usize = 8;

/// Sends one id so many times at once; in the end somebody gets an answer.
async fn storm(doer: Doer, rests: Arc<Vec<Rest>>, person: Person, number: usize) {
    let mut dice = Dice::new(number as u64);
    let id = format!("storm-{number}");
    let deed = Deed::Send { text: format!("{id} by {}", person.id), id, cid: person.home.clone(), parent: None };
    let mut attempts = JoinSet::new();
    for _ in 0..=dice.throw(REPEATS) {
        let (doer, rests, person, deed) = (doer.clone(), rests.clone(), person.clone(), deed.clone());
        let way = dice.throw(rests.len());
        attempts.spawn(async move { doer.attempt(&rests[way], &person.id, &person.token, &deed).await });
    }
    let mut answered = false;
    while let Some(outcome) = attempts.join_next().await {
        answered |= matches!(outcome.expect("an attempt does not panic"), Outcome::Acknowledged(_));
    }
    if !answered {
        let outcome = persist(&doer, &rests, number, &person, &deed).await;
        assert!(matches!(outcome, Outcome::Acknowledged(_)), "{deed:?} ends with {outcome:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_retry_storm_makes_one_message_of_each_id() {
    let size = Size { readers: 200, channels: 20, writers: 20 };
    let world = World::start(size).await;
    let load = world.load(Duration::from_secs(1));
    let mut proxies = Vec::new();
    for node in &world.nodes {
        proxies.push(Proxy::start(format!("127.0.0.1:{}", node.port)).await);
    }
    let rests: Arc<Vec<Rest>> = Arc::new(proxies.iter().map(|proxy| Rest::new(&proxy.url())).collect());
    proxies.iter().for_each(|proxy| proxy.lose(LOST));
    let (places, mut storms) = (Arc::new(Semaphore::new(AT_ONCE)), JoinSet::new());
    for number in 0..sized(250, 20_000) {
        let place = places.clone().acquire_owned().await.expect("there are places");
        let person = world.people.all[number % world.people.all.len()].clone();
        let (doer, rests) = (world.doer.clone(), rests.clone());
        storms.spawn(async move {
            storm(doer, rests, person, number).await;
            drop(place);
        });
    }
    while let Some(ended) = storms.join_next().await {
        ended.expect("a storm ends well");
    }
    for proxy in &proxies {
        assert!(proxy.swallowed() > 100, "only {} replies were lost", proxy.swallowed());
    }
    must_hold(&world.finish(load).await);
}

/// What was acknowledged stays so: its repetition is answered with the message, whatever new messages may not do by now.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_retry_is_answered_when_nothing_new_may_be_sent() {
    let size = Size { readers: 2, channels: 1, writers: 0 };
    let world = World::empty(size, &[&[], &[]]).await;
    let (rests, person) = (world.rests(), &world.people.all[0]);
    let path = channel_path(&person.home);
    let set = async |data: Value| {
        rests[0].must(Method::PATCH, &path, &server_token(), Some(&json!({"set": data}))).await;
    };
    // In slow mode somebody's next message has to wait; in a frozen channel nobody sends any.
    for (id, before, after) in
        [("slow", json!({"cooldown": 60}), None), ("frozen", json!({"cooldown": 0}), Some(json!({"frozen": true})))]
    {
        set(before).await;
        let deed = Deed::Send { id: id.into(), cid: person.home.clone(), text: "once".into(), parent: None };
        let first = world.doer.attempt(&rests[0], &person.id, &person.token, &deed).await;
        assert!(matches!(first, Outcome::Acknowledged(Some(_))), "{first:?}");
        if let Some(after) = after {
            set(after).await;
        }
        for rest in &rests {
            let again = world.doer.attempt(rest, &person.id, &person.token, &deed).await;
            assert_eq!(again, first, "{id}");
        }
    }
}
