//! Members: joining, leaving, and what each of them sets for himself.

mod join;

pub(crate) use join::{hide_quietly, new_member, overrides, rejoin};
