//! A message as the filter language sees it.

use std::borrow::Cow;

use serde_json::{Value, json};

use crate::query::{Fields, Place};
use crate::store::Message;
use crate::wire::Time;

pub(super) struct MessageFields<'a> {
    pub message: &'a Message,
    /// How well it fits the words.
    pub relevance: f32,
    /// The point that is asked for.
    pub centre: Option<Place>,
    pub now: Time,
}

impl Fields for MessageFields<'_> {
    fn get(&self, field: &str) -> Option<Cow<'_, Value>> {
        let message = self.message;
        let value = match field {
            "distance" if self.centre.is_some() => {
                json!(self.centre.zip(self.place()).map(|(centre, place)| centre.metres_to(&place)))
            }
            "relevance" => json!(self.relevance),
            "id" => json!(message.id),
            "cid" => json!(message.cid),
            "text" => json!(message.text),
            "type" => json!(if message.parent_id.is_some() { "reply" } else { "regular" }),
            "user.id" | "user_id" => json!(message.user_id),
            "parent_id" => json!(message.parent_id),
            "mentioned_users.id" => json!(message.mentioned_users),
            "reply_count" => json!(message.reply_count),
            "pinned" => json!(message.pin_at(self.now).is_some()),
            "created_at" => json!(message.created_at().micros()),
            "updated_at" => json!(message.at.micros()),
            "attachments" if message.attachments.is_empty() => return None,
            "attachments" => json!(message.attachments),
            "attachments.type" => {
                json!(message.attachments.iter().filter_map(|attachment| attachment.get("type")).collect::<Vec<_>>())
            }
            custom => return message.custom.get(custom).map(Cow::Borrowed),
        };
        (!value.is_null()).then_some(Cow::Owned(value))
    }

    fn place(&self) -> Option<Place> {
        self.message.place()
    }
}
