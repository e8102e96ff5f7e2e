//! Proof of permission: [`Granted`] is a channel together with the right to act on it. Whoever changes a channel takes one, so
//! the unchecked call does not compile.

use std::sync::Arc;

use super::channel_types::{self, ChannelType};
use super::{Caller, Ctx, teams};
use crate::access::{self, Action, Ownership, Permissions};
use crate::error::{ApiError, Result};
use crate::store::{Channel, ChannelBan, Member};
use crate::wire::Time;

/// What the caller holds in one channel.
#[derive(Clone, Debug)]
pub(crate) struct Right {
    /// A server: everything is allowed.
    server: bool,
    permissions: Permissions,
    /// How the caller stands to the channel; owning means having created it.
    pub ownership: Ownership,
    user_id: String,
    /// The caller's teams and the channel's, where they have none in common.
    teams: Option<(Vec<String>, Option<String>)>,
    roles: Vec<String>,
    scope: String,
}

impl Right {
    pub fn of(ctx: &Ctx, kind: &ChannelType, channel: &Channel, member: Option<&Member>) -> Right {
        let mut roles = Vec::with_capacity(2);
        let settings = ctx.app.store.settings();
        let mut ownership = Ownership { multi_tenant: settings.multi_tenant_enabled, ..Ownership::NONE };
        if let Some(user) = &ctx.actor {
            let team = channel.team.as_ref().filter(|_| settings.multi_tenant_enabled);
            let team_role = team.and_then(|team| user.teams_role.get(team));
            roles.push(team_role.unwrap_or(&user.role).clone());
            ownership.is_owner = channel.created_by == user.id;
            ownership.same_team = teams::belongs(user, channel.team.as_ref());
        }
        roles.extend(member.map(|member| member.channel_role.clone()));
        let names: Vec<&str> = roles.iter().map(String::as_str).collect();
        Right {
            server: ctx.is_server(),
            permissions: kind.grants.permissions(&names),
            ownership,
            user_id: ctx.viewer().to_owned(),
            teams: match ownership.multi_tenant && !ownership.same_team {
                true => ctx.actor.as_ref().map(|user| (user.teams.clone(), channel.team.clone())),
                false => None,
            },
            roles,
            scope: channel.kind.clone(),
        }
    }

    /// Whether the caller may do this in the channel.
    pub fn allows(&self, action: Action) -> bool {
        self.server || self.permissions.allow(action, self.ownership)
    }

    /// Whether the caller may do this to something (a message, a reaction) that is his own or not.
    pub fn allows_on(&self, action: Action, is_own: bool) -> bool {
        self.server || self.permissions.allow(action, self.ownership.owning(is_own))
    }

    /// Whether the caller's roles are enough for this where he stands so to it.
    pub fn allows_as(&self, action: Action, ownership: Ownership) -> bool {
        self.server || self.permissions.allow(action, ownership)
    }

    /// Whether the channel is of a team that the caller is not in, and his roles do not reach it.
    pub fn is_elsewhere(&self) -> bool {
        !self.server && self.teams.is_some() && !self.allows(Action::ReadChannel)
    }

    pub fn require(&self, action: Action) -> Result<()> {
        if self.allows(action) { Ok(()) } else { Err(self.refusal(action)) }
    }

    pub fn require_on(&self, action: Action, is_own: bool) -> Result<()> {
        if self.allows_on(action, is_own) { Ok(()) } else { Err(self.refusal(action)) }
    }

    pub fn refusal(&self, action: Action) -> ApiError {
        let roles: Vec<&str> = self.roles.iter().map(String::as_str).collect();
        if let Some((own, team)) = &self.teams {
            let caller = access::Caller { user_id: &self.user_id, roles: &roles };
            return access::refusal_elsewhere(caller, own, team.as_deref(), &self.scope);
        }
        access::refusal(access::Caller { user_id: &self.user_id, roles: &roles }, action, &self.scope)
    }

    /// What the caller is told that he may do; nothing is told to servers.
    pub fn capabilities(&self, kind: &ChannelType, channel: &Channel) -> Vec<&'static str> {
        let mut switches = kind.switches;
        switches.frozen = channel.frozen;
        switches.cooldown = channel.cooldown > 0;
        access::own_capabilities(&self.permissions, self.ownership, &switches)
    }
}

/// A channel, and the caller's checked right to act on it.
#[derive(Clone, Debug)]
pub(crate) struct Granted {
    pub cid: String,
    pub channel: Arc<Channel>,
    pub kind: Arc<ChannelType>,
    /// The acting person's membership.
    pub member: Option<Arc<Member>>,
    /// The ban of an acting person who is no member; a member carries his own.
    pub ban: Option<Arc<ChannelBan>>,
    pub right: Right,
}

impl Granted {
    /// A disabled channel is closed to everybody who may not read one; to servers it is open.
    pub fn refuse_disabled(&self) -> Result<()> {
        if self.channel.disabled && !self.right.allows(Action::ReadDisabledChannel) {
            return Err(ApiError::not_allowed(format!("channel {} is disabled", self.cid)));
        }
        Ok(())
    }

    /// Whether the acting person is banned from this channel.
    pub fn is_banned(&self, now: Time) -> bool {
        let stranger = self.ban.as_ref().is_some_and(|ban| !ban.shadow && ban.holds(now));
        stranger || self.member.as_ref().is_some_and(|member| member.is_banned(now))
    }

    /// The same without his noticing.
    pub fn is_shadow_banned(&self, now: Time) -> bool {
        let stranger = self.ban.as_ref().is_some_and(|ban| ban.shadow && ban.holds(now));
        stranger || self.member.as_ref().is_some_and(|member| member.is_shadow_banned(now))
    }
}

impl Ctx {
    /// The channel with the right to do `action`.
    ///
    /// Errors: 16 when there is no such channel, 17 when the action is not granted or the channel is disabled.
    pub async fn channel(&self, cid: &str, action: Action) -> Result<Granted> {
        match self.try_channel(cid, action).await {
            // What memory says no to, Redis is asked about: a membership may be younger than the event that tells of it.
            Err(error) if matches!(error.code, crate::error::Code::NotFound | crate::error::Code::NotAllowed) => {
                self.app.store.forget_channel(cid, self.viewer());
                self.try_channel(cid, action).await
            }
            // And a ban may have been lifted.
            Ok(granted) if granted.is_banned(self.now()) => {
                self.app.store.forget_channel(cid, self.viewer());
                self.try_channel(cid, action).await
            }
            granted => granted,
        }
    }

    async fn try_channel(&self, cid: &str, action: Action) -> Result<Granted> {
        let missing = || ApiError::not_found(format!("Can't find channel with id {cid}"));
        let channel = self.app.store.channel(cid).await?.filter(|channel| !channel.is_deleted()).ok_or_else(missing)?;
        let granted = self.grant(cid, channel).await?;
        granted.refuse_disabled()?;
        granted.right.require(action)?;
        Ok(granted)
    }

    /// The channel and what the caller holds in it, whatever that is.
    pub async fn grant(&self, cid: &str, channel: Arc<Channel>) -> Result<Granted> {
        let kind = channel_types::of(&channel)?;
        let member = match (&self.caller, self.viewer()) {
            (Caller::Anonymous(_), _) | (_, "") => None,
            (_, user) => self.app.store.member(cid, user).await?,
        };
        let ban = match (&member, self.viewer()) {
            (None, user) if channel.has_bans && !user.is_empty() => {
                self.app.store.channel_ban(cid, user).await?.map(Arc::new)
            }
            _ => None,
        };
        let right = Right::of(self, &kind, &channel, member.as_deref());
        Ok(Granted { cid: cid.to_owned(), channel, kind, member, ban, right })
    }
}
