//! Query strings.

use super::fields::explain;
use crate::response::Refusal;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use campana_core::chat::wire::without_values;
use serde::de::{DeserializeOwned, Error};

/// A typed query. 422 for invalid, unknown or duplicate parameters.
#[derive(Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Refusal> {
        let text = parts.uri.query().unwrap_or_default();
        let pairs = serde_urlencoded::Deserializer::new(form_urlencoded::parse(text.as_bytes()));
        let query = serde_path_to_error::deserialize(pairs).map_err(|error| {
            let message = serde_json::Error::custom(error.inner());
            explain(&error.path().to_string(), without_values(&message))
        });
        Ok(Self(query?))
    }
}
