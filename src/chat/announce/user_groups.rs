//! Events of user groups. The protocol leaves open who hears them: here their members do, those who just left too.

use super::{tell, user_event};
use crate::chat::{Ctx, respond};
use crate::error::Result;
use crate::store::{Audience, Counts, Event};
use crate::wire::user_groups::UserGroupResponse;

/// `user_group.created`, `.updated`, `.deleted`, and with `changed` ids `.member_added`, `.member_removed`, to these people.
pub(crate) fn user_group(
    ctx: &Ctx,
    kind: &'static str,
    group: UserGroupResponse,
    changed: Option<Vec<String>>,
    hearers: Vec<String>,
) -> Result<Event> {
    let mut payload = user_event(kind);
    payload.user_group = Some(Box::new(group));
    payload.members = changed;
    payload.user = respond::actor(ctx);
    tell(&payload, Audience::Users(hearers), Counts::None, Vec::new())
}
