//! JSON of which an object is read from an object only: serde would also read an array, as the fields in order.

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{Deserializer, Error as _, IntoDeserializer, Unexpected, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::{Error, Value};

/// A value that is read so, with all values in it.
pub(super) struct Strict(pub(super) Value);

impl IntoDeserializer<'_, Error> for Strict {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Strict {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Array(items) => {
                let mut items = SeqDeserializer::new(items.into_iter().map(Self));
                let value = visitor.visit_seq(&mut items)?;
                items.end().map(|()| value)
            }
            Value::Object(fields) => {
                let of = |(name, value)| (Self(Value::String(name)), Self(value));
                let mut fields = MapDeserializer::new(fields.into_iter().map(of));
                let value = visitor.visit_map(&mut fields)?;
                fields.end().map(|()| value)
            }
            scalar => scalar.deserialize_any(visitor),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        if self.0.is_array() {
            Err(Error::invalid_type(Unexpected::Seq, &visitor))
        } else {
            self.deserialize_any(visitor)
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _name: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.0.deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::json;
    use std::collections::BTreeMap;

    #[derive(Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
    struct Name(String);

    #[derive(Debug, Deserialize, PartialEq, Eq, Default)]
    #[serde(default, deny_unknown_fields)]
    struct Choice {
        inbox: Option<bool>,
        push: Option<u8>,
    }

    #[derive(Debug, Deserialize, PartialEq, Eq)]
    struct Outer {
        choice: Choice,
        names: BTreeMap<Name, Vec<Choice>>,
    }

    fn read(value: Value) -> Result<Outer, String> {
        Outer::deserialize(Strict(value)).map_err(|error| error.to_string())
    }

    #[test]
    fn an_object_is_not_read_from_an_array_at_any_depth() {
        let choice = |inbox, push| Choice { inbox, push };
        let names = BTreeMap::from([(Name("a".to_owned()), vec![choice(Some(true), Some(2)), choice(None, None)])]);
        let valid = json!({"choice": {"push": 1}, "names": {"a": [{"inbox": true, "push": 2}, {"inbox": null}]}});
        assert_eq!(read(valid), Ok(Outer { choice: choice(None, Some(1)), names }));
        for invalid in [
            json!([{}, {}]),
            json!({"choice": [null, null], "names": {}}),
            json!({"choice": [], "names": {}}),
            json!({"choice": {}, "names": {"a": [[true, 2]]}}),
        ] {
            assert!(read(invalid.clone()).is_err(), "{invalid}");
        }
    }
}
