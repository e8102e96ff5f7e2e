//! Shared locations (`rules.md` 10): sent as messages; a live one moves until it ends.

mod list;
mod shared;
mod update;

pub(crate) use list::list;
pub(crate) use shared::{asked, check_room, shown};
pub(crate) use update::update;
