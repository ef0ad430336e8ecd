//! Uploads and downloads: names, ranges, links, a scanner's answers, and the beginnings of files.

use super::parts;
use campana_core::files::content::{Content, is_shown};
use campana_core::files::link::{Claims, Link, Unverified};
use campana_core::files::name::{MAX_NAME_CHARS, disposition, in_disposition, sanitized};
use campana_core::files::range::Asked;
use campana_core::files::scan::{Decision, MAX_REASON_CHARS, ScanAnswer, ScanLink};
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
    assert!(!is_signed::<Link>(link) && !is_signed::<ScanLink>(link), "{link}");
    if let Some(ScanAnswer::Decided(Decision { reason, .. })) = ScanAnswer::read(200, data) {
        assert!(reason.is_none_or(|reason| reason.chars().count() <= MAX_REASON_CHARS));
    }
}

fn is_signed<C: Claims>(link: &str) -> bool {
    let signed = |link: Unverified<C>| link.verify(["a secret that nobody has"].into_iter(), Timestamp::from_millis(0));
    Unverified::read(link).and_then(signed).is_some()
}
