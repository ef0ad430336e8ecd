//! Validation of payloads against the document's schemas. Additional fields are errors, and strings that contain JSON are
//! checked too.

use crate::schema::asyncapi::asyncapi;
use jsonschema::Validator;
use serde_json::{Map, Value, json};
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

/// Prefix of references to schemas.
const SCHEMAS: &str = "#/components/schemas/";

/// The document, and its schemas without additional fields.
pub(super) struct Checker {
    pub(super) document: Value,
    closed: Value,
    validators: RefCell<HashMap<String, Rc<Validator>>>,
}

impl Checker {
    pub(super) fn new() -> Self {
        let document = asyncapi();
        let mut schemas = document["components"]["schemas"].clone();
        close(&mut schemas, true);
        let closed = json!({"components": {"schemas": schemas}});
        Self { document, closed, validators: RefCell::default() }
    }

    /// Messages by key.
    pub(super) fn messages(&self) -> &Map<String, Value> {
        self.document["components"]["messages"].as_object().expect("messages")
    }

    /// Name of a message's schema.
    pub(super) fn schema_of(message: &Value) -> String {
        referred(&message["payload"]).expect("a reference").to_owned()
    }

    /// Panics unless the value matches the schema.
    #[track_caller]
    pub(super) fn check(&self, schema: &str, value: &Value) {
        let problems = self.problems(schema, value);
        assert!(problems.is_empty(), "{value} is no {schema}: {problems:?}");
    }

    /// Panics unless the frame matches the message with this key.
    #[track_caller]
    pub(super) fn check_message(&self, key: &str, text: &str) {
        let message = self.messages().get(key).unwrap_or_else(|| panic!("{key} is described"));
        self.check(&Self::schema_of(message), &serde_json::from_str(text).expect("valid JSON"));
    }

    pub(super) fn problems(&self, schema: &str, value: &Value) -> Vec<String> {
        let known = self.validators.borrow().get(schema).map(Rc::clone);
        let validator = known.unwrap_or_else(|| self.build(schema));
        let mut problems: Vec<String> =
            validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect();
        self.look_inside(&self.closed["components"]["schemas"][schema], value, &mut problems);
        problems
    }

    fn build(&self, schema: &str) -> Rc<Validator> {
        let mut root = self.closed.clone();
        root["$schema"] = "http://json-schema.org/draft-07/schema#".into();
        root["allOf"] = json!([{"$ref": format!("{SCHEMAS}{schema}")}]);
        let validator = jsonschema::options().should_validate_formats(true).build(&root).expect("a schema");
        let validator = Rc::new(validator);
        self.validators.borrow_mut().insert(schema.to_owned(), Rc::clone(&validator));
        validator
    }

    /// Checks strings that contain JSON, at any depth.
    fn look_inside(&self, schema: &Value, value: &Value, problems: &mut Vec<String>) {
        if let Some(name) = referred(schema) {
            return self.look_inside(&self.closed["components"]["schemas"][name], value, problems);
        }
        for combined in ["allOf", "anyOf", "oneOf"] {
            for part in schema[combined].as_array().into_iter().flatten() {
                self.look_inside(part, value, problems);
            }
        }
        for (name, field) in schema["properties"].as_object().into_iter().flatten() {
            if let Some(value) = value.get(name) {
                self.look_inside(field, value, problems);
            }
        }
        if let (Some(text), Some(name)) = (value.as_str(), referred(&schema["contentSchema"])) {
            match serde_json::from_str(text) {
                Ok(inner) => problems.extend(self.problems(name, &inner)),
                Err(error) => problems.push(format!("{text} is no JSON: {error}")),
            }
        }
    }

    /// Names of a channel's messages.
    pub(super) fn names_in(&self, channel: &str) -> BTreeSet<String> {
        self.of_channel(channel).map(|message| message["name"].as_str().expect("a name").to_owned()).collect()
    }

    /// Names of a channel's messages whose payload is this schema, or one of several that it allows.
    pub(super) fn names_of_payloads(&self, channel: &str, schema: &str) -> BTreeSet<String> {
        let is_of = |message: &&Value| {
            let payload = Self::schema_of(message);
            let base = &self.document["components"]["schemas"][&payload]["allOf"][0];
            payload == schema || referred(base) == Some(schema)
        };
        let named = self.of_channel(channel).filter(is_of);
        named.map(|message| message["name"].as_str().expect("a name").to_owned()).collect()
    }

    fn of_channel(&self, channel: &str) -> impl Iterator<Item = &Value> {
        let keys = self.document["channels"][channel]["messages"].as_object().expect("messages").keys();
        keys.map(|key| &self.messages()[key])
    }
}

fn referred(schema: &Value) -> Option<&str> {
    schema.get("$ref").and_then(Value::as_str)?.strip_prefix(SCHEMAS)
}

/// The schemas with fields of which one is a choice.
pub(super) fn leaves(document: &Value, schema: &str) -> BTreeSet<String> {
    let found = &document["components"]["schemas"][schema];
    let parts = ["anyOf", "oneOf"].iter().filter_map(|choice| found[*choice].as_array()).flatten();
    let named = parts.filter_map(|part| referred(part).or_else(|| referred(&part["allOf"][0])));
    let deeper: BTreeSet<String> = named.flat_map(|name| leaves(document, name)).collect();
    if deeper.is_empty() { BTreeSet::from([schema.to_owned()]) } else { deeper }
}

/// Forbids additional fields, recursively. The parts of a choice that has fields of its own stay open.
fn close(schema: &mut Value, may_close: bool) {
    match schema {
        Value::Object(fields) => {
            let has_fields = fields.get("properties").is_some_and(Value::is_object) && fields.contains_key("type");
            let is_mixed = has_fields && (fields.contains_key("oneOf") || fields.contains_key("anyOf"));
            for (name, field) in fields.iter_mut() {
                close(field, !(is_mixed && (name == "oneOf" || name == "anyOf")));
            }
            if has_fields && !is_mixed && may_close {
                fields.insert("additionalProperties".to_owned(), false.into());
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| close(item, may_close)),
        _ => {}
    }
}
