//! Users: who they are, and how they come to be known.

mod blocks;
mod guests;
mod partial;
mod query;
mod update;
mod write;

pub(crate) use blocks::{block, blocked, unblock};
pub(crate) use guests::create_guest;
pub(crate) use query::{bounded, query};
pub(crate) use update::{replace, update_partial};

use std::sync::Arc;

use super::{Ctx, announce, respond};
use crate::access::{self, Action, Grants, Ownership};
use crate::auth::valid_user_id;
use crate::error::{ApiError, Code, Result};
use crate::limits;
use crate::store::User;
use crate::wire::Time;
use crate::wire::users::UserRequest;
use write::Change;

/// The person that a server acts for. Unknown ones are created; details that come along are merged, as on connecting.
pub(crate) async fn named(ctx: &Ctx, id: &str, details: Option<UserRequest>) -> Result<Arc<User>> {
    let known = ctx.app.store.user(id).await?;
    match (known, details) {
        (Some(user), None) => Ok(user),
        (known, details) => {
            let details = details.unwrap_or_else(|| UserRequest { id: id.to_owned(), ..UserRequest::default() });
            let role = known.as_ref().map_or("user", |user| user.role.as_str()).to_owned();
            merge(ctx, &details, &role, true).await
        }
    }
}

/// Merges details into the stored user, creating him with `role` if he is new. What is absent stays; equal data changes
/// nothing and announces nothing. `trusted` details (a server's) may set role and teams.
pub(crate) async fn merge(ctx: &Ctx, details: &UserRequest, role: &str, trusted: bool) -> Result<Arc<User>> {
    check_details(details)?;
    write::write(ctx, &details.id, &Change::Merge { details, role, trusted }).await
}

/// The same for a person who connects, `known` as he was a moment ago.
pub(crate) async fn connecting(ctx: &Ctx, known: Arc<User>, details: &UserRequest) -> Result<Arc<User>> {
    check_details(details)?;
    check_same_teams(ctx, &known, details)?;
    let change = Change::Merge { details, role: "user", trusted: false };
    write::write_over(ctx, &details.id, Some(known), &change).await
}

/// Who connects may name his teams, in any order, but not choose them.
fn check_same_teams(ctx: &Ctx, known: &User, details: &UserRequest) -> Result<()> {
    let sorted = |teams: &[String]| teams.iter().cloned().collect::<std::collections::BTreeSet<_>>();
    let named = details.teams.as_ref().filter(|teams| !teams.is_empty());
    match named.filter(|_| ctx.app.store.settings().multi_tenant_enabled) {
        Some(teams) if sorted(teams) != sorted(&known.teams) => {
            Err(ApiError::field("user_details.teams", "user teams cannot be changed at connection time"))
        }
        _ => Ok(()),
    }
}

/// `user.updated` for a record about to be written: its `updated_at` is the moment of the commit.
pub(crate) async fn updated(ctx: &Ctx, record: &User) -> Result<crate::store::Event> {
    let channels = ctx.app.store.user_channels(&record.id).await?;
    let mut response = respond::user(record, ctx.now());
    response.created_at = record.created_at();
    response.updated_at = Time::STAMP;
    announce::user_updated(Arc::new(response), channels.into_keys().take(limits::WATCHED_PER_CONNECTION).collect())
}

fn apply(record: &mut User, details: &UserRequest, trusted: bool) {
    let set = |slot: &mut Option<String>, value: &Option<String>| {
        if value.is_some() {
            slot.clone_from(value);
        }
    };
    set(&mut record.name, &details.name);
    set(&mut record.image, &details.image);
    if let Some(language) = &details.language {
        record.language.clone_from(language);
    }
    if let Some(invisible) = details.invisible {
        record.invisible = invisible;
    }
    if let Some(privacy) = &details.privacy_settings {
        set_privacy(record, privacy);
    }
    if trusted {
        if let Some(role) = &details.role {
            record.role.clone_from(role);
        }
        if let Some(teams) = &details.teams {
            record.teams.clone_from(teams);
        }
        if let Some(roles) = &details.teams_role {
            record.teams_role.clone_from(roles);
        }
    }
    for (key, value) in &details.custom.0 {
        if !UserRequest::IGNORED.contains(&key.as_str()) {
            record.custom.insert(key.clone(), value.clone());
        }
    }
}

/// Takes the parts that are set; the others stay.
pub(crate) fn set_privacy(record: &mut User, privacy: &crate::wire::users::PrivacySettings) {
    let parts = [
        ("typing_indicators", &privacy.typing_indicators),
        ("read_receipts", &privacy.read_receipts),
        ("delivery_receipts", &privacy.delivery_receipts),
    ];
    for (name, part) in parts {
        if let Some(part) = part {
            record.privacy.insert(name.to_owned(), part.enabled);
        }
    }
}

/// Refuses ids and built-in fields that are out of bounds.
pub(crate) fn check_details(details: &UserRequest) -> Result<()> {
    if !valid_user_id(&details.id) {
        return Err(ApiError::field(
            "user.id",
            format!("user id must be 1 to {} letters, digits, @, _ or -", limits::USER_ID_CHARS),
        ));
    }
    if details.name.as_ref().is_some_and(|name| name.chars().count() > limits::USER_NAME_CHARS) {
        return Err(ApiError::field(
            "user.name",
            format!("user.name must be a maximum of {} characters in length", limits::USER_NAME_CHARS),
        ));
    }
    if details
        .teams
        .as_ref()
        .is_some_and(|teams| teams.len() > limits::TEAMS || teams.iter().any(|team| team.len() > 100))
    {
        return Err(ApiError::field(
            "user.teams",
            format!("user.teams must contain at maximum {} items of 100 bytes", limits::TEAMS),
        ));
    }
    Ok(())
}

/// Refuses a record whose custom data is too large.
pub(crate) fn check_custom(record: &User) -> Result<()> {
    let custom = crate::wire::Custom(record.custom.clone());
    let image = record.image.as_ref().map_or(0, String::len);
    if custom.json_len() + image > limits::CUSTOM_BYTES {
        let message = format!("user custom data must be at most {} bytes of JSON", limits::CUSTOM_BYTES);
        return Err(ApiError::new(Code::PayloadTooBig, message));
    }
    Ok(())
}

/// The user of a verified token; unknown ones come to be by it, as on connecting. Revoked tokens are refused.
pub(crate) async fn authenticated(app: &Arc<crate::app::App>, id: &str, issued_at: Option<Time>) -> Result<Arc<User>> {
    let known = match app.store.user(id).await? {
        // What memory says no to, Redis is asked about: the ban may have been lifted.
        Some(user) if user.is_banned(app.store.now()) || user.deactivated_at.is_some() => {
            app.store.fresh_user(id).await?
        }
        known => known,
    };
    let user = match known {
        Some(user) => user,
        None => {
            let details = UserRequest { id: id.to_owned(), ..UserRequest::default() };
            let change = Change::Merge { details: &details, role: "user", trusted: false };
            write::write_over(&Ctx::internal(app), id, None, &change).await?
        }
    };
    check_not_revoked(app, &user, issued_at)?;
    Ok(user)
}

/// A token of the user that was issued then must not have been revoked since: his own, or those of the whole app.
pub(crate) fn check_not_revoked(app: &crate::app::App, user: &User, issued_at: Option<Time>) -> Result<()> {
    let since = app.store.settings().revoke_tokens_issued_before.max(user.revoke_tokens_issued_before);
    if since.is_some_and(|since| issued_at.is_none_or(|issued_at| issued_at < since)) {
        return Err(ApiError::new(Code::TokenExpired, "This token has been revoked, please generate a new token"));
    }
    Ok(())
}

/// The caller's right to act in the app, outside of channels; `is_own` when it concerns himself.
pub(crate) fn require(ctx: &Ctx, action: Action, is_own: bool) -> Result<()> {
    if ctx.is_server() {
        return Ok(());
    }
    let user = ctx.actor()?;
    let roles = [user.role.as_str()];
    let ownership =
        Ownership { multi_tenant: ctx.app.store.settings().multi_tenant_enabled, same_team: is_own, ..Ownership::NONE };
    let caller = access::Caller { user_id: &user.id, roles: &roles };
    Grants::defaults(access::APP_SCOPE).check(caller, access::APP_SCOPE, action, ownership.owning(is_own))
}

/// The caller's right to do something about a person.
pub(crate) fn require_on(ctx: &Ctx, action: Action, target: &User) -> Result<()> {
    if ctx.is_server() {
        return Ok(());
    }
    let user = ctx.actor()?;
    let roles = [user.role.as_str()];
    let ownership = Ownership {
        multi_tenant: ctx.app.store.settings().multi_tenant_enabled,
        same_team: super::teams::share(user, target),
        is_owner: user.id == target.id,
    };
    let caller = access::Caller { user_id: &user.id, roles: &roles };
    Grants::defaults(access::APP_SCOPE).check(caller, access::APP_SCOPE, action, ownership)
}

/// A person whom a request names. 16 when nobody has the id, has it no more, or is of teams that the caller is not in.
pub(crate) async fn existing(ctx: &Ctx, id: &str) -> Result<Arc<User>> {
    let user = ctx.app.store.fresh_user(id).await?;
    let user = user.filter(|user| user.deleted_at.is_none() && super::teams::sees(ctx, user));
    user.ok_or_else(|| ApiError::not_found(format!("user with id {id} doesn't exist")))
}
