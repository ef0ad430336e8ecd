//! Texts that people write into forms.

use campana_core::shared::problem::Problem;

/// One line: 1 to so many characters, no control characters, without white space at its ends.
pub(crate) fn line(field: &str, value: &str, max_chars: usize) -> Result<String, Problem> {
    let trimmed = text(field, value, max_chars)?;
    if trimmed.is_empty() {
        return Err(Problem::field(field, "is empty"));
    }
    if trimmed.chars().any(char::is_control) {
        return Err(Problem::field(field, "contains a control character"));
    }
    Ok(trimmed)
}

/// A text of up to so many characters, without white space at its ends.
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
