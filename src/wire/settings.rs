//! Settings of the app, as clients see them (`objects.md` 2.1, 15.1).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Time;

/// The answer of calls that have nothing to say but `duration`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct EmptyResponse {}

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
    pub file_upload_config: FileUploadConfigResponse,
    pub image_upload_config: FileUploadConfigResponse,
    pub auto_translation_enabled: bool,
    pub async_url_enrich_enabled: bool,
    pub video_provider: String,
}

/// Which files may be uploaded; empty lists mean no restriction.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct FileUploadConfigResponse {
    /// With the dot: `.pdf`.
    pub allowed_file_extensions: Vec<String>,
    pub blocked_file_extensions: Vec<String>,
    pub allowed_mime_types: Vec<String>,
    pub blocked_mime_types: Vec<String>,
    /// Bytes; 0 means the default of 100 MB.
    pub size_limit: i64,
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
