//! MP4, M4A and MOV: boxes within boxes. The box `moov` describes the tracks; it may be at the end of the file.

use super::source::{Halt, Window, known};
use super::{Container, Media, milliseconds};

/// Most boxes that are passed over in one box.
const MAX_BOXES: usize = 128;
const MAX_TRACKS: usize = 16;

struct Found {
    name: [u8; 4],
    /// Of its content.
    start: u64,
    end: u64,
}

/// The box at an offset, within a box that ends at `end`.
fn box_at(file: &Window<'_>, at: u64, end: u64) -> Result<Found, Halt> {
    let mut reader = file.reader(at, 8)?;
    let (size, name) = (known(reader.u32_be())?, known(reader.array())?);
    let (header, size) = match size {
        0 => (8, end.saturating_sub(at)),
        1 => (16, known(file.reader(at.saturating_add(8), 8)?.u64_be())?),
        size => (8, u64::from(size)),
    };
    if size < header {
        return Err(Halt::Unknown);
    }
    Ok(Found { name, start: at.saturating_add(header), end: at.saturating_add(size).min(end) })
}

/// Boxes in a range of the file, until `visit` has enough.
fn boxes(
    file: &Window<'_>,
    (mut at, end): (u64, u64),
    mut visit: impl FnMut(&Found) -> Result<bool, Halt>,
) -> Result<(), Halt> {
    for _ in 0..MAX_BOXES {
        if at.saturating_add(8) > end {
            return Ok(());
        }
        let found = box_at(file, at, end)?;
        if visit(&found)? {
            return Ok(());
        }
        at = found.end.max(found.start);
    }
    Err(Halt::Unknown)
}

pub(super) fn read(file: &Window<'_>) -> Result<Media, Halt> {
    let is_quick_time = matches!(file.bytes(4, 8)?, [b'f', b't', b'y', b'p', b'q', b't', b' ', b' '] | [b'm', ..]);
    let mut moov = None;
    boxes(file, (0, file.size()), |found| {
        if &found.name == b"moov" {
            moov = Some((found.start, found.end));
        }
        Ok(moov.is_some())
    })?;
    let (mut duration_ms, mut fragments, mut timescale) = (None, None, 0);
    let (mut dimensions, mut has_video, mut tracks) = (None, false, 0_usize);
    boxes(file, known(moov)?, |found| {
        match &found.name {
            b"mvhd" => {
                let (scale, duration) = times(file, found.start)?;
                timescale = scale;
                duration_ms = duration.and_then(|units| milliseconds(units, scale));
            }
            b"mvex" => fragments = fragments_duration(file, (found.start, found.end))?,
            b"trak" if tracks < MAX_TRACKS => {
                tracks = tracks.saturating_add(1);
                if let Some(size) = video(file, (found.start, found.end))? {
                    has_video = true;
                    dimensions = dimensions.or(size);
                }
            }
            _ => {}
        }
        Ok(false)
    })?;
    if tracks == 0 {
        return Err(Halt::Unknown);
    }
    let duration_ms = duration_ms.or_else(|| fragments.and_then(|units| milliseconds(units, timescale)));
    let container = if is_quick_time { Container::QuickTime } else { Container::Mp4 };
    Ok(Media { container, is_video: has_video, duration_ms, dimensions })
}

/// Units in a second, and the duration in units, of `mvhd`.
fn times(file: &Window<'_>, start: u64) -> Result<(u64, Option<u64>), Halt> {
    let is_long = file.bytes(start, 1)? == [1];
    let mut reader = file.reader(start.saturating_add(4), if is_long { 28 } else { 16 })?;
    reader.take(if is_long { 16 } else { 8 });
    let scale = u64::from(known(reader.u32_be())?);
    let duration = if is_long { reader.u64_be() } else { reader.u32_be().map(u64::from) };
    // All bits mean that it is not known.
    Ok((scale, duration.filter(|units| *units != u64::MAX && (is_long || *units != u64::from(u32::MAX)))))
}

fn fragments_duration(file: &Window<'_>, range: (u64, u64)) -> Result<Option<u64>, Halt> {
    let mut duration = None;
    boxes(file, range, |found| {
        if &found.name == b"mehd" {
            let is_long = file.bytes(found.start, 1)? == [1];
            let mut reader = file.reader(found.start.saturating_add(4), if is_long { 8 } else { 4 })?;
            duration = if is_long { reader.u64_be() } else { reader.u32_be().map(u64::from) };
        }
        Ok(duration.is_some())
    })?;
    Ok(duration)
}

/// `None` for a track without pictures; otherwise its size, if it has one.
#[expect(clippy::option_option, reason = "the caller distinguishes all three")]
fn video(file: &Window<'_>, range: (u64, u64)) -> Result<Option<Option<(u32, u32)>>, Halt> {
    let (mut size, mut is_video) = (None, false);
    boxes(file, range, |found| {
        match &found.name {
            b"tkhd" => size = track_size(file, found.start)?,
            b"mdia" => {
                is_video = handler(file, (found.start, found.end))? == Some(*b"vide");
                return Ok(true);
            }
            _ => {}
        }
        Ok(false)
    })?;
    Ok(is_video.then_some(size))
}

fn track_size(file: &Window<'_>, start: u64) -> Result<Option<(u32, u32)>, Halt> {
    let is_long = file.bytes(start, 1)? == [1];
    // Flags and times, then the matrix, then width and height with 16 bits behind the point.
    let mut reader = file.reader(start.saturating_add(if is_long { 52 } else { 40 }), 44)?;
    let (a, _) = (known(reader.u32_be())?, reader.take(12));
    let (d, _) = (known(reader.u32_be())?, reader.take(16));
    let (width, height) = (known(reader.u32_be())? >> 16, known(reader.u32_be())? >> 16);
    if width == 0 || height == 0 {
        return Ok(None);
    }
    let is_turned = a == 0 && d == 0;
    Ok(Some(if is_turned { (height, width) } else { (width, height) }))
}

fn handler(file: &Window<'_>, range: (u64, u64)) -> Result<Option<[u8; 4]>, Halt> {
    let mut handler = None;
    boxes(file, range, |found| {
        if &found.name == b"hdlr" {
            let mut reader = file.reader(found.start.saturating_add(8), 4)?;
            handler = reader.array();
        }
        Ok(handler.is_some())
    })?;
    Ok(handler)
}
