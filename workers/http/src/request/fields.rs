//! Which field of a body or query does not fit.

use campana_core::shared::problem::Problem;

/// 422 for the field at this path, or the one that serde names below it.
pub(super) fn explain(path: &str, detail: String) -> Problem {
    let field = named(&detail).map_or_else(|| path.to_owned(), |name| join(path, name));
    Problem::field(if field == "." { "body".to_owned() } else { field }, detail)
}

/// The field that serde speaks of when it misses one or does not know one.
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
