//! A page's description of itself.

use std::collections::HashMap;

use encoding_rs::{Encoding, UTF_8};
use reqwest::Url;
use scraper::{Html, Selector};

use crate::limits;
use crate::wire::links::Preview;

/// The page's text, by the charset that its content type names; without one it is UTF-8, as nearly all pages are.
pub(super) fn text(bytes: &[u8], content_type: &str) -> String {
    let charset = content_type.split("charset=").nth(1).unwrap_or("").split(';').next().unwrap_or("");
    let encoding = Encoding::for_label(charset.trim().trim_matches('"').as_bytes()).unwrap_or(UTF_8);
    encoding.decode(bytes).0.into_owned()
}

/// What the page at `url` says of itself, which was asked for as `address`.
pub(super) fn describe(address: &str, url: &Url, html: &str) -> Option<Preview> {
    let html = Html::parse_document(html);
    let said = said(&html);
    let text = |names: &[&str], most: usize| {
        let found = names.iter().find_map(|name| said.get(*name)).map(|text| shortened(text, most));
        found.filter(|text| !text.is_empty())
    };
    let link = |names: &[&str]| {
        let target = names.iter().find_map(|name| said.get(*name))?;
        let target = url.join(target.trim()).ok()?;
        let usable = matches!(target.scheme(), "http" | "https") && target.as_str().len() <= limits::LINK_CHARS;
        usable.then(|| target.to_string())
    };
    let title = text(&["og:title", "twitter:title"], limits::PREVIEW_TITLE_CHARS).or_else(|| title(&html));
    let image = link(&["og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src"]);
    let (video, audio) =
        (link(&["og:video:secure_url", "og:video:url", "og:video"]), link(&["og:audio:secure_url", "og:audio"]));
    let kind = match (&video, &audio, &image) {
        (Some(_), ..) => "video",
        (_, Some(_), _) => "audio",
        (.., Some(_)) => "image",
        _ => "article",
    };
    let preview = Preview {
        kind: kind.to_owned(),
        og_scrape_url: address.to_owned(),
        title_link: Some(link(&["og:url"]).unwrap_or_else(|| url.to_string())),
        text: text(&["og:description", "twitter:description", "description"], limits::PREVIEW_TEXT_CHARS),
        author_name: text(&["og:site_name"], limits::PREVIEW_TITLE_CHARS),
        asset_url: video.or(audio),
        thumb_url: image.clone(),
        image_url: image,
        title,
    };
    (preview.title.is_some() || preview.text.is_some() || preview.image_url.is_some()).then_some(preview)
}

/// The first content of each `meta` element, by its property or name.
fn said(html: &Html) -> HashMap<String, String> {
    let mut said = HashMap::new();
    let Ok(selector) = Selector::parse("meta[content]") else { return said };
    for meta in html.select(&selector) {
        let meta = meta.value();
        let name = meta.attr("property").or_else(|| meta.attr("name"));
        if let (Some(name), Some(content)) = (name, meta.attr("content"))
            && !content.trim().is_empty()
        {
            said.entry(name.trim().to_lowercase()).or_insert_with(|| content.to_owned());
        }
    }
    said
}

fn title(html: &Html) -> Option<String> {
    let selector = Selector::parse("title").ok()?;
    let title: String = html.select(&selector).next()?.text().collect();
    Some(shortened(&title, limits::PREVIEW_TITLE_CHARS)).filter(|title| !title.is_empty())
}

/// The text with single spaces, cut to so many characters.
fn shortened(text: &str, most: usize) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(html: &str) -> Option<Preview> {
        let url = Url::parse("https://river.example/a/page").unwrap();
        describe("https://river.example/a/page", &url, html)
    }

    #[test]
    fn open_graph_goes_before_the_rest() {
        let preview = described(
            r#"<html><head><title>Plain</title><meta property="og:title" content="  The &amp;  River "><meta name="description" content="Wet.">
            <meta property="og:image" content="/pic.png"><meta property="og:image" content="/second.png"><meta property="og:site_name" content="Rivers"></head></html>"#,
        );
        let preview = preview.unwrap();
        assert_eq!((preview.kind.as_str(), preview.title.as_deref()), ("image", Some("The & River")));
        assert_eq!((preview.text.as_deref(), preview.author_name.as_deref()), (Some("Wet."), Some("Rivers")));
        assert_eq!(preview.image_url.as_deref(), Some("https://river.example/pic.png"));
        assert_eq!(preview.og_scrape_url, "https://river.example/a/page");
    }

    #[test]
    fn a_title_is_enough_and_nothing_is_nothing() {
        assert_eq!(described("<title>Only this</title>").unwrap().kind, "article");
        assert_eq!(described("<p>no head</p>"), None);
        assert_eq!(described(""), None);
    }

    #[test]
    fn links_that_are_none_are_left_out() {
        let preview = described(
            r#"<title>x</title><meta property="og:image" content="javascript:alert(1)"><meta property="og:video" content="data:text/html,x">"#,
        );
        let preview = preview.unwrap();
        assert_eq!((preview.image_url, preview.asset_url, preview.kind.as_str()), (None, None, "article"));
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        let preview = described(&format!("<title>{}</title>", "ä".repeat(10_000))).unwrap();
        assert_eq!(preview.title.unwrap().chars().count(), limits::PREVIEW_TITLE_CHARS + 1);
    }

    #[test]
    fn the_charset_is_obeyed() {
        assert_eq!(text(b"caf\xe9", "text/html; charset=ISO-8859-1"), "café");
        assert_eq!(text("café".as_bytes(), "text/html"), "café");
    }
}
