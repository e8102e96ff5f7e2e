//! Members who write: they send, reply, react, edit, delete and read, and repeat what got no answer until it gets one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::dice::Dice;
use crate::ledger::{Deed, Message, Outcome};
use crate::people::{People, Person};
use crate::rest::{Doer, Rest};

/// How long a deed without an answer is repeated.
const PERSISTENCE: Duration = Duration::from_secs(60);
/// Between two attempts.
const PAUSE: Duration = Duration::from_millis(100);

/// What was written in each channel lately, so that others can react to it.
#[derive(Clone, Default)]
struct Board(Arc<Mutex<BTreeMap<String, Vec<String>>>>);

impl Board {
    fn put(&self, cid: &str, id: &str) {
        let mut board = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        board.entry(cid.to_owned()).or_default().push(id.to_owned());
    }

    fn ids(&self, cid: &str) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(cid).cloned().unwrap_or_default()
    }
}

/// Writers at work.
pub struct Load {
    stop: CancellationToken,
    writers: JoinSet<()>,
}

impl Load {
    /// The first `count` people write in their home channels, each a deed every `pace`, through all nodes in turn.
    pub fn start(people: &People, count: usize, rests: &[Rest], doer: &Doer, pace: Duration) -> Load {
        let (stop, board) = (CancellationToken::new(), Board::default());
        let mut writers = JoinSet::new();
        for (number, person) in people.all.iter().take(count).enumerate() {
            let writer = Writer {
                person: person.clone(),
                rests: rests.to_vec(),
                doer: doer.clone(),
                board: board.clone(),
                dice: Dice::new(number as u64 + 1000),
                mine: Vec::new(),
                sent: 0,
            };
            writers.spawn(writer.write(pace, stop.clone()));
        }
        Load { stop, writers }
    }

    /// Returns when everybody has finished what he was at.
    pub async fn finish(mut self) {
        self.stop.cancel();
        while let Some(ended) = self.writers.join_next().await {
            ended.expect("a writer does not panic");
        }
    }
}

struct Writer {
    person: Person,
    rests: Vec<Rest>,
    doer: Doer,
    board: Board,
    dice: Dice,
    /// His messages, newest last.
    mine: Vec<String>,
    sent: u32,
}

impl Writer {
    async fn write(mut self, pace: Duration, stop: CancellationToken) {
        let mut ticks = tokio::time::interval(pace);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        // Not all at the same moment.
        tokio::time::sleep(pace.mul_f64(self.dice.throw(100) as f64 / 100.0)).await;
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = stop.cancelled() => return,
            }
            let deed = self.deed();
            let first = self.dice.throw(self.rests.len());
            let outcome = persist(&self.doer, &self.rests, first, &self.person, &deed).await;
            if let (Deed::Send { id, cid, parent: None, .. }, Outcome::Acknowledged(Some(_))) = (&deed, &outcome) {
                self.board.put(cid, id);
                self.mine.push(id.clone());
            }
        }
    }

    /// Mostly something new; now and then something about what is there.
    fn deed(&mut self) -> Deed {
        let cid = self.person.home.clone();
        let ids = self.board.ids(&cid);
        let (Some(thread), Some(newest)) = (ids.first().cloned(), ids.last().cloned()) else {
            return self.send(cid, None);
        };
        let any = ids[self.dice.throw(ids.len())].clone();
        let last = self.mine.last().filter(|id| **id != thread).cloned();
        match (self.dice.throw(20), last) {
            (0..2, _) => self.send(cid, Some(thread)),
            (2..4, _) => Deed::React { id: any, kind: "like".into() },
            (4, _) => Deed::Unreact { id: any, kind: "like".into() },
            (5, Some(id)) => Deed::Edit { id, text: format!("{} edited, {}", self.person.id, self.sent) },
            (6, Some(id)) => {
                self.mine.pop();
                Deed::Delete { id }
            }
            (7..9, _) => Deed::Read { cid, id: newest },
            _ => self.send(cid, None),
        }
    }

    fn send(&mut self, cid: String, parent: Option<String>) -> Deed {
        self.sent += 1;
        let id = format!("{}-{}", self.person.id, self.sent);
        Deed::Send { text: format!("{id}: words that only {} wrote", self.person.id), id, cid, parent }
    }
}

/// Does the deed, through the nodes in turn, until its outcome is known or there is no use in it any more.
pub async fn persist(doer: &Doer, rests: &[Rest], first: usize, person: &Person, deed: &Deed) -> Outcome {
    let start = Instant::now();
    let mut attempt = first;
    loop {
        let outcome = doer.attempt(&rests[attempt % rests.len()], &person.id, &person.token, deed).await;
        if !matches!(outcome, Outcome::Unknown { .. }) || start.elapsed() > PERSISTENCE {
            return outcome;
        }
        attempt += 1;
        tokio::time::sleep(PAUSE).await;
    }
}

/// Sends one message more, which must succeed: whoever has it has everything before it.
pub async fn last_word(doer: &Doer, rests: &[Rest], person: &Person) -> Message {
    let id = format!("last-{}", person.home.replace(':', "-"));
    let deed = Deed::Send { text: format!("{id} of all"), id, cid: person.home.clone(), parent: None };
    match persist(doer, rests, 0, person, &deed).await {
        Outcome::Acknowledged(Some(message)) => message,
        other => panic!("{deed:?} ends with {other:?}"),
    }
}
