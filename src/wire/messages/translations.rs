//! Translations of messages and texts (`rules.md` 5.10).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Body of `POST /messages/{id}/translate`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
pub struct TranslateMessageRequest {
    /// Into which language: `de`, `zh-TW`.
    #[schema(required)]
    pub language: Option<String>,
}

/// Body of `POST /translate`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
pub struct TranslateRequest {
    #[schema(required)]
    pub text: Option<String>,
    #[schema(required)]
    pub destination_language: Option<String>,
    /// Found out when absent.
    pub source_language: Option<String>,
}

/// The text in the language asked for, and `duration`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct TranslateResponse {
    pub language: String,
    pub translated_text: String,
}
