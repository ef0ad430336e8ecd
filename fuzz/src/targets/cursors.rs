//! Positions that clients send back: cursors of lists, and ids of server-sent events.

use super::{parts, text};
use campana_http::fuzzing::{Cursor, event_id};

/// Separates the parts of a cursor.
const SEPARATOR: char = '\u{1f}';
/// Longest cursor, bytes.
const MAX_CURSOR_BYTES: usize = 2_048;

/// The input is a cursor; and a position in one of the lists.
pub(crate) fn cursors(data: &[u8]) {
    if let Some(text) = text(data) {
        for list in Cursor::lists() {
            let written = [
                list.read::<1>(text).map(|place| list.write(&place.each_ref().map(String::as_str))),
                list.read::<2>(text).map(|place| list.write(&place.each_ref().map(String::as_str))),
                list.read::<3>(text).map(|place| list.write(&place.each_ref().map(String::as_str))),
            ];
            assert!(written.iter().flatten().all(|written| written == text), "there is one way to write it");
        }
    }
    let Some((first, rest)) = data.split_first() else { return };
    let Some([one, other]) = parts(rest) else { return };
    let lists = Cursor::lists();
    let at = usize::from(*first) % lists.len();
    let cursor = lists[at].write(&[one, other]);
    let is_plain = !one.contains(SEPARATOR) && !other.contains(SEPARATOR) && cursor.len() <= MAX_CURSOR_BYTES;
    for (number, list) in lists.iter().enumerate() {
        let read = list.read::<2>(&cursor);
        let expected = (number == at && is_plain).then(|| [one.to_owned(), other.to_owned()]);
        assert_eq!(read, expected, "a cursor is that of one list");
        assert!(!is_plain || (list.read::<1>(&cursor).is_none() && list.read::<3>(&cursor).is_none()));
    }
}

pub(crate) fn event_ids(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let Some((epoch, seq)) = event_id(text) else { return };
    assert!(seq >= 0);
    assert!(epoch.as_ref().is_none_or(|epoch| (1..=64).contains(&epoch.chars().count())), "{epoch:?}");
    let written = epoch.as_ref().map_or_else(|| seq.to_string(), |epoch| format!("{epoch}:{seq}"));
    assert_eq!(event_id(&written), Some((epoch, seq)), "{written}");
}
