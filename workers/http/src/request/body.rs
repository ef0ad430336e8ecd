//! JSON bodies. 415 for another media type, 413 for a body over the limit, 400 for invalid JSON, 422 for invalid
//! fields.

use super::fields::explain;
use super::strict::Strict;
use crate::response::Refusal;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use campana_core::chat::wire::without_values;
use campana_core::shared::json::{has_unfolded_key, is_too_deep, read_input};
use campana_core::shared::limits::MAX_REQUEST_BYTES;
use campana_core::shared::problem::{Kind, Problem};
use futures_util::StreamExt;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A required body.
#[derive(Debug)]
pub(crate) struct Body<T>(pub(crate) T);

/// An optional body; absence means `{}`.
#[derive(Debug)]
pub(crate) struct OptionalBody<T>(pub(crate) T);

/// An optional body without fields.
pub(crate) type NoBody = OptionalBody<Empty>;

/// A body without fields.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "NoFields"))]
#[serde(deny_unknown_fields)]
pub(crate) struct Empty {}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Refusal> {
        let (parts, body) = request.into_parts();
        let bytes = read(&parts.headers, body).await?;
        Ok(Self(parse(&parts.headers, &bytes)?))
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for OptionalBody<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Refusal> {
        let (parts, body) = request.into_parts();
        let bytes = read(&parts.headers, body).await?;
        if bytes.is_empty() {
            return Ok(Self(fit(Value::Object(serde_json::Map::new()))?));
        }
        Ok(Self(parse(&parts.headers, &bytes)?))
    }
}

/// The bytes of a body of up to [`MAX_REQUEST_BYTES`].
pub(super) async fn read(headers: &HeaderMap, body: axum::body::Body) -> Result<Vec<u8>, Problem> {
    read_up_to(headers, body, MAX_REQUEST_BYTES).await
}

/// The bytes of a body of up to `limit` bytes. 413 for a larger one: before it is read if the client declares its size, else
/// with the chunk that exceeds the limit.
pub(crate) async fn read_up_to(headers: &HeaderMap, body: axum::body::Body, limit: usize) -> Result<Vec<u8>, Problem> {
    let too_large = || Problem::new(Kind::TooLarge, format!("a request body has at most {limit} bytes"));
    let declared = headers.get(header::CONTENT_LENGTH).and_then(|size| size.to_str().ok()?.parse::<usize>().ok());
    if declared.is_some_and(|size| size > limit) {
        return Err(too_large());
    }
    let mut stream = body.into_data_stream();
    let mut bytes = Vec::new();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| Problem::new(Kind::Malformed, "the body broke off"))?;
        if chunk.len() > limit.saturating_sub(bytes.len()) {
            return Err(too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// Parses the body as a type.
pub(super) fn parse<T: DeserializeOwned>(headers: &HeaderMap, bytes: &[u8]) -> Result<T, Problem> {
    if !is_json(headers) {
        return Err(Problem::new(Kind::UnsupportedMediaType, "send Content-Type: application/json"));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| Problem::new(Kind::Malformed, "the body is not UTF-8"))?;
    let value = read_input(text).map_err(|error| {
        if is_too_deep(&error) {
            return Problem::field("body", "is nested too deeply");
        }
        if has_unfolded_key(&error) {
            return Problem::field("body", "has a key that no object may have");
        }
        Problem::new(Kind::Malformed, "the body is not JSON")
    })?;
    fit(value)
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// Deserializes the value. The problem names the invalid field, never its value.
fn fit<T: DeserializeOwned>(value: Value) -> Result<T, Problem> {
    if !value.is_object() {
        return Err(Problem::field("body", "is not a JSON object"));
    }
    serde_path_to_error::deserialize(Strict(value))
        .map_err(|error| explain(&error.path().to_string(), without_values(error.inner())))
}
