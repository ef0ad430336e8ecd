//! What decoding a picture costs, estimated from its header.

use super::{Limits, area};
use crate::answer::NoVariants;
use crate::formats::{jpeg, webp};
use crate::inspect::{Facts, Kind};

/// Tables of decoders and encoders, and the encoded variants.
const FIXED: u64 = 4 << 20;
/// Most scans of a progressive JPEG: each visits all blocks again. Encoders write about 10.
const MAX_SCANS: u32 = 100;

/// How a picture is decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// Side of the squares of pixels that become one pixel while the picture is decoded.
    pub(super) factor: u32,
    /// Longest side that is asked of a decoder that scales.
    pub(super) preview: u32,
    /// Memory that the decoder may use, bytes.
    pub(super) memory: u64,
}

impl Plan {
    pub(super) fn of(bytes: &[u8], facts: &Facts, limits: &Limits) -> Result<Self, NoVariants> {
        let Facts { width, height, .. } = *facts;
        let factor = match facts.kind {
            Kind::Jpeg => jpeg_factor(facts, limits.preview),
            _ => width.max(height).checked_div(limits.preview).unwrap_or(1).max(1),
        };
        let own = u64::try_from(bytes.len()).unwrap_or(u64::MAX).saturating_add(FIXED);
        let memory = limits.max_memory.checked_sub(own).ok_or(NoVariants::TooLarge)?;
        let (reduced_width, reduced_height) = (width.div_ceil(factor), height.div_ceil(factor));
        let decoding = match facts.kind {
            Kind::Jpeg => jpeg(bytes, facts, area(reduced_width, reduced_height, 1))?,
            // Rows, and their sums; an interlaced one is decoded whole, which the decoder checks against `memory`.
            Kind::Png => u64::from(width).saturating_mul(48),
            Kind::Gif => area(width, height, 1),
            Kind::Webp => area(width, height, webp_bytes(bytes, facts)?),
        };
        let reduced = area(reduced_width, reduced_height, 4);
        // The rows in between of a resize, and its result.
        let resize = area(limits.preview, reduced_height, 4).saturating_add(area(limits.preview, limits.preview, 4));
        let resizing = if width.max(height) > limits.preview { resize } else { reduced };
        if reduced.saturating_add(decoding.max(resizing)) > memory {
            return Err(NoVariants::TooLarge);
        }
        Ok(Self { factor, preview: limits.preview, memory: memory.saturating_sub(reduced) })
    }
}

/// The scale that the decoder chooses.
fn jpeg_factor(facts: &Facts, preview: u32) -> u32 {
    let longest = facts.width.max(facts.height);
    [8, 4, 2].into_iter().find(|factor| longest.div_ceil(*factor) >= preview).unwrap_or(1)
}

/// Planes of the scaled components, and all coefficients of a progressive one.
fn jpeg(bytes: &[u8], facts: &Facts, reduced: u64) -> Result<u64, NoVariants> {
    let coding = jpeg::coding(bytes).map_err(|_| NoVariants::Corrupt)?;
    let is_progressive = coding.frame == jpeg::Coding::PROGRESSIVE;
    if !is_progressive && coding.frame != jpeg::Coding::BASELINE && coding.frame != jpeg::Coding::SEQUENTIAL {
        return Err(NoVariants::Unsupported);
    }
    if coding.scans > MAX_SCANS {
        return Err(NoVariants::TooLarge);
    }
    let samples = |pixels: u64| pixels.saturating_mul(coding.eighths_per_pixel).div_ceil(8);
    let coefficients = if is_progressive { samples(facts.pixels()).saturating_mul(2) } else { 0 };
    let rows = u64::from(facts.width).saturating_mul(16 * 2).saturating_mul(coding.components.into());
    Ok(samples(reduced).saturating_add(coefficients).saturating_add(rows))
}

/// Bytes of each pixel: of planes, of the decoded picture, and of the canvas that a frame is drawn on.
fn webp_bytes(bytes: &[u8], facts: &Facts) -> Result<u64, NoVariants> {
    if !webp::has_pixels(bytes, facts.is_animated) {
        return Err(NoVariants::Corrupt);
    }
    let is_lossless = bytes.get(12..16) == Some(b"VP8L".as_slice());
    Ok(match (facts.is_animated, facts.has_alpha) {
        (true, _) => 15,
        (false, true) => 11,
        (false, false) if is_lossless => 8,
        (false, false) => 8,
    })
}
