//! User groups (`rules.md` 21): anybody finds them, servers and super admins keep them.

use std::collections::HashMap;

use super::users::{self, bounded};
use super::{Ctx, announce, teams};
use crate::access::Action;
use crate::error::{ApiError, Result, at_most};
use crate::limits;
use crate::store::{Event, GroupMember, Outcome, UserGroup};
use crate::wire::Time;
use crate::wire::user_groups::{
    CreateUserGroupRequest, ListUserGroupsParams, SearchUserGroupsParams, UpdateUserGroupRequest,
    UserGroupMemberResponse, UserGroupMembersRequest, UserGroupResponse,
};

/// Makes a group.
pub(crate) async fn create(ctx: &Ctx, request: CreateUserGroupRequest) -> Result<UserGroupResponse> {
    check_keeper(ctx)?;
    let team = team(ctx, request.team_id)?;
    let id = request.id.filter(|id| !id.is_empty()).unwrap_or_else(|| uuid::Uuid::now_v7().to_string());
    check_text("id", &id, 1, limits::GROUP_NAME_CHARS)?;
    check_names(Some(&request.name), request.description.as_ref())?;
    let member_ids = existing(ctx, request.member_ids.unwrap_or_default()).await?;
    let store = &ctx.app.store;
    if store.user_groups().await?.len() >= limits::USER_GROUPS {
        return Err(ApiError::input(format!("an app has at most {} user groups", limits::USER_GROUPS)));
    }
    let group = UserGroup {
        at: Time(0),
        id,
        name: request.name,
        description: request.description.filter(|text| !text.is_empty()),
        team,
        created_by: ctx.actor.as_ref().map(|actor| actor.id.clone()),
        created_at: None,
    };
    let event = told(ctx, "user_group.created", &group, None, member_ids.clone())?;
    let members: Vec<_> = member_ids.into_iter().map(|id| (id, GroupMember::default())).collect();
    let outcome = store.put_user_group(None, &group, &members, &[], Some(event)).await?;
    if !written(&outcome, &group.name)? {
        return Err(ApiError::input(format!("a group with id \"{}\" already exists", group.id)));
    }
    after(ctx, &group.id).await
}

/// One group with its members.
pub(crate) async fn get(ctx: &Ctx, id: &str, team_id: Option<String>) -> Result<UserGroupResponse> {
    let group = named(ctx, id, team_id).await?;
    let members = ctx.app.store.group_members(id).await?;
    Ok(respond(group, Some(members)))
}

/// The group as it is after a change.
async fn after(ctx: &Ctx, id: &str) -> Result<UserGroupResponse> {
    let (group, members) =
        futures_util::future::try_join(ctx.app.store.user_group(id), ctx.app.store.group_members(id)).await?;
    Ok(respond(group.ok_or_else(|| missing(id))?, Some(members)))
}

/// Groups in the order in which they were made.
pub(crate) async fn list(ctx: &Ctx, params: ListUserGroupsParams) -> Result<Vec<UserGroupResponse>> {
    let limit = bounded("limit", params.limit, limits::GROUPS_PAGE_DEFAULT, limits::GROUPS_PAGE)?;
    let mut groups = of_team(ctx, params.team_id).await?;
    groups.sort_by(|a, b| (a.created_at(), &a.id).cmp(&(b.created_at(), &b.id)));
    let behind = |group: &UserGroup| match (params.created_at_gt, &params.id_gt) {
        (Some(after), Some(id)) => (group.created_at(), &group.id) > (after, id),
        (Some(after), None) => group.created_at() > after,
        (None, Some(id)) => group.id > *id,
        (None, None) => true,
    };
    groups.retain(behind);
    Ok(groups.into_iter().take(limit).map(|group| respond(group, None)).collect())
}

/// Groups whose name begins so, by name.
pub(crate) async fn search(ctx: &Ctx, params: SearchUserGroupsParams) -> Result<Vec<UserGroupResponse>> {
    let limit = bounded("limit", params.limit, limits::GROUPS_FOUND, limits::GROUPS_FOUND)?;
    let query = params.query.unwrap_or_default().to_lowercase();
    if query.is_empty() {
        return Err(ApiError::required("query"));
    }
    let mut groups = of_team(ctx, params.team_id).await?;
    groups.retain(|group| group.name.to_lowercase().starts_with(&query));
    groups.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    groups.retain(|group| match (&params.name_gt, &params.id_gt) {
        (Some(name), Some(id)) => (&group.name, &group.id) > (name, id),
        (Some(name), None) => group.name > *name,
        (None, Some(id)) => group.id > *id,
        (None, None) => true,
    });
    Ok(groups.into_iter().take(limit).map(|group| respond(group, None)).collect())
}

/// Changes name and description.
pub(crate) async fn update(ctx: &Ctx, id: &str, request: UpdateUserGroupRequest) -> Result<UserGroupResponse> {
    check_keeper(ctx)?;
    check_names(request.name.as_ref(), request.description.as_ref())?;
    change(ctx, id, request.team_id.clone(), |group, _| {
        if let Some(name) = &request.name {
            group.name.clone_from(name);
        }
        if let Some(description) = &request.description {
            group.description = Some(description.clone()).filter(|text| !text.is_empty());
        }
        Ok((Vec::new(), Vec::new()))
    })
    .await
}

/// Adds people, all or none; who is in already gets the admin flag asked for.
pub(crate) async fn add(ctx: &Ctx, id: &str, request: UserGroupMembersRequest) -> Result<UserGroupResponse> {
    check_keeper(ctx)?;
    check_some(&request.member_ids)?;
    let ids = existing(ctx, request.member_ids).await?;
    let admin = request.as_admin.unwrap_or(false);
    change(ctx, id, request.team_id, |_, known| {
        let more = ids.iter().filter(|id| !known.contains_key(*id)).count();
        if known.len() + more > limits::GROUP_MEMBERS {
            let message = format!("a user group has at most {} members", limits::GROUP_MEMBERS);
            return Err(ApiError::field("member_ids", message));
        }
        let member =
            |id: &String| GroupMember { admin, created_at: known.get(id).map(GroupMember::created_at), at: Time(0) };
        Ok((ids.iter().map(|id| (id.clone(), member(id))).collect(), Vec::new()))
    })
    .await
}

/// Takes people out; who is not in needs nothing.
pub(crate) async fn remove(ctx: &Ctx, id: &str, request: UserGroupMembersRequest) -> Result<UserGroupResponse> {
    check_keeper(ctx)?;
    check_some(&request.member_ids)?;
    check_count(&request.member_ids)?;
    change(ctx, id, request.team_id, |_, known| {
        Ok((Vec::new(), request.member_ids.iter().filter(|id| known.contains_key(*id)).cloned().collect()))
    })
    .await
}

/// Removes the group.
pub(crate) async fn delete(ctx: &Ctx, id: &str, team_id: Option<String>) -> Result<()> {
    check_keeper(ctx)?;
    for _ in 0..limits::CONFLICT_RETRIES {
        let group = named(ctx, id, team_id.clone()).await?;
        let hearers = ctx.app.store.group_members(id).await?.into_keys().collect();
        let event = told(ctx, "user_group.deleted", &group, None, hearers)?;
        if let Outcome::Committed { .. } = ctx.app.store.remove_user_group(&group, event).await? {
            return Ok(());
        }
    }
    Err(ApiError::busy())
}

/// Members to write, and ids of members to take out.
type Members = (Vec<(String, GroupMember)>, Vec<String>);

async fn change(
    ctx: &Ctx,
    id: &str,
    team_id: Option<String>,
    change: impl Fn(&mut UserGroup, &HashMap<String, GroupMember>) -> Result<Members>,
) -> Result<UserGroupResponse> {
    let store = &ctx.app.store;
    for _ in 0..limits::CONFLICT_RETRIES {
        let before = named(ctx, id, team_id.clone()).await?;
        let known = store.group_members(id).await?;
        let mut group = UserGroup { created_at: Some(before.created_at()), ..before.clone() };
        let (members, removed) = change(&mut group, &known)?;
        let is_new = |(id, _): &&(String, GroupMember)| !known.contains_key(id);
        let new: Vec<String> = members.iter().filter(is_new).map(|(id, _)| id.clone()).collect();
        let hearers = known.keys().chain(&new).cloned().collect();
        let reranked =
            |(id, member): &(String, GroupMember)| known.get(id).is_some_and(|old| old.admin != member.admin);
        let event = match () {
            () if !new.is_empty() => Some(told(ctx, "user_group.member_added", &group, Some(new), hearers)?),
            () if !removed.is_empty() => {
                Some(told(ctx, "user_group.member_removed", &group, Some(removed.clone()), hearers)?)
            }
            () if (&before.name, &before.description) != (&group.name, &group.description)
                || members.iter().any(reranked) =>
            {
                Some(told(ctx, "user_group.updated", &group, None, hearers)?)
            }
            () => None,
        };
        let outcome = store.put_user_group(Some(&before), &group, &members, &removed, event).await?;
        if written(&outcome, &group.name)? {
            return after(ctx, id).await;
        }
    }
    Err(ApiError::busy())
}

/// Whether the group was written: `false` when somebody else was faster. A name that another group has is the caller's fault.
fn written(outcome: &Outcome, name: &str) -> Result<bool> {
    match outcome {
        Outcome::Committed { .. } => Ok(true),
        Outcome::Conflict { what } if what == "name" => {
            Err(ApiError::input(format!("a group with name \"{name}\" already exists")))
        }
        Outcome::Conflict { .. } => Ok(false),
    }
}

/// The event of a change, for a group that is about to be written.
fn told(
    ctx: &Ctx,
    kind: &'static str,
    group: &UserGroup,
    changed: Option<Vec<String>>,
    hearers: Vec<String>,
) -> Result<Event> {
    announce::user_group(ctx, kind, respond(UserGroup { at: Time::STAMP, ..group.clone() }, None), changed, hearers)
}

/// Refuses groups that a message names and that the caller does not find.
pub(crate) async fn check_named(ctx: &Ctx, ids: &[String]) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let found = ctx.app.store.user_groups_of(ids.iter().cloned().collect()).await?;
    let user = ctx.actor()?;
    let exists = |group: &UserGroup| !teams::count(ctx) || teams::belongs(user, group.team.as_ref()) || reaches(ctx);
    match ids.iter().find(|id| !found.get(*id).is_some_and(exists)) {
        Some(missing) => {
            let message = format!("the user group {missing} does not exist");
            Err(ApiError::field("message.mentioned_group_ids", message))
        }
        None => Ok(()),
    }
}

fn check_keeper(ctx: &Ctx) -> Result<()> {
    users::require(ctx, Action::UpdateUserRole, false)
}

fn check_names(name: Option<&String>, description: Option<&String>) -> Result<()> {
    name.map_or(Ok(()), |name| check_text("name", name, 1, limits::GROUP_NAME_CHARS))?;
    description.map_or(Ok(()), |text| check_text("description", text, 0, limits::GROUP_DESCRIPTION_CHARS))
}

fn check_text(path: &str, text: &str, least: usize, most: usize) -> Result<()> {
    match text.chars().count() {
        count if count < least => Err(ApiError::required(path)),
        count if count > most => {
            Err(ApiError::field(path, format!("{path} must be a maximum of {most} characters in length")))
        }
        _ => Ok(()),
    }
}

fn check_some(ids: &[String]) -> Result<()> {
    if ids.is_empty() { Err(ApiError::required("member_ids")) } else { Ok(()) }
}

fn check_count(ids: &[String]) -> Result<()> {
    at_most("member_ids", ids.len(), limits::GROUP_MEMBERS_PER_CALL)
}

/// The ids, each once; all must be known.
async fn existing(ctx: &Ctx, mut ids: Vec<String>) -> Result<Vec<String>> {
    check_count(&ids)?;
    ids.sort_unstable();
    ids.dedup();
    let found = ctx.app.store.users(ids.iter().map(String::as_str)).await?;
    let exists = |id: &str| found.get(id).is_some_and(|user| teams::sees(ctx, user));
    let missing: Vec<&str> = ids.iter().map(String::as_str).filter(|id| !exists(id)).collect();
    match missing.is_empty() {
        true => Ok(ids),
        false => Err(ApiError::field("member_ids", format!("some users do not exist: ({})", missing.join(", ")))),
    }
}

/// The team that a request names: only where there are teams, and then clients must name one.
fn team(ctx: &Ctx, team_id: Option<String>) -> Result<Option<String>> {
    let team_id = team_id.filter(|id| !id.is_empty());
    match (ctx.app.store.settings().multi_tenant_enabled, &team_id) {
        (false, Some(_)) => {
            Err(ApiError::field("team_id", "team_id is not supported when multi-tenancy is not enabled"))
        }
        (true, None) if !ctx.is_server() => {
            Err(ApiError::field("team_id", "team_id is required when multi-tenancy is enabled"))
        }
        (true, Some(team)) if !ctx.is_server() && !ctx.actor()?.teams.contains(team) && !reaches(ctx) => {
            Err(ApiError::not_allowed(format!("the caller is not in the team {team}")))
        }
        _ => Ok(team_id),
    }
}

/// Whether the caller's roles reach beyond his teams.
fn reaches(ctx: &Ctx) -> bool {
    users::require(ctx, Action::SearchUser, false).is_ok()
}

async fn of_team(ctx: &Ctx, team_id: Option<String>) -> Result<Vec<UserGroup>> {
    let team = team(ctx, team_id)?;
    let mut groups = ctx.app.store.user_groups().await?;
    groups.retain(|group| team.is_none() || group.team == team);
    Ok(groups)
}

async fn named(ctx: &Ctx, id: &str, team_id: Option<String>) -> Result<UserGroup> {
    let team = team(ctx, team_id)?;
    let found = ctx.app.store.user_group(id).await?.filter(|group| team.is_none() || group.team == team);
    found.ok_or_else(|| missing(id))
}

fn missing(id: &str) -> ApiError {
    ApiError::not_found(format!("user group {id} not found"))
}

/// A group as answers show it; lists and messages leave its members out.
pub(crate) fn respond(group: UserGroup, members: Option<HashMap<String, GroupMember>>) -> UserGroupResponse {
    let (created_at, updated_at) = (group.created_at(), group.at);
    let members = members.map(|members| {
        let mut members: Vec<_> = members.into_iter().collect();
        members.sort_by(|(a, left), (b, right)| (left.created_at(), a).cmp(&(right.created_at(), b)));
        let group_id = &group.id;
        let row = |(user_id, member): (String, GroupMember)| UserGroupMemberResponse {
            group_id: group_id.clone(),
            user_id,
            is_admin: member.admin,
            created_at: member.created_at(),
        };
        members.into_iter().map(row).collect()
    });
    UserGroupResponse {
        id: group.id,
        name: group.name,
        description: group.description,
        team_id: group.team,
        created_by: group.created_by,
        created_at,
        updated_at,
        members,
    }
}
