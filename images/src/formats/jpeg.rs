//! JPEG: segments, of which each has a marker.

use crate::Error;
use crate::bytes::Reader;
use crate::cleaning::Cleaning;
use crate::exif;
use crate::inspect::{Color, Facts, Kind};
use std::ops::Range;

const START: u8 = 0xd8;
const END: u8 = 0xd9;
const SCAN: u8 = 0xda;
const APP0: u8 = 0xe0;
const APP1: u8 = 0xe1;
const APP2: u8 = 0xe2;
const APP14: u8 = 0xee;
const APP15: u8 = 0xef;
const COMMENT: u8 = 0xfe;
/// Frame headers, without the tables that have a marker between them.
const FRAMES: [u8; 13] = [0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf];
/// Markers without a length: a reserved one, and the restarts.
const BARE: [u8; 9] = [0x01, 0xd0, 0xd1, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7];
/// A JFIF header without a thumbnail.
const JFIF_BYTES: usize = 14;

struct Segment<'a> {
    marker: u8,
    /// From the marker to the next one; for a scan including its data.
    range: Range<usize>,
    /// Behind the length; for a scan its header only.
    payload: &'a [u8],
}

/// Reads segments up to the end of the picture; what follows it is not read.
struct Segments<'a> {
    bytes: &'a [u8],
    at: usize,
    has_scan: bool,
}

impl<'a> Segments<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        // Behind the marker of the start.
        Self { bytes, at: 2, has_scan: false }
    }

    /// `None` at the end. A file that is cut off within a scan ends there.
    fn next(&mut self) -> Result<Option<Segment<'a>>, Error> {
        let Some((start, marker)) = self.marker() else {
            return if self.has_scan { Ok(None) } else { Err(Error::Corrupt) };
        };
        let mut reader = Reader::at(self.bytes, start.saturating_add(2));
        let mut payload: &[u8] = &[];
        if marker == END {
            self.at = self.bytes.len();
        } else if marker == START {
            return Err(Error::Corrupt);
        } else {
            if !BARE.contains(&marker) {
                let length = reader.u16_be().and_then(|length| length.checked_sub(2)).ok_or(Error::Corrupt)?;
                payload = reader.take(length.into()).ok_or(Error::Corrupt)?;
            }
            self.at = reader.position();
        }
        if marker == SCAN {
            self.has_scan = true;
            self.at = self.at.saturating_add(scan_length(reader.rest()));
        }
        let end = if marker == END { reader.position() } else { self.at };
        Ok(Some(Segment { marker, range: start..end, payload }))
    }

    /// Position of the next marker. Bytes before it that belong to no segment are passed over.
    fn marker(&self) -> Option<(usize, u8)> {
        let mut reader = Reader::at(self.bytes, self.at);
        loop {
            while reader.u8()? != 0xff {}
            loop {
                let start = reader.position().checked_sub(1)?;
                match reader.u8()? {
                    0xff => {}
                    0 => break,
                    marker => return Some((start, marker)),
                }
            }
        }
    }
}

/// Bytes of a scan's data: up to a marker that is no restart.
fn scan_length(data: &[u8]) -> usize {
    let mut at = 0_usize;
    while let Some(found) = data.get(at..).and_then(|rest| rest.iter().position(|byte| *byte == 0xff)) {
        let marker = at.saturating_add(found);
        match data.get(marker.saturating_add(1)) {
            None | Some(0 | 0xff | 0xd0..=0xd7) => at = marker.saturating_add(1),
            Some(_) => return marker,
        }
    }
    data.len()
}

/// Coding of a JPEG, for the estimate of what decoding costs.
#[cfg(feature = "variants")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Coding {
    /// The frame's marker.
    pub(crate) frame: u8,
    pub(crate) components: u8,
    /// Samples of all components for each pixel, in eighths: 8 for gray, 12 for 4:2:0, 24 for 4:4:4.
    pub(crate) eighths_per_pixel: u64,
    pub(crate) scans: u32,
}

#[cfg(feature = "variants")]
impl Coding {
    pub(crate) const BASELINE: u8 = 0xc0;
    pub(crate) const SEQUENTIAL: u8 = 0xc1;
    pub(crate) const PROGRESSIVE: u8 = 0xc2;
}

/// Reads all segments.
#[cfg(feature = "variants")]
pub(crate) fn coding(bytes: &[u8]) -> Result<Coding, Error> {
    let mut segments = Segments::new(bytes);
    let (mut found, mut scans) = (None, 0_u32);
    while let Some(segment) = segments.next()? {
        if segment.marker == SCAN {
            scans = scans.saturating_add(1);
        } else if FRAMES.contains(&segment.marker) && found.is_none() {
            found = Some((segment.marker, frame(segment.payload).ok_or(Error::Corrupt)?));
        }
    }
    let (marker, frame) = found.ok_or(Error::Corrupt)?;
    let areas: Vec<u64> = frame.sampling.chunks(3).filter_map(|part| part.get(1)).map(|by| area(*by)).collect();
    let most = areas.iter().max().copied().unwrap_or(1).max(1);
    let sum = areas.iter().fold(0_u64, |sum, area| sum.saturating_add(*area));
    let eighths_per_pixel = sum.saturating_mul(8).div_ceil(most);
    Ok(Coding { frame: marker, components: frame.components, eighths_per_pixel, scans })
}

#[cfg(feature = "variants")]
fn area(sampling: u8) -> u64 {
    u64::from(sampling >> 4).saturating_mul(u64::from(sampling & 15))
}

struct Frame<'a> {
    precision: u8,
    width: u16,
    height: u16,
    components: u8,
    /// Three bytes for each component; the second has its sampling factors.
    #[cfg_attr(not(feature = "variants"), expect(dead_code, reason = "the estimate of variants reads it"))]
    sampling: &'a [u8],
}

fn frame(payload: &[u8]) -> Option<Frame<'_>> {
    let mut reader = Reader::new(payload);
    let (precision, height, width, components) = (reader.u8()?, reader.u16_be()?, reader.u16_be()?, reader.u8()?);
    let sampling = reader.take(usize::from(components).checked_mul(3)?)?;
    Some(Frame { precision, width, height, components, sampling })
}

pub(crate) fn facts(bytes: &[u8]) -> Result<Facts, Error> {
    let mut segments = Segments::new(bytes);
    let (mut found, mut orientation) = (None, None);
    while let Some(segment) = segments.next()? {
        match segment.marker {
            SCAN => break,
            APP1 => orientation = orientation.or_else(|| exif_orientation(segment.payload)),
            marker if FRAMES.contains(&marker) && found.is_none() => found = frame(segment.payload),
            _ => {}
        }
    }
    let frame = found.ok_or(Error::Corrupt)?;
    let color = match frame.components {
        1 => Color::Gray,
        3 => Color::Rgb,
        4 => Color::Cmyk,
        _ => return Err(Error::Corrupt),
    };
    Ok(Facts {
        kind: Kind::Jpeg,
        width: frame.width.into(),
        height: frame.height.into(),
        orientation: orientation.unwrap_or(1),
        is_animated: false,
        bit_depth: frame.precision,
        color,
        has_alpha: false,
    })
}

fn exif_orientation(payload: &[u8]) -> Option<u8> {
    payload.strip_prefix(exif::PREFIX).and_then(exif::orientation)
}

/// The JFIF header, the colour profile and Adobe's colour transform stay.
pub(crate) fn cleaning(bytes: &[u8]) -> Result<Cleaning, Error> {
    let mut cleaning = Cleaning::default();
    cleaning.keep(0..2);
    let mut segments = Segments::new(bytes);
    let mut has_orientation = false;
    while let Some(segment) = segments.next()? {
        let Segment { marker, range, payload } = segment;
        match marker {
            APP0 if payload.starts_with(b"JFIF\0") && payload.len() >= JFIF_BYTES => {
                cleaning.replace(bytes, range, &jfif(payload));
            }
            APP2 if payload.starts_with(b"ICC_PROFILE\0") => cleaning.keep(range),
            APP14 if payload.starts_with(b"Adobe") => cleaning.keep(range),
            APP1 if !has_orientation => {
                if let Some(value) = exif_orientation(payload).filter(|value| *value != 1) {
                    has_orientation = true;
                    let head = [0xff, APP1, 0, 34];
                    cleaning.replace(bytes, range, &[&head, exif::PREFIX, &exif::minimal(value)].concat());
                }
            }
            APP0..=APP15 | COMMENT => {}
            _ => cleaning.keep(range),
        }
        cleaning.check()?;
    }
    if segments.has_scan { Ok(cleaning) } else { Err(Error::Corrupt) }
}

/// The segment of a JFIF header, without its thumbnail.
fn jfif(payload: &[u8]) -> Vec<u8> {
    let fields = payload.get(..JFIF_BYTES.saturating_sub(2)).unwrap_or_default();
    [&[0xff, APP0, 0, 16], fields, &[0, 0]].concat()
}
