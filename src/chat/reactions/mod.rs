//! Reactions to messages (`rules.md` 6, `objects.md` 8).

mod change;
mod list;
mod tally;

pub(crate) use change::{delete, send, take_away};
pub(crate) use list::{list, query};

use super::{Ctx, Granted};
use crate::access::Action;
use crate::error::{ApiError, Code, Result};

fn check_enabled(granted: &Granted) -> Result<()> {
    if granted.kind.config.reactions {
        return Ok(());
    }
    Err(ApiError::new(Code::FeatureNotSupported, "reactions are not enabled for this channel"))
}

/// In a frozen channel nobody reacts, and nobody takes a reaction back.
fn check_open(ctx: &Ctx, granted: &Granted) -> Result<()> {
    check_enabled(granted)?;
    super::messages::check_may_write(ctx, granted)?;
    if granted.channel.frozen { granted.right.require(Action::UseFrozenChannel) } else { Ok(()) }
}
