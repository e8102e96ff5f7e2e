//! What a channel's type switches on and off, and what one channel overrides (`objects.md` 4.3, 4.4).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::wire::Time;
use crate::wire::settings::CommandResponse;
use crate::wire::written::{Json, Written};

/// The settings that hold in a channel: those of its type with the channel's overrides.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ChannelConfigResponse {
    pub created_at: Time,
    pub updated_at: Time,
    /// Name of the channel type.
    pub name: String,
    pub typing_events: bool,
    pub read_events: bool,
    pub connect_events: bool,
    pub delivery_events: bool,
    pub search: bool,
    pub reactions: bool,
    pub replies: bool,
    pub quotes: bool,
    pub mutes: bool,
    pub uploads: bool,
    pub url_enrichment: bool,
    pub custom_events: bool,
    pub push_notifications: bool,
    /// Reminders of unread messages.
    pub reminders: bool,
    pub mark_messages_pending: bool,
    pub polls: bool,
    pub user_message_reminders: bool,
    pub shared_locations: bool,
    pub count_messages: bool,
    /// `infinite`, or a number of hours.
    pub message_retention: String,
    pub max_message_length: i64,
    /// `disabled`, `simple` or `AI`.
    pub automod: String,
    /// `flag`, `block` or `shadow_block`.
    pub automod_behavior: String,
    /// `flag`, `block` or `shadow_block`.
    pub blocklist_behavior: String,
    pub skip_last_msg_update_for_system_msgs: bool,
    pub commands: Vec<CommandResponse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_flag_reasons: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocklist: Option<String>,
    /// Overrides of this channel only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grants: Option<BTreeMap<String, Vec<String>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub push_level: Option<String>,
    /// Its own JSON, once somebody asked for it.
    #[serde(skip)]
    pub written: Json,
}

impl Written for ChannelConfigResponse {
    fn json(&self) -> &Json {
        &self.written
    }
}

/// Settings of one channel that differ from its type; servers only. Names not listed are ignored.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ChannelConfigOverridesRequest {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub typing_events: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reactions: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replies: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quotes: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uploads: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url_enrichment: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count_messages: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mark_messages_pending: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_message_reminders: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shared_locations: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_message_length: Option<i64>,
    /// Names of commands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commands: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocklist: Option<String>,
    /// `flag` or `block`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocklist_behavior: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub push_level: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chat_preferences: Option<Value>,
    /// Modifiers per role: `update-channel` adds, `!add-links` takes away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grants: Option<BTreeMap<String, Vec<String>>>,
}
