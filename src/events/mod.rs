//! Hearing: the log is read in order (`tail`), this process's connections are looked up (`hub`), frames are
//! written (`flushers`, `session`) or polled for (`poll`).

mod counts;
mod flushers;
mod frame;
pub(crate) mod hashed;
mod hub;
mod poll;
mod queue;
pub(crate) mod session;
mod tail;

pub(crate) use counts::{ChannelCount, ThreadCount, Totals, UserCounts};
pub(crate) use frame::text as text_frame;
pub(crate) use hub::{Chore, Hub};
pub(crate) use poll::Heard;
pub(crate) use queue::{End, Queue, millis};
pub(crate) use tail::{Describe, Ears, Listen, Told, follow};
