//! A channel as the filter language sees it, for one viewer.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::chat::{Ctx, Granted, respond};
use crate::error::Result;
use crate::query::{Fields, Filter};
use crate::store::{Channel, Own, UserChannel};
use crate::wire::Time;

/// What the viewer brings along: his list of channels, his mutes and blocks, what he has not read.
pub(super) struct Facts {
    pub seen: Arc<HashMap<String, UserChannel>>,
    pub own: Arc<Own>,
    unread: HashMap<String, u32>,
}

impl Facts {
    /// `remembered`: this node has read the log to its end, and its memory will do.
    pub async fn load(ctx: &Ctx, remembered: bool) -> Result<Facts> {
        let store = &ctx.app.store;
        let (seen, own) = match ctx.viewer() {
            "" => Default::default(),
            viewer if remembered => {
                futures_util::future::try_join(store.seen_channels(viewer), store.own(viewer)).await?
            }
            viewer => {
                let (seen, own) =
                    futures_util::future::try_join(store.user_channels(viewer), store.own(viewer)).await?;
                (Arc::new(seen), own)
            }
        };
        Ok(Facts { seen, own, unread: HashMap::new() })
    }

    pub async fn load_unread(&mut self, ctx: &Ctx, channels: &[Arc<Channel>]) -> Result<()> {
        let cids: Vec<String> = channels.iter().map(|channel| channel.cid()).collect();
        let unread = ctx.app.store.channels_unread(ctx.viewer(), &self.own, &cids).await?;
        self.unread = unread.into_iter().map(|(cid, state)| (cid, state.unread)).collect();
        Ok(())
    }

    /// The members (id and name) that the filter asks about: those it names, or all.
    pub async fn members_for(
        &self,
        ctx: &Ctx,
        filter: &Filter,
        granted: &Granted,
    ) -> Result<Vec<(String, Option<String>)>> {
        let by_name = filter.mentions("member.user.name");
        if !by_name && !filter.mentions("members") {
            return Ok(Vec::new());
        }
        if let (false, Some(named)) = (by_name, filter.asked_values("members")) {
            let mut members = Vec::new();
            for id in named {
                if ctx.app.store.member(&granted.cid, id).await?.is_some() {
                    members.push((id.to_owned(), None));
                }
            }
            return Ok(members);
        }
        if filter.exact_list("members").is_some_and(|list| list.len() != granted.channel.member_count as usize) {
            return Ok(Vec::new());
        }
        let members = ctx.app.store.all_members(&granted.cid).await?;
        let users = ctx.app.store.users(members.iter().map(|member| member.user_id.as_str())).await?;
        let name = |id: &str| users.get(id).and_then(|user| user.name.clone());
        Ok(members.iter().map(|member| (member.user_id.clone(), name(&member.user_id))).collect())
    }
}

pub(super) struct ChannelFields<'a> {
    granted: &'a Granted,
    facts: &'a Facts,
    members: Vec<(String, Option<String>)>,
    viewer: &'a str,
    now: Time,
}

impl<'a> ChannelFields<'a> {
    pub fn new(ctx: &'a Ctx, granted: &'a Granted, facts: &'a Facts, members: Vec<(String, Option<String>)>) -> Self {
        ChannelFields { granted, facts, members, viewer: ctx.viewer(), now: ctx.now() }
    }

    fn is_muted(&self) -> bool {
        self.facts.own.mutes_channel(&self.granted.cid, self.now)
    }

    pub fn is_hidden(&self) -> bool {
        let seen = self.facts.seen.get(&self.granted.cid);
        seen.is_some_and(|seen| seen.is_hidden(self.granted.channel.last_message_at, self.is_muted()))
    }

    pub fn is_blocked(&self) -> bool {
        respond::one_to_one_with_blocked(&self.granted.channel, self.viewer, &self.facts.own)
    }

    /// What the viewer's membership says.
    fn of_membership(&self, field: &str) -> Value {
        let member = self.granted.member.as_deref();
        match field {
            "joined" => json!(member.is_some_and(|member| !member.is_outside())),
            "pinned" => json!(member.is_some_and(|member| member.pinned_at.is_some())),
            "pinned_at" => json!(member.and_then(|member| member.pinned_at).map(Time::micros)),
            "archived" => json!(member.is_some_and(|member| member.archived_at.is_some())),
            "channel_role" => json!(member.map(|member| &member.channel_role)),
            "invite" => match member.filter(|member| member.invited).map(|member| member.status()) {
                Some("member") => json!("accepted"),
                status => json!(status),
            },
            "muted" => json!(self.is_muted()),
            "hidden" => json!(self.is_hidden() || self.is_blocked()),
            "blocked" => json!(self.is_blocked()),
            "unread_count" => json!(self.facts.unread.get(&self.granted.cid).copied().unwrap_or(0)),
            _ => json!(self.facts.unread.get(&self.granted.cid).is_some_and(|unread| *unread > 0)),
        }
    }
}

impl Fields for ChannelFields<'_> {
    fn get(&self, field: &str) -> Option<Cow<'_, Value>> {
        let channel = &self.granted.channel;
        if OfChannel::FIELDS.contains(&field) {
            return OfChannel(channel).value(field).map(Cow::Owned);
        }
        let value = match field {
            "id" => json!(channel.id),
            "cid" => json!(self.granted.cid),
            "type" => json!(channel.kind),
            "created_by_id" => json!(channel.created_by),
            "message_count" => json!(channel.message_count),
            "frozen" => json!(channel.frozen),
            "disabled" => json!(channel.disabled),
            "distinct" => json!(!channel.distinct.is_empty()),
            "team" => json!(channel.team),
            "filter_tags" => json!(channel.filter_tags),
            "members" => json!(self.members.iter().map(|(id, _)| id).collect::<Vec<_>>()),
            // Of channels that they are not in, clients do not learn who is.
            "member.user.name" if !self.viewer.is_empty() && self.granted.member.is_none() => return None,
            "member.user.name" => json!(self.members.iter().map(|(_, name)| name).collect::<Vec<_>>()),
            "app_banned" => return None,
            "joined" | "pinned" | "pinned_at" | "archived" | "channel_role" | "invite" | "muted" | "hidden"
            | "blocked" | "has_unread" | "unread_count" => self.of_membership(field),
            custom => return channel.custom.get(custom).map(Cow::Borrowed),
        };
        (!value.is_null()).then_some(Cow::Owned(value))
    }
}

/// The fields of a channel that are the same for everybody and that lists are mostly sorted by.
pub(super) struct OfChannel<'a>(pub &'a Channel);

impl OfChannel<'_> {
    pub const FIELDS: [&'static str; 5] =
        ["last_updated", "last_message_at", "created_at", "updated_at", "member_count"];

    fn value(&self, field: &str) -> Option<Value> {
        let channel = self.0;
        let value = match field {
            "created_at" => channel.created_at().micros(),
            "updated_at" => channel.updated_at().micros(),
            "last_message_at" => channel.last_message_at?.micros(),
            "last_updated" => channel.last_message_at.unwrap_or(channel.created_at()).micros(),
            "member_count" => channel.member_count.into(),
            _ => return None,
        };
        Some(value.into())
    }
}

impl Fields for OfChannel<'_> {
    fn get(&self, field: &str) -> Option<Cow<'_, Value>> {
        self.value(field).map(Cow::Owned)
    }
}
