//! Why somebody does something about an alert, in their words.

use crate::request::text;
use campana_core::accounts::audit::MAX_REASON_CHARS;
use campana_core::shared::problem::Problem;

/// Longest note, characters.
const MAX_NOTE_CHARS: usize = 1_000;

/// A reason, if one is given.
pub(super) fn reason(reason: Option<String>) -> Result<Option<String>, Problem> {
    bounded("reason", reason, MAX_REASON_CHARS)
}

/// A note, if one is given.
pub(super) fn note(note: Option<String>) -> Result<Option<String>, Problem> {
    bounded("note", note, MAX_NOTE_CHARS)
}

fn bounded(field: &str, words: Option<String>, most: usize) -> Result<Option<String>, Problem> {
    let words = words.map(|words| text(field, &words, most)).transpose()?;
    Ok(words.filter(|words| !words.is_empty()))
}
