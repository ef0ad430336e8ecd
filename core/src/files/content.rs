//! Media types by content. A name or a declared type decides nothing.

/// Bytes at the beginning of a file that are looked at.
pub const HEAD_BYTES: usize = 256 * 1024;
/// Media type of content that is not known.
pub const UNKNOWN: &str = "application/octet-stream";
/// Media type of content that is text of no known form.
pub const TEXT: &str = "text/plain";
/// Pictures that are shown: those of which smaller forms are made.
const PICTURES: [&str; 4] = ["image/jpeg", "image/png", "image/webp", "image/gif"];
/// Audio and video that browsers play and that run nothing.
const PLAYED: [&str; 15] = [
    "audio/aac",
    "audio/flac",
    "audio/m4a",
    "audio/midi",
    "audio/mp4",
    "audio/mpeg",
    "audio/ogg",
    "audio/wav",
    "audio/webm",
    "audio/x-flac",
    "audio/x-wav",
    "video/mp4",
    "video/ogg",
    "video/quicktime",
    "video/webm",
];

/// What the beginning of a file shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Content {
    /// Media type.
    pub content_type: &'static str,
    /// Width and height of a picture, pixels.
    pub dimensions: Option<(u32, u32)>,
}

impl Content {
    /// Looks at the beginning of a file, or at all of it.
    pub fn of(head: &[u8]) -> Self {
        let content_type = match infer::get(head) {
            Some(found) => found.mime_type(),
            None if is_text(head) => TEXT,
            None => UNKNOWN,
        };
        let dimensions = is_picture(content_type).then(|| dimensions(head)).flatten();
        Self { content_type, dimensions }
    }
}

/// Whether it is a picture of which smaller forms can be made.
pub fn is_picture(content_type: &str) -> bool {
    PICTURES.contains(&content_type)
}

/// Whether it is audio or video, whose container says more than its first bytes.
pub fn is_media(content_type: &str) -> bool {
    content_type.starts_with("audio/") || content_type.starts_with("video/")
}

/// Whether a browser may show it: it can run nothing.
pub fn is_shown(content_type: &str) -> bool {
    is_picture(content_type) || PLAYED.contains(&content_type)
}

fn dimensions(head: &[u8]) -> Option<(u32, u32)> {
    let size = imagesize::blob_size(head).ok()?;
    Some((u32::try_from(size.width).ok()?, u32::try_from(size.height).ok()?)).filter(|(w, h)| *w > 0 && *h > 0)
}

/// Whether the bytes are UTF-8, of which the last character may be cut, without control characters other than white space.
fn is_text(head: &[u8]) -> bool {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            head.get(..error.valid_up_to()).and_then(|valid| std::str::from_utf8(valid).ok()).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !text.is_empty() && !text.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{c}' | '\u{1b}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A GIF of 3 x 2 pixels.
    const GIF: &[u8] = b"GIF89a\x03\x00\x02\x00\x00\x00\x00;";

    #[test]
    fn the_type_follows_from_the_content() {
        for (head, expected) in [
            (GIF, "image/gif"),
            (b"%PDF-1.7\n", "application/pdf"),
            (b"<!DOCTYPE html><script>alert(1)</script>", "text/html"),
            (b"PK\x03\x04", "application/zip"),
            ("hola, año".as_bytes(), TEXT),
            (&"año".as_bytes()[..2], TEXT),
            (b"a\x00b", UNKNOWN),
            (b"", UNKNOWN),
            (b"\xff\xfe\xfd", UNKNOWN),
        ] {
            assert_eq!(Content::of(head).content_type, expected, "{head:?}");
        }
        assert_eq!(Content::of(b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>").content_type, TEXT);
    }

    #[test]
    fn pictures_have_dimensions() {
        assert_eq!(Content::of(GIF).dimensions, Some((3, 2)));
        assert_eq!(Content::of(&GIF[..7]).dimensions, None, "a picture that breaks off");
        assert_eq!(Content::of(b"%PDF-1.7").dimensions, None);
    }

    #[test]
    fn only_what_runs_nothing_is_shown() {
        for (content_type, shown) in [
            ("image/png", true),
            ("video/mp4", true),
            ("audio/mpeg", true),
            ("image/svg+xml", false),
            ("text/html", false),
            ("text/plain", false),
            ("application/pdf", false),
            ("application/octet-stream", false),
        ] {
            assert_eq!(is_shown(content_type), shown, "{content_type}");
        }
    }
}
