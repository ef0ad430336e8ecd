//! Tests of the document as a whole. Every other test compares its requests and responses with it, see `conformance`.

use super::conformance::described;
use crate::api::routes;
use crate::{Environment, schema};
use campana_core::shared::problem::{Kind, TYPE_BASE};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Every operation, with its method and path.
fn operations() -> impl Iterator<Item = (String, &'static str, &'static Value)> {
    let paths = described().document["paths"].as_object().into_iter().flatten();
    paths.flat_map(|(path, methods)| {
        let methods = methods.as_object().into_iter().flatten();
        methods.map(move |(method, operation)| {
            (format!("{} {path}", method.to_ascii_uppercase()), path.as_str(), operation)
        })
    })
}

fn parameters(operation: &'static Value) -> impl Iterator<Item = &'static Value> {
    operation["parameters"].as_array().into_iter().flatten().map(|parameter| described().resolved(parameter))
}

/// Every response, with its place.
fn responses() -> impl Iterator<Item = (String, &'static Value)> {
    operations().flat_map(|(place, _, operation)| {
        let responses = operation["responses"].as_object().into_iter().flatten();
        responses.map(move |(status, response)| (format!("{place}: {status}"), described().resolved(response)))
    })
}

#[test]
fn every_operation_is_named_and_described() {
    let tags: BTreeSet<&str> =
        described().document["tags"].as_array().into_iter().flatten().filter_map(|tag| tag["name"].as_str()).collect();
    let mut ids = BTreeSet::new();
    let mut used = BTreeSet::new();
    for (place, _, operation) in operations() {
        let id = operation["operationId"].as_str().unwrap_or_default();
        assert!(!id.is_empty() && ids.insert(id), "{place} has an id of its own: {id}");
        assert!(operation["summary"].as_str().is_some_and(|summary| !summary.is_empty()), "{place} has a summary");
        let tag = operation["tags"][0].as_str().unwrap_or_default();
        assert!(tags.contains(tag), "{place} has a tag");
        used.insert(tag);
        let texts = [&operation["summary"], &operation["description"]];
        for text in texts.into_iter().filter_map(Value::as_str) {
            assert!(!text.contains("  ") && text.trim() == text, "{place}: {text}");
        }
    }
    assert_eq!(used, tags);
}

/// Operations that answer everybody.
const NEVER_REFUSED: [&str; 4] = ["OPTIONS /api/chat/uploads", "GET /healthz", "GET /up", "GET /api/demo/people"];

#[test]
fn every_operation_has_a_success_and_refusals() {
    for (place, _, operation) in operations() {
        let statuses: Vec<&str> =
            operation["responses"].as_object().map(Map::keys).into_iter().flatten().map(String::as_str).collect();
        assert!(
            statuses.iter().any(|status| status.starts_with('2') || ["101", "302"].contains(status)),
            "{place}: {statuses:?}"
        );
        let is_refused = statuses.iter().any(|status| status.starts_with('4'));
        assert_ne!(is_refused, NEVER_REFUSED.contains(&place.as_str()), "{place}: {statuses:?}");
    }
}

#[test]
fn every_parameter_of_a_path_is_described_once() {
    for (place, path, operation) in operations() {
        let wanted: Vec<&str> = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
        let in_path = |one: &&Value| one["in"] == "path";
        let named: Vec<&str> = parameters(operation).filter(in_path).filter_map(|one| one["name"].as_str()).collect();
        assert_eq!(named, wanted, "{place}");
        let all: Vec<String> = parameters(operation).map(|one| format!("{} {}", one["in"], one["name"])).collect();
        let distinct: BTreeSet<&String> = all.iter().collect();
        assert_eq!(distinct.len(), all.len(), "{place}: {all:?}");
    }
}

#[test]
fn every_reference_leads_somewhere() {
    fn visit(value: &Value, count: &mut usize) {
        match value {
            Value::Object(fields) => {
                if value["$ref"].is_string() {
                    described().resolved(value);
                    *count += 1;
                }
                fields.values().for_each(|field| visit(field, count));
            }
            Value::Array(items) => items.iter().for_each(|item| visit(item, count)),
            _ => {}
        }
    }
    let mut count = 0;
    visit(&described().document, &mut count);
    assert!(count > 500, "{count}");
}

#[test]
fn every_body_has_an_example_that_matches_its_schema() {
    for (place, _, operation) in operations() {
        for (media_type, content) in operation["requestBody"]["content"].as_object().into_iter().flatten() {
            assert!(content.get("example").is_some(), "{place}: {media_type}");
            described().check_request(&place, &content["schema"], &content["example"]);
        }
    }
    for (place, response) in responses() {
        for (media_type, content) in response["content"].as_object().into_iter().flatten() {
            let many = content["examples"].as_object().into_iter().flatten().map(|(_, example)| &example["value"]);
            let examples: Vec<&Value> = content.get("example").into_iter().chain(many).collect();
            assert!(!examples.is_empty(), "{place}: {media_type}");
            for example in examples {
                described().check_answer(&place, &content["schema"], example);
            }
        }
    }
}

#[test]
fn problems_are_listed_under_their_status() {
    let mut listed = BTreeSet::new();
    for (place, response) in responses() {
        let content = &response["content"]["application/problem+json"];
        let types = content["schema"]["allOf"][1]["properties"]["type"]["enum"].as_array();
        for kind in types.into_iter().flatten() {
            let slug = kind.as_str().and_then(|kind| kind.strip_prefix(TYPE_BASE)).expect("a problem");
            let kind = Kind::ALL.iter().find(|kind| kind.slug() == slug).expect("a kind");
            assert!(place.ends_with(&format!(": {}", kind.status())), "{place}: {slug}");
            listed.insert(slug);
        }
    }
    // Frames are not a matter of HTTP.
    let all: BTreeSet<&str> =
        Kind::ALL.iter().filter(|kind| **kind != Kind::UnknownFrame).map(|kind| kind.slug()).collect();
    assert_eq!(listed, all);
}

/// The text between two marks.
fn between<'a>(text: &'a str, begin: &str, end: &str) -> Option<&'a str> {
    text.split_once(begin)?.1.split_once(end).map(|(found, _)| found)
}

/// Paths and methods of the router, from its debug output: axum offers nothing else to list them.
fn routes_of_the_router() -> BTreeMap<String, BTreeSet<String>> {
    let text = format!("{:?}", routes(Environment::Local));
    let (handlers, paths) = text.split_once("node: Node {").expect("the paths come after the handlers");
    let methods: BTreeMap<&str, BTreeSet<String>> = handlers
        .split("RouteId(")
        .skip(1)
        .filter_map(|route| {
            let allowed = between(route, "allow_header: Bytes(b\"", "\"")?;
            Some((route.split_once(')')?.0, allowed.split(',').map(str::to_owned).collect()))
        })
        .collect();
    let named = paths.split("RouteId(").skip(1).filter_map(|route| {
        let (id, rest) = route.split_once("): \"")?;
        Some((rest.split_once('"')?.0.to_owned(), methods.get(id)?.clone()))
    });
    named.filter(|(path, _)| !path.contains("axum_fallback")).collect()
}

/// Paths of the web app's page, which are no endpoints.
const PAGES: [&str; 5] = ["/", "/security", "/security/", "/invite/{token}", "/invite/{token}/"];

#[test]
fn the_document_has_the_routes_of_the_router() {
    let mut routes = routes_of_the_router();
    for page in PAGES {
        assert!(routes.remove(page).is_some(), "{page} is a route");
    }
    let mut documented: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (place, path, _) in operations() {
        let (method, _) = place.split_once(' ').expect("a method");
        let methods = documented.entry(path.to_owned()).or_default();
        methods.insert(method.to_owned());
        if method == "GET" {
            methods.insert("HEAD".to_owned());
        }
    }
    assert!(routes.len() > 50, "{routes:?}");
    assert_eq!(routes, documented);
}

#[test]
fn local_endpoints_are_marked() {
    for (place, path, operation) in operations() {
        assert_eq!(operation["x-environment"] == "local", path.starts_with("/api/demo/"), "{place}");
    }
}

#[test]
fn schemas_of_the_native_protocol_are_the_same() {
    let native = schema::native().to_string().replace("#/$defs/", "#/components/schemas/");
    let native: Value = serde_json::from_str(&native).expect("valid JSON");
    let schemas = described().document["components"]["schemas"].as_object().map(Map::iter).into_iter().flatten();
    for (name, described) in schemas {
        if let Some(same) = native["$defs"].get(name) {
            assert_eq!(same, described, "{name}");
        }
    }
}
