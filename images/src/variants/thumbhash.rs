//! A placeholder in at most 25 bytes, in the format of <https://evanw.github.io/thumbhash/>: the average colour and the
//! lowest frequencies of a cosine transform of lightness, two colour differences and alpha.
//!
//! Written here because the crate of that name has had no release since its first one.

use super::raster::{Channels, Raster};
use std::f32::consts::PI;

/// Longest side of the picture that is read.
pub(super) const MAX_SIDE: u32 = 100;

/// Values of a channel, transformed.
struct Transformed {
    constant: f32,
    /// 0 to 1, by frequency.
    varying: Vec<f32>,
    scale: f32,
}

pub(super) fn thumbhash(raster: &Raster) -> Vec<u8> {
    let (width, height) = (raster.width(), raster.height());
    let pixels: Vec<[f32; 4]> = match raster.channels() {
        Channels::Rgb => raster.data().chunks_exact(3).map(pixel).collect(),
        Channels::Rgba => raster.data().chunks_exact(4).map(pixel).collect(),
    };
    let opacity: f32 = pixels.iter().map(|[.., alpha]| alpha).sum();
    let average = [0, 1, 2].map(|channel| {
        let sum: f32 = pixels.iter().map(|color| color.get(channel).unwrap_or(&0.0) * color[3]).sum();
        if opacity > 0.0 { sum / opacity } else { 0.0 }
    });
    let has_alpha = pixels.iter().any(|[.., alpha]| *alpha < 1.0);
    let (mut lightness, mut yellow, mut red) = (Vec::new(), Vec::new(), Vec::new());
    for [r, g, b, alpha] in &pixels {
        let over = |value: &f32, average: f32| average * (1.0 - alpha) + alpha * value;
        let (r, g, b) = (over(r, average[0]), over(g, average[1]), over(b, average[2]));
        lightness.push((r + g + b) / 3.0);
        yellow.push(f32::midpoint(r, g) - b);
        red.push(r - g);
    }
    let most = if has_alpha { 5.0 } else { 7.0 };
    let longest = float(width.max(height));
    let frequencies = |length: u32| whole(most * float(length) / longest).max(1);
    let (across, down) = (frequencies(width), frequencies(height));
    let transformed = |values: &[f32], across: u32, down: u32| transform(values, (width, height), across, down);
    let lightness = transformed(&lightness, across.max(3), down.max(3));
    let (yellow, red) = (transformed(&yellow, 3, 3), transformed(&red, 3, 3));
    let alpha = has_alpha.then(|| transformed(&pixels.iter().map(|color| color[3]).collect::<Vec<_>>(), 5, 5));

    let is_landscape = width > height;
    let first = whole(63.0 * lightness.constant)
        | whole(31.5 + 31.5 * yellow.constant) << 6
        | whole(31.5 + 31.5 * red.constant) << 12
        | whole(31.0 * lightness.scale) << 18
        | u32::from(has_alpha) << 23;
    let second = if is_landscape { down } else { across }
        | whole(63.0 * yellow.scale) << 3
        | whole(63.0 * red.scale) << 9
        | u32::from(is_landscape) << 15;
    let mut hash: Vec<u8> = first.to_le_bytes().into_iter().take(3).collect();
    hash.extend(second.to_le_bytes().into_iter().take(2));
    if let Some(alpha) = &alpha {
        hash.push(byte(whole(15.0 * alpha.constant) | whole(15.0 * alpha.scale) << 4));
    }
    let channels = [Some(lightness), Some(yellow), Some(red), alpha];
    let varying: Vec<f32> = channels.into_iter().flatten().flat_map(|channel| channel.varying).collect();
    hash.extend(varying.chunks(2).map(|pair| {
        let nibble = |at: usize| pair.get(at).map_or(0, |value| whole(15.0 * value));
        byte(nibble(0) | nibble(1) << 4)
    }));
    hash
}

/// Red, green, blue and alpha, each 0 to 1.
fn pixel(channels: &[u8]) -> [f32; 4] {
    let mut color = [1.0; 4];
    for (value, channel) in color.iter_mut().zip(channels) {
        *value = f32::from(*channel) / 255.0;
    }
    color
}

fn transform(values: &[f32], (width, height): (u32, u32), across: u32, down: u32) -> Transformed {
    let cosines = |frequency: u32, length: u32| {
        (0..length).map(move |at| (PI / float(length) * float(frequency) * (float(at) + 0.5)).cos()).collect::<Vec<_>>()
    };
    let line = crate::bytes::index(width).max(1);
    let (mut constant, mut varying, mut scale) = (0.0, Vec::new(), 0.0_f32);
    for cy in 0..down {
        let vertical = cosines(cy, height);
        for cx in (0..across).take_while(|cx| cx.saturating_mul(down) < across.saturating_mul(down.saturating_sub(cy)))
        {
            let horizontal = cosines(cx, width);
            let sum: f32 = values
                .chunks_exact(line)
                .zip(&vertical)
                .map(|(row, y)| row.iter().zip(&horizontal).map(|(value, x)| value * x).sum::<f32>() * y)
                .sum();
            let mean = sum / (float(width) * float(height));
            if cx == 0 && cy == 0 {
                constant = mean;
            } else {
                scale = scale.max(mean.abs());
                varying.push(mean);
            }
        }
    }
    if scale > 0.0 {
        for value in &mut varying {
            *value = 0.5 + 0.5 / scale * *value;
        }
    }
    Transformed { constant, varying, scale }
}

#[expect(clippy::cast_precision_loss, reason = "at most 100")]
fn float(value: u32) -> f32 {
    value as f32
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 63; casts saturate")]
fn whole(value: f32) -> u32 {
    value.round() as u32
}

fn byte(value: u32) -> u8 {
    u8::try_from(value & 0xff).unwrap_or(u8::MAX)
}
