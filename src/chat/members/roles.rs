//! Roles of members; servers only (`rules.md` 4.4).

use super::new_member;
use super::update::Plan;
use crate::chat::channels::Turn;
use crate::chat::{Ctx, Granted};
use crate::error::Result;
use crate::store::Member;
use crate::wire::channels::MemberRequest;

const MEMBER: &str = "channel_member";
const MODERATOR: &str = "channel_moderator";

/// Makes people moderators, and members if they are none.
pub(super) async fn promote(ctx: &Ctx, granted: &Granted, plan: &mut Plan, ids: &[String]) -> Result<()> {
    for id in ids {
        match plan.member(id) {
            Some(member) => set(plan, member, MODERATOR),
            None => {
                let request = MemberRequest {
                    user_id: id.clone(),
                    channel_role: Some(MODERATOR.into()),
                    ..MemberRequest::default()
                };
                let member = new_member(ctx, &granted.cid, &request, false).await?;
                plan.change(Turn::Added, member);
            }
        }
    }
    Ok(())
}

pub(super) fn demote(plan: &mut Plan, ids: &[String]) {
    for id in ids {
        if let Some(member) = plan.member(id) {
            set(plan, member, MEMBER);
        }
    }
}

/// Gives members the roles named; who is no member is left out.
pub(super) fn assign(plan: &mut Plan, members: &[MemberRequest]) {
    for request in members {
        if let Some(member) = plan.member(&request.user_id) {
            set(plan, member, request.channel_role.as_deref().unwrap_or(MEMBER));
        }
    }
}

fn set(plan: &mut Plan, member: Member, role: &str) {
    if member.channel_role != role {
        plan.change(Turn::Updated, Member { channel_role: role.to_owned(), ..member });
    }
}
