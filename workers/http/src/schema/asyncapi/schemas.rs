//! Schemas of the document, generated from the Rust types as JSON Schema draft 7, the dialect of `AsyncAPI`.

use super::parts::capitalized;
use super::types;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

/// Schemas by name.
pub(super) struct Schemas {
    known: Map<String, Value>,
}

/// Generators of what the server writes, and of what clients write: different fields may be absent.
pub(super) struct Generators {
    written: SchemaGenerator,
    read: SchemaGenerator,
}

impl Generators {
    /// Adds what the server writes.
    pub(super) fn written<T: JsonSchema>(&mut self) {
        self.written.subschema_for::<T>();
    }

    /// Adds what the server reads.
    pub(super) fn read<T: JsonSchema>(&mut self) {
        self.read.subschema_for::<T>();
    }
}

impl Schemas {
    /// The schemas of every payload.
    pub(super) fn generate() -> Self {
        let settings = || SchemaSettings::draft07().with(|with| with.definitions_path = "/components/schemas".into());
        let mut generators = Generators {
            written: settings().for_serialize().into_generator(),
            read: settings().for_deserialize().into_generator(),
        };
        types::describe(&mut generators);
        let mut known = generators.read.take_definitions(true);
        known.extend(generators.written.take_definitions(true));
        let mut schemas = Self { known };
        schemas.name_variants();
        schemas
    }

    /// Makes each variant with a title a schema of that name, so that messages can refer to it.
    fn name_variants(&mut self) {
        let mut named = Map::new();
        for variant in self.known.values_mut().filter_map(|schema| schema.get_mut("oneOf")?.as_array_mut()).flatten() {
            let Some(title) = variant.get("title").and_then(Value::as_str).map(str::to_owned) else { continue };
            let reference = json!({"$ref": format!("#/components/schemas/{title}")});
            named.insert(title, std::mem::replace(variant, reference));
        }
        self.known.extend(named);
    }

    /// The name of a schema whose field has this value only. Makes one, under the name of the message, if the schema
    /// allows several.
    pub(super) fn narrowed(&mut self, schema: &str, field: &str, value: &str, key: &str) -> String {
        let allowed = self.known.get(schema).and_then(|schema| schema.get("properties")?.get(field)?.get("enum"));
        if allowed == Some(&json!([value])) {
            return schema.to_owned();
        }
        let name = capitalized(key);
        let narrowed = json!({
            "allOf": [
                {"$ref": format!("#/components/schemas/{schema}")},
                {"properties": {field: {"const": value}}},
            ],
        });
        self.known.insert(name.clone(), narrowed);
        name
    }

    /// The components' schemas.
    pub(super) fn into_components(self) -> Map<String, Value> {
        self.known
    }
}
