//! Drafts as they last: with the user, by the channel or the thread that they are for.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::messages::Message;
use super::record::{micros, parse};
use super::{Store, Transaction};
use crate::error::Result;
use crate::wire::Time;

/// A draft. `at` is when it was saved.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Draft {
    #[serde(default, with = "micros", skip_serializing)]
    pub at: Time,
    /// What was written, as the message that it may become; `cid` and `parent_id` say where.
    pub message: Message,
    /// `type`, as the client says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub poll_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Value>,
}

impl Draft {
    fn field(&self) -> String {
        field(&self.message.cid, self.message.parent_id.as_deref())
    }
}

/// Under which name a draft is kept.
fn field(cid: &str, parent: Option<&str>) -> String {
    match parent {
        Some(parent) => format!("{cid}\n{parent}"),
        None => cid.to_owned(),
    }
}

impl Store {
    pub(crate) async fn draft(&self, user: &str, cid: &str, parent: Option<&str>) -> Result<Option<Draft>> {
        self.field(&self.drafts_key(user), &field(cid, parent)).await
    }

    /// All drafts of the user, in no order.
    pub(crate) async fn drafts(&self, user: &str) -> Result<Vec<Draft>> {
        Ok(self.fields(&self.drafts_key(user)).await?.into_values().collect())
    }

    /// Those drafts that there are for these places: a channel, or a thread of it.
    pub(crate) async fn drafts_at(&self, user: &str, places: &[(&str, Option<&str>)]) -> Result<Vec<Draft>> {
        if places.is_empty() {
            return Ok(Vec::new());
        }
        let key = self.drafts_key(user);
        let mut cmd = redis::cmd("HMGET");
        cmd.arg(&key);
        for (cid, parent) in places {
            cmd.arg(field(cid, *parent));
        }
        let found: Vec<Option<Vec<u8>>> = self.redis.call(&cmd).await?;
        found.into_iter().flatten().map(|json| parse(&key, &json)).collect()
    }

    pub(crate) async fn count_drafts(&self, user: &str) -> Result<usize> {
        self.redis.call(redis::cmd("HLEN").arg(self.drafts_key(user))).await
    }

    /// A transaction in the user's partition that saves the draft in the place of an earlier one.
    pub(crate) fn put_draft(&self, draft: &Draft) -> Result<Transaction> {
        let user = &draft.message.user_id;
        let mut tx = Transaction::new(self.partition(user));
        tx.field_stamp(self.drafts_key(user), &draft.field(), draft)?;
        Ok(tx)
    }

    /// A transaction in the user's partition that removes these drafts, if they are still as they were read.
    pub(crate) fn remove_drafts<'a>(&self, user: &str, drafts: impl IntoIterator<Item = &'a Draft>) -> Transaction {
        let key = self.drafts_key(user);
        let mut tx = Transaction::new(self.partition(user));
        for draft in drafts {
            tx.field_unchanged(key.clone(), &draft.field(), draft.at, "draft");
            tx.field_remove(key.clone(), &draft.field());
        }
        tx
    }
}
