//! Classification of D1's errors. D1 has error texts but no codes. Texts may quote parameters, so they stay here.

use campana_storage::StorageError;
use wasm_bindgen::{JsCast, JsValue};

/// Maps an error that D1 threw.
pub(crate) fn translate(error: &JsValue) -> StorageError {
    let text = error.dyn_ref::<js_sys::Error>().map(|error| String::from(error.message()));
    classify(&text.or_else(|| error.as_string()).unwrap_or_default())
}

/// Error for an answer that is not in D1's format.
pub(crate) fn unreadable() -> StorageError {
    StorageError::Unavailable("the answer cannot be read".to_owned())
}

fn classify(text: &str) -> StorageError {
    if text.contains("SQLITE_CONSTRAINT") || text.contains("constraint failed") {
        return StorageError::Constraint;
    }
    let cause = known_cause(text).to_owned();
    if text.contains("SQLITE_TOOBIG") || text.contains("D1_TYPE_ERROR") {
        return StorageError::Unfit(cause);
    }
    StorageError::Unavailable(cause)
}

/// Our own wording for errors that D1 documents.
fn known_cause(text: &str) -> &'static str {
    const CAUSES: [(&str, &str); 10] = [
        ("no such table", "a table is missing: are the migrations applied?"),
        ("no such column", "a column is missing: are the migrations applied?"),
        ("syntax error", "the statement is not SQL"),
        ("Wrong number of parameter bindings", "the statement has another number of parameters"),
        ("SQLITE_TOOBIG", "a value is too large"),
        ("D1_TYPE_ERROR", "a value is of a type that the database does not know"),
        ("SQLITE_FULL", "the database is full"),
        ("exceeded timeout", "the statement took too long"),
        ("overloaded", "the database is overloaded"),
        ("Network connection lost", "the connection was lost"),
    ];
    CAUSES.iter().find(|(words, _)| text.contains(words)).map_or("an error without a known cause", |(_, cause)| cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints_are_distinguished_from_failures() {
        for text in [
            "D1_ERROR: UNIQUE constraint failed: users.id: SQLITE_CONSTRAINT",
            "D1_ERROR: FOREIGN KEY constraint failed: SQLITE_CONSTRAINT",
            "D1_ERROR: CHECK constraint failed: type: SQLITE_CONSTRAINT_CHECK",
        ] {
            assert_eq!(classify(text), StorageError::Constraint, "{text}");
        }
        for text in ["D1_ERROR: D1 DB is overloaded. Too many requests queued.", ""] {
            assert!(matches!(classify(text), StorageError::Unavailable(_)), "{text}");
        }
    }

    #[test]
    fn unfit_values_are_distinguished_from_failures() {
        for text in ["D1_ERROR: string or blob too big: SQLITE_TOOBIG", "D1_TYPE_ERROR: Type 'object' not supported"] {
            assert!(matches!(classify(text), StorageError::Unfit(_)), "{text}");
        }
    }

    #[test]
    fn errors_do_not_quote_parameters() {
        let error = classify("D1_TYPE_ERROR: Type 'object' not supported for value 'my secret'");
        assert!(!format!("{error:?} {error}").contains("secret"));
    }
}
