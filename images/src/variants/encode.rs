//! Writes a variant: JPEG, or PNG where there is transparency. Neither has metadata.

use super::raster::{Channels, Raster};
use crate::answer::{NoVariants, VariantName};
use crate::inspect::Kind;
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

pub(super) fn encode(raster: &Raster, name: VariantName) -> Result<(Kind, Vec<u8>), NoVariants> {
    match raster.channels() {
        Channels::Rgb => jpeg(raster, name).map(|bytes| (Kind::Jpeg, bytes)),
        Channels::Rgba => png(raster).map(|bytes| (Kind::Png, bytes)),
    }
}

fn jpeg(raster: &Raster, name: VariantName) -> Result<Vec<u8>, NoVariants> {
    let side = |length: u32| u16::try_from(length).map_err(|_| NoVariants::TooLarge);
    let quality = match name {
        VariantName::Thumb => 75,
        VariantName::Preview => 80,
    };
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, quality);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    let (width, height) = (side(raster.width())?, side(raster.height())?);
    encoder.encode(raster.data(), width, height, ColorType::Rgb).map_err(|_| NoVariants::Corrupt)?;
    Ok(bytes)
}

fn png(raster: &Raster) -> Result<Vec<u8>, NoVariants> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, raster.width(), raster.height());
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header().map_err(|_| NoVariants::Corrupt)?;
    writer.write_image_data(raster.data()).map_err(|_| NoVariants::Corrupt)?;
    writer.finish().map_err(|_| NoVariants::Corrupt)?;
    Ok(bytes)
}
