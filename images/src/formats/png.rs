//! PNG: a signature, then chunks with a length, a name and a checksum.

use crate::Error;
use crate::bytes::{Reader, index};
use crate::cleaning::Cleaning;
use crate::exif;
use crate::inspect::{Color, Facts, Kind};
use std::ops::Range;

const SIGNATURE_BYTES: usize = 8;
/// Chunks that change what is seen. All others are left out: texts, times, and those that no standard names.
const KEPT: [&[u8; 4]; 20] = [
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP", b"mDCV",
    b"cLLI", b"bKGD", b"hIST", b"pHYs", b"sPLT", b"acTL", b"fcTL", b"fdAT",
];

struct Chunk<'a> {
    name: [u8; 4],
    range: Range<usize>,
    data: &'a [u8],
}

fn next<'a>(reader: &mut Reader<'a>) -> Option<Chunk<'a>> {
    let start = reader.position();
    let length = reader.u32_be()?;
    let name = reader.array()?;
    let data = reader.take(index(length))?;
    reader.u32_be()?;
    Some(Chunk { name, range: start..reader.position(), data })
}

pub(crate) fn facts(bytes: &[u8]) -> Result<Facts, Error> {
    let mut reader = Reader::at(bytes, SIGNATURE_BYTES);
    let header = next(&mut reader).filter(|chunk| &chunk.name == b"IHDR").ok_or(Error::Corrupt)?;
    let mut facts = header_facts(header.data).ok_or(Error::Corrupt)?;
    // The chunks before the pixels, as far as they are there.
    while let Some(chunk) = next(&mut reader) {
        match &chunk.name {
            b"IDAT" | b"IEND" => break,
            b"acTL" => facts.is_animated = true,
            b"tRNS" => facts.has_alpha = true,
            b"eXIf" => facts.orientation = exif::orientation(chunk.data).unwrap_or(1),
            _ => {}
        }
    }
    Ok(facts)
}

fn header_facts(header: &[u8]) -> Option<Facts> {
    let mut reader = Reader::new(header);
    let (width, height, bit_depth) = (reader.u32_be()?, reader.u32_be()?, reader.u8()?);
    let (color, has_alpha) = match reader.u8()? {
        0 => (Color::Gray, false),
        2 => (Color::Rgb, false),
        3 => (Color::Palette, false),
        4 => (Color::Gray, true),
        6 => (Color::Rgb, true),
        _ => return None,
    };
    Some(Facts { kind: Kind::Png, width, height, orientation: 1, is_animated: false, bit_depth, color, has_alpha })
}

pub(crate) fn cleaning(bytes: &[u8]) -> Result<Cleaning, Error> {
    let mut cleaning = Cleaning::default();
    cleaning.keep(0..SIGNATURE_BYTES);
    let mut reader = Reader::at(bytes, SIGNATURE_BYTES);
    let mut has_orientation = false;
    loop {
        let chunk = next(&mut reader).ok_or(Error::Corrupt)?;
        let is_end = &chunk.name == b"IEND";
        let is_ancillary = chunk.name.first().is_some_and(u8::is_ascii_lowercase);
        if KEPT.contains(&&chunk.name) {
            cleaning.keep(chunk.range);
        } else if !is_ancillary {
            return Err(Error::Corrupt);
        } else if &chunk.name == b"eXIf"
            && !has_orientation
            && let Some(value) = exif::orientation(chunk.data).filter(|value| *value != 1)
        {
            has_orientation = true;
            cleaning.replace(bytes, chunk.range, &exif_chunk(value));
        }
        cleaning.check()?;
        if is_end {
            return Ok(cleaning);
        }
    }
}

fn exif_chunk(orientation: u8) -> Vec<u8> {
    let block = exif::minimal(orientation);
    let content = [b"eXIf".as_slice(), &block].concat();
    [26_u32.to_be_bytes().as_slice(), &content, &crc32(&content).to_be_bytes()].concat()
}

/// The checksum of a chunk. Bit by bit, because only short chunks are written here.
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 };
        }
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksum_is_that_of_the_standard() {
        assert_eq!(crc32(b"IEND"), 0xae42_6082);
    }
}
