//! Reactions as they last: each user's list beside the message, the groups and the newest ones in the message's record.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::record::{is_default, micros};
use super::{Message, Store, Transaction};
use crate::error::{ApiError, Result};
use crate::wire::Time;

/// One user's reaction of one type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Reaction {
    #[serde(rename = "type")]
    pub kind: String,
    pub score: i64,
    #[serde(with = "micros")]
    pub created_at: Time,
    #[serde(with = "micros")]
    pub updated_at: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emoji_code: Option<String>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub custom: Map<String, Value>,
}

/// A reaction and whose it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct LatestReaction {
    pub user: String,
    #[serde(flatten)]
    pub reaction: Reaction,
}

/// All reactions of one type to one message.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct ReactionGroup {
    pub count: u32,
    pub sum: i64,
    #[serde(with = "micros")]
    pub first_at: Time,
    #[serde(with = "micros")]
    pub last_at: Time,
}

impl Store {
    /// One user's reactions to a message; Redis is asked only when there are any.
    pub(crate) async fn reactions_of(&self, message: &Message, user: &str) -> Result<Vec<Reaction>> {
        if user.is_empty() || message.reactions.is_empty() {
            return Ok(Vec::new());
        }
        Ok(self.field(&self.reactions_key(&message.cid, &message.id), user).await?.unwrap_or_default())
    }

    /// All reactions to a message, newest first.
    pub(crate) async fn reactions(&self, cid: &str, message: &str) -> Result<Vec<LatestReaction>> {
        let found: HashMap<String, Vec<Reaction>> = self.fields(&self.reactions_key(cid, message)).await?;
        let mut all = Vec::new();
        for (user, reactions) in found {
            all.extend(reactions.into_iter().map(|reaction| LatestReaction { user: user.clone(), reaction }));
        }
        all.sort_by(|a, b| {
            (b.reaction.updated_at, &b.user, &b.reaction.kind).cmp(&(a.reaction.updated_at, &a.user, &a.reaction.kind))
        });
        Ok(all)
    }

    /// Writes one user's reactions; goes with [`Store::write_message`], whose check guards both.
    pub(crate) fn write_reactions(
        &self,
        tx: &mut Transaction,
        cid: &str,
        message: &str,
        user: &str,
        reactions: &[Reaction],
    ) -> Result<()> {
        let key = self.reactions_key(cid, message);
        if reactions.is_empty() {
            tx.field_remove(key, user);
        } else {
            tx.field_put(key, user, serde_json::to_vec(reactions).map_err(ApiError::internal)?);
        }
        Ok(())
    }
}
