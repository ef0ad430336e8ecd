//! Decoding of rows into types. Errors never contain a column's value.

use crate::database::{Row, StorageError};
use campana_core::chat::wire::without_values;
use campana_core::shared::json::read_stored;
use campana_core::shared::timestamp::Timestamp;
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error as _};

/// One row as a type.
pub(crate) fn decode<T: DeserializeOwned>(row: Row) -> Result<T, StorageError> {
    serde_json::from_value(serde_json::Value::Object(row)).map_err(|error| corrupt(&error))
}

/// All rows as a type.
pub(crate) fn decode_all<T: DeserializeOwned>(rows: Vec<Row>) -> Result<Vec<T>, StorageError> {
    rows.into_iter().map(decode).collect()
}

/// The first row as a type, if there is one.
pub(crate) fn decode_first<T: DeserializeOwned>(rows: Vec<Row>) -> Result<Option<T>, StorageError> {
    rows.into_iter().next().map(decode).transpose()
}

/// The values of the only column.
pub(crate) fn decode_column<T: DeserializeOwned>(rows: Vec<Row>) -> Result<Vec<T>, StorageError> {
    let values = rows.into_iter().flatten().map(|(_, value)| serde_json::from_value(value));
    values.collect::<Result<_, _>>().map_err(|error| corrupt(&error))
}

/// The rows of a batch's last statement.
pub(crate) fn last(results: Vec<Vec<Row>>) -> Result<Vec<Row>, StorageError> {
    results.into_iter().next_back().ok_or_else(missing)
}

/// Error for a statement that must return a row but returned none.
pub(crate) fn missing() -> StorageError {
    StorageError::Corrupt("a row that was just written is not there".to_owned())
}

pub(crate) fn corrupt(error: &serde_json::Error) -> StorageError {
    StorageError::Corrupt(without_values(error))
}

/// Any value as JSON text, for a parameter.
pub(crate) fn to_json<T: serde::Serialize + ?Sized>(value: &T) -> Result<String, StorageError> {
    serde_json::to_string(value).map_err(|error| corrupt(&error))
}

/// A column with Unix milliseconds.
pub(crate) fn millis<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    i64::deserialize(deserializer).map(Timestamp::from_millis)
}

/// A column with Unix milliseconds or NULL.
pub(crate) fn millis_or_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    Ok(Option::<i64>::deserialize(deserializer)?.map(Timestamp::from_millis))
}

/// A column with 0 or 1.
pub(crate) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    i64::deserialize(deserializer).map(|number| number != 0)
}

/// A column with JSON text.
pub(crate) fn json<'de, T: DeserializeOwned, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let text = String::deserialize(deserializer)?;
    read_stored(&text).map_err(D::Error::custom)
}

/// A column with JSON text, or NULL for the default.
pub(crate) fn json_or_default<'de, T: DeserializeOwned + Default, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(json_or_null(deserializer)?.unwrap_or_default())
}

/// A column with JSON text or NULL.
pub(crate) fn json_or_null<'de, T: DeserializeOwned, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else {
        return Ok(None);
    };
    read_stored(&text).map(Some).map_err(D::Error::custom)
}
