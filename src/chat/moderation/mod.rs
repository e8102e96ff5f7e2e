//! Moderation: mutes, bans and flags (`rules.md` 14). Blocks belong to `users`.

mod addresses;
mod bans;
mod flags;
mod future;
mod mutes;
mod purge;
mod query;
mod query_flags;

pub(crate) use bans::{ban, unban, with_ban};
pub(crate) use flags::{flag, flag_entity, unflag};
pub(crate) use future::{awaiting, query_future_bans};
pub(crate) use mutes::{mute_channel, mute_user, unmute_channel, unmute_user};
pub(crate) use query::query_bans;
pub(crate) use query_flags::query_message_flags;

use crate::error::{ApiError, Result};
use crate::limits;
use crate::wire::Time;

const MINUTE: i64 = 60_000;
/// A hundred years: later ends are as good as none.
const LONGEST: i64 = 100 * 365 * 24 * 60 * MINUTE;

/// When something that lasts `length` units of `unit` milliseconds ends; absent and 0 are for ever.
fn end(now: Time, length: Option<i64>, unit: i64) -> Option<Time> {
    let length = length.filter(|length| *length != 0)?;
    Some(now.plus_millis(length.saturating_mul(unit).clamp(-LONGEST, LONGEST)))
}

fn check_reason(reason: Option<&String>) -> Result<()> {
    if reason.is_some_and(|reason| reason.chars().count() > limits::REASON_CHARS) {
        let message = format!("reason must be a maximum of {} characters in length", limits::REASON_CHARS);
        return Err(ApiError::field("reason", message));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_length_never_ends() {
        assert_eq!((end(Time(0), None, MINUTE), end(Time(0), Some(0), MINUTE)), (None, None));
        assert_eq!(end(Time(0), Some(2), MINUTE), Some(Time(120_000_000)));
        assert_eq!(end(Time(0), Some(-1), MINUTE), Some(Time(-60_000_000)));
        assert_eq!(end(Time(0), Some(i64::MAX), MINUTE), Some(Time(LONGEST * 1000)));
    }
}
