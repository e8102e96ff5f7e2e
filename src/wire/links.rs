//! Link previews: attachments that nobody wrote.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::lenient;

/// What a page says of itself, as an attachment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Preview {
    /// `image`, `video`, `audio` or `article`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The address as it was asked for: it marks the attachment as a preview.
    pub og_scrape_url: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title_link: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thumb_url: Option<String>,
    /// The video or the sound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asset_url: Option<String>,
    /// The site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author_name: Option<String>,
}

impl Preview {
    /// Of a picture that stands by itself.
    pub fn image(address: &str, place: &str) -> Preview {
        let place = Some(place.to_owned());
        Preview {
            kind: "image".into(),
            og_scrape_url: address.to_owned(),
            title_link: place.clone(),
            image_url: place.clone(),
            thumb_url: place,
            ..Preview::default()
        }
    }
}

/// Query of `GET /og`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct GetOgParams {
    /// The page's address.
    #[serde(default, deserialize_with = "lenient::text")]
    #[param(required)]
    pub url: Option<String>,
}
