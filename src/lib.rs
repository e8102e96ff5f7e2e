//! Weir (the map of the house comes with the rooms).
pub mod access;
mod api;
pub mod app;
pub mod auth;
mod chat;
pub mod cli;
pub mod config;
pub mod error;
mod events;
pub mod limits;
mod openapi;
pub mod query;
pub mod router;
pub mod serve;
mod store;
pub mod wire;
