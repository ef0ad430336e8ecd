//! Names of files: what is kept of the name that a client gives, and how a response states it.

use crate::shared::visible::visible;
use std::fmt::Write;

/// Longest name, characters.
pub const MAX_NAME_CHARS: usize = 150;
/// Name of a file without a usable one.
const NAMELESS: &str = "file";

/// The last part of a path, without control and deceptive characters and those that systems of files refuse, of at most
/// [`MAX_NAME_CHARS`] characters; a long name keeps its extension.
pub fn sanitized(given: &str) -> String {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: String = last.chars().map(|c| if c.is_control() || "<>:\"|?*".contains(c) { '_' } else { c }).collect();
    let plain = visible(&plain);
    let plain = plain.trim_matches(|c: char| c == '.' || c.is_whitespace());
    if plain.is_empty() {
        return NAMELESS.to_owned();
    }
    let count = plain.chars().count();
    if count <= MAX_NAME_CHARS {
        return plain.to_owned();
    }
    let (stem, extension) = match plain.rsplit_once('.') {
        Some((stem, extension)) if extension.chars().count() <= 16 => (stem, format!(".{extension}")),
        _ => (plain, String::new()),
    };
    let kept = MAX_NAME_CHARS.saturating_sub(extension.chars().count());
    stem.chars().take(kept).chain(extension.chars()).collect()
}

/// The name in a `Content-Disposition` of a request: `filename*` (RFC 8187) before `filename`.
pub fn in_disposition(header: &str) -> Option<String> {
    let mut plain = None;
    for part in parameters(header) {
        let Some((key, value)) = part.split_once('=') else { continue };
        let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
        if key == "filename*" {
            if let Some(name) = extended(value) {
                return Some(name);
            }
        } else if key == "filename" {
            plain = Some(unquoted(value));
        }
    }
    plain
}

/// The parts between semicolons that are not within quotes.
fn parameters(header: &str) -> Vec<String> {
    let (mut parts, mut is_quoted, mut is_escaped) = (vec![String::new()], false, false);
    for c in header.chars() {
        let is_end = c == ';' && !is_quoted;
        is_quoted ^= c == '"' && !is_escaped;
        is_escaped = c == '\\' && is_quoted && !is_escaped;
        match parts.last_mut() {
            Some(part) if !is_end => part.push(c),
            _ => parts.push(String::new()),
        }
    }
    parts
}

fn unquoted(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else { return value.to_owned() };
    let (mut text, mut is_escaped) = (String::new(), false);
    for c in inner.chars() {
        if c == '\\' && !is_escaped {
            is_escaped = true;
        } else {
            text.push(c);
            is_escaped = false;
        }
    }
    text
}

/// `UTF-8''percent-encoded`.
fn extended(value: &str) -> Option<String> {
    let mut parts = value.splitn(3, '\'');
    let (charset, _language, encoded) = (parts.next()?, parts.next()?, parts.next()?);
    if !charset.eq_ignore_ascii_case("utf-8") {
        return None;
    }
    let (mut bytes, mut rest) = (Vec::new(), encoded.bytes());
    while let Some(byte) = rest.next() {
        let decoded = if byte == b'%' {
            let digit = |byte: Option<u8>| char::from(byte?).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
            let (high, low) = (digit(rest.next())?, digit(rest.next())?);
            high.checked_mul(16)?.checked_add(low)?
        } else {
            byte
        };
        bytes.push(decoded);
    }
    String::from_utf8(bytes).ok()
}

/// `Content-Disposition` of a response: shown by a browser, or only saved.
pub fn disposition(name: &str, is_shown: bool) -> String {
    let kind = if is_shown { "inline" } else { "attachment" };
    let ascii: String = name.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
    let mut header = format!("{kind}; filename=\"{ascii}\"; filename*=UTF-8''");
    for byte in name.bytes() {
        // Writing to a text does not fail.
        let _written = if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            header.write_char(char::from(byte))
        } else {
            write!(header, "%{byte:02X}")
        };
    }
    header
}

fn is_plain(c: char) -> bool {
    c.is_ascii_graphic() && !"\"\\%".contains(c) || c == ' '
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_visible_part_of_a_path() {
        for (given, expected) in [
            ("report.pdf", "report.pdf"),
            ("../../etc/passwd", "passwd"),
            ("C:\\temp\\a b.txt", "a b.txt"),
            ("..", "file"),
            ("", "file"),
            ("a\u{0}b\r\n.txt", "a_b__.txt"),
            ("evil\u{202E}gpj.exe", "evilgpj.exe"),
            (".htaccess", "htaccess"),
            ("año \u{1F514}.png", "año \u{1F514}.png"),
        ] {
            assert_eq!(sanitized(given), expected, "{given:?}");
        }
        let long = sanitized(&format!("{}.tar.gz", "x".repeat(500)));
        assert_eq!((long.chars().count(), long.rsplit('.').next()), (MAX_NAME_CHARS, Some("gz")));
    }

    #[test]
    fn a_name_is_read_from_the_header_of_a_request() {
        for (header, expected) in [
            ("attachment; filename=\"a;b \\\"c\\\".txt\"", Some("a;b \"c\".txt")),
            ("attachment; filename=plain.txt", Some("plain.txt")),
            ("attachment; filename=\"x\"; filename*=UTF-8''a%C3%B1o.png", Some("año.png")),
            ("attachment; filename*=UTF-8''%zz; filename=\"x\"", Some("x")),
            ("attachment; filename*=latin1''a", None),
            ("attachment", None),
        ] {
            assert_eq!(in_disposition(header).as_deref(), expected, "{header}");
        }
    }

    #[test]
    fn a_name_cannot_leave_its_header() {
        assert_eq!(
            disposition("a\"b\r\n.txt", false),
            "attachment; filename=\"a_b__.txt\"; filename*=UTF-8''a%22b%0D%0A.txt"
        );
        assert_eq!(disposition("año.png", true), "inline; filename=\"a_o.png\"; filename*=UTF-8''a%C3%B1o.png");
    }
}
