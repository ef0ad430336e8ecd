//! MP3: a tag, then frames. The first frame may say how many there are; otherwise all are taken to be as long.

use super::source::{Halt, Window, known};
use super::{Container, Media, milliseconds};
use crate::bytes::Reader;

/// Bytes between the tag and the first frame at most.
const SEARCHED_BYTES: usize = 4_096;
const ID3V1_BYTES: u64 = 128;
/// Kilobits per second of layer III, by index: MPEG 1, then MPEG 2 and 2.5.
const BITRATES: [[u16; 14]; 2] = [
    [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];
const RATES: [u32; 3] = [44_100, 48_000, 32_000];

#[derive(Clone, Copy)]
struct Frame {
    bits_per_second: u64,
    rate: u32,
    samples: u64,
    bytes: usize,
    /// From the frame's start to the count of frames.
    count_at: usize,
}

impl Frame {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let [first, second, third, fourth] = *bytes.first_chunk::<4>()?;
        let (version, layer) = (second >> 3 & 3, second >> 1 & 3);
        // Frame sync; layer III; version 1 is reserved.
        if first != 0xff || second & 0xe0 != 0xe0 || layer != 1 || version == 1 {
            return None;
        }
        let is_first_version = version == 3;
        let bitrates = BITRATES.get(usize::from(!is_first_version))?;
        let kilobits = *bitrates.get(usize::from(third >> 4).checked_sub(1)?)?;
        let rate = RATES.get(usize::from(third >> 2 & 3))?
            >> match version {
                3 => 0,
                2 => 1,
                _ => 2,
            };
        let samples: u64 = if is_first_version { 1_152 } else { 576 };
        let bits_per_second = u64::from(kilobits).saturating_mul(1_000);
        let padding = u64::from(third >> 1 & 1);
        let bytes = (samples / 8).saturating_mul(bits_per_second).checked_div(rate.into())?.saturating_add(padding);
        let is_mono = fourth >> 6 == 3;
        let count_at = match (is_first_version, is_mono) {
            (true, false) => 36,
            (true, true) | (false, false) => 21,
            (false, true) => 13,
        };
        Some(Self { bits_per_second, rate, samples, bytes: usize::try_from(bytes).ok()?, count_at })
    }

    /// Frames of the file, if its first one says so.
    fn count(self, bytes: &[u8]) -> Option<u64> {
        let mut xing = Reader::at(bytes, self.count_at);
        if matches!(xing.take(4), Some(b"Xing" | b"Info")) {
            return (xing.u32_be()? & 1 == 1).then(|| xing.u32_be().map(u64::from))?;
        }
        let mut vbri = Reader::at(bytes, 36);
        if vbri.take(4) == Some(b"VBRI") {
            vbri.take(10)?;
            return vbri.u32_be().map(u64::from);
        }
        None
    }
}

pub(super) fn read(file: &Window<'_>) -> Result<Media, Halt> {
    let mut start = 0;
    let mut head = file.reader(0, 10)?;
    if head.take(3) == Some(b"ID3") {
        head.take(3);
        // Seven bits of each byte.
        let size = known(head.array::<4>())?.iter().fold(0_u64, |size, byte| size << 7 | u64::from(byte & 0x7f));
        start = size.saturating_add(10);
    }
    let bytes = file.up_to(start, SEARCHED_BYTES.saturating_mul(2))?;
    let (at, frame) = known(first_frame(bytes))?;
    let rest = bytes.get(at..).unwrap_or_default();
    let duration_ms = if let Some(count) = frame.count(rest) {
        milliseconds(count.saturating_mul(frame.samples), frame.rate.into())
    } else {
        let end = file.size().saturating_sub(ID3V1_BYTES);
        let has_tag = file.size() > ID3V1_BYTES && file.bytes(end, 3)? == b"TAG";
        let end = if has_tag { end } else { file.size() };
        let audio = end.saturating_sub(start).saturating_sub(u64::try_from(at).unwrap_or(0));
        milliseconds(audio.saturating_mul(8), frame.bits_per_second)
    };
    Ok(Media { container: Container::Mp3, is_video: false, duration_ms, dimensions: None })
}

/// A frame that another one follows, or the end of the file.
fn first_frame(bytes: &[u8]) -> Option<(usize, Frame)> {
    (0..SEARCHED_BYTES.min(bytes.len())).find_map(|at| {
        let frame = Frame::parse(bytes.get(at..)?)?;
        let next = at.saturating_add(frame.bytes);
        let follows = next >= bytes.len() || bytes.get(next..).is_some_and(|next| Frame::parse(next).is_some());
        follows.then_some((at, frame))
    })
}
