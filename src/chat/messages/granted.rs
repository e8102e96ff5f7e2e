//! A message together with the right to act on it: [`Ctx::message`] loads and authorises in one step.

use super::pending;
use crate::access::Action;
use crate::chat::{Ctx, Granted};
use crate::error::{ApiError, Code, Result};
use crate::store::{Effect, Message};

/// A message, its channel, and the caller's checked right.
#[derive(Clone, Debug)]
pub(crate) struct GrantedMessage {
    pub granted: Granted,
    pub message: Message,
}

impl Ctx {
    /// The message with the right to do `action`. Its sender owns it.
    ///
    /// Errors: 16 when there is no such message, when the caller does not see it, or when its channel was deleted; 17 when the
    /// action is not granted; 4 when it waits for its commit.
    pub async fn message(&self, id: &str, action: Action) -> Result<GrantedMessage> {
        let found = self.stored_message(id, action).await?;
        match found.message.pending {
            None => Ok(found),
            Some(_) => Err(pending::untouchable(id)),
        }
    }

    /// The same where one that waits is as good as any other.
    pub async fn stored_message(&self, id: &str, action: Action) -> Result<GrantedMessage> {
        let missing = || ApiError::not_found(format!("message with id {id} doesn't exist"));
        let message = self.app.store.stored_message(id).await?;
        let message = message.filter(|message| pending::is_known(self, message)).ok_or_else(missing)?;
        let cid = &message.cid;
        let channel = self.app.store.channel(cid).await?.ok_or_else(missing)?;
        if channel.is_deleted() || message.created_at() < channel.began() {
            self.app.store.forget_channel(cid, self.viewer());
            let fresh = self.app.store.channel(cid).await?.ok_or_else(missing)?;
            if fresh.is_deleted() || message.created_at() < fresh.began() {
                return Err(ApiError::not_found(format!("channel {cid} of message {id} has been deleted")));
            }
        }
        let mut granted = self.channel(cid, Action::ReadChannel).await?;
        if !sees(self, &granted, &message) {
            return Err(missing());
        }
        if self.permit(&granted, &message, action).is_err() {
            // What memory says no to, Redis is asked about, as for channels.
            self.app.store.forget_channel(cid, self.viewer());
            granted = self.channel(cid, Action::ReadChannel).await?;
            self.permit(&granted, &message, action)?;
        }
        Ok(GrantedMessage { granted, message })
    }

    fn permit(&self, granted: &Granted, message: &Message, action: Action) -> Result<()> {
        match action {
            Action::UpdateMessage | Action::DeleteMessage | Action::RunMessageAction => {
                granted.right.require_on(action, message.user_id == self.viewer())
            }
            _ => granted.right.require(action),
        }
    }
}

/// Whether the message exists for the caller: not hidden from him, and not older than what he may see. A channel made anew under
/// an old id has none of the old messages.
pub(crate) fn sees(ctx: &Ctx, granted: &Granted, message: &Message) -> bool {
    if message.created_at() < granted.channel.began() || pending::is_hidden(ctx, granted, message) {
        return false;
    }
    if ctx.is_server() {
        return true;
    }
    let before = granted.member.as_ref().and_then(|member| member.hide_messages_before);
    let restricted = !message.shadowed && granted.right.allows(Action::ReadRestrictedVisibilityMessage);
    before.is_none_or(|before| before < message.created_at())
        && granted.channel.truncated_at.is_none_or(|at| at <= message.created_at())
        && (restricted || message.is_visible_to(ctx.viewer()))
}

/// Refuses who may not write here for the moment: deactivated, deleted or banned people.
pub(crate) fn check_may_write(ctx: &Ctx, granted: &Granted) -> Result<()> {
    let (user, now) = (ctx.writer()?, ctx.now());
    let barred = |address: &str| ctx.app.store.address_bans().hold_for(address, &granted.cid, now);
    if user.is_banned(now) || granted.is_banned(now) || ctx.address.as_deref().is_some_and(barred) {
        return Err(ApiError::not_allowed(
            "Sorry, you do not have access to this feature. Your account is currently suspended from chat.",
        ));
    }
    Ok(())
}

/// Refuses to change what was deleted.
pub(crate) fn check_not_deleted(message: &Message) -> Result<()> {
    match message.deleted_at {
        Some(_) => Err(ApiError::new(Code::Input, format!("message with id {} has been deleted", message.id))),
        None => Ok(()),
    }
}

/// A moment for a change of the message: now, but later than its last change, whatever the clocks say.
pub(crate) fn moment(ctx: &Ctx, message: &Message) -> crate::wire::Time {
    ctx.now().max(crate::wire::Time(message.at.micros() + 1))
}

/// What the loss of a message does to counts: it ends in those that held it.
pub(super) async fn uncount(ctx: &Ctx, message: &Message) -> Result<Option<Effect>> {
    let counted = ctx.app.store.counts_in_channel(&message.cid, &message.id).await?;
    Ok(counted.then(|| Effect::Uncounts {
        cid: message.cid.clone(),
        author: message.user_id.clone(),
        at: message.created_at(),
    }))
}
