//! The OpenAPI document of every endpoint, made from the types of handlers and from the description beside each.
//!
//! `scripts/generate` writes it to `schema/api/openapi.json`.

mod components;
mod definitions;
pub(crate) mod examples;
mod inputs;
mod operation;
mod parameters;
mod responses;
mod security;
mod tags;

pub(crate) use inputs::{Input, Inputs};
pub(crate) use operation::Operation;
pub(crate) use parameters::{RequestHeader, body_or_message};
pub(crate) use security::Security;
pub(crate) use tags::Tag;

use crate::Environment;
use components::Components;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// An endpoint of the document.
pub(crate) struct Entry {
    /// Method, in capitals.
    pub(crate) method: &'static str,
    /// Path template.
    pub(crate) path: &'static str,
    /// Describes what the handler's arguments read.
    pub(crate) inputs: fn(&mut Operation<'_>),
    /// The endpoint's own description.
    pub(crate) describe: fn(&mut Operation<'_>),
}

const ABOUT: &str = "\
HTTP API of Campana: chat, presence, panic alerts, and the HTTP side of the Pusher protocol.

- Bodies and answers are JSON, with names in snake_case, times in RFC 3339 and UTC, and ids as strings. A body has \
`Content-Type: application/json`, or another type that ends in `+json`, and at most 64 KiB (`/apps/{id}/...`: 2 MiB).
- An unknown field of a body, and an unknown parameter of a query, is refused with 422, except where an operation says \
otherwise.
- Refusals are problem documents (RFC 9457) with a stable `type`. `/apps/{id}/...` answers with plain text instead, as \
Pusher's server libraries expect.
- An unknown path is answered by 404, a path with another method by 405 and `Allow`. `HEAD` is answered wherever `GET` is, \
except by connections.
- Browsers share answers with pages of the origins that the app allows, and every answer has `Content-Security-Policy`, \
`X-Content-Type-Options`, `Referrer-Policy`, `X-Frame-Options` and `Permissions-Policy`.
- Frames of WebSockets and events of streams are described by the JSON Schema of the native protocol, `native.json`.";

/// The whole document.
pub fn document() -> Value {
    let mut documents = definitions::documents();
    let mut components = Components::default();
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for entry in crate::api::endpoints(Environment::Local).into_entries() {
        let mut operation = Operation::new(entry.method, entry.path, &mut documents);
        (entry.inputs)(&mut operation);
        (entry.describe)(&mut operation);
        let described = operation.into_value(&mut components);
        paths.entry(entry.path).or_default().insert(entry.method.to_ascii_lowercase(), described);
    }
    components::add_problems(&mut documents);
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Campana",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Chat, presence and panic alerts.",
            "description": ABOUT,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [
            {"url": "https://{host}", "description": "A deployment.", "variables": {
                "host": {"default": "campana.example.org", "description": "Host of the deployment."},
            }},
            {"url": "http://localhost:8787", "description": "The local edge of `scripts/dev`."},
        ],
        "tags": tags::all(),
        "paths": paths,
        "components": components.into_value(),
    });
    definitions::add(&mut document, documents);
    document
}

#[cfg(test)]
pub(crate) mod conformance;
#[cfg(test)]
mod tests;
