//! Pictures of each format.

use crate::formats::png::crc32;
use base64ct::{Base64, Encoding};
use image_webp::WebPEncoder;
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

/// EXIF with a camera's name, a position, and an orientation.
pub(super) fn exif(orientation: u8) -> Vec<u8> {
    let mut block = b"II*\0\x08\0\0\0\x03\0".to_vec();
    block.extend(b"\x0f\x01\x02\0\x04\0\0\0Cam\0");
    block.extend([0x12, 1, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]);
    block.extend(b"\x25\x88\x04\0\x01\0\0\0\x32\0\0\0\0\0\0\0");
    block.extend(b"SECRET-PLACE");
    block
}

/// A gradient with noise, with this many channels.
pub(super) fn pixels(width: u32, height: u32, channels: u8) -> Vec<u8> {
    let mut state = 0x2545_f491_u32;
    let mut pixels = Vec::new();
    for y in 0..height {
        for x in 0..width {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            let noise = state % 17;
            let values = [x * 199 / width + noise, y * 199 / height + noise, 90 + noise, x * 255 / width];
            pixels.extend(values.iter().take(channels.into()).map(|value| u8::try_from(*value).unwrap()));
        }
    }
    pixels
}

#[derive(Clone, Copy)]
pub(super) enum Jpeg {
    Baseline,
    Progressive,
    Gray,
    Cmyk,
}

pub(super) fn jpeg(width: u16, height: u16, kind: Jpeg) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, 85);
    let (channels, color) = match kind {
        Jpeg::Gray => (1, ColorType::Luma),
        Jpeg::Cmyk => (4, ColorType::Cmyk),
        Jpeg::Baseline | Jpeg::Progressive => (3, ColorType::Rgb),
    };
    if matches!(kind, Jpeg::Baseline) {
        encoder.set_sampling_factor(SamplingFactor::F_2_2);
    }
    encoder.set_progressive(matches!(kind, Jpeg::Progressive));
    encoder.encode(&pixels(width.into(), height.into(), channels), width, height, color).unwrap();
    bytes
}

/// A segment of a JPEG.
pub(super) fn segment(marker: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len() + 2).unwrap().to_be_bytes();
    [&[0xff, marker], length.as_slice(), payload].concat()
}

/// Puts bytes behind the first bytes of a file.
pub(super) fn insert(file: &[u8], at: usize, inserted: &[u8]) -> Vec<u8> {
    [&file[..at], inserted, &file[at..]].concat()
}

pub(super) fn png(width: u32, height: u32, color: png::ColorType, depth: png::BitDepth) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(color);
    encoder.set_depth(depth);
    let channels = u8::try_from(color.samples()).unwrap();
    let mut data = pixels(width, height, channels);
    if color == png::ColorType::Indexed {
        encoder.set_palette((0..=255_u8).flat_map(|value| [value, 255 - value, 7]).collect::<Vec<_>>());
        encoder.set_trns((0..=255).collect::<Vec<_>>());
    }
    if color == png::ColorType::GrayscaleAlpha {
        data.iter_mut().skip(1).step_by(2).for_each(|alpha| *alpha = 100);
    }
    if depth == png::BitDepth::Sixteen {
        data = data.into_iter().flat_map(|value| [value, 0]).collect();
    }
    encoder.write_header().unwrap().write_image_data(&data).unwrap();
    bytes
}

/// Two frames.
pub(super) fn apng(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_animated(2, 0).unwrap();
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&pixels(width, height, 4)).unwrap();
    writer.write_image_data(&vec![9; usize::try_from(width * height * 4).unwrap()]).unwrap();
    writer.finish().unwrap();
    bytes
}

pub(super) fn chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let content = [name.as_slice(), data].concat();
    let length = u32::try_from(data.len()).unwrap().to_be_bytes();
    [length.as_slice(), &content, &crc32(&content).to_be_bytes()].concat()
}

pub(super) fn webp(width: u32, height: u32, has_alpha: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (channels, color) =
        if has_alpha { (4, image_webp::ColorType::Rgba8) } else { (3, image_webp::ColorType::Rgb8) };
    WebPEncoder::new(&mut bytes).encode(&pixels(width, height, channels), width, height, color).unwrap();
    bytes
}

/// An extended WebP with EXIF, XMP and a chunk that no standard names around its pixels.
pub(super) fn extended_webp(width: u32, height: u32, exif: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = WebPEncoder::new(&mut bytes);
    encoder.set_exif_metadata(exif.to_vec());
    encoder.set_xmp_metadata(b"<x:xmpmeta>SECRET</x:xmpmeta>".to_vec());
    encoder.set_icc_profile(b"profile!".to_vec());
    encoder.encode(&pixels(width, height, 3), width, height, image_webp::ColorType::Rgb8).unwrap();
    bytes
}

/// A gradient of 32 x 24 pixels from red to blue, encoded by a browser, because no crate here encodes lossy WebP.
const LOSSY: &str = "0AMAnQEqIAAYAD8RfLJUrCekIygKqYAiCWoAnTKEf4D4bAAg8mgQAP7qf8Wwc+Qvj/4hzH2rcfY2tKSk46ZJpGHCXO7rJZl9SVGHr2utuKGrVDi80bAl\
     CCnViYAAAA==";
/// The same, less opaque at its beginning: the colours, then the alpha channel.
const LOSSY_WITH_ALPHA: &str = "sAMAnQEqIAAYAD8RfrJULCgkIygKqYAiCWoAnTKEf4CAAY2c3FAA/up/xbB0GBZKP/xDmPtWceGIAxkosIYuz17QmUmyGhXXNtj9TAm8AGTCNNf9Ss/i\
     GAAA";
const ALPHA: &str =
    "BR9AkG0b2najR0RMD1eR7IYNSa1S/UeMKsRSOET0Px6SEgZ5h9D01iepTxLDIPpMFE1vbZLU38mXYbz0/iiaU4IkhXGbcXuL2ryDBA==";

fn riff(chunks: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let chunk = |(name, data): &(&[u8; 4], Vec<u8>)| {
        let length = u32::try_from(data.len()).unwrap().to_le_bytes();
        [name.as_slice(), &length, data, &[0; 1][..data.len() % 2]].concat()
    };
    let body = [b"WEBP".to_vec(), chunks.iter().flat_map(chunk).collect()].concat();
    [b"RIFF".as_slice(), &u32::try_from(body.len()).unwrap().to_le_bytes(), &body].concat()
}

pub(super) fn lossy_webp(has_alpha: bool) -> Vec<u8> {
    let decoded = |text: &str| Base64::decode_vec(text).unwrap();
    if !has_alpha {
        return riff(&[(b"VP8 ", decoded(LOSSY))]);
    }
    let header = vec![0x10, 0, 0, 0, 31, 0, 0, 23, 0, 0];
    riff(&[(b"VP8X", header), (b"ALPH", decoded(ALPHA)), (b"VP8 ", decoded(LOSSY_WITH_ALPHA))])
}

/// Two frames.
pub(super) fn animated_webp() -> Vec<u8> {
    let pixels = Base64::decode_vec(LOSSY).unwrap();
    let length = u32::try_from(pixels.len()).unwrap().to_le_bytes();
    let frame = [&[0, 0, 0, 0, 0, 0, 31, 0, 0, 23, 0, 0, 100, 0, 0, 0], b"VP8 ".as_slice(), &length, &pixels].concat();
    let header = vec![0x02, 0, 0, 0, 31, 0, 0, 23, 0, 0];
    riff(&[(b"VP8X", header), (b"ANIM", vec![0; 6]), (b"ANMF", frame.clone()), (b"ANMF", frame)])
}

/// Frames of a third of the screen; the second colour is transparent.
pub(super) fn gif(width: u16, height: u16, frames: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder =
        gif::Encoder::new(&mut bytes, width, height, &[200, 0, 0, 0, 200, 0, 0, 0, 200, 9, 9, 9]).unwrap();
    encoder.set_repeat(gif::Repeat::Infinite).unwrap();
    for number in 0..frames {
        let size = usize::from(width / 3) * usize::from(height / 3);
        let pixels = (0..size).map(|at| u8::try_from((at + usize::from(number)) % 4).unwrap()).collect::<Vec<_>>();
        let mut frame = gif::Frame::from_indexed_pixels(width / 3, height / 3, pixels, Some(1));
        (frame.left, frame.top) = (width / 3, height / 3);
        encoder.write_frame(&frame).unwrap();
    }
    drop(encoder);
    bytes
}
