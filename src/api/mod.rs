//! How requests arrive and answers leave: take apart, one call into `chat`, answer.

pub(crate) mod accounts;
mod address;
pub(crate) mod channels;
pub(crate) mod connect;
pub(crate) mod devices;
pub(crate) mod drafts;
mod envelope;
pub(crate) mod events;
mod extract;
pub(crate) mod links;
pub(crate) mod locations;
pub(crate) mod members;
pub(crate) mod messages;
pub(crate) mod moderation;
pub(crate) mod operate;
mod operations;
pub(crate) mod polls;
mod rates;
pub(crate) mod reactions;
pub(crate) mod reads;
pub(crate) mod reminders;
pub(crate) mod settings;
pub(crate) mod threads;
pub(crate) mod uploads;
pub(crate) mod user_groups;
pub(crate) mod users;
pub(crate) mod web;

pub(crate) use envelope::{Answer, created, envelope, ok, unknown_route};
pub(crate) use extract::{
    Body, ChannelPath, GroupPath, MemberPath, MessagePath, Params, Payload, PollOptionPath, PollPath, PollVotePath,
    ReactionPath, ShownPollPath, TypePath, UserPath,
};
pub(crate) use operations::Operations;
pub(crate) use rates::Rates;
