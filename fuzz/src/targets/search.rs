//! Queries of searches.

use campana_core::chat::search::{MAX_TERMS, MessageQuery, ParsedQuery, indexed_words};

/// Any text is a query. Between quotation marks, its expression has words of the index's alphabet only; highlights are places in the
/// text.
pub(crate) fn queries(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let parsed = ParsedQuery::parse(&text);
    assert!(parsed.terms.len() <= MAX_TERMS);
    let query = MessageQuery { terms: parsed.terms, ..MessageQuery::default() };
    for expression in [query.expression(None), query.expression(Some(&[1])), query.in_order().unwrap_or_default()] {
        assert_eq!(expression.matches('"').count() & 1, 0);
        for word in expression.split('"').skip(1).step_by(2) {
            assert!(word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == ' '));
        }
    }
    let length = text.chars().count();
    for [start, size] in query.highlights(&text) {
        assert!(size > 0 && start.saturating_add(size) <= length);
    }
    assert!(indexed_words(&text).iter().all(|word| word.span.end <= length));
}
