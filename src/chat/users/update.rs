//! Replacing and changing users (`rules.md` 11).

use std::collections::BTreeMap;

use super::write::{Change, write};
use super::{Ctx, check_details, require};
use crate::access::Action;
use crate::chat::respond;
use crate::error::{ApiError, Result, at_most};
use crate::limits;
use crate::store::User;
use crate::wire::users::{UpdateUsersPartialRequest, UpdateUsersRequest, UpdateUsersResponse, UserRequest};

/// Creates or replaces users. One that cannot be stored fails the whole call.
pub(crate) async fn replace(ctx: &Ctx, request: UpdateUsersRequest) -> Result<UpdateUsersResponse> {
    for (key, details) in &request.users {
        if *key != details.id {
            return Err(ApiError::field(format!("users.{key}.id"), format!("users.{key}.id must be {key}")));
        }
        check_details(details)?;
    }
    let users: Vec<UserRequest> = request.users.into_values().collect();
    let changes = users.iter().map(|details| (details.id.as_str(), Change::Replace(details))).collect();
    all(ctx, changes).await
}

/// Sets and removes fields of users.
pub(crate) async fn update_partial(ctx: &Ctx, request: UpdateUsersPartialRequest) -> Result<UpdateUsersResponse> {
    let changes = request.users.iter().map(|change| (change.id.as_str(), Change::Partial(change))).collect();
    all(ctx, changes).await
}

/// Checks all, then writes all.
async fn all(ctx: &Ctx, changes: Vec<(&str, Change<'_>)>) -> Result<UpdateUsersResponse> {
    if changes.is_empty() {
        return Err(ApiError::required("users"));
    }
    at_most("users", changes.len(), limits::USERS_PER_CALL)?;
    for (id, change) in &changes {
        // Whose record it is not has no business knowing whether there is one.
        require(ctx, Action::UpdateUser, !ctx.is_server() && *id == ctx.viewer())?;
        let known = ctx.app.store.fresh_user(id).await?;
        permit(ctx, known.as_deref(), &change.applied(id, known.as_deref())?)?;
    }
    let mut users = BTreeMap::new();
    for (id, change) in &changes {
        let user = write(ctx, id, change).await?;
        users.insert((*id).to_owned(), respond::full_user(ctx, &user).await?);
    }
    Ok(UpdateUsersResponse { users, ..UpdateUsersResponse::default() })
}

/// What of a change needs more than the right to change the user.
fn permit(ctx: &Ctx, before: Option<&User>, after: &User) -> Result<()> {
    let stranger = User::new(&after.id, "user");
    let before = before.unwrap_or(&stranger);
    if before.role != after.role || before.teams_role != after.teams_role {
        require(ctx, Action::UpdateUserRole, false)?;
    }
    if before.teams != after.teams {
        let refusal = |_| ApiError::not_allowed("user teams can only be updated server-side");
        require(ctx, Action::UpdateUserTeams, false).map_err(refusal)?;
    }
    if before.revoke_tokens_issued_before != after.revoke_tokens_issued_before && !ctx.is_server() {
        return Err(ApiError::not_allowed("revoke_tokens_issued_before can only be changed server side"));
    }
    Ok(())
}
