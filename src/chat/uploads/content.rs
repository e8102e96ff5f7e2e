//! What a file is, told by its content and never by what its sender says.

use std::io::Cursor;

use image::metadata::Orientation;
use image::{ImageDecoder, ImageFormat, ImageReader};

/// Types that the image endpoints take (`rest.md` 10). `heif` stands for its sequences and for `heic`, too.
const IMAGES: [&str; 7] =
    ["image/bmp", "image/gif", "image/jpeg", "image/png", "image/webp", "image/heif", "image/svg+xml"];
/// Of these the size must be readable; the others are taken as they are.
const MEASURED: [&str; 5] = ["image/bmp", "image/gif", "image/jpeg", "image/png", "image/webp"];

/// What the beginning of a file tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Content {
    pub kind: &'static str,
    /// Width and height of an image as it is shown.
    pub size: Option<(u32, u32)>,
    /// An image without a size although the whole file was looked at.
    pub is_broken: bool,
}

/// Whether images of this kind can be had in other sizes.
pub(super) fn is_decoded(format: ImageFormat) -> bool {
    matches!(format, ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP | ImageFormat::Gif)
}

/// The same by its type.
pub(super) fn has_sizes(kind: &str) -> bool {
    ImageFormat::from_mime_type(kind).is_some_and(is_decoded)
}

impl Content {
    /// Looks at the beginning of a file; `whole` says that there is no more of it.
    pub fn of(head: &[u8], whole: bool) -> Content {
        let kind = sniff(head, whole);
        let measured = MEASURED.contains(&kind);
        let size = if measured { size(kind, head) } else { None };
        Content { kind, size, is_broken: measured && whole && size.is_none() }
    }

    /// The sender's word decides what nothing else can: whether a container of sound and pictures holds sound alone.
    pub fn said_to_be(self, said: &str) -> Content {
        let kind = match (self.kind, said.split(';').next().unwrap_or_default().trim()) {
            ("video/webm", "audio/webm") => "audio/webm",
            ("video/mp4", "audio/mp4" | "audio/m4a" | "audio/x-m4a") => "audio/mp4",
            (kind, _) => kind,
        };
        Content { kind, ..self }
    }

    pub fn is_image(&self) -> bool {
        IMAGES.contains(&self.kind)
    }
}

fn sniff(head: &[u8], whole: bool) -> &'static str {
    // Before the general look, which takes every drawing for XML or HTML.
    if is_svg(head) {
        return "image/svg+xml";
    }
    match infer::get(head) {
        Some(kind) => kind.mime_type(),
        None if is_text(head, whole) => "text/plain",
        None => "application/octet-stream",
    }
}

/// UTF-8 without the control characters that no text has. A character may be cut where the look ends.
fn is_text(head: &[u8], whole: bool) -> bool {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if !whole && error.error_len().is_none() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !text.contains(|letter: char| letter.is_ascii_control() && !matches!(letter, '\t' | '\n' | '\r' | '\x0c' | '\x1b'))
}

/// Whether the first element is `<svg …>`.
fn is_svg(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(head);
    let mut rest = text.trim_start_matches('\u{feff}').trim_start();
    // What may stand before: the declaration, comments, the document type.
    for (start, end) in std::iter::repeat_n([("<?xml", "?>"), ("<!--", "-->"), ("<!DOCTYPE", ">")], 8).flatten() {
        if rest.starts_with(start) {
            rest = rest.split_once(end).map_or("", |(_, rest)| rest).trim_start();
        }
    }
    rest.strip_prefix("<svg")
        .is_some_and(|rest| rest.starts_with(|letter: char| letter.is_whitespace() || letter == '>' || letter == '/'))
}

/// Width and height as shown, from the header: no pixel is decoded, so a small file cannot become a large picture here.
fn size(kind: &str, head: &[u8]) -> Option<(u32, u32)> {
    let size = if kind == "image/bmp" { bmp_size(head) } else { decoded_size(head).or_else(|| webp_canvas(head)) };
    size.filter(|(width, height)| *width > 0 && *height > 0)
}

fn decoded_size(head: &[u8]) -> Option<(u32, u32)> {
    let mut decoder = ImageReader::new(Cursor::new(head)).with_guessed_format().ok()?.into_decoder().ok()?;
    let (width, height) = decoder.dimensions();
    // A phone keeps the picture as its sensor lay and says how to turn it.
    let turned = matches!(
        decoder.orientation(),
        Ok(Orientation::Rotate90 | Orientation::Rotate270 | Orientation::Rotate90FlipH | Orientation::Rotate270FlipH)
    );
    Some(if turned { (height, width) } else { (width, height) })
}

/// A long WebP names its canvas first, but can only be opened with its end.
fn webp_canvas(head: &[u8]) -> Option<(u32, u32)> {
    let side = |at: usize| Some(u32::from_le_bytes([*head.get(at)?, *head.get(at + 1)?, *head.get(at + 2)?, 0]) + 1);
    let is_long = head.len() as u64 >= crate::limits::UPLOAD_HEAD_BYTES as u64;
    if is_long && head.get(8..16) == Some(b"WEBPVP8X") { Some((side(24)?, side(27)?)) } else { None }
}

fn bmp_size(head: &[u8]) -> Option<(u32, u32)> {
    let number = |at: usize| head.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map(i32::from_le_bytes);
    // A height below zero says that the rows go from top to bottom.
    Some((u32::try_from(number(18)?).ok()?, number(22)?.unsigned_abs()))
}

#[cfg(test)]
mod tests {
    use image::{DynamicImage, ImageFormat};

    use super::*;

    fn picture(format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        DynamicImage::new_rgb8(64, 32).write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    /// The JPEG with an orientation tag, as a phone writes it.
    fn turned(jpeg: &[u8]) -> Vec<u8> {
        let tag = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
        let mut bytes = jpeg[..2].to_vec();
        bytes.extend([0xff, 0xe1, 0, tag.len() as u8 + 2]);
        bytes.extend(tag);
        bytes.extend(&jpeg[2..]);
        bytes
    }

    #[test]
    fn pictures_are_measured() {
        for (format, kind) in [
            (ImageFormat::Png, "image/png"),
            (ImageFormat::Jpeg, "image/jpeg"),
            (ImageFormat::Gif, "image/gif"),
            (ImageFormat::WebP, "image/webp"),
        ] {
            let content = Content::of(&picture(format), true);
            assert_eq!(content, Content { kind, size: Some((64, 32)), is_broken: false });
            assert!(content.is_image());
        }
        let phone = Content::of(&turned(&picture(ImageFormat::Jpeg)), true);
        assert_eq!((phone.kind, phone.size), ("image/jpeg", Some((32, 64))));
        let mut bmp = b"BM".to_vec();
        bmp.resize(18, 0);
        bmp.extend(64_i32.to_le_bytes());
        bmp.extend((-32_i32).to_le_bytes());
        assert_eq!(Content::of(&bmp, true).size, Some((64, 32)));
    }

    #[test]
    fn a_picture_that_begins_and_does_not_go_on_is_broken() {
        assert!(Content::of(b"\x89PNG\r\n\x1a\nbroken", true).is_broken);
        assert!(Content::of(&picture(ImageFormat::Jpeg)[..30], true).is_broken);
        // More may come.
        assert!(!Content::of(&picture(ImageFormat::Jpeg)[..30], false).is_broken);
    }

    #[test]
    fn names_do_not_make_types() {
        let cases: [(&[u8], &str); 12] = [
            (b"", "text/plain"),
            ("ünïcode".as_bytes(), "text/plain"),
            (b"alert(1)", "text/plain"),
            (b"\0\x01\x02", "application/octet-stream"),
            (b"  <!doctype html><p>", "text/html"),
            (b"<script>alert(1)</script>", "text/html"),
            (b"<?xml version='1.0'?><feed/>", "text/xml"),
            (b"<svg xmlns='x'><script/></svg>", "image/svg+xml"),
            (b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- a --><!DOCTYPE svg>\n<svg>", "image/svg+xml"),
            (b"<svg", "text/plain"),
            (b"<svgalert>", "text/plain"),
            (b"%PDF-1.7\n", "application/pdf"),
        ];
        for (head, kind) in cases {
            let content = Content::of(head, true);
            assert_eq!(content.kind, kind, "{}", String::from_utf8_lossy(head));
            assert_eq!(content.is_image(), kind.starts_with("image/"));
        }
    }

    #[test]
    fn a_voice_is_no_film() {
        let webm = Content::of(&[b"\x1a\x45\xdf\xa3\x93\x42\x82\x84webm".as_slice(), &[0; 300]].concat(), true);
        assert_eq!(webm.kind, "video/webm");
        assert_eq!(webm.said_to_be("audio/webm;codecs=opus").kind, "audio/webm");
        assert_eq!(webm.said_to_be("text/html").kind, "video/webm");
        let mp4 = Content::of(b"\0\0\0\x18ftypiso5\0\0\0\0", true);
        assert_eq!((mp4.kind, mp4.said_to_be("audio/mp4").kind), ("video/mp4", "audio/mp4"));
        assert_eq!(Content::of(b"<script>", true).said_to_be("audio/mp4").kind, "text/html");
    }

    #[test]
    fn a_text_may_be_cut_within_a_letter() {
        let cut = &"ünïcodë".as_bytes()[..9];
        assert_eq!(Content::of(cut, false).kind, "text/plain");
        assert_eq!(Content::of(cut, true).kind, "application/octet-stream");
    }
}
