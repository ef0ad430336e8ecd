//! `WebM` and Matroska: elements within elements, with ids and sizes of variable length.

use super::source::{Halt, Window, known};
use super::{Container, Media};
use crate::bytes::Reader;

const SEGMENT: u32 = 0x1853_8067;
const INFO: u32 = 0x1549_a966;
const TRACKS: u32 = 0x1654_ae6b;
const CLUSTER: u32 = 0x1f43_b675;
const DOC_TYPE: u32 = 0x4282;
const TIME_SCALE: u32 = 0x2a_d7b1;
const DURATION: u32 = 0x4489;
const TRACK: u32 = 0xae;
const TRACK_KIND: u32 = 0x83;
const VIDEO: u32 = 0xe0;
const PIXEL_WIDTH: u32 = 0xb0;
const PIXEL_HEIGHT: u32 = 0xba;
const IS_VIDEO: u64 = 1;
const MAX_ELEMENTS: usize = 64;
/// Longest header of an element.
const HEADER_BYTES: usize = 12;
const NANOSECONDS_PER_UNIT: u64 = 1_000_000;

/// Id, and size unless it is not known.
fn header(reader: &mut Reader<'_>) -> Option<(u32, Option<u64>)> {
    let first = *reader.rest().first()?;
    let length = first.leading_zeros().saturating_add(1);
    if length > 4 {
        return None;
    }
    let id = (0..length).try_fold(0_u32, |id, _| Some(id << 8 | u32::from(reader.u8()?)))?;
    let first = reader.u8()?;
    let length = first.leading_zeros();
    if id == 0 || length > 7 {
        return None;
    }
    let mask = 0x7f_u8 >> length;
    let all = first & mask == mask;
    let (size, all) = (0..length).try_fold((u64::from(first & mask), all), |(size, all), _| {
        let next = reader.u8()?;
        Some((size << 8 | u64::from(next), all && next == u8::MAX))
    })?;
    Some((id, (!all).then_some(size)))
}

/// The elements in bytes.
fn elements(bytes: &[u8]) -> impl Iterator<Item = (u32, &[u8])> {
    let mut reader = Reader::new(bytes);
    std::iter::from_fn(move || {
        let (id, size) = header(&mut reader)?;
        let content = reader.take(usize::try_from(size?).ok()?)?;
        Some((id, content))
    })
}

fn number(bytes: &[u8]) -> Option<u64> {
    (bytes.len() <= 8).then(|| bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

fn float(bytes: &[u8]) -> Option<f64> {
    match bytes.len() {
        4 => bytes.try_into().ok().map(f32::from_be_bytes).map(f64::from),
        8 => bytes.try_into().ok().map(f64::from_be_bytes),
        _ => None,
    }
}

pub(super) fn read(file: &Window<'_>) -> Result<Media, Halt> {
    let (mut at, size) = content(file, 0)?.1;
    let head = file.up_to(at, usize::try_from(known(size)?).map_err(|_| Halt::Unknown)?)?;
    let container = match elements(head).find(|(id, _)| *id == DOC_TYPE) {
        Some((_, b"webm")) => Container::Webm,
        Some((_, b"matroska")) => Container::Matroska,
        _ => return Err(Halt::Unknown),
    };
    at = at.saturating_add(known(size)?);
    let (id, (start, _)) = content(file, at)?;
    if id != SEGMENT {
        return Err(Halt::Unknown);
    }
    at = start;
    let (mut info, mut tracks) = (None, None);
    for _ in 0..MAX_ELEMENTS {
        if at >= file.size() || (info.is_some() && tracks.is_some()) {
            break;
        }
        let (id, (start, size)) = content(file, at)?;
        let Some(size) = size else { break };
        match id {
            CLUSTER => break,
            INFO => info = Some(file.bytes(start, usize::try_from(size).unwrap_or(usize::MAX))?),
            TRACKS => tracks = Some(file.bytes(start, usize::try_from(size).unwrap_or(usize::MAX))?),
            _ => {}
        }
        at = start.saturating_add(size);
    }
    let (is_video, dimensions) = video(known(tracks)?);
    Ok(Media { container, is_video, duration_ms: info.and_then(duration), dimensions })
}

type Content = (u64, Option<u64>);

/// Id of the element at an offset; start and size of its content.
fn content(file: &Window<'_>, at: u64) -> Result<(u32, Content), Halt> {
    let mut reader = Reader::new(file.up_to(at, HEADER_BYTES)?);
    let (id, size) = known(header(&mut reader))?;
    let start = at.saturating_add(u64::try_from(reader.position()).unwrap_or(u64::MAX));
    Ok((id, (start, size)))
}

fn duration(info: &[u8]) -> Option<u64> {
    let (mut scale, mut units) = (NANOSECONDS_PER_UNIT, None);
    for (id, content) in elements(info) {
        match id {
            TIME_SCALE => scale = number(content)?,
            DURATION => units = float(content),
            _ => {}
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "a scale is far below 2^53")]
    let milliseconds = units? * (scale as f64) / 1e6;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 2^53")]
    let whole = |value: f64| value.round() as u64;
    (1.0..9e15).contains(&milliseconds).then(|| whole(milliseconds))
}

fn video(tracks: &[u8]) -> (bool, Option<(u32, u32)>) {
    for (id, track) in elements(tracks) {
        let kind = elements(track).find(|(id, _)| *id == TRACK_KIND).and_then(|(_, content)| number(content));
        if id != TRACK || kind != Some(IS_VIDEO) {
            continue;
        }
        let settings = elements(track).find(|(id, _)| *id == VIDEO).map_or(&[][..], |(_, content)| content);
        let value = |wanted: u32| {
            let (_, content) = elements(settings).find(|(id, _)| *id == wanted)?;
            number(content).and_then(|value| u32::try_from(value).ok()).filter(|value| *value > 0)
        };
        return (true, value(PIXEL_WIDTH).zip(value(PIXEL_HEIGHT)));
    }
    (false, None)
}
