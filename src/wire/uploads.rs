//! Uploads of files and images (`rest.md` 10).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The parts of a file upload. The optional parts are texts that may hold junk: what does not parse is ignored.
#[derive(Clone, Debug, Default, PartialEq, ToSchema)]
pub struct UploadFileRequest {
    #[schema(value_type = String, format = Binary, content_media_type = "application/octet-stream")]
    pub file: Vec<u8>,
    /// JSON `{"id": "…"}`; servers only.
    pub user: Option<String>,
}

/// The parts of an image upload.
#[derive(Clone, Debug, Default, PartialEq, ToSchema)]
pub struct UploadImageRequest {
    #[schema(value_type = String, format = Binary, content_media_type = "application/octet-stream")]
    pub file: Vec<u8>,
    /// JSON `{"id": "…"}`; servers only.
    pub user: Option<String>,
    /// JSON, a list of sizes.
    pub upload_sizes: Option<String>,
}

/// A size in which an image is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UploadSizeRequest {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<i64>,
    /// `clip`, `crop`, `scale` or `fill`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resize: Option<String>,
    /// `center`, `top`, `bottom`, `left` or `right`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crop: Option<String>,
}

/// Where the file is, and `duration`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct UploadFileResponse {
    /// An absolute URL that shows the name of the file.
    pub file: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thumb_url: Option<String>,
}

/// Where the image is, in which sizes, and `duration`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct UploadImageResponse {
    /// An absolute URL that shows the name of the file.
    pub file: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thumb_url: Option<String>,
    /// The sizes asked for, in their order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upload_sizes: Option<Vec<UploadSizeResponse>>,
}

/// One size of an image.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct UploadSizeResponse {
    #[serde(flatten)]
    pub size: UploadSizeRequest,
    pub url: String,
}
