//! Weir: a self-hosted server that speaks GetStream's chat protocol, with Redis as its only store.
//!
//! # What always holds
//!
//! - **Redis is the only truth.** A process may die at any instant; nothing that was acknowledged lives only in its memory.
//! - **One change is one script.** What must be true together, the event that tells of it included, is written by one
//!   transaction in one partition, or not at all (`store`).
//! - **An event is told by the log, and by nothing else.** Every process reads each partition's log in order, its own writes
//!   included (`events`). There is no second road, so nothing is lost, doubled or overtaken.
//! - **Reads come from memory that the log keeps true**; what memory says no to, Redis is asked about.
//! - **Order is Redis' clock's.** `created_at` never repeats or runs backwards in a channel, whatever the processes' clocks say.
//! - **Permission is a type.** Whoever changes a channel needs a `Granted` one (`chat`).
//! - **Identity is the token's**, never the query's or the body's.
//!
//! # The rooms, from the door inwards
//!
//! `main → router → api → chat → app → { store, events } → wire`, and `events → store` for its log only. Leaves that know no
//! room: [`error`], [`limits`], [`config`], [`query`], [`auth`], [`access`].
//!
//! | room | what it holds |
//! |---|---|
//! | [`wire`] | the words: request, response and event shapes, as Stream spells them |
//! | `api` | how they arrive: extractors, handlers, the envelope |
//! | `chat` | what may happen: the rules; `announce` says what is told, `respond` turns records into answers |
//! | `events` | hearing: the tail of the log, the hub of connections, the sockets |
//! | `store` | where it lasts: keys, transactions, the log, caches |

pub mod access;
mod api;
pub mod app;
pub mod auth;
mod chat;
pub mod cli;
pub mod config;
pub mod doctor;
pub mod error;
mod events;
pub mod limits;
mod openapi;
pub mod query;
pub mod router;
pub mod serve;
mod store;
pub mod wire;
