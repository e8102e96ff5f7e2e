//! The long-poll fallback: the same session with another pipe. What waits in a connection's queue leaves in the answers to
//! its polls (`realtime.md` 1.13).
//!
//! One task per connection holds the newest poll until something waits. The protocol has no acknowledgement: a client that
//! is seen to leave its poll before the answer keeps what waits, one that leaves with the answer in its hands must recover.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};

use super::frame;
use super::hub::Chore;
use super::queue::{End, Queue, millis};
use crate::limits;
use crate::store::{Effect, Polled};

/// A JSON array of events, or why there will be none.
pub(crate) type Heard = Result<String, End>;

struct Poll {
    until: Instant,
    answer: oneshot::Sender<Heard>,
}

/// The long-poll connections of this process, and its polls of connections of others.
#[derive(Default)]
pub(crate) struct Polls {
    lines: Mutex<HashMap<String, mpsc::Sender<Poll>>>,
    relayed: Mutex<HashMap<String, mpsc::UnboundedSender<Polled>>>,
}

impl Polls {
    /// A connection that is polled from here on. Whoever opens it runs its line.
    pub fn open(&self, id: &str, queue: Arc<Queue>) -> Line {
        let (sender, polls) = mpsc::channel(8);
        lock(&self.lines).insert(id.to_owned(), sender);
        Line { queue, polls, rest: limits::POLL_REST, silence: limits::POLL_SILENCE }
    }

    pub fn close(&self, id: &str) {
        lock(&self.lines).remove(id);
    }

    /// Whether this is an open long-poll connection of this process.
    pub fn holds(&self, id: &str) -> bool {
        lock(&self.lines).contains_key(id)
    }

    /// What the connection hears; nothing if it hears nothing within `hold`. `None`: there is no such connection here.
    pub async fn poll(&self, id: &str, hold: Duration) -> Option<Heard> {
        let line = lock(&self.lines).get(id).cloned()?;
        let (answer, heard) = oneshot::channel();
        line.send(Poll { until: Instant::now() + hold, answer }).await.ok()?;
        // The line ends when nobody can send to it any more.
        drop(line);
        heard.await.ok()
    }

    /// A poll that another process will answer. It is given up with [`Polls::give_up`].
    pub fn relay(&self, request: &str) -> mpsc::UnboundedReceiver<Polled> {
        let (sender, receiver) = mpsc::unbounded_channel();
        lock(&self.relayed).insert(request.to_owned(), sender);
        receiver
    }

    pub fn give_up(&self, request: &str) {
        lock(&self.relayed).remove(request);
    }

    /// Obeys what the log says of polls.
    pub fn obey(&self, effect: &Effect) -> Option<Chore> {
        match effect {
            Effect::Poll { connection, user, request } if self.holds(connection) => {
                let (connection, user) = (connection.clone(), user.clone());
                return Some(Chore::Poll { connection, user, request: request.clone() });
            }
            Effect::Polled(request, polled) => {
                if let Some(waiting) = lock(&self.relayed).get(request) {
                    // Who gave up meanwhile says so himself.
                    let _ = waiting.send(polled.clone());
                }
            }
            Effect::EndPoll(connection) => self.close(connection),
            _ => {}
        }
        None
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One connection's pipe.
pub(crate) struct Line {
    queue: Arc<Queue>,
    polls: mpsc::Receiver<Poll>,
    rest: Duration,
    silence: Duration,
}

impl Line {
    /// Answers polls until the connection ends; one that is not polled for a while ends by itself.
    pub async fn run(mut self) -> End {
        let mut waiting: Option<Poll> = None;
        let (mut rested, mut lapses) = (Instant::now(), Instant::now() + self.silence);
        loop {
            if let Some(end) = self.queue.ended() {
                if let Some(poll) = waiting {
                    let _ = poll.answer.send(Err(end));
                }
                return end;
            }
            let (now, idle) = (Instant::now(), self.queue.is_empty());
            if waiting.take_if(|poll| poll.answer.is_closed()).is_some() {
                // Its client left: what came since waits for the next poll.
                lapses = now + self.silence;
            }
            if let Some(poll) = waiting.take_if(|poll| now >= poll.until || (now >= rested && !idle)) {
                self.answer(poll);
                (rested, lapses) = (now + self.rest, now + self.silence);
                continue;
            }
            let wakes = waiting.as_ref().map_or(lapses, |poll| if idle { poll.until } else { rested.min(poll.until) });
            tokio::select! {
                poll = self.polls.recv() => match poll {
                    Some(poll) => {
                        self.queue.note(&self.queue.heard, millis());
                        // The newest poll is the one that the client still waits for.
                        if let Some(older) = waiting.replace(poll) {
                            let _ = older.answer.send(Ok("[]".to_owned()));
                        }
                    }
                    None => self.queue.end(End::Gone),
                },
                () = self.queue.news() => {}
                () = left(&mut waiting) => {}
                () = sleep_until(wakes) => if waiting.is_none() {
                    self.queue.end(End::Silent);
                },
            }
        }
    }

    fn answer(&self, poll: Poll) {
        self.queue.note(&self.queue.heard, millis());
        self.queue.note(&self.queue.checked, millis());
        let frames = self.queue.take();
        if poll.answer.send(Ok(frame::array(&frames))).is_err() && !frames.is_empty() {
            // The client left in this very moment, and with it what it should have heard.
            self.queue.end(End::Resync);
        }
    }
}

/// Returns when the one who waits has left; never, when nobody waits.
async fn left(waiting: &mut Option<Poll>) {
    match waiting {
        Some(poll) => poll.answer.closed().await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use tokio::task::JoinHandle;

    use super::*;

    const HOLD: Duration = Duration::from_secs(10);
    const SHORT: Duration = Duration::from_millis(50);

    fn opened(silence: Duration) -> (Arc<Polls>, Arc<Queue>, JoinHandle<End>) {
        let (polls, queue) = (Arc::new(Polls::default()), Arc::new(Queue::default()));
        let line = Line { rest: SHORT, silence, ..polls.open("a", queue.clone()) };
        (polls, queue, tokio::spawn(line.run()))
    }

    /// A poll that has reached its line.
    async fn poll(polls: &Arc<Polls>, hold: Duration) -> JoinHandle<Option<Heard>> {
        let (polls, sent) = (polls.clone(), polls.clone());
        let poll = tokio::spawn(async move { polls.poll("a", hold).await });
        let taken = || {
            let line = lock(&sent.lines)["a"].clone();
            line.capacity() == line.max_capacity()
        };
        tokio::task::yield_now().await;
        while !taken() {
            tokio::task::yield_now().await;
        }
        poll
    }

    fn says(queue: &Queue, text: &'static str) {
        queue.push(frame::text(text.as_bytes()));
    }

    fn heard(events: &str) -> Option<Heard> {
        Some(Ok(events.to_owned()))
    }

    #[tokio::test]
    async fn what_waits_leaves_together_and_in_order() {
        let (polls, queue, _line) = opened(HOLD);
        for text in ["1", "{\"a\":[2]}", "3"] {
            says(&queue, text);
        }
        assert_eq!(polls.poll("a", HOLD).await, heard("[1,{\"a\":[2]},3]"));
        let start = Instant::now();
        assert_eq!(polls.poll("a", SHORT).await, heard("[]"));
        assert!(start.elapsed() >= SHORT, "an idle poll is held");
        assert_eq!(polls.poll("b", HOLD).await, None, "an id that nobody has");
    }

    #[tokio::test]
    async fn an_event_ends_the_poll_and_a_busy_line_rests() {
        let (polls, queue, _line) = opened(HOLD);
        let start = Instant::now();
        let first = poll(&polls, HOLD).await;
        says(&queue, "1");
        assert_eq!(first.await.expect("runs"), heard("[1]"));
        says(&queue, "2");
        assert_eq!(polls.poll("a", HOLD).await, heard("[2]"));
        assert!(start.elapsed() >= SHORT, "answers in quick succession are gathered");
        assert!(start.elapsed() < HOLD / 2);
    }

    #[tokio::test]
    async fn a_client_that_leaves_before_the_answer_loses_nothing() {
        let (polls, queue, _line) = opened(HOLD);
        poll(&polls, HOLD).await.abort();
        says(&queue, "1");
        assert_eq!(polls.poll("a", HOLD).await, heard("[1]"));
    }

    #[tokio::test]
    async fn the_newest_poll_is_the_one_that_hears() {
        let (polls, queue, _line) = opened(HOLD);
        let older = poll(&polls, HOLD).await;
        let newer = poll(&polls, HOLD).await;
        assert_eq!(older.await.expect("runs"), heard("[]"));
        says(&queue, "1");
        assert_eq!(newer.await.expect("runs"), heard("[1]"));
    }

    #[tokio::test]
    async fn a_line_that_nobody_polls_lapses() {
        let (polls, queue, line) = opened(2 * SHORT);
        let start = Instant::now();
        // A poll that is held is no silence.
        assert_eq!(polls.poll("a", 4 * SHORT).await, heard("[]"));
        assert_eq!(line.await.expect("runs"), End::Silent);
        assert!(start.elapsed() >= 6 * SHORT, "{:?}", start.elapsed());
        assert_eq!(queue.ended(), Some(End::Silent));
        assert_eq!(polls.poll("a", HOLD).await, None);
    }

    #[tokio::test]
    async fn a_poll_of_a_line_that_ends_learns_why() {
        for (end, expected) in [(Some(End::Restart), End::Restart), (None, End::Gone)] {
            let (polls, queue, line) = opened(HOLD);
            let waiting = poll(&polls, HOLD).await;
            match end {
                Some(end) => queue.end(end),
                None => polls.close("a"),
            }
            assert_eq!(line.await.expect("runs"), expected);
            assert_eq!(waiting.await.expect("runs"), Some(Err(expected)));
        }
    }

    #[tokio::test]
    async fn a_line_that_is_too_slow_ends() {
        let (_polls, queue, line) = opened(HOLD);
        queue.push(Bytes::from(vec![0x81; limits::SOCKET_QUEUE_BYTES + 1]));
        assert_eq!(line.await.expect("runs"), End::TooSlow);
    }
}
