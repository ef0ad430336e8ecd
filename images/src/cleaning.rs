//! The original without its metadata, described as pieces of it, so that a file can be written while it is read.
//!
//! EXIF, GPS, XMP, IPTC, comments, text blocks, previews inside the file, blocks that no standard names, and whatever
//! follows the picture's end are left out. Pixels, colour profile, animation and orientation stay as they are.

use crate::formats;
use crate::inspect::Kind;
use crate::{Error, bytes::Reader};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::VecDeque;
use std::ops::Range;

/// Most pieces of a file. A camera's file has fewer than 10.
const MAX_PIECES: usize = 4_096;

/// How the stored file is made from the original.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cleaning {
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Piece {
    /// Bytes of the original, from and to.
    Keep(u64, u64),
    /// Bytes that replace others.
    Insert(Vec<u8>),
}

/// The original without its metadata; borrowed if it has none. Bytes that are no picture stay as they are.
///
/// # Errors
/// [`Error::Corrupt`] if the structure of the file cannot be read.
pub fn without_metadata(bytes: &[u8]) -> Result<Cow<'_, [u8]>, Error> {
    let Some(cleaning) = Cleaning::of(bytes)? else { return Ok(Cow::Borrowed(bytes)) };
    if cleaning.keeps_all(length(bytes)) {
        return Ok(Cow::Borrowed(bytes));
    }
    Ok(Cow::Owned(cleaning.apply(bytes)))
}

impl Cleaning {
    /// Reads the structure of a picture. `None` for bytes that are no picture.
    ///
    /// # Errors
    /// [`Error::Corrupt`] if it cannot be read.
    pub fn of(bytes: &[u8]) -> Result<Option<Self>, Error> {
        match Kind::of(bytes) {
            None => Ok(None),
            Some(Kind::Jpeg) => formats::jpeg::cleaning(bytes).map(Some),
            Some(Kind::Png) => formats::png::cleaning(bytes).map(Some),
            Some(Kind::Webp) => formats::webp::cleaning(bytes).map(Some),
            Some(Kind::Gif) => formats::gif::cleaning(bytes).map(Some),
        }
    }

    /// Whether the stored file is the original, which has `size` bytes.
    pub fn keeps_all(&self, size: u64) -> bool {
        match self.pieces.as_slice() {
            [] => size == 0,
            [Piece::Keep(0, to)] => *to == size,
            _ => false,
        }
    }

    /// Bytes of the stored file.
    pub fn size(&self) -> u64 {
        self.pieces.iter().map(Piece::size).fold(0, u64::saturating_add)
    }

    /// The stored file. Pieces outside of `original` are left out.
    pub fn apply(&self, original: &[u8]) -> Vec<u8> {
        self.start().push(original)
    }

    /// Applies it to an original that arrives in chunks.
    pub fn start(&self) -> Applied {
        Applied { pieces: self.pieces.iter().cloned().collect(), at: 0 }
    }

    pub(crate) fn keep(&mut self, range: Range<usize>) {
        let (from, to) = (position(range.start), position(range.end));
        match self.pieces.last_mut() {
            _ if from >= to => {}
            Some(Piece::Keep(_, end)) if *end == from => *end = to,
            _ => self.pieces.push(Piece::Keep(from, to)),
        }
    }

    /// Puts bytes in the place of the original's bytes at `range`; keeps these if they are the same.
    pub(crate) fn replace(&mut self, original: &[u8], range: Range<usize>, bytes: &[u8]) {
        if original.get(range.clone()) == Some(bytes) {
            self.keep(range);
        } else {
            self.pieces.push(Piece::Insert(bytes.to_vec()));
        }
    }

    /// Adds the pieces of another one.
    pub(crate) fn append(&mut self, other: Self) {
        for piece in other.pieces {
            match (self.pieces.last_mut(), piece) {
                (Some(Piece::Keep(_, end)), Piece::Keep(from, to)) if *end == from => *end = to,
                (_, piece) => self.pieces.push(piece),
            }
        }
    }

    /// # Errors
    /// If it has too many pieces. Callers check as they add, so that memory stays bounded.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.pieces.len() > MAX_PIECES { Err(Error::Corrupt) } else { Ok(()) }
    }
}

impl Piece {
    fn size(&self) -> u64 {
        match self {
            Self::Keep(from, to) => to.saturating_sub(*from),
            Self::Insert(bytes) => length(bytes),
        }
    }
}

/// A cleaning while the original's chunks arrive.
#[derive(Debug)]
pub struct Applied {
    /// Those that are not complete.
    pieces: VecDeque<Piece>,
    /// Bytes of the original that have been read.
    at: u64,
}

impl Applied {
    /// Takes the original's next chunk, and returns the stored file's bytes that it completes.
    pub fn push(&mut self, chunk: &[u8]) -> Vec<u8> {
        let end = self.at.saturating_add(length(chunk));
        let mut stored = Vec::with_capacity(chunk.len());
        while let Some(piece) = self.pieces.front() {
            match piece {
                Piece::Insert(bytes) => stored.extend_from_slice(bytes),
                Piece::Keep(from, to) => {
                    let skipped = usize::try_from(from.saturating_sub(self.at)).unwrap_or(usize::MAX);
                    let from = self.at.max(*from);
                    let count = usize::try_from(to.min(&end).saturating_sub(from)).unwrap_or(usize::MAX);
                    stored.extend_from_slice(Reader::at(chunk, skipped).take(count).unwrap_or_default());
                    if *to > end {
                        break;
                    }
                }
            }
            self.pieces.pop_front();
        }
        self.at = end;
        stored
    }
}

fn length(bytes: &[u8]) -> u64 {
    position(bytes.len())
}

fn position(index: usize) -> u64 {
    u64::try_from(index).unwrap_or(u64::MAX)
}
