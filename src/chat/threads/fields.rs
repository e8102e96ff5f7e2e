//! A thread as filters and sorts see it.

use std::borrow::Cow;

use serde_json::{Value, json};

use crate::chat::Granted;
use crate::query::Fields;
use crate::store::Thread;

/// A thread that somebody takes part in, and his right in its channel.
pub(super) struct Found {
    pub granted: Granted,
    pub thread: Thread,
}

impl Found {
    /// What he has not read, where he has a pointer that a read would move.
    pub fn unread(&self) -> u32 {
        let counts = self.granted.kind.config.read_events && self.granted.member.is_some();
        if counts { self.thread.unread } else { 0 }
    }
}

impl Fields for Found {
    fn get(&self, field: &str) -> Option<Cow<'_, Value>> {
        let Found { granted, thread } = self;
        let value = match field {
            "active_participant_count" | "participant_count" => json!(thread.participants),
            "channel.disabled" => json!(granted.channel.disabled),
            "channel.team" => json!(granted.channel.team),
            "channel_cid" => json!(granted.cid),
            "created_at" => json!(thread.first.created_at().micros()),
            "created_by_user_id" => json!(thread.first.user_id),
            "has_unread" => json!(self.unread() > 0),
            "last_message_at" => json!(thread.newest_at.micros()),
            "parent_message_id" => json!(thread.parent.id),
            "reply_count" => json!(thread.parent.reply_count),
            "title" => json!(super::shown::title(thread)),
            "updated_at" => json!(thread.updated_at().micros()),
            custom => return thread.data.custom.get(custom).map(Cow::Borrowed),
        };
        Some(Cow::Owned(value))
    }
}
