//! Weir (the map of the house comes with the rooms).
pub mod access;
pub mod cli;
pub mod config;
pub mod error;
mod events;
pub mod limits;
pub mod query;
mod store;
pub mod wire;
