//! Polls over a real Redis: how they move into their channels, and what happens when somebody stops halfway.

use serde_json::Map;

use super::*;
use crate::store::{Tick, with_store};

const CID: &str = "messaging:kitchen";

fn lunch() -> Poll {
    let option = |number: u32| PollOption { id: format!("o{number}"), number, text: "Soup".into(), custom: Map::new() };
    let poll = Poll { id: "p1".into(), created_by: "ana".into(), name: "Lunch?".into(), ..Poll::default() };
    Poll { options: (0..2).map(option).collect(), numbers: 2, ..poll }
}

fn home() -> Home {
    Home { cid: CID.into(), message_id: "m1".into() }
}

async fn state(store: &Store, viewer: &str) -> PollState {
    store.poll_state("p1", viewer).await.expect("Redis answers").expect("the poll is there")
}

fn is_done(outcome: Result<Outcome>) -> bool {
    matches!(outcome.expect("Redis answers"), Outcome::Committed { .. })
}

/// Writes the poll into its channel, as it is after `state`.
async fn writes(store: &Store, state: &PollState, change: impl FnOnce(&mut Poll)) -> bool {
    let mut poll = state.poll.rewritten();
    change(&mut poll);
    let mut tx = store.channel_change(CID, Tick::Change);
    store.write_sent_poll(&mut tx, state, &poll).expect("it serialises");
    is_done(tx.commit(store).await)
}

async fn sent(store: &Store) -> PollState {
    assert!(is_done(store.create_poll(&lunch()).await));
    assert!(is_done(store.bind_poll(&state(store, "").await.poll, home()).await));
    assert!(writes(store, &state(store, "").await, |_| ()).await);
    state(store, "").await
}

async fn votes(store: &Store, state: &PollState, user: &str, vote: &Vote) -> bool {
    let own = [state.own.clone(), vec![vote.clone()]].concat();
    let mut tx = store.channel_change(CID, Tick::Change);
    let ballot = Ballot { user, own: &own, gone: &[], cast: Some(vote) };
    store.write_ballot(&mut tx, state, &ballot).expect("it serialises");
    is_done(tx.commit(store).await)
}

fn vote(user: &str, option: u32) -> Vote {
    Vote { id: format!("{user}-{option}"), user: user.into(), option: Some(option), text: None, at: Time::STAMP }
}

#[test]
fn a_record_is_lean_and_reads_back() {
    let json = serde_json::to_string(&lunch()).expect("it serialises");
    let options = r#"[{"id":"o0","n":0,"text":"Soup"},{"id":"o1","n":1,"text":"Soup"}]"#;
    assert_eq!(json, format!(r#"{{"id":"p1","user":"ana","name":"Lunch?","options":{options},"numbers":2}}"#));
    assert_eq!(serde_json::from_str::<Poll>(&json).expect("it reads back"), lunch());
}

#[tokio::test]
async fn a_send_that_stopped_halfway_goes_on() {
    with_store(async |store| {
        assert!(is_done(store.create_poll(&lunch()).await));
        assert!(!is_done(store.create_poll(&lunch()).await), "an id is given once");
        let unsent = state(store, "").await;
        assert!(is_done(store.bind_poll(&unsent.poll, home()).await));
        // Here the sender's node ends. The poll reads as before, and nobody changes its first record any more.
        let bound = state(store, "").await;
        assert_eq!((bound.is_there, &bound.poll.home, &bound.poll.name), (false, &Some(home()), &unsent.poll.name));
        let stale = store.unsent_poll_change(&unsent.poll).expect("it serialises").commit(store).await;
        assert!(!is_done(stale));
        // Somebody closes it: the record comes into the channel by that.
        assert!(writes(store, &bound, |poll| poll.closed = true).await);
        // The send goes on with what it had read, and has to look again.
        assert!(!writes(store, &bound, |_| ()).await);
        let there = state(store, "").await;
        assert_eq!((there.is_there, there.poll.closed), (true, true));
        assert_eq!(there.poll.created_at(), unsent.poll.created_at());
        assert!(writes(store, &there, |_| ()).await);
    })
    .await;
}

#[tokio::test]
async fn a_deletion_that_stopped_halfway_is_one() {
    with_store(async |store| {
        let there = sent(store).await;
        assert!(votes(store, &there, "bob", &vote("bob", 0)).await);
        let voted = state(store, "").await;
        let mut tx = store.channel_change(CID, Tick::Change);
        store.end_sent_poll(&mut tx, &voted).expect("it serialises");
        assert!(is_done(tx.commit(store).await));
        assert!(store.poll_state("p1", "").await.expect("Redis answers").is_none());
        assert!(store.polls(["p1"].into_iter()).await.expect("Redis answers").is_empty());
        assert!(!votes(store, &voted, "cleo", &vote("cleo", 0)).await, "nobody votes any more");
        assert!(is_done(store.end_poll(&voted.poll).await));
        assert!(!is_done(store.create_poll(&lunch()).await), "its id stays taken");
        assert!(store.all_poll_ids().await.expect("Redis answers").is_empty());
        assert!(store.votes_of(&voted.poll, &["bob"]).await.expect("Redis answers").is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_vote_counts_once_and_is_found_by_any_step() {
    with_store(async |store| {
        let first = sent(store).await;
        assert!(votes(store, &first, "bob", &vote("bob", 0)).await);
        assert!(
            !votes(store, &first, "cleo", &vote("cleo", 0)).await,
            "what was read before the last vote is no base for the next"
        );
        for (user, option) in [("cleo", 1), ("dora", 0), ("emil", 0), ("fred", 1)] {
            assert!(votes(store, &state(store, user).await, user, &vote(user, option)).await);
        }
        let now = state(store, "dora").await;
        assert_eq!((now.options[&0].count, now.options[&1].count, now.own.len()), (3, 2, 1));
        let newest: Vec<&str> = now.options[&0].newest.iter().map(|vote| vote.user.as_str()).collect();
        assert_eq!(newest, ["emil", "dora", "bob"]);
        for (newest_first, step) in [(true, 1), (true, 2), (false, 1), (false, 10)] {
            let mut walk = Some(Walk { newest_first, after: None, step });
            let mut found = Vec::new();
            while let Some(at) = walk {
                let (votes, next) = store.walk_votes(&now.poll, &[Some(0), Some(1)], at).await.expect("Redis answers");
                found.extend(votes.into_iter().map(|vote| vote.user));
                walk = next;
            }
            if newest_first {
                found.reverse();
            }
            assert_eq!(found, ["bob", "cleo", "dora", "emil", "fred"], "{newest_first} {step}");
        }
    })
    .await;
}
