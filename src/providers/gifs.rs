//! Moving pictures for `/giphy`, from a service with Giphy's API.

use reqwest::Url;
use serde_json::{Map, Value, json};

use super::{Failed, Provider};
use crate::cli::Secret;

/// Pictures among which one is chosen.
const CHOICE: usize = 25;
/// Characters of a picture's title, bytes of an address.
const TITLE_CHARS: usize = 255;
const ADDRESS_BYTES: usize = 500;
/// The sizes that clients know (`objects.md` 7.3), and what they read of each.
const RENDITIONS: [&str; 7] = [
    "original",
    "fixed_height",
    "fixed_height_still",
    "fixed_height_downsampled",
    "fixed_width",
    "fixed_width_still",
    "fixed_width_downsampled",
];
const NUMBERS: [&str; 4] = ["width", "height", "size", "frames"];

/// Finds pictures.
pub struct Gifs {
    provider: Provider,
    key: Option<Secret>,
}

impl Gifs {
    /// # Errors
    /// When the TLS library cannot be set up.
    pub fn new(base: Url, key: Option<Secret>) -> Result<Gifs, reqwest::Error> {
        Ok(Gifs { provider: Provider::new(base)?, key })
    }

    /// An attachment of type `giphy` for the words, or for nothing in particular when there are none; not the one whose address
    /// is `besides`, if there are others. `None`: there is none.
    ///
    /// # Errors
    /// When the service does not answer as it should.
    pub async fn find(&self, words: &str, besides: Option<&str>) -> Result<Option<Map<String, Value>>, Failed> {
        let mut url = self.provider.address(if words.is_empty() { "trending" } else { "search" });
        {
            let mut query = url.query_pairs_mut();
            if let Some(key) = &self.key {
                query.append_pair("api_key", key.expose());
            }
            if !words.is_empty() {
                query.append_pair("q", words);
            }
            query.append_pair("limit", &CHOICE.to_string()).append_pair("rating", "g");
        }
        let answer = self.provider.ask(self.provider.client.get(url)).await?;
        let found = answer["data"].as_array().map(Vec::as_slice).unwrap_or_default();
        let mut found: Vec<_> = found.iter().take(CHOICE).filter_map(attachment).collect();
        if found.len() > 1 {
            found.retain(|one| besides.is_none() || one["thumb_url"].as_str() != besides);
        }
        let chosen = uuid::Uuid::new_v4().as_u128() % found.len().max(1) as u128;
        Ok(found.into_iter().nth(chosen as usize))
    }
}

/// A picture of the service as clients show it; `None` when it has no usable address.
fn attachment(found: &Value) -> Option<Map<String, Value>> {
    let images = &found["images"];
    let original = address(&images["original"]["url"])?;
    let mut renditions = Map::new();
    for name in RENDITIONS {
        let Some(url) = address(&images[name]["url"]) else { continue };
        let mut rendition = Map::from_iter([("url".to_owned(), json!(url))]);
        rendition.extend(NUMBERS.map(|key| (key.to_owned(), number(&images[name][key]))));
        renditions.insert(name.to_owned(), rendition.into());
    }
    let title: String = found["title"].as_str().unwrap_or_default().chars().take(TITLE_CHARS).collect();
    let attachment = json!({
        "type": "giphy",
        "title": title,
        "title_link": address(&found["url"]).unwrap_or(original),
        "thumb_url": original,
        "giphy": renditions,
    });
    attachment.as_object().cloned()
}

/// An address of the web.
fn address(value: &Value) -> Option<&str> {
    let fine = |text: &&str| {
        text.len() <= ADDRESS_BYTES && Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
    };
    value.as_str().filter(fine)
}

/// Numbers are text here; clients read nothing else.
fn number(value: &Value) -> Value {
    let digits = |text: &str| text.len() <= 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    match value {
        Value::String(text) if digits(text) => json!(text),
        Value::Number(number) => json!(number.as_u64().unwrap_or_default().to_string()),
        _ => json!("0"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_web_and_numbers_come_through() {
        let found = json!({"title": "x".repeat(300), "url": "javascript:alert(1)", "images": {
            "original": {"url": "https://a.example/o.gif", "width": "480", "height": 270, "size": "many"},
            "fixed_width": {"url": "file:///etc/passwd"},
            "fixed_height": {"url": format!("https://a.example/{}", "x".repeat(500))},
            "hd": {"url": "https://a.example/hd.gif"},
        }});
        let attachment = attachment(&found).expect("a picture");
        assert_eq!(attachment["title"].as_str().map(str::len), Some(TITLE_CHARS));
        assert_eq!(attachment["title_link"], "https://a.example/o.gif");
        let original =
            json!({"url": "https://a.example/o.gif", "width": "480", "height": "270", "size": "0", "frames": "0"});
        assert_eq!(attachment["giphy"], json!({"original": original}));
        assert_eq!(super::attachment(&json!({"images": {"original": {"url": "//a.example/o.gif"}}})), None);
    }
}
