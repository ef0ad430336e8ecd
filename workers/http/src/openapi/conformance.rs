//! Compares what the tests send and get with the document: what succeeds is described, and so is every response.

use super::document;
use crate::testing::Reply;
use axum::http::{HeaderMap, Uri};
use campana_core::shared::problem::TYPE_BASE;
use jsonschema::Validator;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

/// Headers of responses that have to be described where they occur.
const DESCRIBED: [&str; 11] = [
    "x-request-id",
    "ratelimit",
    "ratelimit-policy",
    "etag",
    "retry-after",
    "www-authenticate",
    "idempotency-replayed",
    "location",
    "upgrade",
    "content-disposition",
    "sec-websocket-protocol",
];

/// Responses and bodies that only the simulated world has, or that an operation takes on purpose.
const UNDESCRIBED: [(&str, &str); 2] = [
    ("POST /api/security/alerts: 204", "the desk of the tests answers `Done` to everything"),
    ("POST /api/security/alerts: 201", "values that cannot be used are accepted and left out"),
];

/// A parameter and field that no operation has, for tests of operations that ignore such.
pub(crate) const UNKNOWN: &str = "unknown";

/// The document, whose answers allow no additional fields, and validators of its schemas.
pub(super) struct Described {
    pub(super) document: Value,
    schemas: Value,
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

static DESCRIBED_API: LazyLock<Described> = LazyLock::new(|| {
    let document = document();
    let mut schemas = document["components"]["schemas"].clone();
    close(&mut schemas);
    Described { document, schemas, validators: Mutex::default() }
});

/// The document.
pub(super) fn described() -> &'static Described {
    &DESCRIBED_API
}

/// Forbids additional properties where a schema does not say that there may be some, recursively.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            fields.values_mut().for_each(close);
            let is_object = fields.get("properties").is_some_and(Value::is_object) && fields.contains_key("type");
            if is_object && !fields.contains_key("additionalProperties") {
                fields.insert("additionalProperties".to_owned(), false.into());
            }
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

impl Described {
    /// What is wrong with a value. `schemas` are strict or those of the document.
    fn faults(&self, schema: &Value, value: &Value, is_strict: bool) -> Vec<String> {
        let key = format!("{is_strict} {schema}");
        let known = self.validators.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        let validator = known.unwrap_or_else(|| {
            let schemas = if is_strict { &self.schemas } else { &self.document["components"]["schemas"] };
            let whole = json!({
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "allOf": [schema],
                "components": {"schemas": schemas},
            });
            let built = jsonschema::options().should_validate_formats(true).build(&whole).expect("a schema");
            let built = Arc::new(built);
            self.validators.lock().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(&built));
            built
        });
        validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
    }

    /// Panics unless the server may write this value.
    #[track_caller]
    pub(super) fn check_answer(&self, place: &str, schema: &Value, value: &Value) {
        let faults = self.faults(schema, value, true);
        assert!(faults.is_empty(), "{place}: {value} does not match {schema}: {faults:?}");
    }

    /// Panics unless a client may write this value.
    #[track_caller]
    pub(super) fn check_request(&self, place: &str, schema: &Value, value: &Value) {
        let faults = self.faults(schema, value, false);
        assert!(faults.is_empty(), "{place}: {value} does not match {schema}: {faults:?}");
    }

    /// What a reference stands for, or the value itself.
    pub(super) fn resolved<'a>(&'a self, value: &'a Value) -> &'a Value {
        let Some(pointer) = value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) else {
            return value;
        };
        self.document.pointer(pointer).unwrap_or_else(|| panic!("{pointer} is defined"))
    }

    /// The operation of a request, with its path template.
    fn operation(&self, method: &str, path: &str) -> Option<(&str, &Value)> {
        let parts: Vec<&str> = path.split('/').collect();
        let paths = self.document["paths"].as_object().into_iter().flatten();
        let fitting = paths.filter(|(template, _)| fits(template, &parts));
        // Of `/alerts/active` and `/alerts/{id}` the router takes the first.
        let (template, methods) = fitting.min_by_key(|(template, _)| template.matches('{').count())?;
        Some((template, methods.get(method.to_ascii_lowercase())?))
    }
}

fn fits(template: &str, parts: &[&str]) -> bool {
    let wanted: Vec<&str> = template.split('/').collect();
    wanted.len() == parts.len()
        && wanted
            .iter()
            .zip(parts)
            .all(|(wanted, part)| wanted == part || (wanted.starts_with('{') && !part.is_empty()))
}

/// Panics unless the request and its response are described. Paths without a description are other tests' matter.
#[track_caller]
pub(crate) fn check(method: &str, address: &str, body: Option<&[u8]>, reply: &Reply) {
    let described = described();
    let Ok(address) = address.parse::<Uri>() else { return };
    let Some((path, operation)) = described.operation(method, address.path()) else { return };
    let status = reply.status.as_u16();
    let is_absent = operation["x-environment"] == "local" && status == 404;
    if is_absent {
        return;
    }
    let place = format!("{method} {path}: {status}");
    // Objects of the tests answer 200 where a connection begins.
    let is_connection = operation["responses"].get("101").is_some() || path.ends_with("/events") && method == "GET";
    if (is_connection && status == 200) || UNDESCRIBED.iter().any(|(known, _)| *known == place) {
        return;
    }
    let response = operation["responses"].get(status.to_string());
    let response = response.unwrap_or_else(|| panic!("{place} is not described: {}", reply.text));
    let response = described.resolved(response);
    check_headers(&place, response, &reply.headers);
    check_content(described, &place, response, reply);
    if reply.status.is_success() {
        check_query(described, &place, operation, address.query().unwrap_or_default());
        let sent = body.and_then(|body| serde_json::from_slice::<Value>(body).ok());
        if let Some(sent) = sent {
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            assert!(!schema.is_null() || operation["requestBody"].is_null(), "{place} describes its body");
            if !schema.is_null() {
                described.check_request(&place, schema, &sent);
            }
        }
    }
}

/// Whether the document allows the body, and the values of the query's parameters.
#[track_caller]
pub(crate) fn admits(method: &str, address: &str, body: Option<&Value>) -> bool {
    let described = described();
    let address: Uri = address.parse().expect("an address");
    let (_, operation) = described.operation(method, address.path()).expect("an operation");
    let is_valid = |schema: &Value, value: &Value| described.faults(schema, value, false).is_empty();
    let parameters: Vec<&Value> =
        operation["parameters"].as_array().into_iter().flatten().map(|one| described.resolved(one)).collect();
    let mut query = form_urlencoded::parse(address.query().unwrap_or_default().as_bytes());
    let is_valid_query = query.all(|(name, value)| {
        let mut same = parameters.iter().filter(|one| one["in"] == "query" && one["name"] == *name);
        same.all(|one| is_valid(&one["schema"], &json!(value)))
    });
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    is_valid_query && body.is_none_or(|body| is_valid(schema, body))
}

#[test]
fn what_is_not_described_is_noticed() {
    let room = json!({"$ref": "#/components/schemas/Room"});
    let described = described();
    assert_eq!(described.faults(&room, &super::examples::room(), true), Vec::<String>::new());
    let mut more = super::examples::room();
    more["surprise"] = 1.into();
    let mut less = super::examples::room();
    less["name"] = Value::Null;
    for wrong in [more, less, json!({})] {
        assert!(!described.faults(&room, &wrong, true).is_empty(), "{wrong}");
    }
    let (path, _) = described.operation("GET", "/api/security/alerts/active").expect("an operation");
    assert_eq!(path, "/api/security/alerts/active");
    assert!(described.operation("PATCH", "/api/security/alerts/active").is_none());
}

#[track_caller]
fn check_headers(place: &str, response: &Value, headers: &HeaderMap) {
    let names: Vec<String> = response["headers"]
        .as_object()
        .map(Map::keys)
        .into_iter()
        .flatten()
        .map(|name| name.to_ascii_lowercase())
        .collect();
    for name in DESCRIBED.iter().filter(|name| headers.contains_key(**name)) {
        assert!(names.iter().any(|known| known == name), "{place}: the header {name} is not described");
    }
}

#[track_caller]
fn check_content(described: &Described, place: &str, response: &Value, reply: &Reply) {
    let media_type = reply.header("content-type");
    let media_type = media_type.split(';').next().unwrap_or_default();
    if media_type.is_empty() {
        assert!(reply.text.is_empty() || response["content"].is_null(), "{place} has a content type: {}", reply.text);
        return;
    }
    let content = response["content"].get(media_type).or_else(|| response["content"].get("*/*"));
    let content = content.unwrap_or_else(|| panic!("{place}: {media_type} is not described"));
    match media_type {
        "application/json" => described.check_answer(place, &content["schema"], &reply.body),
        "application/problem+json" => {
            described.check_answer(place, &content["schema"], &reply.body);
            let slug = reply.body["type"].as_str().and_then(|kind| kind.strip_prefix(TYPE_BASE));
            assert!(slug.is_some_and(|slug| content["examples"].get(slug).is_some()), "{place}: {slug:?}");
        }
        _ => {}
    }
}

#[track_caller]
fn check_query(described: &Described, place: &str, operation: &Value, query: &str) {
    let parameters = operation["parameters"].as_array().into_iter().flatten().map(|one| described.resolved(one));
    let mut known: Vec<&str> =
        parameters.filter(|one| one["in"] == "query").filter_map(|one| one["name"].as_str()).collect();
    let schemes = operation["security"].as_array().into_iter().flatten().filter_map(Value::as_object);
    for scheme in schemes.flat_map(Map::keys) {
        known.extend(described.document["components"]["securitySchemes"][scheme]["name"].as_str());
    }
    for (name, _) in form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != UNKNOWN) {
        assert!(
            known.iter().any(|one| one.eq_ignore_ascii_case(&name)),
            "{place}: the parameter {name} is not described"
        );
    }
}
