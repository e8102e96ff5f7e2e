//! One way in: every change of a user's record is written, announced and tried again here.

use std::sync::Arc;

use super::{Ctx, announce, apply, check_custom, partial, respond};
use crate::error::{ApiError, Result};
use crate::limits;
use crate::store::{Effect, Event, Outcome, User};
use crate::wire::Time;
use crate::wire::users::{UpdateUserPartialRequest, UserRequest};

/// What is to become of a user.
pub(super) enum Change<'a> {
    /// What is absent stays. A new user gets `role`.
    Merge { details: &'a UserRequest, role: &'a str, trusted: bool },
    /// Name, image and custom data that are absent go.
    Replace(&'a UserRequest),
    /// `set` and `unset`.
    Partial(&'a UpdateUserPartialRequest),
}

impl Change<'_> {
    /// The record afterwards.
    pub fn applied(&self, id: &str, known: Option<&User>) -> Result<User> {
        match (self, known) {
            (Change::Replace(_) | Change::Partial(_), Some(User { deleted_at: Some(_), .. })) => {
                return Err(ApiError::not_found(format!("the user {id} was deleted")));
            }
            (Change::Replace(_) | Change::Partial(_), Some(User { deactivated_at: Some(_), .. })) => {
                return Err(ApiError::not_found(format!("the user {id} was deactivated")));
            }
            _ => {}
        }
        let record = match *self {
            Change::Merge { details, role, trusted } => {
                let mut record = known.cloned().unwrap_or_else(|| User::new(id, role));
                apply(&mut record, details, trusted);
                record
            }
            Change::Replace(details) => {
                let mut record = known.cloned().unwrap_or_else(|| User::new(id, "user"));
                (record.name, record.image) = (None, None);
                record.custom.clear();
                apply(&mut record, details, true);
                record
            }
            Change::Partial(change) => {
                let known = known.ok_or_else(|| ApiError::not_found(format!("user with id {id} doesn't exist")))?;
                partial::applied(known, change)?
            }
        };
        check_custom(&record)?;
        Ok(record)
    }
}

impl Change<'_> {
    /// Whether the change came with a connection while no other is open: its first frame says all that `user.updated` would.
    fn comes_with_first_connection(&self, known: &User) -> bool {
        matches!(self, Change::Merge { trusted: false, .. }) && !known.connected
    }
}

/// Changes a user. Equal data changes nothing and announces nothing.
pub(super) async fn write(ctx: &Ctx, id: &str, change: &Change<'_>) -> Result<Arc<User>> {
    let known = ctx.app.store.fresh_user(id).await?;
    write_over(ctx, id, known, change).await
}

/// The same, where the record as it was a moment ago (`None`: there was none) will do to find that nothing changes.
pub(super) async fn write_over(
    ctx: &Ctx,
    id: &str,
    mut known: Option<Arc<User>>,
    change: &Change<'_>,
) -> Result<Arc<User>> {
    let store = &ctx.app.store;
    for _ in 0..limits::CONFLICT_RETRIES {
        let record = change.applied(id, known.as_deref())?;
        let events = match known {
            Some(known) if *known == record => return Ok(known),
            Some(ref known) => events(ctx, known, &record, change.comes_with_first_connection(known)).await?,
            // Nobody can know a new user yet.
            None => vec![Event::effects(vec![Effect::User(id.to_owned())])],
        };
        let mut tx = store.put_user(&record, record.at == Time(0))?;
        for event in events {
            tx.append(event)?;
        }
        if let Outcome::Committed { at } = store.commit_user(id, tx).await? {
            let created_at = known.map(|known| known.created_at());
            return Ok(Arc::new(User { at, created_at, ..record }));
        }
        known = store.fresh_user(id).await?;
    }
    Err(ApiError::busy())
}

/// What is told of a change (`realtime.md` 4.5, 6.2). What only the user himself may see is told to him alone.
async fn events(ctx: &Ctx, before: &User, after: &User, first_connection: bool) -> Result<Vec<Event>> {
    let mut updated = super::updated(ctx, after).await?;
    let private = before.privacy != after.privacy || before.invisible != after.invisible;
    if private || first_connection {
        updated.header.except = vec![after.id.clone()];
    }
    let mut events = vec![updated];
    if private && !first_connection {
        events.push(announce::user_updated_own(private_view(ctx, after)?)?);
    }
    if before.connected && before.invisible != after.invisible {
        let mut user = respond::user(after, ctx.now());
        (user.created_at, user.updated_at) = (after.created_at(), Time::STAMP);
        events.push(announce::user_presence_changed(user, true)?);
    }
    if before.revoke_tokens_issued_before < after.revoke_tokens_issued_before {
        events.push(Event::effects(vec![Effect::Disconnect(after.id.clone(), "the token was revoked".to_owned())]));
    }
    if before.teams.iter().any(|team| !after.teams.contains(team)) {
        events.push(Event::effects(vec![Effect::Renew(after.id.clone())]));
    }
    Ok(events)
}

/// The user with his private settings, as his own devices take them over.
fn private_view(ctx: &Ctx, record: &User) -> Result<crate::wire::users::UserResponse> {
    let mut user = respond::user(record, ctx.now());
    (user.created_at, user.updated_at, user.online) = (record.created_at(), Time::STAMP, record.connected);
    user.custom.0.insert("invisible".into(), record.invisible.into());
    let privacy = serde_json::to_value(respond::privacy_settings(record)).map_err(ApiError::internal)?;
    user.custom.0.insert("privacy_settings".into(), privacy);
    Ok(user)
}
