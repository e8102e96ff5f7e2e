//! Settings of the app, as clients see them (`objects.md` 2.1, 15.1).

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::openapi::schema::{AnyOfBuilder, ObjectBuilder, Schema};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

use super::channels::ChannelConfigResponse;
use super::{Time, lenient};

/// The answer of calls that have nothing to say but `duration`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct EmptyResponse {}

/// Body of `PATCH /app`: what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct UpdateAppRequest {
    pub guest_user_creation_disabled: Option<bool>,
    /// Whether teams decide who sees whom and what.
    pub multi_tenant_enabled: Option<bool>,
    /// Tokens issued before this moment, and tokens without one, are refused from now on; `null` takes it back.
    #[serde(default, deserialize_with = "lenient::set")]
    #[schema(value_type = Option<Time>)]
    pub revoke_tokens_issued_before: Option<Option<Time>>,
    /// Which files are taken; the whole of it at once.
    pub file_upload_config: Option<FileUploadConfig>,
    /// The same for what the image endpoints take.
    pub image_upload_config: Option<FileUploadConfig>,
    /// Settings that cannot be changed.
    #[serde(flatten)]
    #[schema(ignore)]
    pub other: BTreeMap<String, Value>,
}

/// The app's settings, and `duration`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct GetAppResponse {
    pub app: AppResponse,
}

/// What a client may know of the app.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct AppResponse {
    pub id: i64,
    pub name: String,
    pub placement: String,
    pub file_upload_config: FileUploadConfig,
    pub image_upload_config: FileUploadConfig,
    pub auto_translation_enabled: bool,
    pub async_url_enrich_enabled: bool,
    pub video_provider: String,
    /// Servers only.
    #[serde(flatten)]
    #[schema(value_type = ForServers)]
    pub server: Option<Box<ServerAppResponse>>,
}

/// The schema of what is there for servers and not for others.
struct ForServers;

impl PartialSchema for ForServers {
    fn schema() -> RefOr<Schema> {
        let servers = Ref::from_schema_name(ServerAppResponse::name());
        let others = ObjectBuilder::new().description(Some("Nothing more, for others than servers."));
        AnyOfBuilder::new().item(servers).item(others).into()
    }
}

impl ToSchema for ForServers {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((ServerAppResponse::name().into_owned(), ServerAppResponse::schema()));
        ServerAppResponse::schemas(schemas);
    }
}

/// What a server may know of the app besides (`objects.md` 2.2).
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct ServerAppResponse {
    pub allow_multi_user_devices: bool,
    /// Of the video product: none.
    pub call_types: BTreeMap<String, Value>,
    pub campaign_enabled: bool,
    pub cdn_expiration_seconds: i64,
    /// Channel types by name.
    #[schema(value_type = BTreeMap<String, ChannelConfigResponse>)]
    pub channel_configs: BTreeMap<String, Arc<ChannelConfigResponse>>,
    pub custom_action_handler_url: String,
    pub disable_auth_checks: bool,
    pub disable_permissions_checks: bool,
    /// `no`, `app` or `team`.
    pub enforce_unique_usernames: String,
    pub event_hooks: Vec<Value>,
    /// Permissions of the roles outside of channels.
    pub grants: BTreeMap<String, Vec<String>>,
    pub guest_user_creation_disabled: bool,
    pub image_moderation_enabled: bool,
    pub member_custom_on_messages_enabled: bool,
    pub moderation_enabled: bool,
    pub moderation_webhook_url: String,
    pub multi_tenant_enabled: bool,
    pub organization: String,
    pub permission_version: String,
    pub policies: BTreeMap<String, Vec<Value>>,
    /// Seconds between two reminders of unread messages.
    pub reminders_interval: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoke_tokens_issued_before: Option<Time>,
    pub suspended: bool,
    pub suspended_explanation: String,
    pub use_hook_v2: bool,
    pub user_response_time_enabled: bool,
    pub user_search_disallowed_roles: Vec<String>,
    pub webhook_events: Vec<String>,
    pub webhook_url: String,
}

/// Which files may be uploaded; empty lists mean no restriction.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct FileUploadConfig {
    /// With the dot: `.pdf`. Only one of the two lists may be filled, of extensions as of types.
    #[serde(deserialize_with = "lenient::or_default")]
    pub allowed_file_extensions: Vec<String>,
    #[serde(deserialize_with = "lenient::or_default")]
    pub blocked_file_extensions: Vec<String>,
    #[serde(deserialize_with = "lenient::or_default")]
    pub allowed_mime_types: Vec<String>,
    #[serde(deserialize_with = "lenient::or_default")]
    pub blocked_mime_types: Vec<String>,
    /// Bytes; 0 means the default of 100 MB.
    #[serde(deserialize_with = "lenient::or_default")]
    pub size_limit: u64,
}

/// A slash command.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CommandResponse {
    pub args: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Time>,
    pub description: String,
    pub name: String,
    pub set: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Time>,
}
