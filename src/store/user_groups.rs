//! User groups as they last. There are few of them, so all live in one partition, where their names can be kept apart.

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use super::record::{is_default, micros, parse};
use super::{Event, Outcome, Store, Transaction};
use crate::error::Result;
use crate::wire::Time;

/// Where groups live.
const HOME: u16 = 0;

/// A user group. `at` is `updated_at`, and moves with its members too.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct UserGroup {
    #[serde(default, with = "micros", skip_serializing)]
    pub at: Time,
    pub id: String,
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
    #[serde(default, with = "micros::option", skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Time>,
}

impl UserGroup {
    pub fn created_at(&self) -> Time {
        self.created_at.unwrap_or(self.at)
    }
}

/// Somebody in a group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct GroupMember {
    #[serde(default, with = "micros", skip_serializing)]
    pub at: Time,
    #[serde(default, skip_serializing_if = "is_default")]
    pub admin: bool,
    #[serde(default, with = "micros::option", skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Time>,
}

impl GroupMember {
    pub fn created_at(&self) -> Time {
        self.created_at.unwrap_or(self.at)
    }
}

impl Store {
    pub(crate) async fn user_group(&self, id: &str) -> Result<Option<UserGroup>> {
        self.field(&self.user_groups_key(), id).await
    }

    /// All groups, in no order.
    pub(crate) async fn user_groups(&self) -> Result<Vec<UserGroup>> {
        Ok(self.fields(&self.user_groups_key()).await?.into_values().collect())
    }

    /// Those of these groups that there are, in one round trip.
    pub(crate) async fn user_groups_of(&self, ids: BTreeSet<String>) -> Result<HashMap<String, UserGroup>> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let key = self.user_groups_key();
        let found: Vec<Option<Vec<u8>>> = self.redis.call(redis::cmd("HMGET").arg(&key).arg(&ids)).await?;
        let found = ids.into_iter().zip(found).filter_map(|(id, json)| Some((id, json?)));
        found.map(|(id, json)| Ok((id, parse(&key, &json)?))).collect()
    }

    pub(crate) async fn group_members(&self, id: &str) -> Result<HashMap<String, GroupMember>> {
        self.fields(&self.user_group_members_key(id)).await
    }

    /// Writes a group over `before` (`None`: it is new) and these of its members, and tells of it. A conflict is `group` when it is
    /// no longer as it was read, and `name` when another group has the name.
    pub(crate) async fn put_user_group(
        &self,
        before: Option<&UserGroup>,
        group: &UserGroup,
        members: &[(String, GroupMember)],
        removed: &[String],
        event: Option<Event>,
    ) -> Result<Outcome> {
        let (groups, names) = (self.user_groups_key(), self.user_group_names_key());
        let mut tx = Transaction::new(HOME);
        match before {
            Some(before) => tx.field_unchanged(groups.clone(), &group.id, before.at, "group"),
            None => tx.field_absent(groups.clone(), &group.id, "group"),
        }
        if before.is_none_or(|before| before.name != group.name) {
            tx.field_absent(names.clone(), &group.name, "name");
            if let Some(before) = before {
                tx.field_remove(names.clone(), &before.name);
            }
            tx.field_put(names, &group.name, group.id.as_str());
        }
        tx.field_stamp(groups, &group.id, group)?;
        let key = self.user_group_members_key(&group.id);
        for (user, member) in members {
            tx.field_stamp(key.clone(), user, member)?;
        }
        for user in removed {
            tx.field_remove(key.clone(), user);
        }
        event.map_or(Ok(()), |event| tx.append(event))?;
        tx.commit(self).await
    }

    /// Removes a group that is still as it was read, and tells of it.
    pub(crate) async fn remove_user_group(&self, group: &UserGroup, event: Event) -> Result<Outcome> {
        let mut tx = Transaction::new(HOME);
        tx.field_unchanged(self.user_groups_key(), &group.id, group.at, "group");
        tx.field_remove(self.user_groups_key(), &group.id);
        tx.field_remove(self.user_group_names_key(), &group.name);
        tx.remove(self.user_group_members_key(&group.id));
        tx.append(event)?;
        tx.commit(self).await
    }
}
