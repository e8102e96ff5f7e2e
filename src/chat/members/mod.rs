//! Members: joining, leaving, and what each of them sets for himself.

mod invites;
mod join;
mod partial;
mod query;
mod roles;
mod update;

pub(crate) use join::{new_member, overrides, rejoin};
pub(crate) use partial::update_partial;
pub(crate) use query::query;
pub(crate) use update::{check, names_anybody, wanted};
