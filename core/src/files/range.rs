//! `Range` of a request (RFC 9110, 14): one range of bytes. Several ranges are answered with the whole file.

/// The part of a file that a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// All of it.
    Whole,
    /// The bytes from the first to the last one, both included.
    Part {
        /// Position of the first byte.
        first: u64,
        /// Position of the last byte.
        last: u64,
    },
    /// Bytes that the file does not have: 416.
    Beyond,
}

impl Asked {
    /// Reads a header for a file of this size. What is no range of bytes asks for the whole file.
    pub fn read(header: Option<&str>, size: u64) -> Self {
        let Some(range) = header.and_then(|header| header.trim().strip_prefix("bytes=")) else { return Self::Whole };
        let Some((first, last)) = range.trim().split_once('-').filter(|_| !range.contains(',')) else {
            return Self::Whole;
        };
        let end = size.checked_sub(1);
        match (number(first), number(last)) {
            (Ok(Some(first)), Ok(last)) if last.is_none_or(|last| first <= last) => match end {
                Some(end) if first <= end => Self::Part { first, last: last.unwrap_or(end).min(end) },
                _ => Self::Beyond,
            },
            (Ok(None), Ok(Some(count))) => match end {
                Some(end) if count > 0 => Self::Part { first: size.saturating_sub(count), last: end },
                _ => Self::Beyond,
            },
            _ => Self::Whole,
        }
    }
}

/// A number or nothing. `Err` for another text.
fn number(text: &str) -> Result<Option<u64>, ()> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { Ok(Some(text.parse().unwrap_or(u64::MAX))) } else { Err(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_of_bytes_is_read() {
        let part = |first, last| Asked::Part { first, last };
        for (header, size, expected) in [
            ("bytes=0-0", 10, part(0, 0)),
            ("bytes=2-", 10, part(2, 9)),
            ("bytes=2-99", 10, part(2, 9)),
            ("bytes=-3", 10, part(7, 9)),
            ("bytes=-99", 10, part(0, 9)),
            ("bytes=10-", 10, Asked::Beyond),
            ("bytes=-0", 10, Asked::Beyond),
            ("bytes=0-", 0, Asked::Beyond),
            ("bytes=99999999999999999999999-", 10, Asked::Beyond),
            ("bytes=3-2", 10, Asked::Whole),
            ("bytes=0-1,4-5", 10, Asked::Whole),
            ("bytes=a-b", 10, Asked::Whole),
            ("bytes=-", 10, Asked::Whole),
            ("items=0-1", 10, Asked::Whole),
        ] {
            assert_eq!(Asked::read(Some(header), size), expected, "{header} of {size}");
        }
        assert_eq!(Asked::read(None, 10), Asked::Whole);
    }
}
