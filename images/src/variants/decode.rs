//! Decodes a picture's first frame, reduced as planned.

use super::budget::Plan;
use super::pixels;
use super::raster::{Channels, Raster, Reducer};
use crate::answer::NoVariants;
use crate::inspect::{Facts, Kind};
use std::io::Cursor;
use std::num::NonZeroU64;

pub(super) fn decode(bytes: &[u8], facts: &Facts, plan: &Plan) -> Result<Raster, NoVariants> {
    match facts.kind {
        Kind::Jpeg => jpeg(bytes, facts, plan),
        Kind::Png => png(bytes, facts, plan),
        Kind::Webp => webp(bytes, facts, plan),
        Kind::Gif => gif(bytes, facts, plan),
    }
}

fn jpeg(bytes: &[u8], facts: &Facts, plan: &Plan) -> Result<Raster, NoVariants> {
    use jpeg_decoder::{Decoder, PixelFormat};
    let mut decoder = Decoder::new(bytes);
    let side = u16::try_from(plan.preview).unwrap_or(u16::MAX);
    decoder.scale(side, side).map_err(corrupt)?;
    let found = decoder.info().ok_or(NoVariants::Corrupt)?;
    let (width, height) = (u32::from(found.width), u32::from(found.height));
    // The header that was inspected is the one that is decoded.
    if width != facts.width.div_ceil(plan.factor) || height != facts.height.div_ceil(plan.factor) {
        return Err(NoVariants::Corrupt);
    }
    let pixels = decoder.decode().map_err(corrupt)?;
    drop(decoder);
    let rgb = match found.pixel_format {
        PixelFormat::RGB24 => pixels,
        PixelFormat::L8 => pixels.iter().flat_map(|gray| [*gray; 3]).collect(),
        PixelFormat::CMYK32 => cmyk_to_rgb(&pixels),
        PixelFormat::L16 => return Err(NoVariants::Unsupported),
    };
    Raster::new(width, height, Channels::Rgb, rgb).ok_or(NoVariants::Corrupt)
}

fn cmyk_to_rgb(pixels: &[u8]) -> Vec<u8> {
    let mut rgb = Vec::with_capacity(pixels.len().div_ceil(4).saturating_mul(3));
    for pixel in pixels.chunks_exact(4) {
        let [cyan, magenta, yellow, black] = pixel else { continue };
        let light = |ink: &u8| {
            let product =
                u16::from(255_u8.saturating_sub(*ink)).saturating_mul(255_u16.saturating_sub((*black).into()));
            u8::try_from(product / 255).unwrap_or(u8::MAX)
        };
        rgb.extend([light(cyan), light(magenta), light(yellow)]);
    }
    rgb
}

fn png(bytes: &[u8], facts: &Facts, plan: &Plan) -> Result<Raster, NoVariants> {
    use png::{ColorType, Decoder, Limits, Transformations};
    let memory = usize::try_from(plan.memory).unwrap_or(usize::MAX);
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), Limits { bytes: memory });
    decoder.set_transformations(Transformations::normalize_to_color8());
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let mut reader = decoder.read_info().map_err(corrupt)?;
    let (color, _) = reader.output_color_type();
    let channels =
        if matches!(color, ColorType::Rgba | ColorType::GrayscaleAlpha) { Channels::Rgba } else { Channels::Rgb };
    if reader.info().width != facts.width || reader.info().height != facts.height {
        return Err(NoVariants::Corrupt);
    }
    let mut reducer = Reducer::new(facts.width, facts.height, plan.factor, channels);
    let mut expanded = Vec::new();
    let mut push = |row: &[u8]| match color {
        ColorType::Grayscale => {
            expanded.clear();
            expanded.extend(row.iter().flat_map(|gray| [*gray; 3]));
            reducer.push(&expanded);
        }
        ColorType::GrayscaleAlpha => {
            expanded.clear();
            expanded.extend(
                row.chunks_exact(2)
                    .filter_map(|pixel| pixel.first().zip(pixel.get(1)))
                    .flat_map(|(gray, alpha)| [*gray, *gray, *gray, *alpha]),
            );
            reducer.push(&expanded);
        }
        ColorType::Rgb | ColorType::Rgba | ColorType::Indexed => reducer.push(row),
    };
    if reader.info().interlaced {
        let size = reader.output_buffer_size().filter(|size| *size <= memory).ok_or(NoVariants::TooLarge)?;
        let mut whole = vec![0; size];
        let line = reader.next_frame(&mut whole).map_err(corrupt)?.line_size;
        whole.chunks_exact(line.max(1)).for_each(push);
    } else {
        while let Some(row) = reader.next_row().map_err(corrupt)? {
            push(row.data());
        }
    }
    reducer.finish().ok_or(NoVariants::Corrupt)
}

fn webp(bytes: &[u8], facts: &Facts, plan: &Plan) -> Result<Raster, NoVariants> {
    let mut decoder = image_webp::WebPDecoder::new(Cursor::new(bytes)).map_err(corrupt)?;
    decoder.set_memory_limit(usize::try_from(plan.memory).unwrap_or(usize::MAX));
    if decoder.dimensions() != (facts.width, facts.height) || decoder.is_animated() != facts.is_animated {
        return Err(NoVariants::Corrupt);
    }
    let channels = if decoder.has_alpha() { Channels::Rgba } else { Channels::Rgb };
    let mut whole = vec![0; decoder.output_buffer_size().ok_or(NoVariants::TooLarge)?];
    decoder.read_image(&mut whole).map_err(corrupt)?;
    drop(decoder);
    let mut reducer = Reducer::new(facts.width, facts.height, plan.factor, channels);
    let line = usize::try_from(facts.width).unwrap_or(1).saturating_mul(channels.count());
    whole.chunks_exact(line.max(1)).for_each(|row| reducer.push(row));
    reducer.finish().ok_or(NoVariants::Corrupt)
}

fn gif(bytes: &[u8], facts: &Facts, plan: &Plan) -> Result<Raster, NoVariants> {
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::Indexed);
    options.set_memory_limit(gif::MemoryLimit::Bytes(NonZeroU64::new(plan.memory).ok_or(NoVariants::TooLarge)?));
    let mut decoder = options.read_info(Cursor::new(bytes)).map_err(corrupt)?;
    let (frame, size) = match decoder.next_frame_info().map_err(corrupt)? {
        Some(frame) => (Frame::of(frame), usize::from(frame.width).saturating_mul(frame.height.into())),
        None => return Err(NoVariants::Corrupt),
    };
    if size == 0 || size > pixels(facts)? {
        return Err(NoVariants::TooLarge);
    }
    let palette: Vec<[u8; 3]> = {
        let palette = decoder.palette().map_err(corrupt)?;
        palette.chunks_exact(3).filter_map(|color| color.try_into().ok()).collect()
    };
    let mut indices = vec![0; size];
    decoder.read_into_buffer(&mut indices).map_err(corrupt)?;
    drop(decoder);
    let mut reducer = Reducer::new(facts.width, facts.height, plan.factor, Channels::Rgba);
    let width = usize::try_from(facts.width).map_err(|_| NoVariants::TooLarge)?;
    let mut row = vec![0; width.saturating_mul(4)];
    let mut lines = indices.chunks_exact(frame.width.max(1));
    for y in 0..facts.height {
        row.fill(0);
        if y >= frame.top
            && let Some(line) = lines.next()
        {
            let pixels = row.chunks_exact_mut(4).skip(frame.left);
            for (pixel, index) in pixels.zip(line).filter(|(_, index)| Some(**index) != frame.transparent) {
                if let (Some([red, green, blue]), [r, g, b, a]) = (palette.get(usize::from(*index)), pixel) {
                    (*r, *g, *b, *a) = (*red, *green, *blue, 255);
                }
            }
        }
        reducer.push(&row);
    }
    reducer.finish().ok_or(NoVariants::Corrupt)
}

/// Place of a GIF's frame on its screen.
struct Frame {
    left: usize,
    top: u32,
    width: usize,
    transparent: Option<u8>,
}

impl Frame {
    fn of(frame: &gif::Frame<'_>) -> Self {
        Self {
            left: frame.left.into(),
            top: frame.top.into(),
            width: frame.width.into(),
            transparent: frame.transparent,
        }
    }
}

fn corrupt<E>(_: E) -> NoVariants {
    NoVariants::Corrupt
}
