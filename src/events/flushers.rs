//! The tasks that write what the hub put into the queues: a few for all sockets, each taking some queues at a time.
//!
//! Measured against a task woken per socket and frame, this halves what a delivery costs in small channels.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

use super::queue::Queue;

/// Queues that one task takes at once: its turn stays short beside other work of its thread.
const TURN: usize = 64;
/// So few are written by whoever asks: waking a task takes longer.
const AT_ONCE: usize = 16;

#[derive(Default)]
struct Work {
    queues: Mutex<VecDeque<Arc<Queue>>>,
    news: Notify,
}

pub(crate) struct Flushers {
    work: Arc<Work>,
    tasks: usize,
}

impl Flushers {
    /// Starts one task per thread of the runtime. They end with the runtime.
    pub fn start() -> Flushers {
        let work = Arc::<Work>::default();
        let tasks = std::thread::available_parallelism().map_or(2, usize::from);
        for _ in 0..tasks {
            let work = work.clone();
            tokio::spawn(async move {
                loop {
                    work.news.notified().await;
                    while let Some(turn) = work.take() {
                        turn.iter().for_each(|queue| queue.flush());
                        tokio::task::yield_now().await;
                    }
                }
            });
        }
        Flushers { work, tasks }
    }

    /// Has the queues written, and empties the list.
    pub fn flush(&self, queues: &mut Vec<Arc<Queue>>) {
        if queues.len() <= AT_ONCE {
            queues.drain(..).for_each(|queue| queue.flush());
            return;
        }
        let turns = queues.len().div_ceil(TURN);
        let mut waiting = self.work.lock();
        waiting.extend(queues.drain(..));
        drop(waiting);
        for _ in 0..turns.min(self.tasks) {
            self.work.news.notify_one();
        }
    }
}

impl Work {
    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<Arc<Queue>>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Option<Vec<Arc<Queue>>> {
        let mut queues = self.lock();
        let turn: Vec<_> = {
            let count = queues.len().min(TURN);
            queues.drain(..count).collect()
        };
        (!turn.is_empty()).then_some(turn)
    }
}
