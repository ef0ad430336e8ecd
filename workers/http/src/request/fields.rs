//! Names of the fields in validation problems.

use campana_core::shared::problem::Problem;

/// 422 for the field at this path, or for the field below it that serde's message names.
pub(super) fn explain(path: &str, detail: String) -> Problem {
    let field = named(&detail).map_or_else(|| path.to_owned(), |name| join(path, name));
    Problem::field(if field == "." { "body".to_owned() } else { field }, detail)
}

/// The field named in serde's message about a missing, unknown or duplicate field.
fn named(detail: &str) -> Option<&str> {
    let rest =
        ["missing field `", "unknown field `", "duplicate field `"].iter().find_map(|say| detail.strip_prefix(say))?;
    rest.split('`').next()
}

fn join(path: &str, name: &str) -> String {
    match path {
        "." | "" => name.to_owned(),
        path if path.ends_with(name) => path.to_owned(),
        path => format!("{path}.{name}"),
    }
}
