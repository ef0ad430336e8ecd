//! Uploads and downloads: names, ranges, links, and the beginnings of files.

use super::parts;
use campana_core::files::content::{Content, is_shown};
use campana_core::files::link::Unverified;
use campana_core::files::name::{MAX_NAME_CHARS, disposition, in_disposition, sanitized};
use campana_core::files::range::Asked;
use campana_core::shared::timestamp::Timestamp;

const SIZE: u64 = 1_000;

/// The input is a `content-disposition`, a `range`, a link, and the rest of it a file.
pub(crate) fn files(data: &[u8]) {
    let content = Content::of(data);
    assert!(!is_shown(content.content_type) || !content.content_type.contains("svg"));
    let Some([header, range, link]) = parts(data) else { return };
    let name = sanitized(&in_disposition(header).unwrap_or_default());
    assert!(!name.is_empty() && name.chars().count() <= MAX_NAME_CHARS, "{name:?}");
    assert!(!name.contains(['/', '\\', '"', '\0', '\r', '\n']), "{name:?}");
    let written = disposition(&name, false);
    assert!(written.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()), "{written}");
    assert_eq!(in_disposition(&written).as_deref(), Some(name.as_str()), "a name is read as it is written");
    if let Asked::Part { first, last } = Asked::read(Some(range), SIZE) {
        assert!(first <= last && last < SIZE, "{range}");
    }
    if let Some(unverified) = Unverified::read(link) {
        let signed = unverified.verify(["a secret that nobody has"].into_iter(), Timestamp::from_millis(0));
        assert_eq!(signed, None);
    }
}
