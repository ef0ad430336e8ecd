//! Reasons and notes of actions on alerts.

use crate::request::text;
use campana_core::accounts::audit::MAX_REASON_CHARS;
use campana_core::shared::problem::Problem;

/// Longest note, characters.
const MAX_NOTE_CHARS: usize = 1_000;

/// An optional reason; empty counts as absent.
pub(super) fn reason(reason: Option<String>) -> Result<Option<String>, Problem> {
    bounded("reason", reason, MAX_REASON_CHARS)
}

/// An optional note; empty counts as absent.
pub(super) fn note(note: Option<String>) -> Result<Option<String>, Problem> {
    bounded("note", note, MAX_NOTE_CHARS)
}

fn bounded(field: &str, words: Option<String>, most: usize) -> Result<Option<String>, Problem> {
    let words = words.map(|words| text(field, &words, most)).transpose()?;
    Ok(words.filter(|words| !words.is_empty()))
}
