//! Attachments (`objects.md` 7.3) come back as they were sent, so they are kept as JSON.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AdditionalProperties, ArrayBuilder, ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// An attachment of a message: built-in keys, and any further ones.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Attachment(pub Map<String, Value>);

/// The built-in keys that hold text.
const TEXTS: [&str; 17] = [
    "type",
    "title",
    "title_link",
    "text",
    "pretext",
    "fallback",
    "image_url",
    "thumb_url",
    "asset_url",
    "og_scrape_url",
    "author_name",
    "author_link",
    "author_icon",
    "color",
    "footer",
    "footer_icon",
    "mime_type",
];

impl PartialSchema for Attachment {
    fn schema() -> RefOr<Schema> {
        let kind = |kind| ObjectBuilder::new().schema_type(kind);
        let list_of = |texts: &[&str]| {
            let item = texts.iter().fold(kind(Type::Object), |item, key| item.property(*key, kind(Type::String)));
            ArrayBuilder::new().items(item)
        };
        TEXTS
            .iter()
            .fold(kind(Type::Object), |object, key| object.property(*key, kind(Type::String)))
            .property("original_height", kind(Type::Integer))
            .property("original_width", kind(Type::Integer))
            .property("file_size", kind(Type::Integer))
            .property("duration", kind(Type::Number))
            .property("actions", list_of(&["name", "text", "style", "type", "value"]))
            .property("fields", list_of(&["title", "value"]))
            .property("giphy", kind(Type::Object))
            .additional_properties(Some(AdditionalProperties::FreeForm(true)))
            .description(Some("An attachment: kept and returned as it was sent."))
            .into()
    }
}

impl ToSchema for Attachment {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Attachment")
    }
}
