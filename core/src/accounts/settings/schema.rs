//! Schema of a change, from the valid values of every field.

use super::SettingsChange;
use super::fields::{Rule, SECTIONS};
use crate::accounts::web::{HTTPS_PATTERN, LANGUAGE_PATTERN, MAX_LANGUAGE_BYTES};
use crate::alerts::Policy;
use crate::chat::settings::EMOJI_NAME_PATTERN;
use crate::files::settings::TYPE_PATTERN;
use crate::shared::address::MAX_URL_CHARS;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};
use std::borrow::Cow;

impl JsonSchema for SettingsChange {
    fn schema_name() -> Cow<'static, str> {
        "SettingsChange".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let sections = SECTIONS.iter().map(|(section, known)| {
            let fields = known.iter().map(|(name, rule)| ((*name).to_owned(), rule.schema(generator)));
            let fields: Map<String, Value> = fields.collect();
            ((*section).to_owned(), json!({"type": "object", "properties": fields, "additionalProperties": false}))
        });
        let sections: Map<String, Value> = sections.collect();
        json_schema!({
            "description": "A change of settings. `null` resets a field to its default.",
            "type": "object",
            "properties": sections,
            "additionalProperties": false,
            "minProperties": 1,
        })
    }
}

impl Rule {
    fn schema(&self, generator: &mut SchemaGenerator) -> Value {
        match self {
            Self::Within(range) => {
                json!({"type": ["integer", "null"], "minimum": range.start(), "maximum": range.end()})
            }
            Self::Flag => json!({"type": ["boolean", "null"]}),
            Self::OneOf(texts) => {
                let values = texts.iter().map(|text| Value::from(*text)).chain([Value::Null]);
                json!({"enum": values.collect::<Vec<_>>()})
            }
            Self::Text(most) => json!({"type": ["string", "null"], "minLength": 1, "maxLength": most}),
            Self::HttpsAddress(most) => {
                json!({"type": ["string", "null"], "pattern": HTTPS_PATTERN, "maxLength": most})
            }
            Self::WebhookUrl => {
                json!({"type": ["string", "null"], "pattern": "^https?://", "maxLength": MAX_URL_CHARS})
            }
            Self::Languages(most) => json!({
                "type": ["array", "null"],
                "items": {"type": "string", "pattern": LANGUAGE_PATTERN, "maxLength": MAX_LANGUAGE_BYTES},
                "minItems": 1,
                "maxItems": most,
                "uniqueItems": true,
            }),
            Self::EmojiNames(most) => json!({
                "type": ["array", "null"],
                "items": {"type": "string", "pattern": EMOJI_NAME_PATTERN},
                "minItems": 1,
                "maxItems": most,
                "uniqueItems": true,
            }),
            Self::MediaTypes(most) => json!({
                "type": ["array", "null"],
                "items": {"type": "string", "pattern": TYPE_PATTERN},
                "minItems": 1,
                "maxItems": most,
                "uniqueItems": true,
            }),
            Self::Escalation => generator.subschema_for::<Option<Policy>>().into(),
        }
    }
}
