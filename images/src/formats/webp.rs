//! WebP: chunks in a RIFF container.

use crate::Error;
use crate::bytes::{Reader, index};
use crate::cleaning::Cleaning;
use crate::exif;
use crate::inspect::{Color, Facts, Kind};
use std::ops::Range;

const HEADER_BYTES: usize = 12;
const ANIMATED: u8 = 0x02;
const XMP: u8 = 0x04;
const EXIF: u8 = 0x08;
const ALPHA: u8 = 0x10;
/// All others are left out.
const KEPT: [&[u8; 4]; 7] = [b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"ICCP"];

struct Chunk<'a> {
    name: [u8; 4],
    /// With the byte that fills it up.
    range: Range<usize>,
    data: &'a [u8],
}

/// Chunks up to the length of the container. `None` at its end.
fn next<'a>(reader: &mut Reader<'a>) -> Result<Option<Chunk<'a>>, Error> {
    if reader.rest().is_empty() {
        return Ok(None);
    }
    let start = reader.position();
    let head = reader.array().zip(reader.u32_le()).ok_or(Error::Corrupt)?;
    let (name, length) = head;
    let data = reader.take(index(length)).ok_or(Error::Corrupt)?;
    if length % 2 == 1 && !reader.rest().is_empty() {
        reader.take(1);
    }
    Ok(Some(Chunk { name, range: start..reader.position(), data }))
}

/// The bytes that the container's length covers; fewer if the file is cut off.
fn container(bytes: &[u8]) -> Result<(&[u8], bool), Error> {
    let length = Reader::at(bytes, 4).u32_le().ok_or(Error::Corrupt)?;
    let end = index(length).saturating_add(8);
    Ok(bytes.get(..end).map_or((bytes, false), |whole| (whole, true)))
}

pub(crate) fn facts(bytes: &[u8]) -> Result<Facts, Error> {
    let mut reader = Reader::at(bytes, HEADER_BYTES);
    let (name, length) = reader.array::<4>().zip(reader.u32_le()).ok_or(Error::Corrupt)?;
    let read = match &name {
        b"VP8 " => lossy(&mut reader),
        b"VP8L" => lossless(&mut reader),
        b"VP8X" => extended(&mut reader),
        _ => None,
    };
    let mut facts = read.ok_or(Error::Corrupt)?;
    if &name == b"VP8X" {
        // EXIF follows the pixels, so the beginning of a file may lack it.
        let padded = index(length).saturating_add(index(length % 2));
        let (whole, _) = container(bytes)?;
        let mut chunks = Reader::at(whole, HEADER_BYTES.saturating_add(8).saturating_add(padded));
        while let Ok(Some(chunk)) = next(&mut chunks) {
            if &chunk.name == b"EXIF" {
                facts.orientation = exif::orientation(chunk.data).unwrap_or(1);
                break;
            }
        }
    }
    Ok(facts)
}

fn facts_of(width: u32, height: u32, has_alpha: bool, is_animated: bool) -> Facts {
    Facts { kind: Kind::Webp, width, height, orientation: 1, is_animated, bit_depth: 8, color: Color::Rgb, has_alpha }
}

fn lossy(reader: &mut Reader<'_>) -> Option<Facts> {
    reader.take(3)?;
    if reader.array()? != [0x9d, 0x01, 0x2a] {
        return None;
    }
    let (width, height) = (reader.u16_le()? & 0x3fff, reader.u16_le()? & 0x3fff);
    Some(facts_of(width.into(), height.into(), false, false))
}

fn lossless(reader: &mut Reader<'_>) -> Option<Facts> {
    if reader.u8()? != 0x2f {
        return None;
    }
    let bits = reader.u32_le()?;
    let width = (bits & 0x3fff).saturating_add(1);
    let height = (bits >> 14 & 0x3fff).saturating_add(1);
    Some(facts_of(width, height, bits >> 28 & 1 == 1, false))
}

fn extended(reader: &mut Reader<'_>) -> Option<Facts> {
    let flags = reader.u8()?;
    reader.take(3)?;
    let (width, height) = (reader.u24_le()?.saturating_add(1), reader.u24_le()?.saturating_add(1));
    Some(facts_of(width, height, flags & ALPHA != 0, flags & ANIMATED != 0))
}

/// Whether the pixels are there that the header announces: a decoder that does not find them may panic.
#[cfg(feature = "variants")]
pub(crate) fn has_pixels(bytes: &[u8], is_animated: bool) -> bool {
    let Ok((whole, _)) = container(bytes) else { return false };
    let mut reader = Reader::at(whole, HEADER_BYTES);
    while let Ok(Some(chunk)) = next(&mut reader) {
        let wanted: &[&[u8; 4]] = if is_animated { &[b"ANMF"] } else { &[b"VP8 ", b"VP8L"] };
        if wanted.contains(&&chunk.name) {
            return true;
        }
    }
    false
}

pub(crate) fn cleaning(bytes: &[u8]) -> Result<Cleaning, Error> {
    let (whole, is_whole) = container(bytes)?;
    if !is_whole {
        return Err(Error::Corrupt);
    }
    let mut cleaning = Cleaning::default();
    let mut orientation = None;
    let mut extended: Option<(Range<usize>, Vec<u8>)> = None;
    let mut body = Cleaning::default();
    let mut reader = Reader::at(whole, HEADER_BYTES);
    while let Some(chunk) = next(&mut reader)? {
        if &chunk.name == b"VP8X" {
            // Elsewhere than at the beginning it is none.
            if chunk.range.start != HEADER_BYTES {
                continue;
            }
            extended = Some((chunk.range.clone(), whole.get(chunk.range).unwrap_or_default().to_vec()));
        } else if KEPT.contains(&&chunk.name) {
            body.keep(chunk.range);
        } else if &chunk.name == b"EXIF" && orientation.is_none() {
            orientation = exif::orientation(chunk.data).filter(|value| *value != 1);
            if let Some(value) = orientation {
                let block = exif::minimal(value);
                body.replace(whole, chunk.range, &[b"EXIF".as_slice(), &26_u32.to_le_bytes(), &block].concat());
            }
        }
        body.check()?;
    }
    let extended_bytes = extended.as_ref().map_or(0, |(range, _)| range.len());
    let length = body.size().saturating_add(u64::try_from(extended_bytes).unwrap_or(u64::MAX)).saturating_add(4);
    let length = u32::try_from(length).map_err(|_| Error::Corrupt)?;
    cleaning.keep(0..4);
    cleaning.replace(whole, 4..8, &length.to_le_bytes());
    cleaning.keep(8..HEADER_BYTES);
    if let Some((range, mut chunk)) = extended {
        if let Some(flags) = chunk.get_mut(8) {
            *flags &= !(XMP | EXIF);
            *flags |= if orientation.is_some() { EXIF } else { 0 };
        }
        cleaning.replace(whole, range, &chunk);
    }
    cleaning.append(body);
    Ok(cleaning)
}
