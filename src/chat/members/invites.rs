//! Invites: accepted and rejected (`rules.md` 4.4).

use super::update::Plan;
use crate::chat::Ctx;
use crate::chat::channels::Turn;
use crate::error::{ApiError, Result};
use crate::store::Member;
use crate::wire::Time;

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
