//! How requests arrive and answers leave: take apart, one call into `chat`, answer.

pub(crate) mod channels;
pub(crate) mod connect;
mod envelope;
mod extract;
pub(crate) mod messages;
pub(crate) mod operate;
mod rates;
pub(crate) mod web;

pub(crate) use envelope::{created, envelope, ok, unknown_route, Answer, Operations};
pub(crate) use extract::{Body, ChannelPath, Params, Payload, TypePath};
pub(crate) use rates::Rates;
