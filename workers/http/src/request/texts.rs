//! Text fields, and fields that name a person.

use campana_core::shared::ids::UserId;
use campana_core::shared::problem::Problem;
use campana_core::shared::visible::visible;

/// A name: one trimmed line of 1 to `max_chars` characters without control characters, see [`visible`]. 422 otherwise.
pub(crate) fn line(field: &str, value: &str, max_chars: usize) -> Result<String, Problem> {
    let trimmed = visible(&text(field, value, max_chars)?);
    if trimmed.is_empty() {
        return Err(Problem::field(field, "is empty"));
    }
    if trimmed.chars().any(char::is_control) {
        return Err(Problem::field(field, "contains a control character"));
    }
    Ok(trimmed)
}

/// A trimmed text of up to `max_chars` characters without NUL. 422 otherwise.
pub(crate) fn text(field: &str, value: &str, max_chars: usize) -> Result<String, Problem> {
    let trimmed = value.trim();
    if trimmed.chars().count() > max_chars {
        return Err(Problem::field(field, format!("is over {max_chars} characters")));
    }
    if trimmed.contains('\0') {
        return Err(Problem::field(field, "contains a NUL character"));
    }
    Ok(trimmed.to_owned())
}

/// Longest search text, characters.
const MAX_SEARCH_CHARS: usize = 100;

/// The text of a search for names. 422 if it is too long.
pub(crate) fn search_text(q: &str) -> Result<String, Problem> {
    text("q", q, MAX_SEARCH_CHARS)
}

/// The id of a user of the tenant. 422 if it is not an id.
pub(crate) fn person(field: &str, id: &str) -> Result<UserId, Problem> {
    UserId::parse(id).ok_or_else(|| nobody(field))
}

/// A 422 problem: the tenant has no user with the id in this field.
pub(crate) fn nobody(field: &str) -> Problem {
    Problem::field(field, "is nobody this tenant knows")
}
