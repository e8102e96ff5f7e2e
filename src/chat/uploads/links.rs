//! Names and links of uploads: `<base>/uploads/<id>/<name>?oh=<height>&ow=<width>`.

use crate::limits;
use crate::signing::FOLDER;
use crate::wire::uploads::UploadSizeRequest;

/// A name for what came without one.
const NAMELESS: &str = "file";

/// The name as the link shows it: the last part of a path, without what cannot be seen or would turn the line around.
pub(super) fn clean(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let seen: String = last.chars().filter(|letter| !is_invisible(*letter)).collect();
    let name = seen.trim().trim_start_matches('.').trim();
    if name.is_empty() { NAMELESS.to_owned() } else { shortened(name) }
}

fn is_invisible(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Cuts the stem, so that the extension stays.
fn shortened(name: &str) -> String {
    let too_many = name.chars().count().saturating_sub(limits::UPLOAD_NAME_CHARS);
    if too_many == 0 {
        return name.to_owned();
    }
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) if extension.chars().count() < limits::UPLOAD_NAME_CHARS / 2 => {
            (stem, format!(".{extension}"))
        }
        _ => (name, String::new()),
    };
    let kept = stem.chars().count() - too_many;
    stem.chars().take(kept).collect::<String>() + &extension
}

/// Percent-encodes all but the letters that no reader of links stumbles over.
pub(crate) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(byte.into()),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// The link to an upload; an image tells its size, so that a page can keep the room for it.
pub(super) fn link(base: &str, id: &str, name: &str, size: Option<(u32, u32)>) -> String {
    let size = size.map_or(String::new(), |(width, height)| format!("?oh={height}&ow={width}"));
    format!("{}{FOLDER}{id}/{}{size}", base.trim_end_matches('/'), encoded(name))
}

/// The link to an image in another size, as clients ask for it (`rest.md` 10).
pub(super) fn sized(link: &str, size: &UploadSizeRequest) -> String {
    let numbers = [("w", size.width), ("h", size.height)].map(|(name, side)| (name, side.map(|side| side.to_string())));
    let words = [("resize", size.resize.clone()), ("crop", size.crop.clone())];
    let mut link = link.to_owned();
    for (name, value) in numbers.into_iter().chain(words) {
        if let Some(value) = value {
            let mark = if link.contains('?') { '&' } else { '?' };
            link.push_str(&format!("{mark}{name}={}", encoded(&value)));
        }
    }
    link
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn names_are_cleaned() {
        let cases = [
            ("notes of may.txt", "notes of may.txt"),
            ("../../../etc/passwd", "passwd"),
            ("C:\\Users\\ana\\cat.png", "cat.png"),
            ("..", "file"),
            ("", "file"),
            (" .\u{202e} ", "file"),
            ("folder/", "file"),
            (".profile", "profile"),
            ("a\r\nSet-Cookie: b\0.txt", "aSet-Cookie: b.txt"),
            ("invoice\u{202e}fdp.exe", "invoicefdp.exe"),
            ("\u{feff}ünï 🐈.png", "ünï 🐈.png"),
        ];
        for (name, cleaned) in cases {
            assert_eq!(clean(name), cleaned, "{name:?}");
        }
    }

    #[test]
    fn long_names_keep_their_extension() {
        let name = clean(&format!("{}.png", "ü".repeat(500)));
        assert_eq!(name.chars().count(), limits::UPLOAD_NAME_CHARS);
        assert!(name.ends_with("ü.png"));
        assert_eq!(clean(&format!("a.{}", "b".repeat(500))).chars().count(), limits::UPLOAD_NAME_CHARS);
    }

    #[test]
    fn links_are_encoded_and_tell_the_size() {
        let link = link("http://localhost:8080/", ID, "notes of may?#&.txt", None);
        assert_eq!(link, format!("http://localhost:8080/uploads/{ID}/notes%20of%20may%3F%23%26.txt"));
        assert_eq!(
            super::link("https://chat.example", ID, "ü.png", Some((64, 32))),
            format!("https://chat.example/uploads/{ID}/%C3%BC.png?oh=32&ow=64")
        );
    }

    #[test]
    fn a_size_adds_to_the_link() {
        let size = UploadSizeRequest {
            width: Some(10),
            height: None,
            resize: Some("crop".into()),
            crop: Some("top&x=1".into()),
        };
        assert_eq!(sized("http://a/b?oh=1&ow=2", &size), "http://a/b?oh=1&ow=2&w=10&resize=crop&crop=top%26x%3D1");
        assert_eq!(sized("http://a/b", &size), "http://a/b?w=10&resize=crop&crop=top%26x%3D1");
    }
}
