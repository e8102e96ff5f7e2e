//! Shared locations (`rules.md` 10): sent as messages; a live one moves until it ends. And the places of messages.

mod gps;
mod list;
mod shared;
mod update;

pub(crate) use gps::check as check_gps;
pub(crate) use list::list;
pub(crate) use shared::{asked, check_room, shown};
pub(crate) use update::update;
