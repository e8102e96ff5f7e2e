//! Events of users.

use std::sync::Arc;

use super::{tell, user_event};
use crate::error::Result;
use crate::store::{Audience, Counts, Effect, Event};
use crate::wire::users::UserResponse;

/// `user.presence.changed`, to those who follow the user's presence; his own connections hear it only when he himself
/// changed how he appears (`own`).
pub(crate) fn user_presence_changed(user: UserResponse, own: bool) -> Result<Event> {
    let id = user.id.clone();
    let mut payload = user_event("user.presence.changed");
    payload.user = Some(Arc::new(user));
    let audience = if own { Audience::Acquaintances(id.clone(), Vec::new()) } else { Audience::Followers(id.clone()) };
    tell(&payload, audience, Counts::None, vec![Effect::User(id)])
}

/// `user.updated`, to his own connections, those who follow his presence, and the watchers of `cids`, his channels. The user
/// is complete: clients drop what the event lacks (`realtime.md` 4.5).
pub(crate) fn user_updated(user: Arc<UserResponse>, cids: Vec<String>) -> Result<Event> {
    let id = user.id.clone();
    let mut payload = user_event("user.updated");
    payload.user = Some(user);
    tell(&payload, Audience::Acquaintances(id.clone(), cids), Counts::None, vec![Effect::User(id)])
}

/// `user.updated` for the user's own connections, with what only he may see.
pub(crate) fn user_updated_own(user: UserResponse) -> Result<Event> {
    let id = user.id.clone();
    let mut payload = user_event("user.updated");
    payload.user = Some(Arc::new(user));
    tell(&payload, Audience::Users(vec![id]), Counts::None, Vec::new())
}
