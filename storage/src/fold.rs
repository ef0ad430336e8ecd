//! Names as they are searched for: in lower case of every script, which SQLite can do for ASCII only.

/// A name, or a part of one, for comparing.
pub(crate) fn fold(text: &str) -> String {
    text.trim().to_lowercase()
}

/// The first text after everything that starts with this one.
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
