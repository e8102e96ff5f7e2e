//! The bridge: records become responses for one viewer. What a list needs is loaded in one round trip per kind, never per item.

mod channels;
mod full_users;
mod messages;
mod people;
mod polls;

pub(crate) use channels::{channel, channel_for, member, one_to_one_with_blocked, state};
pub(crate) use full_users::{full_user, privacy_settings};
pub(crate) use messages::{announced, announced_deleted, conceal, message, messages, reaction};
pub(crate) use people::{People, actor, own_user, user};
pub(crate) use polls::{Polls, poll, poll_names, poll_vote};
