//! The orientation in an EXIF block, the only value of it that is kept.

use crate::bytes::{Reader, index};

/// What JPEG writes before an EXIF block, and some WebP files do.
pub(crate) const PREFIX: &[u8] = b"Exif\0\0";
const ORIENTATION: u16 = 0x0112;
/// More entries than a directory of a camera has.
const MAX_ENTRIES: u16 = 1_024;

/// Orientation of a TIFF block, 1 to 8: how the pixels have to be turned to be seen upright. `None` if it has none.
pub(crate) fn orientation(tiff: &[u8]) -> Option<u8> {
    let tiff = tiff.strip_prefix(PREFIX).unwrap_or(tiff);
    let mut header = Reader::new(tiff);
    let is_big_endian = match header.take(4)? {
        b"MM\0*" => true,
        b"II*\0" => false,
        _ => return None,
    };
    let u16_of = |reader: &mut Reader<'_>| if is_big_endian { reader.u16_be() } else { reader.u16_le() };
    let u32_of = |reader: &mut Reader<'_>| if is_big_endian { reader.u32_be() } else { reader.u32_le() };
    let mut entries = Reader::at(tiff, index(u32_of(&mut header)?));
    for _ in 0..u16_of(&mut entries)?.min(MAX_ENTRIES) {
        let (tag, kind, count) = (u16_of(&mut entries)?, u16_of(&mut entries)?, u32_of(&mut entries)?);
        let value = entries.take(4)?;
        if tag != ORIENTATION || count != 1 {
            continue;
        }
        let mut value = Reader::new(value);
        let value = match kind {
            3 => u32::from(u16_of(&mut value)?),
            4 => u32_of(&mut value)?,
            _ => return None,
        };
        return u8::try_from(value).ok().filter(|value| (1..=8).contains(value));
    }
    None
}

/// A TIFF block with nothing but this orientation.
pub(crate) fn minimal(orientation: u8) -> [u8; 26] {
    let mut block = *b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\0\0\0\0\0\0\0";
    if let Some(value) = block.get_mut(19) {
        *value = orientation;
    }
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minimal_block_has_its_orientation_only() {
        for value in 1..=8 {
            assert_eq!(orientation(&minimal(value)), Some(value));
        }
        assert_eq!(orientation(&minimal(0)), None);
        assert_eq!(orientation(&minimal(9)), None);
    }

    #[test]
    fn both_byte_orders_are_read() {
        let little = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
        assert_eq!(orientation(little), Some(6));
        assert_eq!(orientation(&[PREFIX, little].concat()), Some(6));
    }

    #[test]
    fn broken_blocks_have_none() {
        let block = minimal(6);
        for end in 0..20 {
            assert_eq!(orientation(&block[..end]), None);
        }
        assert_eq!(orientation(b"II*\0\xff\xff\xff\xff"), None);
    }
}
