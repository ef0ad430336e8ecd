//! Ogg: pages. The first one names the codec, the last one has the position of its last sample.

use super::source::{Halt, Window, known};
use super::{Container, Media, milliseconds};
use crate::bytes::Reader;

/// Longer than a page, which has at most 65,307 bytes, as far as one read allows.
const TAIL_BYTES: u64 = 65_536;
const OPUS_RATE: u64 = 48_000;

struct Codec {
    rate: u64,
    /// Samples that are not played.
    skipped: u64,
    dimensions: Option<(u32, u32)>,
    is_video: bool,
}

impl Codec {
    fn audio(rate: u64, skipped: u64) -> Self {
        Self { rate, skipped, dimensions: None, is_video: false }
    }

    /// From the first packet of a stream.
    fn of(packet: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(packet);
        if packet.starts_with(b"OpusHead") {
            reader.take(10)?;
            return Some(Self::audio(OPUS_RATE, reader.u16_le()?.into()));
        }
        if packet.starts_with(b"\x01vorbis") {
            reader.take(12)?;
            return Some(Self::audio(reader.u32_le()?.into(), 0));
        }
        if packet.starts_with(b"\x7fFLAC") {
            reader.take(27)?;
            return Some(Self::audio((reader.u24_be()? >> 4).into(), 0));
        }
        if packet.starts_with(b"Speex   ") {
            reader.take(36)?;
            return Some(Self::audio(reader.u32_le()?.into(), 0));
        }
        if packet.starts_with(b"\x80theora") {
            reader.take(14)?;
            let dimensions = (reader.u24_be()?, reader.u24_be()?);
            return Some(Self { rate: 0, skipped: 0, dimensions: Some(dimensions), is_video: true });
        }
        None
    }
}

pub(super) fn read(file: &Window<'_>) -> Result<Media, Halt> {
    let page = file.up_to(0, 512)?;
    let mut header = Reader::at(page, 14);
    let serial = known(header.u32_le())?;
    let segments = page.get(26).copied().ok_or(Halt::Unknown)?;
    let codec = known(page.get(usize::from(segments).saturating_add(27)..).and_then(Codec::of))?;
    let tail_start = file.size().saturating_sub(TAIL_BYTES);
    let tail = file.up_to(tail_start, usize::try_from(TAIL_BYTES).unwrap_or(0))?;
    let duration_ms = last_position(tail, serial)
        .map(|position| position.saturating_sub(codec.skipped))
        .and_then(|samples| milliseconds(samples, codec.rate));
    let Codec { dimensions, is_video, .. } = codec;
    Ok(Media { container: Container::Ogg, is_video, duration_ms, dimensions })
}

/// Position in the last page of a stream that has one.
fn last_position(tail: &[u8], serial: u32) -> Option<u64> {
    tail.windows(4).enumerate().rev().filter(|(_, window)| *window == b"OggS").find_map(|(at, _)| {
        let mut page = Reader::at(tail, at);
        page.take(6)?;
        let (position, own) = (page.u64_le()?, page.u32_le()?);
        (own == serial && position != u64::MAX).then_some(position)
    })
}
