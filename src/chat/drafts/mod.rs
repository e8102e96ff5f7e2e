//! Drafts (`rules.md` 10): one for each channel and each thread, for their author alone.

mod query;
mod shown;
mod write;

pub(crate) use query::{get, query};
pub(crate) use shown::{Around, responses};
pub(crate) use write::{delete, save, sent};
