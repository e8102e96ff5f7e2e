//! What clients send to make and change messages (`objects.md` 7.2).

use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::Attachment;
use crate::wire::locations::SharedLocationRequest;
use crate::wire::users::UserRequest;
use crate::wire::{Custom, Time, lenient};

/// A message to send or to put in the place of another. Further keys are custom data; `lat` and `long` (degrees) among them say where it
/// was written, and `accuracy` (metres) how surely.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct MessageRequest {
    /// Chosen by the client, so that a retry is known; made by the server when absent.
    pub id: Option<String>,
    pub text: Option<String>,
    /// Servers only.
    pub html: Option<String>,
    pub mml: Option<String>,
    /// `regular` or `system`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub attachments: Option<Vec<Attachment>>,
    #[serde(default, deserialize_with = "lenient::ids")]
    pub mentioned_users: Option<Vec<String>>,
    pub mentioned_channel: Option<bool>,
    pub mentioned_here: Option<bool>,
    pub mentioned_roles: Option<Vec<String>>,
    pub mentioned_group_ids: Option<Vec<String>>,
    pub parent_id: Option<String>,
    /// Only with `parent_id`.
    pub show_in_channel: Option<bool>,
    pub quoted_message_id: Option<String>,
    pub pinned: Option<bool>,
    /// Without effect: the server's clock says when a message was pinned.
    pub pinned_at: Option<Value>,
    pub pin_expires: Option<PinExpiry>,
    pub silent: Option<bool>,
    #[serde(default, deserialize_with = "lenient::ids")]
    pub restricted_visibility: Option<Vec<String>>,
    pub poll_id: Option<String>,
    /// Only when it is sent: afterwards it is changed by itself.
    #[schema(value_type = Option<SharedLocationRequest>)]
    pub shared_location: Option<Value>,
    /// Servers only.
    pub user: Option<UserRequest>,
    /// Servers only.
    pub user_id: Option<String>,
    /// `skip_push`, which stands beside the message.
    #[serde(skip)]
    pub quiet: bool,
    #[serde(flatten)]
    pub custom: Custom,
}

impl MessageRequest {
    /// Built-in names that a request may carry without effect: clients echo messages that they were given.
    pub const IGNORED: &'static [&'static str] = &[
        "__html",
        "args",
        "before_message_send_failed",
        "channel",
        "cid",
        "command",
        "command_info",
        "deleted_for_me",
        "deleted_reply_count",
        "draft",
        "error",
        "image_labels",
        "latest_reactions",
        "member",
        "mentioned_groups",
        "message_text_updated_at",
        "moderation",
        "moderation_details",
        "own_reactions",
        "pinned_by",
        "poll",
        "quoted_message",
        "reaction_counts",
        "reaction_groups",
        "reaction_scores",
        "reminder",
        "reply_count",
        "shadowed",
        "status",
        "thread_participants",
    ];
    /// Built-in names that are refused: `message.<name> is a reserved field`. `html` is refused too, but from clients only.
    pub const REFUSED: &'static [&'static str] = &["created_at", "deleted_at", "i18n", "updated_at"];
}

/// When a pin ends: a moment, or as Python sends it, seconds from now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(untagged, expecting = "expected a time or a number of seconds")]
pub enum PinExpiry {
    At(Time),
    In(i64),
}

/// Body of `POST /channels/{type}/{id}/message`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct SendMessageRequest {
    pub message: MessageRequest,
    pub skip_push: Option<bool>,
    pub skip_enrich_url: Option<bool>,
    pub keep_channel_hidden: Option<bool>,
    pub force_moderation: Option<bool>,
    /// Servers only: the message waits for its commit.
    pub pending: Option<bool>,
    /// The older name of `pending`.
    pub is_pending_message: Option<bool>,
    /// Of a message that waits: what is kept beside it until then.
    #[schema(value_type = Option<std::collections::BTreeMap<String, String>>)]
    pub pending_message_metadata: Option<Value>,
    pub user: Option<UserRequest>,
    pub user_id: Option<String>,
}

/// Body of `POST /messages/{id}`: everything that is left out is removed.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct UpdateMessageRequest {
    pub message: MessageRequest,
    pub skip_push: Option<bool>,
    pub skip_enrich_url: Option<bool>,
    pub user: Option<UserRequest>,
    pub user_id: Option<String>,
}

/// Body of `PUT /messages/{id}`; keys may be dotted paths, pins arrive as `set.pinned` and `set.pin_expires`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct UpdateMessagePartialRequest {
    pub set: Option<Map<String, Value>>,
    pub unset: Option<Vec<String>>,
    pub skip_enrich_url: Option<bool>,
    pub skip_push: Option<bool>,
    pub user: Option<UserRequest>,
    pub user_id: Option<String>,
}

/// Body that Python sends with `DELETE /messages/{id}`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct DeleteMessageRequest {
    pub delete_for_me: Option<bool>,
    pub user: Option<UserRequest>,
    pub user_id: Option<String>,
}

/// Body of `POST /messages/{id}/action`: the button that was pressed.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct RunMessageActionRequest {
    pub form_data: Option<Map<String, Value>>,
    pub message_id: Option<String>,
    /// Id of the channel.
    pub id: Option<String>,
    /// Type of the channel.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub user: Option<UserRequest>,
    pub user_id: Option<String>,
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json};

    use super::*;

    fn message(message: Value) -> MessageRequest {
        from_value::<SendMessageRequest>(json!({"message": message})).unwrap().message
    }

    #[test]
    fn null_is_absent_and_further_keys_are_custom_data() {
        let read =
            message(json!({"id": "m-1", "text": null, "attachments": null, "mentioned_users": null, "user": null,
            "pin_expires": null, "colour": "teal", "custom": {"a": 1}}));
        let custom = Custom(Map::from_iter([("colour".into(), json!("teal")), ("custom".into(), json!({"a": 1}))]));
        assert_eq!(read, MessageRequest { id: Some("m-1".into()), custom, ..Default::default() });
    }

    #[test]
    fn an_echoed_message_is_accepted() {
        let read = message(
            json!({"id": "m-1", "text": "hi", "pinned": false, "pinned_at": "", "mentioned_users": [{"id": "ana", "name": "Ana"}, "bob"],
            "cid": "messaging:a", "reaction_groups": null, "shadowed": false, "user": {"id": "ana", "created_at": "x", "online": true}}),
        );
        assert_eq!(read.mentioned_users.unwrap(), ["ana", "bob"]);
        assert!(read.custom.0.keys().all(|key| MessageRequest::IGNORED.contains(&key.as_str())));
    }

    #[test]
    fn attachments_keep_every_key_in_order() {
        let sent = json!([{"type": "voiceRecording", "waveform_data": [0.5, 1], "deep": {"er": [null]}, "asset_url": "https://a/b"}]);
        let read = message(json!({"attachments": sent.clone()})).attachments.unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), sent.to_string());
    }

    #[test]
    fn a_pin_ends_at_a_time_or_in_seconds() {
        assert_eq!(
            message(json!({"pin_expires": "1970-01-01T00:00:01Z"})).pin_expires,
            Some(PinExpiry::At(Time(1_000_000)))
        );
        assert_eq!(message(json!({"pin_expires": 60})).pin_expires, Some(PinExpiry::In(60)));
        assert_eq!(message(json!({"pin_expires": null})).pin_expires, None);
    }

    #[test]
    fn wrong_types_are_refused() {
        for junk in [
            json!({"text": 7}),
            json!({"attachments": "none"}),
            json!({"attachments": ["none"]}),
            json!({"mentioned_users": {"ana": true}}),
            json!({"pinned": "yes"}),
            json!({"pin_expires": "soon"}),
            json!([]),
            json!(null),
        ] {
            assert!(from_value::<SendMessageRequest>(json!({"message": junk.clone()})).is_err(), "{junk}");
        }
        assert!(from_value::<SendMessageRequest>(json!({})).is_err());
    }
}
