//! Custom data: whatever keys an app adds to a user, channel, message…

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Schema};
use utoipa::{PartialSchema, ToSchema};

/// Extra keys beside the built-in ones, flattened into the object that carries them (`rest.md` 7).
///
/// A newtype and not an alias, because the schema derive cannot see through an alias.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Custom(pub Map<String, Value>);

impl Custom {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Size as JSON, in bytes: what the 5 KB limit counts.
    pub fn json_len(&self) -> usize {
        serde_json::to_vec(&self.0).map_or(usize::MAX, |json| json.len())
    }
}

impl PartialSchema for Custom {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .description(Some("Custom data: any further keys."))
            .additional_properties(Some(AdditionalProperties::FreeForm(true)))
            .into()
    }
}

impl ToSchema for Custom {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Custom")
    }
}
