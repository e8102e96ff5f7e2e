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
//! `main → router → api → chat → app → { store, events, search } → wire`; `events → store` for its log only, and `search → store` for
//! the log and for what it builds itself from; `push` stands beside `api`. Leaves that know no room: [`error`], [`limits`],
//! [`config`], [`query`], [`auth`], [`access`], `backoff`, `signing`, and those that ask the web, `links` and `providers`.
//!
//! | room | what it holds |
//! |---|---|
//! | [`wire`] | the words: request, response and event shapes, as Stream spells them |
//! | `api` | how they arrive: extractors, handlers, the envelope |
//! | `chat` | what may happen: the rules; `announce` says what is told, `respond` turns records into answers |
//! | `events` | hearing: the tail of the log, the hub of connections, the sockets |
//! | `search` | finding: the index of messages on this node's disk, which follows the log |
//! | `push` | telling devices of what somebody missed: a consumer of the log, and the providers |
//! | `store` | where it lasts: keys, transactions, the log, caches |
//!
//! Comments name the notes on Stream's protocol that a rule comes from by page and section (`rules.md` 5.1, `realtime.md` 1.7). The
//! notes are not part of this repository: the rule is what the comment says.
//!
//! # What measuring changed
//!
//! `make bench` measures next to a bare server on the same machine; these are the steps it led to, in processor time per sent
//! message with ten deliveries (the bare server: 55 µs, and 18 µs of Redis; two cores of 2.5 GHz):
//!
//! - Frames are written by a few flushers that take many queues at a time (`events::flushers`), not by a task per socket; the
//!   futures that wait for Redis are boxed, because a request's future is moved from layer to layer; tokens are verified once; keys
//!   and times are written without formatting. From 122 to 84 µs, and an idle connection from 12 to 7 KiB.
//! - The channel's clock, version and numbers are one hash, read and written in one command each; the claim of an id is its own
//!   check. A message is 8 commands inside its script, not 14: from 58 to 48 µs of Redis. Most of what is left is Lua's: 25
//!   arguments, and the way to and from each command.
//! - Users and listed messages keep their JSON while nothing about them changes, and lists are read from memory once this process
//!   has read the log to its end (`store::newest`): 30 channels with 25 messages each, from 5.0 to 1.0 ms.

pub mod access;
mod api;
pub mod app;
pub mod auth;
mod backoff;
mod chat;
pub mod cli;
pub mod config;
pub mod doctor;
pub mod error;
mod events;
pub mod limits;
mod links;
mod openapi;
mod providers;
mod push;
pub mod query;
pub mod router;
mod search;
pub mod serve;
mod signing;
mod store;
pub mod wire;
