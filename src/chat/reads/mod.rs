//! Reading: how far each member has read and received (`rules.md` 8), and what is left (`rules.md` 5.7).

mod all;
mod counts;
mod delivered;
mod mark_read;
mod mark_unread;
mod threads;

pub(crate) use all::mark_channels_read;
pub(crate) use counts::{Unread, UnreadChannel, unread, unread_counts, unread_of};
pub(crate) use delivered::mark_delivered;
pub(crate) use mark_read::{forget_cleared, mark_read};
pub(crate) use mark_unread::mark_unread;

use super::{Ctx, Granted};
use crate::error::{ApiError, Code, Result};
use crate::wire::users::UserRequest;

/// Who reads. A server must name somebody, and unlike elsewhere he must exist.
async fn reader(ctx: &Ctx, user: Option<UserRequest>, user_id: Option<String>) -> Result<Ctx> {
    let id = user.as_ref().map(|user| &user.id).or(user_id.as_ref()).filter(|_| ctx.is_server());
    if let Some(id) = id
        && ctx.app.store.user(id).await?.is_none()
    {
        return Err(ApiError::input(format!("the user {id} does not exist")));
    }
    ctx.acting_as("user", user, user_id).await
}

/// Refuses where the channel knows no reading.
fn check_enabled(granted: &Granted) -> Result<()> {
    if granted.kind.config.read_events {
        return Ok(());
    }
    Err(ApiError::new(
        Code::FeatureNotSupported,
        format!("Channel type {} does not support read events", granted.channel.kind),
    ))
}

/// The message that a request names does not exist, or not for the caller.
fn no_such_message(id: &str) -> ApiError {
    ApiError::field("message_id", format!("message with id {id} doesn't exist in this channel"))
}
