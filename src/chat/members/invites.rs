//! Invites: offered, accepted, rejected (`rules.md` 4.4).

use super::new_member;
use super::update::Plan;
use crate::chat::channels::Turn;
use crate::chat::{Ctx, Granted};
use crate::error::{ApiError, Result};
use crate::store::Member;
use crate::wire::Time;
use crate::wire::channels::MemberRequest;

/// Invites people; who is a member, or was invited already, stays as he is.
pub(super) async fn invite(
    ctx: &Ctx,
    granted: &Granted,
    plan: &mut Plan,
    members: &[MemberRequest],
    since: Option<Time>,
) -> Result<()> {
    for request in members {
        if plan.member(&request.user_id).is_none() {
            let member = new_member(ctx, &granted.cid, request, true).await?;
            plan.change(Turn::Invited, Member { hide_messages_before: since, ..member });
        }
    }
    Ok(())
}

/// The caller accepts. Doing it again changes nothing.
pub(super) fn accept(ctx: &Ctx, plan: &mut Plan) -> Result<()> {
    let member = invited(ctx, plan)?;
    if member.invite_accepted_at.is_none() {
        plan.change(
            Turn::Accepted,
            Member { invite_accepted_at: Some(Time::STAMP), invite_rejected_at: None, ..member },
        );
    }
    Ok(())
}

/// The caller rejects. Doing it again changes nothing, and what was accepted is left by leaving.
pub(super) fn reject(ctx: &Ctx, plan: &mut Plan) -> Result<()> {
    let member = invited(ctx, plan)?;
    if member.invite_accepted_at.is_some() {
        return Err(ApiError::input("the invite was accepted already; leave the channel instead"));
    }
    if member.invite_rejected_at.is_none() {
        plan.change(Turn::Rejected, Member { invite_rejected_at: Some(Time::STAMP), ..member });
    }
    Ok(())
}

fn invited(ctx: &Ctx, plan: &Plan) -> Result<Member> {
    let user = &ctx.actor()?.id;
    plan.member(user)
        .filter(|member| member.invited)
        .ok_or_else(|| ApiError::input(format!("user {user} is not invited to this channel")))
}
