//! GIF: a screen, then blocks of extensions and frames.

use crate::Error;
use crate::bytes::Reader;
use crate::cleaning::Cleaning;
use crate::inspect::{Color, Facts, Kind};
use std::ops::Range;

const EXTENSION: u8 = 0x21;
const FRAME: u8 = 0x2c;
const END: u8 = 0x3b;
const CONTROL: u8 = 0xf9;
const APPLICATION: u8 = 0xff;
/// Applications whose blocks change what is seen: how often an animation repeats, and the colour profile.
const KEPT: [&[u8; 11]; 3] = [b"NETSCAPE2.0", b"ANIMEXTS1.0", b"ICCRGBG1012"];

enum Block<'a> {
    Control { flags: u8 },
    Application { name: &'a [u8] },
    Other,
    Frame,
    End,
}

/// The header up to the first block.
fn screen(reader: &mut Reader<'_>) -> Option<Facts> {
    reader.take(6)?;
    let (width, height, flags) = (reader.u16_le()?, reader.u16_le()?, reader.u8()?);
    reader.take(2)?;
    palette(reader, flags)?;
    Some(Facts {
        kind: Kind::Gif,
        width: width.into(),
        height: height.into(),
        orientation: 1,
        is_animated: false,
        bit_depth: (flags & 7).saturating_add(1),
        color: Color::Palette,
        has_alpha: false,
    })
}

/// Passes over a colour table, if the flags announce one.
fn palette(reader: &mut Reader<'_>, flags: u8) -> Option<()> {
    if flags & 0x80 != 0 {
        reader.take(3_usize << (flags & 7).saturating_add(1))?;
    }
    Some(())
}

fn next<'a>(reader: &mut Reader<'a>) -> Option<(Block<'a>, Range<usize>)> {
    let start = reader.position();
    let block = match reader.u8()? {
        END => Block::End,
        FRAME => {
            reader.take(8)?;
            let flags = reader.u8()?;
            palette(reader, flags)?;
            reader.u8()?;
            sub_blocks(reader)?;
            Block::Frame
        }
        EXTENSION => {
            let label = reader.u8()?;
            let first = sub_blocks(reader)?;
            match label {
                CONTROL => Block::Control { flags: first.first().copied()? },
                APPLICATION => Block::Application { name: first },
                _ => Block::Other,
            }
        }
        _ => return None,
    };
    Some((block, start..reader.position()))
}

/// Passes over sub-blocks, and returns the first one.
fn sub_blocks<'a>(reader: &mut Reader<'a>) -> Option<&'a [u8]> {
    let mut first = None;
    loop {
        let length = reader.u8()?;
        let data = reader.take(length.into())?;
        if length == 0 {
            return Some(first.unwrap_or_default());
        }
        first.get_or_insert(data);
    }
}

pub(crate) fn facts(bytes: &[u8]) -> Result<Facts, Error> {
    let mut reader = Reader::new(bytes);
    let mut facts = screen(&mut reader).ok_or(Error::Corrupt)?;
    let mut frames = 0_u8;
    // Up to the second frame, as far as it is there.
    while let Some((block, _)) = next(&mut reader) {
        match block {
            Block::Control { flags } if frames == 0 => facts.has_alpha = flags & 1 == 1,
            Block::Frame => frames = frames.saturating_add(1),
            Block::End => break,
            _ => {}
        }
        if frames == 2 {
            facts.is_animated = true;
            break;
        }
    }
    Ok(facts)
}

pub(crate) fn cleaning(bytes: &[u8]) -> Result<Cleaning, Error> {
    let mut reader = Reader::new(bytes);
    screen(&mut reader).ok_or(Error::Corrupt)?;
    let mut cleaning = Cleaning::default();
    cleaning.keep(0..reader.position());
    let mut has_frame = false;
    loop {
        let Some((block, range)) = next(&mut reader) else { return Err(Error::Corrupt) };
        match block {
            Block::Application { name } if !KEPT.iter().any(|kept| kept.as_slice() == name) => {}
            Block::Other => {}
            Block::End if !has_frame => return Err(Error::Corrupt),
            Block::End => {
                cleaning.keep(range);
                return Ok(cleaning);
            }
            Block::Frame => {
                has_frame = true;
                cleaning.keep(range);
            }
            Block::Control { .. } | Block::Application { .. } => cleaning.keep(range),
        }
        cleaning.check()?;
    }
}
