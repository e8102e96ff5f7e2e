//! Teams (`permissions.md` 9). While multi-tenancy is on, people and channels of other teams do not exist for a client whose roles
//! do not reach beyond its own. All that decides it stands in records that a request has in hand: nothing is read for it.

use super::{Ctx, Right, channel_types, users};
use crate::access::{Action, Ownership};
use crate::error::{ApiError, Code, Result};
use crate::query::Filter;
use crate::store::{Channel, User};

/// How the caller stands to what he has no team in common with.
const ELSEWHERE: Ownership = Ownership { is_owner: false, same_team: false, multi_tenant: true };

/// Whether teams decide anything in this request: never for servers.
pub(crate) fn count(ctx: &Ctx) -> bool {
    !ctx.is_server() && ctx.app.store.settings().multi_tenant_enabled
}

/// Whether the user has a team in common with the other, or neither has one.
pub(crate) fn share(user: &User, other: &User) -> bool {
    match (user.teams.is_empty(), other.teams.is_empty()) {
        (true, true) => true,
        _ => user.teams.iter().any(|team| other.teams.contains(team)),
    }
}

/// Whether the user is in the team of a channel, or it has none and neither has he.
pub(crate) fn belongs(user: &User, team: Option<&String>) -> bool {
    team.map_or(user.teams.is_empty(), |team| user.teams.contains(team))
}

/// Whether the other exists for the caller.
pub(crate) fn sees(ctx: &Ctx, other: &User) -> bool {
    match &ctx.actor {
        Some(user) if count(ctx) => {
            user.id == other.id || share(user, other) || users::require_on(ctx, Action::SearchUser, other).is_ok()
        }
        _ => true,
    }
}

/// Those of the people who exist for the caller.
pub(crate) async fn seen(ctx: &Ctx, ids: Vec<String>) -> Result<Vec<String>> {
    if !count(ctx) || ids.is_empty() {
        return Ok(ids);
    }
    let known = ctx.app.store.users(ids.iter().map(String::as_str)).await?;
    Ok(ids.into_iter().filter(|id| known.get(id).is_none_or(|user| sees(ctx, user))).collect())
}

/// Whether the caller may put this person into a channel of that team.
pub(crate) fn may_join(ctx: &Ctx, right: &Right, team: Option<&String>, newcomer: &User) -> bool {
    !count(ctx) || belongs(newcomer, team) || right.allows_as(Action::UpdateChannelMembers, ELSEWHERE)
}

/// A new channel is of one of its creator's teams, or, if he has none, of none.
pub(crate) fn check_new(ctx: &Ctx, right: &Right, channel: &Channel) -> Result<()> {
    if !count(ctx) || right.ownership.same_team || right.allows(Action::CreateChannel) {
        return Ok(());
    }
    let teams: Vec<String> = ctx.actor()?.teams.iter().map(|team| format!("\"{team}\"")).collect();
    let asked = channel.team.as_deref().unwrap_or("");
    let message = format!("user from teams [{}] cannot create a channel for team \"{asked}\"", teams.join(" "));
    Err(ApiError::new(Code::Authentication, message))
}

/// Refuses a list of channels of a team that the caller is not in.
pub(crate) fn check_filter(ctx: &Ctx, filter: &Filter) -> Result<()> {
    let Some(user) = ctx.actor.as_ref().filter(|_| count(ctx)) else { return Ok(()) };
    let asked = filter.teams("team")?;
    let foreign = asked.into_iter().find(|team| !user.teams.iter().any(|own| own == team));
    let reaches = || {
        let mut kinds = channel_types::all();
        kinds.any(|kind| kind.grants.allowed(&[&user.role], Action::ReadChannel, ELSEWHERE))
    };
    match foreign {
        Some(team) if !reaches() => Err(ApiError::input(format!("search by team \"{team}\" is not allowed"))),
        _ => Ok(()),
    }
}
