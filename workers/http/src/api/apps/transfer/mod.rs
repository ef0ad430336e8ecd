//! `/apps/{id}/import` and `/apps/{id}/export`: the dump form, for `scripts/import` and `scripts/export`.

pub(super) mod export;
pub(super) mod import;
pub(super) mod open;

use super::fault::Fault;
use serde_json::{Map, Value};

const MAX_NAME_CHARS: usize = 100;

/// The name of the import.
fn import_name(fields: &Map<String, Value>) -> Result<&str, Fault> {
    let is_good =
        |name: &&str| !name.is_empty() && name.chars().count() <= MAX_NAME_CHARS && !name.chars().any(char::is_control);
    let name = fields.get("import").and_then(Value::as_str).filter(is_good);
    name.ok_or_else(|| Fault::bad(format!("import is not a name of 1 to {MAX_NAME_CHARS} characters")))
}

#[cfg(test)]
mod tests;
