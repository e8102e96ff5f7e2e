//! What a full update of a channel does to its members (`rules.md` 4.4): who comes, who goes, who becomes what.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::{invites, new_member, roles};
use crate::access::Action;
use crate::chat::channels::{MemberChange, Turn, check_members_exist};
use crate::chat::{Ctx, Granted};
use crate::error::{ApiError, Result, at_most};
use crate::limits;
use crate::store::Member;
use crate::wire::Time;
use crate::wire::channels::{MemberRequest, UpdateChannelRequest};

/// The members named by a request as they are, and the changes so far.
pub(super) struct Plan {
    known: HashMap<String, Arc<Member>>,
    pub changes: Vec<MemberChange>,
}

impl Plan {
    /// The member as he will be after the changes so far.
    pub fn member(&self, id: &str) -> Option<Member> {
        match self.changes.iter().find(|changed| changed.member.user_id == id) {
            Some(changed) => Some(changed.member.clone()).filter(|_| changed.turn != Turn::Removed),
            None => self.known.get(id).map(|member| (**member).clone()),
        }
    }

    /// Changes a member; one who only just comes keeps coming.
    pub fn change(&mut self, turn: Turn, member: Member) {
        match self.changes.iter_mut().find(|changed| changed.member.user_id == member.user_id) {
            Some(changed) => changed.member = member,
            None => self.changes.push(MemberChange { turn, member }),
        }
    }

    /// Removes a member, whatever else was to become of him.
    fn remove(&mut self, id: &str) {
        self.changes.retain(|changed| changed.member.user_id != id);
        if let Some(member) = self.known.get(id) {
            self.changes.push(MemberChange { turn: Turn::Removed, member: (**member).clone() });
        }
    }
}

/// What is wrong with the lists of a request, whatever the channel.
pub(crate) fn check(request: &UpdateChannelRequest) -> Result<()> {
    let named = |list: &Option<Vec<MemberRequest>>| list.as_ref().map_or(0, Vec::len);
    let ids = |list: &Option<Vec<String>>| list.as_ref().map_or(0, Vec::len);
    let lists = [
        ("add_members", named(&request.add_members)),
        ("remove_members", ids(&request.remove_members)),
        ("invites", named(&request.invites)),
        ("add_moderators", ids(&request.add_moderators)),
        ("demote_moderators", ids(&request.demote_moderators)),
        ("assign_roles", named(&request.assign_roles)),
    ];
    for (name, count) in lists {
        at_most(name, count, limits::MEMBERS_PER_CALL)?;
    }
    let leaving: BTreeSet<&str> = request.remove_members.iter().flatten().map(String::as_str).collect();
    let staying = request
        .add_members
        .iter()
        .chain(&request.invites)
        .chain(&request.assign_roles)
        .flatten()
        .map(|member| member.user_id.as_str());
    let staying =
        staying.chain(request.add_moderators.iter().chain(&request.demote_moderators).flatten().map(String::as_str));
    match staying.into_iter().find(|id| leaving.contains(id)) {
        Some(id) => Err(ApiError::input(format!("user {id} is in remove_members and in another list of members"))),
        None => Ok(()),
    }
}

/// Whether the request speaks of members at all.
pub(crate) fn names_anybody(request: &UpdateChannelRequest) -> bool {
    request.add_members.is_some()
        || request.remove_members.is_some()
        || request.invites.is_some()
        || request.add_moderators.is_some()
        || request.demote_moderators.is_some()
        || request.assign_roles.is_some()
}

/// The changes of members, if the caller may make them.
pub(crate) async fn wanted(ctx: &Ctx, granted: &Granted, request: &UpdateChannelRequest) -> Result<Vec<MemberChange>> {
    check_rights(ctx, granted, request)?;
    let mut plan = Plan { known: known(ctx, granted, request).await?, changes: Vec::new() };
    check_newcomers(ctx, granted, &plan, request).await?;
    let since = match (request.hide_history_before, request.hide_history) {
        (Some(before), _) => Some(before),
        (None, Some(true)) => Some(Time::STAMP),
        _ => None,
    };
    for (turn, people) in [(Turn::Added, &request.add_members), (Turn::Invited, &request.invites)] {
        let_in(ctx, granted, &mut plan, turn, people.as_deref().unwrap_or_default(), since).await?;
    }
    if request.accept_invite == Some(true) {
        invites::accept(ctx, &mut plan)?;
    }
    if request.reject_invite == Some(true) {
        invites::reject(ctx, &mut plan)?;
    }
    roles::promote(ctx, granted, &mut plan, request.add_moderators.as_deref().unwrap_or_default()).await?;
    roles::demote(&mut plan, request.demote_moderators.as_deref().unwrap_or_default());
    roles::assign(&mut plan, request.assign_roles.as_deref().unwrap_or_default());
    for id in request.remove_members.iter().flatten() {
        plan.remove(id);
    }
    Ok(plan.changes)
}

/// Coming and going oneself needs less than moving others.
fn check_rights(ctx: &Ctx, granted: &Granted, request: &UpdateChannelRequest) -> Result<()> {
    let right = &granted.right;
    if !ctx.is_server()
        && (request.add_moderators.is_some() || request.demote_moderators.is_some() || request.assign_roles.is_some())
    {
        return Err(ApiError::not_allowed("changing channel member roles is not allowed client-side"));
    }
    if right.allows(Action::UpdateChannelMembers) {
        return Ok(());
    }
    let only_himself = |ids: &[&str]| ids.iter().all(|id| *id == ctx.viewer());
    if let Some(members) = &request.add_members {
        let ids: Vec<&str> = members.iter().map(|member| member.user_id.as_str()).collect();
        // Somebody of the set that names a distinct channel may always come back.
        let comes_back = granted.channel.distinct.iter().any(|id| id == ctx.viewer());
        match only_himself(&ids) {
            true if comes_back => {}
            true => right.require(Action::AddOwnChannelMembership)?,
            false => right.require(Action::UpdateChannelMembers)?,
        }
        if members.iter().any(|member| member.channel_role.is_some()) {
            return Err(ApiError::not_allowed("changing channel member roles is not allowed client-side"));
        }
    }
    if let Some(ids) = &request.remove_members {
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        right.require(if only_himself(&ids) {
            Action::RemoveOwnChannelMembership
        } else {
            Action::UpdateChannelMembers
        })?;
    }
    if request.invites.is_some() {
        right.require(Action::UpdateChannelMembers)?;
    }
    Ok(())
}

/// Everybody named, as he is now. The channel's version was read before and is checked in the transaction.
async fn known(ctx: &Ctx, granted: &Granted, request: &UpdateChannelRequest) -> Result<HashMap<String, Arc<Member>>> {
    let members = request
        .add_members
        .iter()
        .chain(&request.invites)
        .chain(&request.assign_roles)
        .flatten()
        .map(|member| member.user_id.clone());
    let ids = request
        .remove_members
        .iter()
        .chain(&request.add_moderators)
        .chain(&request.demote_moderators)
        .flatten()
        .cloned();
    let mut all: BTreeSet<String> = members.chain(ids).collect();
    if request.accept_invite == Some(true) || request.reject_invite == Some(true) {
        all.insert(ctx.actor()?.id.clone());
    }
    let all: Vec<String> = all.into_iter().collect();
    ctx.app.store.members_of(&granted.cid, &all).await
}

/// Newcomers must be users, and in a distinct channel be of the set that names it.
async fn check_newcomers(ctx: &Ctx, granted: &Granted, plan: &Plan, request: &UpdateChannelRequest) -> Result<()> {
    let is_new = |id: &&str| !plan.known.contains_key(*id);
    let invited: Vec<&str> =
        request.invites.iter().flatten().map(|member| member.user_id.as_str()).filter(is_new).collect();
    let added = request.add_members.iter().flatten().map(|member| member.user_id.as_str());
    let added: Vec<&str> =
        added.chain(request.add_moderators.iter().flatten().map(String::as_str)).filter(is_new).collect();
    let distinct = &granted.channel.distinct;
    if !distinct.is_empty() {
        if !invited.is_empty() {
            return Err(ApiError::not_allowed(
                "cannot invite members to the distinct channel, please create a new distinct channel with the desired members",
            ));
        }
        if added.iter().any(|id| !distinct.iter().any(|member| member == id)) {
            return Err(ApiError::not_allowed(
                "cannot add members to the distinct channel they don't belong to, please create a new distinct channel with the desired members",
            ));
        }
    }
    let newcomers: BTreeSet<String> = added.into_iter().chain(invited).map(str::to_owned).collect();
    let newcomers: Vec<String> = newcomers.into_iter().collect();
    check_members_exist(ctx, &granted.right, granted.channel.team.as_ref(), &newcomers, "update").await
}

/// Lets people in, as members or as invited ones (`turn`); who is in already stays as he is.
async fn let_in(
    ctx: &Ctx,
    granted: &Granted,
    plan: &mut Plan,
    turn: Turn,
    members: &[MemberRequest],
    since: Option<Time>,
) -> Result<()> {
    for request in members {
        if plan.member(&request.user_id).is_none() {
            let member = new_member(ctx, &granted.cid, request, turn == Turn::Invited).await?;
            plan.change(turn, Member { hide_messages_before: since, ..member });
        }
    }
    Ok(())
}
