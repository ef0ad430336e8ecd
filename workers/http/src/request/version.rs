//! `If-Match` with the version of a message (RFC 9110, 13.1.1).

use axum::http::{HeaderMap, header};

/// Versions that `If-Match` accepts; `None` if it accepts any. The comparison is strong: weak tags and tags that are no
/// version match nothing.
pub(crate) fn if_match(headers: &HeaderMap) -> Option<Vec<i64>> {
    let values: Vec<_> = headers.get_all(header::IF_MATCH).iter().collect();
    let tags = || values.iter().flat_map(|value| value.to_str().unwrap_or_default().split(',')).map(str::trim);
    if values.is_empty() || tags().any(|tag| tag == "*") {
        return None;
    }
    let version = |tag: &str| {
        let digits = tag.strip_prefix('"')?.strip_suffix('"')?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then_some(digits)?.parse().ok()
    };
    Some(tags().filter_map(version).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[track_caller]
    fn check(values: &[&'static str], expected: Option<&[i64]>) {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::IF_MATCH, HeaderValue::from_static(value));
        }
        assert_eq!(if_match(&headers).as_deref(), expected, "{values:?}");
    }

    #[test]
    fn versions_are_read_from_strong_tags() {
        check(&[], None);
        check(&["*"], None);
        check(&["\"3\""], Some(&[3]));
        check(&["\"3\", \"4\"", "\"7\""], Some(&[3, 4, 7]));
    }

    #[test]
    fn other_tags_match_no_version() {
        for value in ["", "3", "W/\"3\"", "\"three\"", "\"-3\"", "\"+3\"", "\"\"", "\"99999999999999999999\""] {
            check(&[value], Some(&[]));
        }
    }
}
