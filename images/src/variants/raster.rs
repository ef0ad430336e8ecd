//! Decoded pixels: reduced while they are decoded, resized, turned.

use super::within;
use crate::answer::NoVariants;
use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

/// Channels of a pixel, a byte each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Channels {
    Rgb,
    Rgba,
}

impl Channels {
    pub(super) fn count(self) -> usize {
        match self {
            Self::Rgb => 3,
            Self::Rgba => 4,
        }
    }

    fn pixel_type(self) -> PixelType {
        match self {
            Self::Rgb => PixelType::U8x3,
            Self::Rgba => PixelType::U8x4,
        }
    }
}

/// Rows of pixels, from the top.
#[derive(Clone, Debug)]
pub(super) struct Raster {
    width: u32,
    height: u32,
    channels: Channels,
    data: Vec<u8>,
}

impl Raster {
    /// `None` if the data do not have this size.
    pub(super) fn new(width: u32, height: u32, channels: Channels, data: Vec<u8>) -> Option<Self> {
        let size = index(width).checked_mul(index(height))?.checked_mul(channels.count())?;
        (size == data.len() && size > 0).then_some(Self { width, height, channels, data })
    }

    pub(super) fn width(&self) -> u32 {
        self.width
    }

    pub(super) fn height(&self) -> u32 {
        self.height
    }

    pub(super) fn channels(&self) -> Channels {
        self.channels
    }

    pub(super) fn data(&self) -> &[u8] {
        &self.data
    }

    /// Within a square, never enlarged.
    pub(super) fn within(self, side: u32) -> Result<Self, NoVariants> {
        if self.width.max(self.height) <= side { Ok(self) } else { self.clone_within(side) }
    }

    pub(super) fn clone_within(&self, side: u32) -> Result<Self, NoVariants> {
        if self.width.max(self.height) <= side {
            return Ok(self.clone());
        }
        let (width, height) = within(self.width, self.height, side);
        let kind = self.channels.pixel_type();
        let source = ImageRef::new(self.width, self.height, &self.data, kind).map_err(|_| NoVariants::Corrupt)?;
        let mut resized = Image::new(width, height, kind);
        // Transparent pixels have no weight, so that their colour does not show at edges.
        let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom)).use_alpha(true);
        Resizer::new().resize(&source, &mut resized, &options).map_err(|_| NoVariants::Corrupt)?;
        Ok(Self { width, height, channels: self.channels, data: resized.into_vec() })
    }

    pub(super) fn is_opaque(&self) -> bool {
        self.channels == Channels::Rgb || self.data.iter().skip(3).step_by(4).all(|alpha| *alpha == u8::MAX)
    }

    pub(super) fn without_alpha(self) -> Self {
        if self.channels == Channels::Rgb {
            return self;
        }
        let data = self.data.chunks_exact(4).flat_map(|pixel| pixel.iter().take(3).copied()).collect();
        Self { channels: Channels::Rgb, data, ..self }
    }

    /// Turns the pixels as an EXIF orientation says.
    pub(super) fn upright(self, orientation: u8) -> Self {
        if !(2..=8).contains(&orientation) {
            return self;
        }
        let (width, height) = if orientation > 4 { (self.height, self.width) } else { (self.width, self.height) };
        let (right, bottom) = (self.width.saturating_sub(1), self.height.saturating_sub(1));
        let channels = self.channels.count();
        let rows: Vec<&[u8]> = self.data.chunks_exact(index(self.width).saturating_mul(channels)).collect();
        let mut data = Vec::with_capacity(self.data.len());
        for y in 0..height {
            for x in 0..width {
                let (from_x, from_y) = match orientation {
                    2 => (right.saturating_sub(x), y),
                    3 => (right.saturating_sub(x), bottom.saturating_sub(y)),
                    4 => (x, bottom.saturating_sub(y)),
                    5 => (y, x),
                    6 => (y, bottom.saturating_sub(x)),
                    7 => (right.saturating_sub(y), bottom.saturating_sub(x)),
                    _ => (right.saturating_sub(y), x),
                };
                let start = index(from_x).saturating_mul(channels);
                let pixel = rows.get(index(from_y)).and_then(|row| row.get(start..start.saturating_add(channels)));
                data.extend_from_slice(pixel.unwrap_or_default());
            }
        }
        Self { width, height, channels: self.channels, data }
    }
}

/// Averages squares of pixels while rows arrive, so that a large picture is never in memory as a whole.
pub(super) struct Reducer {
    raster: Raster,
    /// Pixels of a row, and rows, that become one.
    square: (usize, usize),
    /// Sums of the square's pixels for each channel; colours have the weight of their alpha.
    sums: Vec<u64>,
    rows: usize,
    /// Bytes of the reduced picture.
    size: usize,
}

impl Reducer {
    pub(super) fn new(width: u32, height: u32, factor: u32, channels: Channels) -> Self {
        let reduced = |length: u32| length.checked_div(factor).unwrap_or(length).max(1);
        let (reduced_width, reduced_height) = (reduced(width), reduced(height));
        let row = index(reduced_width).saturating_mul(channels.count());
        let size = row.saturating_mul(index(reduced_height));
        let data = Vec::with_capacity(size);
        let raster = Raster { width: reduced_width, height: reduced_height, channels, data };
        let square = (index(factor.min(width)).max(1), index(factor.min(height)).max(1));
        let sums = if square == (1, 1) { Vec::new() } else { vec![0; row] };
        Self { raster, square, sums, rows: 0, size }
    }

    /// Takes the next row. Rows and pixels of an incomplete last square are left out.
    pub(super) fn push(&mut self, row: &[u8]) {
        let channels = self.raster.channels.count();
        if self.raster.data.len() >= self.size {
            return;
        }
        if self.sums.is_empty() {
            self.raster.data.extend(row.iter().take(index(self.raster.width).saturating_mul(channels)));
            return;
        }
        let squares = row.chunks(self.square.0.saturating_mul(channels)).zip(self.sums.chunks_exact_mut(channels));
        for (pixels, sums) in squares {
            match (self.raster.channels, sums) {
                (Channels::Rgb, [red, green, blue]) => {
                    let mut sum = [0_u32; 3];
                    for pixel in pixels.chunks_exact(3) {
                        for (sum, value) in sum.iter_mut().zip(pixel) {
                            *sum = sum.wrapping_add((*value).into());
                        }
                    }
                    for (total, sum) in [red, green, blue].into_iter().zip(sum) {
                        *total = total.saturating_add(sum.into());
                    }
                }
                (Channels::Rgba, [red, green, blue, alpha]) => {
                    for pixel in pixels.chunks_exact(4) {
                        let [r, g, b, a] = pixel else { continue };
                        let weight = u64::from(*a);
                        for (total, value) in [(&mut *red, r), (&mut *green, g), (&mut *blue, b)] {
                            *total = total.wrapping_add(weight.wrapping_mul((*value).into()));
                        }
                        *alpha = alpha.wrapping_add(weight);
                    }
                }
                _ => {}
            }
        }
        self.rows = self.rows.saturating_add(1);
        if self.rows == self.square.1 {
            self.average();
        }
    }

    fn average(&mut self) {
        let count = u64::try_from(self.square.0.saturating_mul(self.square.1)).unwrap_or(u64::MAX);
        let mean = |sum: u64, weight: u64| {
            let rounded = sum.saturating_add(weight / 2).checked_div(weight).unwrap_or(0);
            u8::try_from(rounded).unwrap_or(u8::MAX)
        };
        for sums in self.sums.chunks_exact_mut(self.raster.channels.count()) {
            match sums {
                [red, green, blue, alpha] => {
                    let pixel = [mean(*red, *alpha), mean(*green, *alpha), mean(*blue, *alpha), mean(*alpha, count)];
                    self.raster.data.extend(pixel);
                }
                [red, green, blue] => self.raster.data.extend([red, green, blue].map(|sum| mean(*sum, count))),
                _ => {}
            }
            sums.fill(0);
        }
        self.rows = 0;
    }

    /// `None` if rows are missing.
    pub(super) fn finish(self) -> Option<Raster> {
        let Raster { width, height, channels, data } = self.raster;
        Raster::new(width, height, channels, data)
    }
}

fn index(length: u32) -> usize {
    crate::bytes::index(length)
}
