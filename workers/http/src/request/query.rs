//! Query strings.

use super::fields::explain;
use crate::response::Refusal;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use campana_core::chat::wire::without_values;
use campana_core::shared::problem::{Kind, Problem};
use serde::de::{DeserializeOwned, Error};

/// What the parser puts in the place of bytes that are not UTF-8, as it is and percent-encoded.
const REPLACEMENT: &str = "\u{FFFD}";
const ENCODED_REPLACEMENT: &str = "%ef%bf%bd";

/// A typed query. 400 for one that is not UTF-8, 422 for invalid, unknown or duplicate parameters.
#[derive(Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Refusal> {
        let text = parts.uri.query().unwrap_or_default();
        if !is_utf8(text) {
            return Err(Problem::new(Kind::Malformed, "the query is not UTF-8").into());
        }
        let pairs = serde_urlencoded::Deserializer::new(form_urlencoded::parse(text.as_bytes()));
        let query = serde_path_to_error::deserialize(pairs).map_err(|error| {
            let message = serde_json::Error::custom(error.inner());
            explain(&error.path().to_string(), without_values(&message))
        });
        Ok(Self(query?))
    }
}

/// Whether the decoded query is UTF-8. The parser replaces other bytes, so that different queries would become the same.
fn is_utf8(query: &str) -> bool {
    let count = |text: &str, part| text.matches(part).count();
    let given = count(query, REPLACEMENT).saturating_add(count(&query.to_ascii_lowercase(), ENCODED_REPLACEMENT));
    let pairs = form_urlencoded::parse(query.as_bytes());
    let read = pairs.map(|(name, value)| count(&name, REPLACEMENT).saturating_add(count(&value, REPLACEMENT)));
    read.fold(0_usize, usize::saturating_add) <= given
}

#[cfg(test)]
mod tests {
    use super::is_utf8;

    #[test]
    fn only_queries_that_are_not_utf8_are_recognized() {
        for good in
            ["", "q=a", "q=%C3%A9", "q=%EF%BF%BD", "q=%ef%bf%Bd&x=\u{FFFD}", "q=%F0%9F%94%94", "q=100%", "q=+%20"]
        {
            assert!(is_utf8(good), "{good}");
        }
        for bad in ["q=%ff", "%c3=1", "q=%C3%28", "q=%ed%a0%80", "q=%EF%BF%BD%ff", "q=%c0%af", "q=%f0%9f"] {
            assert!(!is_utf8(bad), "{bad}");
        }
    }
}
