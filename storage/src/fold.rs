//! Case folding of names for search, in every script (SQLite folds ASCII only).

/// A name or part of a name, trimmed and in lower case.
pub(crate) fn fold(text: &str) -> String {
    text.trim().to_lowercase()
}

/// An upper bound for all texts that start with this prefix.
pub(crate) fn after_prefix(prefix: &str) -> String {
    format!("{prefix}{}", char::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_spans_everything_that_starts_with_it() {
        let end = after_prefix("jo");
        for name in ["jo", "jo ann", "josé", "jo\u{1F600}"] {
            assert!(name >= "jo" && name < end.as_str(), "{name}");
        }
        assert!("jp" > end.as_str());
    }

    #[test]
    fn case_is_folded_in_every_script() {
        assert_eq!(fold(" ÁNGEL "), "ángel");
        assert_eq!(fold("Ωmega"), "ωmega");
    }
}
