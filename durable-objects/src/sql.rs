//! The object's own SQLite. Statements run synchronously; everything within one turn is one transaction.

use campana_core::problem::{Kind, Problem};
use wasm_bindgen::JsValue;
use worker::{SqlStorage, SqlStorageValue, State};

/// A row, column by column.
pub(crate) type Row = Vec<SqlStorageValue>;

/// The object's database.
#[derive(Clone)]
pub(crate) struct Sql(SqlStorage);

impl Sql {
    /// The database of this object.
    pub(crate) fn of(state: &State) -> Self {
        Self(state.storage().sql())
    }

    /// Runs statements without parameters.
    pub(crate) fn script(&self, text: &str) -> Result<(), Problem> {
        self.0.exec(text, None).map(drop).map_err(|error| failure(&error))
    }

    /// Runs a statement whose rows do not matter.
    pub(crate) fn run(&self, statement: &str, params: Vec<JsValue>) -> Result<(), Problem> {
        self.0.exec_raw(statement, params).map(drop).map_err(|error| failure(&error))
    }

    /// Runs a query and reads all its rows; the statement bounds how many.
    pub(crate) fn rows(&self, statement: &str, params: Vec<JsValue>) -> Result<Vec<Row>, Problem> {
        let cursor = self.0.exec_raw(statement, params).map_err(|error| failure(&error))?;
        cursor.raw().collect::<worker::Result<_>>().map_err(|error| failure(&error))
    }

    /// The first row, if there is one.
    pub(crate) fn first(&self, statement: &str, params: Vec<JsValue>) -> Result<Option<Row>, Problem> {
        Ok(self.rows(statement, params)?.into_iter().next())
    }
}

/// Logs what the engine said (it names tables and columns, never values) and hides it from the client.
fn failure(error: &worker::Error) -> Problem {
    worker::console_error!("{{\"level\":\"error\",\"at\":\"object.sql\",\"detail\":{:?}}}", error.to_string());
    Problem::new(Kind::Internal, "the conversation's storage failed")
}

/// A whole number as a parameter.
#[expect(clippy::cast_precision_loss, reason = "positions and times stay far below 2^53")]
pub(crate) fn int(value: i64) -> JsValue {
    JsValue::from_f64(value as f64)
}

/// A text as a parameter.
pub(crate) fn text(value: &str) -> JsValue {
    JsValue::from_str(value)
}

/// A text or NULL as a parameter.
pub(crate) fn optional(value: Option<&str>) -> JsValue {
    value.map_or(JsValue::NULL, JsValue::from_str)
}

/// Reads a column as a whole number.
pub(crate) fn as_int(value: Option<&SqlStorageValue>) -> Option<i64> {
    match value {
        Some(SqlStorageValue::Integer(number)) => Some(*number),
        _ => None,
    }
}

/// Reads a column as text.
pub(crate) fn as_text(value: Option<&SqlStorageValue>) -> Option<&str> {
    match value {
        Some(SqlStorageValue::String(text)) => Some(text),
        _ => None,
    }
}
