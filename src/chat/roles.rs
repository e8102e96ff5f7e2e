//! Roles, as those find them who mention one.

use super::users::bounded;
use crate::access::{APP_SCOPE, Grants};
use crate::chat::channel_types;
use crate::error::{ApiError, Result};
use crate::limits;
use crate::wire::Time;
use crate::wire::roles::{RoleResponse, SearchRolesParams};

/// Roles that people have in the app, by name.
const OF_USERS: [&str; 8] =
    ["admin", "anonymous", "global_admin", "global_moderator", "guest", "moderator", "super_admin", "user"];
/// Roles that members have in a channel, by name.
const OF_MEMBERS: [&str; 2] = ["channel_member", "channel_moderator"];

/// Roles whose name begins so, by name.
pub(crate) fn search(params: &SearchRolesParams) -> Result<Vec<RoleResponse>> {
    let limit = bounded("limit", params.limit, limits::ROLES_FOUND, limits::ROLES_FOUND)?;
    let query = params.query.as_deref().unwrap_or_default().to_lowercase();
    if query.is_empty() {
        return Err(ApiError::required("query"));
    }
    let mut names: Vec<&str> = match params.role_type.as_deref() {
        None => OF_USERS.into_iter().chain(OF_MEMBERS).collect(),
        Some("user") => OF_USERS.into(),
        Some("channel") => OF_MEMBERS.into(),
        Some(_) => return Err(ApiError::field("role_type", "role_type must be one of [user channel]")),
    };
    let is_global = |name: &str| name.starts_with("global_") || name == "super_admin";
    names.retain(|name| {
        name.starts_with(&query)
            && params.name_gt.as_deref().is_none_or(|after| *name > after)
            && (params.include_global_roles.unwrap_or(false) || !is_global(name))
    });
    names.sort_unstable();
    Ok(names.into_iter().take(limit).map(role).collect())
}

fn role(name: &str) -> RoleResponse {
    let types = channel_types::all().map(|kind| kind.config.name.clone());
    let mut scopes: Vec<String> = std::iter::once(APP_SCOPE.to_owned()).chain(types).collect();
    scopes.retain(|scope| Grants::defaults(scope).ids().into_iter().any(|(role, ids)| role == name && !ids.is_empty()));
    RoleResponse { name: name.to_owned(), custom: false, scopes, created_at: Time::ZERO, updated_at: Time::ZERO }
}
