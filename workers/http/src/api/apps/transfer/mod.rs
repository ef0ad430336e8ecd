//! `/apps/{id}/import` and `/apps/{id}/export`: the dump form, for `scripts/import` and `scripts/export`.

pub(super) mod export;
pub(super) mod import;
pub(super) mod open;

use super::backend::Backend;
use super::fault::Fault;
use campana_core::accounts::audit::{Act, Audit};
use campana_core::shared::problem::Problem;
use serde_json::{Map, Value};

const MAX_NAME_CHARS: usize = 100;

/// The name of the import.
fn import_name(fields: &Map<String, Value>) -> Result<&str, Fault> {
    let is_good =
        |name: &&str| !name.is_empty() && name.chars().count() <= MAX_NAME_CHARS && !name.chars().any(char::is_control);
    let name = fields.get("import").and_then(Value::as_str).filter(is_good);
    name.ok_or_else(|| Fault::bad(format!("import is not a name of 1 to {MAX_NAME_CHARS} characters")))
}

/// Audits a beginning or an opening of an import. One is written for each run: batches, and calls that open a part, are repeats.
async fn audit_import(backend: &Backend, act: Act, import: &str, about: Value) -> Result<(), Problem> {
    let (now, random) = (backend.app.now(), backend.app.random()?);
    let audit = Audit::of_backend(act, import, about, now, random);
    let acts = [Act::ImportBegun, Act::ImportOpened];
    Ok(backend.app.store().append_alternating_audit(&backend.record.tenant_id, &audit, acts).await?)
}

#[cfg(test)]
mod tests;
