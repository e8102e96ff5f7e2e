//! An image in another size (`rest.md` 10): what can be asked for, and how it is made.

use std::io::Cursor;

use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};
use image::codecs::gif::GifDecoder;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{PngDecoder, PngEncoder};
use image::codecs::webp::WebPDecoder;
use image::metadata::Orientation;
use image::{
    AnimationDecoder, DynamicImage, ImageDecoder, ImageEncoder, ImageError, ImageFormat, ImageReader, ImageResult,
};

use crate::error::{ApiError, Result};
use crate::limits;

/// How good a JPEG is made, of 100.
const QUALITY: u8 = 85;

/// How an image comes to its size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Fit {
    /// As large as fits, never larger than it is.
    #[default]
    Clip,
    /// Cut to the proportions asked for.
    Crop,
    /// Stretched.
    Scale,
    /// As large as fits, and black around it.
    Fill,
}

/// A size in which an image is wanted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Size {
    width: Option<u32>,
    height: Option<u32>,
    fit: Fit,
    /// What stays of a cropped image: from 0 (left, top) to 2 (right, bottom).
    focus: (u8, u8),
}

impl Size {
    /// `None`: nothing is asked for.
    ///
    /// Errors: sides beyond the limits, words that mean nothing.
    pub fn asked(w: Option<&str>, h: Option<&str>, resize: Option<&str>, crop: Option<&str>) -> Result<Option<Size>> {
        let (width, height) = (side("w", w)?, side("h", h)?);
        let fit = match resize.unwrap_or("clip") {
            "clip" => Fit::Clip,
            "crop" => Fit::Crop,
            "scale" => Fit::Scale,
            "fill" => Fit::Fill,
            _ => return Err(ApiError::field("resize", "resize must be one of clip, crop, scale, fill")),
        };
        let focus = focus(crop.unwrap_or("center"))?;
        Ok((width.is_some() || height.is_some()).then_some(Size { width, height, fit, focus }))
    }

    /// A name for a file, another one for each size.
    pub fn name(&self) -> String {
        let side = |side: Option<u32>| side.map_or("-".to_owned(), |side| side.to_string());
        let fit = match self.fit {
            Fit::Clip => "clip".to_owned(),
            Fit::Crop => format!("crop{}{}", self.focus.0, self.focus.1),
            Fit::Scale => "scale".to_owned(),
            Fit::Fill => "fill".to_owned(),
        };
        format!("{}x{}{fit}", side(self.width), side(self.height))
    }

    /// The size that an image of `width` and `height` gets, without what is filled in around it.
    fn of(&self, width: u32, height: u32) -> (u32, u32) {
        let (across, down) = (self.width.map(f64::from), self.height.map(f64::from));
        let (across, down) = (across.map(|side| side / f64::from(width)), down.map(|side| side / f64::from(height)));
        let factor = match (across, down, self.fit) {
            (Some(_), Some(_), Fit::Crop | Fit::Scale) => {
                return (self.width.unwrap_or(width), self.height.unwrap_or(height));
            }
            (Some(across), Some(down), Fit::Fill) => across.min(down),
            (across, down, _) => across.unwrap_or(1.0).min(down.unwrap_or(1.0)).min(1.0),
        };
        let side = |side: u32| (f64::from(side) * factor).round().clamp(1.0, f64::from(limits::IMAGE_SIDE)) as u32;
        (side(width), side(height))
    }
}

fn side(name: &str, text: Option<&str>) -> Result<Option<u32>> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let most = f64::from(limits::IMAGE_SIDE);
    // Pages ask for what they measured, and that may be a fraction.
    let side = text.parse::<f64>().ok().map(f64::round).filter(|side| (1.0..=most).contains(side));
    side.map(|side| Some(side as u32))
        .ok_or_else(|| ApiError::field(name, format!("{name} must be a number from 1 to {most}")))
}

fn focus(words: &str) -> Result<(u8, u8)> {
    let mut focus = (1, 1);
    for word in words.split(',') {
        match word.trim() {
            "center" | "" => {}
            "left" => focus.0 = 0,
            "right" => focus.0 = 2,
            "top" => focus.1 = 0,
            "bottom" => focus.1 = 2,
            _ => return Err(ApiError::field("crop", "crop must be one of center, top, bottom, left, right")),
        }
    }
    Ok(focus)
}

/// The image in the size, encoded; `None` for what is shown as it is: what moves, and what is no picture of pixels.
///
/// Errors: images of more pixels than are decoded, and broken ones.
pub(super) fn resized(bytes: &[u8], size: &Size) -> Result<Option<Vec<u8>>> {
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(ApiError::internal)?;
    let Some(format) = reader.format().filter(|format| super::content::is_decoded(*format)) else { return Ok(None) };
    // What the header says, before there is room for a pixel.
    let (width, height) = reader.into_dimensions().map_err(unreadable)?;
    if u64::from(width) * u64::from(height) > limits::IMAGE_PIXELS {
        return Err(too_many_pixels());
    }
    if moves(bytes, format).map_err(unreadable)? {
        return Ok(None);
    }
    let (image, profile) = decoded(bytes, format).map_err(unreadable)?;
    let image = fitted(&image, size).map_err(ApiError::internal)?;
    encoded(&image, format, profile).map(Some).map_err(ApiError::internal)
}

/// The refusal of an image that is too large to be resized.
pub(super) fn too_many_pixels() -> ApiError {
    ApiError::input(format!(
        "an image of more than {} pixels or {} bytes has no other sizes: ask for it without w and h",
        limits::IMAGE_PIXELS,
        limits::IMAGE_BYTES
    ))
}

fn unreadable(error: ImageError) -> ApiError {
    match error {
        ImageError::Limits(_) => too_many_pixels(),
        error => ApiError { cause: Some(error.into()), ..ApiError::input("the image cannot be read") },
    }
}

fn bounds() -> image::Limits {
    let mut bounds = image::Limits::default();
    bounds.max_alloc = Some(limits::IMAGE_MEMORY);
    bounds
}

fn moves(bytes: &[u8], format: ImageFormat) -> ImageResult<bool> {
    let bytes = Cursor::new(bytes);
    Ok(match format {
        ImageFormat::Png => PngDecoder::with_limits(bytes, bounds())?.is_apng()?,
        ImageFormat::WebP => WebPDecoder::new(bytes)?.has_animation(),
        ImageFormat::Gif => {
            let mut decoder = GifDecoder::new(bytes)?;
            decoder.set_limits(bounds())?;
            decoder.into_frames().take(2).filter(|frame| frame.is_ok()).count() > 1
        }
        _ => false,
    })
}

/// The pixels as they are shown, a byte for each colour; and what its colours mean.
fn decoded(bytes: &[u8], format: ImageFormat) -> ImageResult<(DynamicImage, Option<Vec<u8>>)> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(bounds());
    let mut decoder = reader.into_decoder()?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    // A profile of other colours than red, green and blue says nothing about what is decoded.
    let profile = decoder.icc_profile()?.filter(|profile| profile.get(16..20) == Some(b"RGB "));
    let mut image = DynamicImage::from_decoder(decoder)?;
    image.apply_orientation(orientation);
    let image = match image {
        image @ (DynamicImage::ImageRgb8(_) | DynamicImage::ImageRgba8(_)) => image,
        image if image.color().has_alpha() => image.into_rgba8().into(),
        image => image.into_rgb8().into(),
    };
    Ok((image, profile))
}

fn fitted(image: &DynamicImage, size: &Size) -> anyhow::Result<DynamicImage> {
    let (width, height) = size.of(image.width(), image.height());
    let mut made = DynamicImage::new(width, height, image.color());
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3));
    let options = match size.fit {
        Fit::Crop => options.fit_into_destination(Some((f64::from(size.focus.0) / 2.0, f64::from(size.focus.1) / 2.0))),
        _ => options,
    };
    Resizer::new().resize(image, &mut made, &options)?;
    match (size.fit, size.width, size.height) {
        (Fit::Fill, Some(across), Some(down)) => Ok(filled(&made, across, down)),
        _ => Ok(made),
    }
}

/// The image in the middle of black.
fn filled(image: &DynamicImage, width: u32, height: u32) -> DynamicImage {
    let mut whole = image::RgbaImage::from_pixel(width, height, image::Rgba([0, 0, 0, 255]));
    let (left, top) = (width.saturating_sub(image.width()) / 2, height.saturating_sub(image.height()) / 2);
    image::imageops::overlay(&mut whole, image, left.into(), top.into());
    DynamicImage::ImageRgba8(whole).into_rgb8().into()
}

/// Photographs stay photographs: what was a JPEG, or a WebP that nothing shines through. All else keeps every pixel.
fn encoded(image: &DynamicImage, format: ImageFormat, profile: Option<Vec<u8>>) -> ImageResult<Vec<u8>> {
    let mut bytes = Vec::new();
    let is_photograph = format == ImageFormat::Jpeg || (format == ImageFormat::WebP && !image.color().has_alpha());
    if is_photograph {
        let mut encoder = JpegEncoder::new_with_quality(&mut bytes, QUALITY);
        keep_profile(&mut encoder, profile);
        image.write_with_encoder(encoder)?;
    } else {
        let mut encoder = PngEncoder::new(&mut bytes);
        keep_profile(&mut encoder, profile);
        image.write_with_encoder(encoder)?;
    }
    Ok(bytes)
}

/// Where the format has no room for it the colours are a little off, which is no reason to show nothing.
fn keep_profile(encoder: &mut impl ImageEncoder, profile: Option<Vec<u8>>) {
    if let Some(profile) = profile
        && let Err(error) = encoder.set_icc_profile(profile)
    {
        tracing::debug!(%error, "an image loses its colour profile");
    }
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage};

    use super::*;

    fn size(w: &str, h: &str, resize: &str, crop: &str) -> Size {
        Size::asked(Some(w), Some(h), Some(resize), Some(crop)).expect("is fine").expect("asks for something")
    }

    fn written(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        image.into().write_to(&mut bytes, format).expect("encodes");
        bytes.into_inner()
    }

    /// Left half red, right half blue.
    fn flag(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, _| if x < width / 2 { Rgb([255, 0, 0]) } else { Rgb([0, 0, 255]) })
    }

    fn made(bytes: &[u8], size: &Size) -> RgbImage {
        let bytes = resized(bytes, size).expect("is made").expect("in another size");
        image::load_from_memory(&bytes).expect("reads").into_rgb8()
    }

    #[test]
    fn each_way_has_its_size() {
        let png = written(flag(200, 100), ImageFormat::Png);
        for (asked, made_of) in [
            (size("100", "100", "clip", ""), (100, 50)),
            (size("900", "900", "clip", ""), (200, 100)),
            (size("", "10", "clip", ""), (20, 10)),
            (size("10", "", "crop", ""), (10, 5)),
            (size("100", "100", "crop", "center"), (100, 100)),
            (size("30", "90", "scale", ""), (30, 90)),
            (size("100", "100", "fill", ""), (100, 100)),
            (size("400", "300", "fill", ""), (400, 300)),
            (size("1", "1", "clip", ""), (1, 1)),
            (size("99.6", "", "clip", ""), (100, 50)),
        ] {
            assert_eq!(made(&png, &asked).dimensions(), made_of, "{}", asked.name());
        }
    }

    #[test]
    fn what_is_cut_and_what_is_filled() {
        let png = written(flag(200, 100), ImageFormat::Png);
        let corner = |image: RgbImage| image.get_pixel(1, 1).0;
        let red = |colour: [u8; 3]| colour[0] > 200 && colour[2] < 50;
        assert!(red(corner(made(&png, &size("50", "50", "crop", "left")))));
        assert!(red(corner(made(&png, &size("50", "50", "crop", "top,left")))));
        assert!(!red(corner(made(&png, &size("50", "50", "crop", "right")))));
        assert_eq!(corner(made(&png, &size("50", "50", "fill", ""))), [0, 0, 0]);
        assert!(red(made(&png, &size("50", "50", "fill", "")).get_pixel(1, 25).0));
    }

    #[test]
    fn photographs_stay_photographs() {
        let small = size("10", "10", "clip", "");
        let format = |bytes: Vec<u8>| {
            image::guess_format(&resized(&bytes, &small).expect("is made").expect("anew")).expect("a known format")
        };
        assert_eq!(format(written(flag(20, 20), ImageFormat::Jpeg)), ImageFormat::Jpeg);
        assert_eq!(format(written(flag(20, 20), ImageFormat::WebP)), ImageFormat::Jpeg);
        assert_eq!(format(written(DynamicImage::new_rgba8(20, 20), ImageFormat::WebP)), ImageFormat::Png);
        assert_eq!(format(written(DynamicImage::new_luma16(20, 20), ImageFormat::Png)), ImageFormat::Png);
        assert_eq!(format(written(flag(20, 20), ImageFormat::Gif)), ImageFormat::Png);
    }

    #[test]
    fn what_moves_goes_on_moving() {
        let mut gif = Vec::new();
        let mut encoder = image::codecs::gif::GifEncoder::new(&mut gif);
        for _ in 0..3 {
            encoder.encode_frame(image::Frame::new(image::RgbaImage::new(8, 8))).expect("encodes");
        }
        drop(encoder);
        assert_eq!(resized(&gif, &size("4", "4", "clip", "")).expect("is fine"), None);
        assert_eq!(resized(b"<svg xmlns='x'/>", &size("4", "4", "clip", "")).expect("is fine"), None);
    }

    #[test]
    fn a_bomb_is_known_by_its_header() {
        let mut bomb = written(flag(8, 8), ImageFormat::Png);
        // Width and height of the header, and its checksum anew.
        bomb[16..24].copy_from_slice(&[0, 0, 0x20, 1, 0, 0, 0x09, 0]);
        let mut crc = u32::MAX;
        for byte in &bomb[12..29] {
            crc ^= u32::from(*byte);
            (0..8).for_each(|_| crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 });
        }
        bomb[29..33].copy_from_slice(&(!crc).to_be_bytes());
        let error = resized(&bomb, &size("4", "4", "clip", "")).expect_err("has too many pixels");
        assert!(error.message.contains("pixels"), "{}", error.message);
        let broken = &written(flag(64, 64), ImageFormat::Png)[..60];
        assert!(resized(broken, &size("4", "4", "clip", "")).is_err());
    }

    #[test]
    fn nonsense_is_refused_by_name() {
        assert_eq!(Size::asked(None, Some(""), Some("crop"), None).expect("is fine"), None);
        assert!(Size::asked(Some("4096"), None, None, None).is_ok());
        for (w, resize, crop, name) in [
            ("0", "clip", "center", "w"),
            ("4097", "clip", "center", "w"),
            ("NaN", "clip", "center", "w"),
            ("-1", "clip", "center", "w"),
            ("1", "bend", "center", "resize"),
            ("1", "clip", "middle", "crop"),
        ] {
            let error = Size::asked(Some(w), None, Some(resize), Some(crop)).expect_err("is nonsense");
            assert!(error.exception_fields.contains_key(name), "{w} {resize} {crop}: {}", error.message);
        }
    }
}
