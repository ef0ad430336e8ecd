//! The bytes of a file that have been read so far.

use crate::bytes::Reader;
use std::ops::Range;

/// Bytes of a read, unless more are needed at once.
const READ_BYTES: u64 = 16_384;
/// Most reads of a file.
const MAX_READS: usize = 24;
/// Most bytes that are needed at once.
const MAX_BYTES: usize = 65_536;

/// A file of which only some parts are read.
#[derive(Debug)]
pub struct Source {
    size: u64,
    parts: Vec<(u64, Vec<u8>)>,
}

/// Why reading stopped.
#[derive(Debug)]
pub(super) enum Halt {
    Needs(Range<u64>),
    Unknown,
}

impl Source {
    /// A file of this size.
    pub fn new(size: u64) -> Self {
        Self { size, parts: Vec::new() }
    }

    /// Adds bytes of the file, which start at this offset.
    pub fn give(&mut self, from: u64, bytes: Vec<u8>) {
        self.parts.push((from, bytes));
    }

    pub(super) fn takes_more(&self) -> bool {
        self.parts.len() < MAX_READS
    }

    pub(super) fn window(&self) -> Window<'_> {
        Window { size: self.size, parts: self.parts.iter().map(|(from, bytes)| (*from, bytes.as_slice())).collect() }
    }
}

/// A view of the bytes of a file.
pub(super) struct Window<'a> {
    size: u64,
    parts: Vec<(u64, &'a [u8])>,
}

impl<'a> Window<'a> {
    pub(super) fn whole(bytes: &'a [u8]) -> Self {
        Self { size: u64::try_from(bytes.len()).unwrap_or(u64::MAX), parts: vec![(0, bytes)] }
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Bytes of the file; all of them have to be there.
    pub(super) fn bytes(&self, from: u64, count: usize) -> Result<&'a [u8], Halt> {
        let wanted = u64::try_from(count).unwrap_or(u64::MAX);
        let end = from.checked_add(wanted).filter(|end| *end <= self.size).ok_or(Halt::Unknown)?;
        if count > MAX_BYTES {
            return Err(Halt::Unknown);
        }
        let found = self.parts.iter().find_map(|(start, bytes)| {
            let skipped = usize::try_from(from.checked_sub(*start)?).ok()?;
            Reader::at(bytes, skipped).take(count)
        });
        let read_to = from.saturating_add(READ_BYTES.max(wanted)).min(self.size).max(end);
        found.ok_or(Halt::Needs(from..read_to))
    }

    /// A reader of bytes of the file.
    pub(super) fn reader(&self, from: u64, count: usize) -> Result<Reader<'a>, Halt> {
        self.bytes(from, count).map(Reader::new)
    }

    /// As many of these bytes as the file has.
    pub(super) fn up_to(&self, from: u64, count: usize) -> Result<&'a [u8], Halt> {
        let left = usize::try_from(self.size.saturating_sub(from)).unwrap_or(usize::MAX);
        self.bytes(from, count.min(left).min(MAX_BYTES))
    }
}

/// Bytes that a header lacks are no reason to read more.
pub(super) fn known<T>(value: Option<T>) -> Result<T, Halt> {
    value.ok_or(Halt::Unknown)
}
