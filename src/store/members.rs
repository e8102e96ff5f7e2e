//! Members of channels. The channel is the truth about its members; a user's list of channels is an index that may only be
//! too large.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::record::{is_default, micros, parse, settle};
use super::{Read, Store, Transaction};
use crate::error::Result;
use crate::wire::Time;

/// A member. `at` is `updated_at`; moments written as [`Time::STAMP`] are that of the write.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Member {
    #[serde(default, with = "micros", skip_serializing)]
    pub at: Time,
    #[serde(skip)]
    pub user_id: String,
    #[serde(default, with = "micros::option", skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Time>,
    pub channel_role: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub invited: bool,
    #[serde(default, with = "micros::option", skip_serializing_if = "Option::is_none")]
    pub invite_accepted_at: Option<Time>,
    #[serde(default, with = "micros::option", skip_serializing_if = "Option::is_none")]
    pub invite_rejected_at: Option<Time>,
    /// The member sees no message before this moment.
    #[serde(default, with = "micros::option", skip_serializing_if = "Option::is_none")]
    pub hide_messages_before: Option<Time>,
    #[serde(default, with = "micros::option", skip_serializing_if = "Option::is_none")]
    pub pinned_at: Option<Time>,
    #[serde(default, with = "micros::option", skip_serializing_if = "Option::is_none")]
    pub archived_at: Option<Time>,
    /// A copy of the ban in this channel, so that one look tells whether the member may write.
    #[serde(default, skip_serializing_if = "is_default")]
    pub banned: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub shadow_banned: bool,
    #[serde(default, with = "micros::option", skip_serializing_if = "Option::is_none")]
    pub ban_expires: Option<Time>,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub custom: Map<String, Value>,
}

impl Member {
    pub fn new(user_id: &str) -> Member {
        Member { user_id: user_id.to_owned(), channel_role: "channel_member".into(), ..Member::default() }
    }

    pub(super) fn read(key: &str, user_id: &str, json: &[u8]) -> Result<Member> {
        let mut member: Member = parse(key, json)?;
        user_id.clone_into(&mut member.user_id);
        for moment in [
            &mut member.pinned_at,
            &mut member.archived_at,
            &mut member.invite_accepted_at,
            &mut member.invite_rejected_at,
        ] {
            settle(moment, member.at);
        }
        // A message that came with the change itself is seen.
        settle(&mut member.hide_messages_before, Time(member.at.micros() - 1));
        Ok(member)
    }

    pub fn created_at(&self) -> Time {
        self.created_at.unwrap_or(self.at)
    }

    pub fn is_moderator(&self) -> bool {
        self.channel_role == "channel_moderator"
    }

    /// Invited, and has not accepted: counts as a member, but hears and counts nothing.
    pub fn is_outside(&self) -> bool {
        self.invited && self.invite_accepted_at.is_none()
    }

    /// `member`, `pending` or `rejected`.
    pub fn status(&self) -> &'static str {
        match (self.invited, self.invite_accepted_at, self.invite_rejected_at) {
            (true, None, Some(_)) => "rejected",
            (true, None, None) => "pending",
            _ => "member",
        }
    }

    pub fn is_banned(&self, now: Time) -> bool {
        self.banned && self.ban_expires.is_none_or(|expires| now < expires)
    }

    pub fn is_shadow_banned(&self, now: Time) -> bool {
        self.shadow_banned && self.ban_expires.is_none_or(|expires| now < expires)
    }

    /// The record for the next write, with `created_at` spelled out.
    pub fn rewritten(&self) -> Member {
        Member { created_at: Some(self.created_at()), ..self.clone() }
    }
}

pub(super) fn cache_key(cid: &str, user: &str) -> String {
    format!("{cid}\n{user}")
}

impl Store {
    pub(crate) async fn member(&self, cid: &str, user: &str) -> Result<Option<Arc<Member>>> {
        self.members.get_or_load(&cache_key(cid, user), self.fresh_member(cid, user)).await
    }

    pub(crate) async fn fresh_member(&self, cid: &str, user: &str) -> Result<Option<Arc<Member>>> {
        let key = self.members_key(cid);
        let json: Option<Vec<u8>> = self.redis.call(redis::cmd("HGET").arg(&key).arg(user)).await?;
        json.map(|json| Member::read(&key, user, &json).map(Arc::new)).transpose()
    }

    /// The members among `users`.
    pub(crate) async fn members_of(&self, cid: &str, users: &[String]) -> Result<HashMap<String, Arc<Member>>> {
        if users.is_empty() {
            return Ok(HashMap::new());
        }
        let key = self.members_key(cid);
        let found: Vec<Option<Vec<u8>>> = self.redis.call(redis::cmd("HMGET").arg(&key).arg(users)).await?;
        users
            .iter()
            .zip(found)
            .filter_map(|(user, json)| Some((user, json?)))
            .map(|(user, json)| Ok((user.clone(), Arc::new(Member::read(&key, user, &json)?))))
            .collect()
    }

    /// The same through memory: one round trip for those that it does not know.
    pub(crate) async fn members_among(&self, cid: &str, users: HashSet<&str>) -> Result<HashMap<String, Arc<Member>>> {
        let (mut found, mut missing, mut keys) = (HashMap::new(), Vec::new(), Vec::new());
        for user in users {
            let key = cache_key(cid, user);
            match self.members.get(&key) {
                Some(member) => found.extend(member.map(|member| (user.to_owned(), member))),
                None => {
                    missing.push(user.to_owned());
                    keys.push(key);
                }
            }
        }
        let loads: Vec<_> = keys.iter().map(|key| self.members.begin(key)).collect();
        let mut loaded = self.members_of(cid, &missing).await?;
        for (user, loading) in missing.into_iter().zip(loads) {
            let member = loaded.remove(&user);
            loading.keep(member.clone());
            found.extend(member.map(|member| (user, member)));
        }
        Ok(found)
    }

    /// All members in the order of joining.
    pub(crate) async fn all_members(&self, cid: &str) -> Result<Vec<Arc<Member>>> {
        let ids: Vec<String> = self.redis.call(redis::cmd("ZRANGE").arg(self.joined_key(cid)).arg(0).arg(-1)).await?;
        let mut members = Vec::with_capacity(ids.len());
        for ids in ids.chunks(1000) {
            let mut found = self.members_of(cid, ids).await?;
            members.extend(ids.iter().filter_map(|id| found.remove(id)));
        }
        Ok(members)
    }

    /// Puts a new member in, last in the order of joining.
    pub(crate) fn add_member(&self, tx: &mut Transaction, cid: &str, member: &Member) -> Result<()> {
        tx.field_stamp(self.members_key(cid), &member.user_id, member)?;
        tx.index_now(self.joined_key(cid), &member.user_id);
        tx.field_stamp(self.reads_key(cid), &member.user_id, &Read::default())
    }

    /// Writes an existing member again.
    pub(crate) fn write_member(&self, tx: &mut Transaction, cid: &str, member: &Member) -> Result<()> {
        tx.field_unchanged(self.members_key(cid), &member.user_id, member.at, "member");
        tx.field_stamp(self.members_key(cid), &member.user_id, &member.rewritten())
    }

    pub(crate) fn remove_member(&self, tx: &mut Transaction, cid: &str, user: &str) {
        tx.field_remove(self.members_key(cid), user);
        tx.unindex(self.joined_key(cid), user);
        tx.field_remove(self.reads_key(cid), user);
    }

    /// The members who joined first, in the order of joining.
    pub(crate) async fn first_members(&self, cid: &str, skip: usize, most: usize) -> Result<Vec<Arc<Member>>> {
        if most == 0 {
            return Ok(Vec::new());
        }
        let mut cmd = redis::cmd("ZRANGE");
        cmd.arg(self.joined_key(cid)).arg(skip).arg(skip + most - 1);
        let ids: Vec<String> = self.redis.call(&cmd).await?;
        let mut found = self.members_of(cid, &ids).await?;
        Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
    }

    /// The channel is gone, and all memberships with it.
    pub(crate) fn forget_members(&self, cid: &str) {
        self.members.forget_all(&cache_key(cid, ""));
    }

    pub(crate) fn forget_member(&self, cid: &str, user: &str) {
        self.members.forget(&cache_key(cid, user));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Outcome, Tick, with_store};

    async fn joins(store: &Store, user: &str) {
        let mut tx = store.channel_change("team:a", Tick::Change);
        store.add_member(&mut tx, "team:a", &Member::new(user)).expect("a member");
        assert!(matches!(tx.commit(store).await.expect("it is written"), Outcome::Committed { .. }));
    }

    async fn among(store: &Store, users: &[&str]) -> Vec<String> {
        let found = store.members_among("team:a", users.iter().copied().collect()).await.expect("members");
        assert!(found.iter().all(|(id, member)| *id == member.user_id));
        let mut ids: Vec<String> = found.into_keys().collect();
        ids.sort();
        ids
    }

    #[tokio::test]
    async fn members_who_were_looked_up_together_are_remembered_each() {
        with_store(async |store| {
            store.members.trust(true);
            joins(store, "ada").await;
            joins(store, "bob").await;
            assert_eq!(among(store, &["ada", "cleo"]).await, ["ada"]);
            let mut cmd = redis::cmd("DEL");
            let _: i64 = store.redis.call(cmd.arg(store.members_key("team:a"))).await.expect("it is gone");
            joins(store, "cleo").await;
            // Who was asked for is remembered, whether he was in or not; who was not is looked for.
            assert_eq!(among(store, &["ada", "bob", "cleo"]).await, ["ada"]);
            store.forget_member("team:a", "ada");
            store.forget_member("team:a", "cleo");
            assert_eq!(among(store, &["ada", "bob", "cleo"]).await, ["cleo"]);
        })
        .await;
    }
}
