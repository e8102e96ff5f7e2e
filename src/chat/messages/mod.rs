//! Messages: the rules of sending, reading, editing, pinning and deleting them.

mod actions;
mod again;
mod compose;
mod delete;
mod edit;
pub(crate) mod ephemeral;
mod erase;
mod granted;
pub(crate) mod history;
mod pages;
pub(crate) mod pending;
mod previews;
mod read;
mod reply;
mod search;
mod send;
mod system;
pub(crate) mod translate;
mod turn;
mod undelete;

pub(crate) use actions::run_action;
pub(crate) use compose::unfinished;
pub(crate) use delete::delete;
pub(crate) use edit::{update, update_partial};
pub(crate) use granted::{GrantedMessage, check_may_write, check_not_deleted, moment, sees};
pub(crate) use read::{get, many, newest_replies, pinned, replies};
pub(crate) use search::search;
pub(crate) use send::{Sent, send, send_made};
pub(crate) use system::{send_system, system_message};
pub(crate) use turn::{Tries, turn, turn_within};
pub(crate) use undelete::undelete;
