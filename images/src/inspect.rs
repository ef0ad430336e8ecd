//! What a picture is, from its header.

use crate::formats;
use crate::{Error, bytes::Reader};
use serde::{Deserialize, Serialize};

/// Format of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// JPEG.
    Jpeg,
    /// PNG and APNG.
    Png,
    /// WebP.
    Webp,
    /// GIF.
    Gif,
}

/// Colours of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Color {
    /// Shades of one colour.
    Gray,
    /// Red, green and blue.
    Rgb,
    /// A table of colours.
    Palette,
    /// Four inks.
    Cmyk,
}

/// What the header of a picture says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Format, by content.
    pub kind: Kind,
    /// Pixels in a stored row, before the orientation is applied.
    pub width: u32,
    /// Stored rows, before the orientation is applied.
    pub height: u32,
    /// EXIF orientation, 1 to 8; 5 to 8 exchange width and height.
    pub orientation: u8,
    /// Whether it has several frames.
    pub is_animated: bool,
    /// Bits of each channel, or of an index into the palette.
    pub bit_depth: u8,
    /// Its colours.
    pub color: Color,
    /// Whether the format's header announces transparency; pixels may all be opaque nevertheless.
    pub has_alpha: bool,
}

impl Kind {
    /// Format of a file, by its first 12 bytes.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let mut header = Reader::new(bytes);
        match header.array::<12>() {
            Some([b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P']) => return Some(Self::Webp),
            Some([0x89, b'P', b'N', b'G', 13, 10, 26, 10, ..]) => return Some(Self::Png),
            _ => {}
        }
        if bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a") {
            return Some(Self::Gif);
        }
        bytes.starts_with(&[0xff, 0xd8, 0xff]).then_some(Self::Jpeg)
    }

    /// The media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Gif => "image/gif",
        }
    }
}

impl Facts {
    /// Width and height as seen, with the orientation applied.
    pub fn upright(&self) -> (u32, u32) {
        if self.orientation > 4 { (self.height, self.width) } else { (self.width, self.height) }
    }

    /// Pixels of a frame.
    pub fn pixels(&self) -> u64 {
        u64::from(self.width).saturating_mul(u64::from(self.height))
    }
}

/// Reads what a picture is, at most its header. `None` if the bytes are no picture. They may be the beginning of a
/// file; a header that does not fit into them is [`Error::Corrupt`].
///
/// # Errors
/// If the header cannot be read, or if the picture has no pixels or more than `max_pixels`.
pub fn inspect(bytes: &[u8], max_pixels: u64) -> Result<Option<Facts>, Error> {
    let Some(kind) = Kind::of(bytes) else { return Ok(None) };
    let facts = match kind {
        Kind::Jpeg => formats::jpeg::facts(bytes)?,
        Kind::Png => formats::png::facts(bytes)?,
        Kind::Webp => formats::webp::facts(bytes)?,
        Kind::Gif => formats::gif::facts(bytes)?,
    };
    let Facts { width, height, .. } = facts;
    if width == 0 || height == 0 {
        return Err(Error::Corrupt);
    }
    if facts.pixels() > max_pixels {
        return Err(Error::TooLarge { width, height });
    }
    Ok(Some(facts))
}
