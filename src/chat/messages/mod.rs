//! Messages: the rules of sending, reading, editing, pinning and deleting them.

mod compose;
mod send;

pub(crate) use compose::{check_size, ERROR_FROZEN};
pub(crate) use send::{send, send_system, system_message};
