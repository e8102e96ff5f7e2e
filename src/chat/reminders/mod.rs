//! Reminders of messages (`rules.md` 10): at most one per person and message, for that person alone.

mod due;
mod ended;
mod query;
mod shown;
mod write;

pub(crate) use due::ring;
pub(crate) use ended::{message_deleted, message_erased, message_undeleted, owners};
pub(crate) use query::query;
pub(crate) use shown::bare;
pub(crate) use write::{create, delete, update};
