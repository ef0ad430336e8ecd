//! Names of schemas. A type can have one schema where the server writes it and another where clients do, because different
//! fields may be absent.

use crate::schema::Documents;
use campana_core::shared::json::set;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Pointers to the schemas of the document.
const SCHEMAS: &str = "/components/schemas";
/// Pointers to schemas of requests, until their names are known.
const REQUESTS: &str = "/components/requests";
/// End of the name of a request's schema whose type has another schema in answers.
const DRAFT: &str = "Draft";

/// No documents yet.
pub(super) fn documents() -> Documents {
    Documents::with_definitions_at(SCHEMAS, REQUESTS)
}

/// Adds the schemas of all documents to the OpenAPI document, and lets its references to requests point there.
pub(super) fn add(document: &mut Value, documents: Documents) {
    let [answers, requests] = documents.into_definitions();
    let differing = differing(&answers, &requests);
    let name_of = |name: &str| if differing.contains(name) { format!("{name}{DRAFT}") } else { name.to_owned() };
    let mut schemas: BTreeMap<String, Value> =
        requests.into_iter().map(|(name, schema)| (name_of(&name), schema)).collect();
    schemas.extend(answers);
    if let Some(components) = document.get_mut("components") {
        set(components, "schemas", Value::Object(schemas.into_iter().collect()));
    }
    visit_references(document, &mut |reference| {
        if let Some(name) = name_in(reference, REQUESTS) {
            *reference = format!("#{SCHEMAS}/{}", name_of(name));
        }
    });
}

/// Names that stand for one schema in answers and another in requests.
fn differing(answers: &Map<String, Value>, requests: &Map<String, Value>) -> BTreeSet<String> {
    let mut differing = BTreeSet::new();
    loop {
        let differs = |name: &str, request: &Value| {
            let mut request = request.clone();
            let mut refers_to_differing = false;
            visit_references(&mut request, &mut |reference| {
                if let Some(name) = name_in(reference, REQUESTS) {
                    refers_to_differing |= differing.contains(name);
                    *reference = format!("#{SCHEMAS}/{name}");
                }
            });
            refers_to_differing || answers.get(name).is_some_and(|answer| *answer != request)
        };
        let found: BTreeSet<String> = requests
            .iter()
            .filter(|(name, request)| answers.contains_key(*name) && differs(name, request))
            .map(|(name, _)| name.clone())
            .collect();
        if found.len() == differing.len() {
            return differing;
        }
        differing = found;
    }
}

fn name_in<'a>(reference: &'a str, path: &str) -> Option<&'a str> {
    reference.strip_prefix('#')?.strip_prefix(path)?.strip_prefix('/')
}

fn visit_references(value: &mut Value, visit: &mut impl FnMut(&mut String)) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(reference)) = fields.get_mut("$ref") {
                visit(reference);
            }
            fields.values_mut().for_each(|field| visit_references(field, visit));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| visit_references(item, visit)),
        _ => {}
    }
}
