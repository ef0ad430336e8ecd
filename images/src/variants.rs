//! The small pictures of a picture: `thumb` and `preview`, and a placeholder.
//!
//! Decoders get no picture whose header asks for more memory than the limit, and none is trusted with the size of what
//! it decodes. JPEG is scaled while it is decoded, PNG row by row; GIF and WebP are decoded whole, their first frame.

mod budget;
mod decode;
mod encode;
mod raster;
mod thumbhash;

use crate::answer::{Answer, NoVariants, VariantFacts, VariantName};
use crate::inspect::{Facts, Kind};
use crate::{Cleaning, Error, inspect};
use base64ct::{Base64, Encoding};
use raster::Raster;

/// What a picture may cost.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Most pixels of a frame.
    pub max_pixels: u64,
    /// Most memory, with the picture's own bytes; an estimate before decoding.
    pub max_memory: u64,
    /// Longest side of the thumb, pixels.
    pub thumb: u32,
    /// Longest side of the preview, pixels.
    pub preview: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_pixels: 50_000_000, max_memory: 72 << 20, thumb: 320, preview: 1_600 }
    }
}

/// The variants of a picture.
#[derive(Debug)]
pub struct Variants {
    /// Thumb and preview.
    pub variants: Vec<Variant>,
    /// A placeholder of at most 25 bytes: see <https://evanw.github.io/thumbhash/>.
    pub thumbhash: Vec<u8>,
}

/// A small picture: upright, without metadata, never larger than the original.
#[derive(Debug)]
pub struct Variant {
    /// Which one.
    pub name: VariantName,
    /// JPEG, or PNG if it has transparency.
    pub kind: Kind,
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Makes the variants of a picture.
///
/// # Errors
/// If there are none; the picture can be stored nevertheless.
pub fn variants(bytes: &[u8], limits: &Limits) -> Result<Variants, NoVariants> {
    let facts = match inspect(bytes, limits.max_pixels) {
        Ok(facts) => facts.ok_or(NoVariants::Unsupported)?,
        Err(Error::TooLarge { .. }) => return Err(NoVariants::TooLarge),
        Err(Error::Corrupt) => return Err(NoVariants::Corrupt),
    };
    let plan = budget::Plan::of(bytes, &facts, limits)?;
    let decoded = decode::decode(bytes, &facts, &plan)?;
    let preview = decoded.within(limits.preview)?.upright(facts.orientation);
    let preview = if preview.is_opaque() { preview.without_alpha() } else { preview };
    let thumb = preview.clone_within(limits.thumb)?;
    let thumbhash = thumbhash::thumbhash(&thumb.clone_within(thumbhash::MAX_SIDE)?);
    let variants = vec![variant(VariantName::Thumb, &thumb)?, variant(VariantName::Preview, &preview)?];
    Ok(Variants { variants, thumbhash })
}

fn variant(name: VariantName, raster: &Raster) -> Result<Variant, NoVariants> {
    let (kind, bytes) = encode::encode(raster, name)?;
    Ok(Variant { name, kind, width: raster.width(), height: raster.height(), bytes })
}

/// Everything about a picture, as the images Worker answers it. `None` for bytes that are no picture. One with more than the
/// allowed pixels has no variants, but loses its metadata.
///
/// # Errors
/// If the picture is corrupt.
pub fn answer(bytes: &[u8], limits: &Limits) -> Result<Option<(Answer, Vec<Variant>)>, Error> {
    let Some(facts) = inspect(bytes, u64::MAX)? else { return Ok(None) };
    let Some(cleaning) = Cleaning::of(bytes)? else { return Ok(None) };
    let (variants, thumbhash, no_variants) = match variants(bytes, limits) {
        Ok(Variants { variants, thumbhash }) => (variants, Some(Base64::encode_string(&thumbhash)), None),
        Err(reason) => (Vec::new(), None, Some(reason)),
    };
    let made = variants.iter().map(Variant::facts).collect();
    let answer = Answer { facts, cleaning, thumbhash, variants: made, no_variants };
    Ok(Some((answer, variants)))
}

impl Variant {
    fn facts(&self) -> VariantFacts {
        let size = u32::try_from(self.bytes.len()).unwrap_or(u32::MAX);
        VariantFacts { name: self.name, kind: self.kind, width: self.width, height: self.height, size }
    }
}

/// Width and height of a picture within a square, never enlarged.
fn within(width: u32, height: u32, side: u32) -> (u32, u32) {
    let longest = width.max(height);
    if longest <= side {
        return (width, height);
    }
    let scaled = |length: u32| {
        let rounded = u64::from(length).saturating_mul(u64::from(side)).saturating_add(u64::from(longest / 2));
        u32::try_from(rounded.checked_div(u64::from(longest)).unwrap_or(1)).unwrap_or(side).clamp(1, side)
    };
    (scaled(width), scaled(height))
}

/// Pixels of a picture as bytes with some channels.
fn area(width: u32, height: u32, channels: u64) -> u64 {
    u64::from(width).saturating_mul(u64::from(height)).saturating_mul(channels)
}

/// As [`Facts::pixels`], for the index of a buffer.
fn pixels(facts: &Facts) -> Result<usize, NoVariants> {
    usize::try_from(facts.pixels()).map_err(|_| NoVariants::TooLarge)
}
