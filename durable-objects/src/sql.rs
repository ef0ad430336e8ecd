//! The object's own SQLite. Statements run synchronously; everything within one turn is one transaction.

use crate::strings::js_string;
use campana_core::shared::problem::{Kind, Problem};
use campana_schema::objects::{META, TableSet, meta};
use js_sys::{Array, JsString};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use worker::State;

#[wasm_bindgen]
extern "C" {
    /// The platform's own interface. Bound here so that a statement's text is made a JavaScript string once, not
    /// with every call.
    #[wasm_bindgen(extends = js_sys::Object)]
    #[derive(Clone)]
    type SqlStorage;
    #[wasm_bindgen(method, structural, catch, variadic)]
    fn exec(this: &SqlStorage, statement: &JsString, params: Array) -> Result<Cursor, JsValue>;

    type Cursor;
    #[wasm_bindgen(method, structural, getter, js_name = rowsWritten)]
    fn rows_written(this: &Cursor) -> f64;
    /// An iterator over the rows as arrays.
    #[wasm_bindgen(method, structural, catch)]
    fn raw(this: &Cursor) -> Result<js_sys::Iterator, JsValue>;

    type StorageWithSql;
    #[wasm_bindgen(method, structural, getter)]
    fn sql(this: &StorageWithSql) -> SqlStorage;
}

/// A column of a row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// NULL, or of a type that no table here has.
    Nothing,
    /// A whole number.
    Integer(i64),
    /// Text.
    Text(String),
}

/// A row, column by column.
pub(crate) type Row = Vec<Value>;

/// The object's database.
#[derive(Clone)]
pub(crate) struct Sql {
    storage: SqlStorage,
    statements: Rc<RefCell<HashMap<&'static str, JsString>>>,
}

impl Sql {
    /// The database of this object.
    pub(crate) fn of(state: &State) -> Self {
        let storage = state.storage();
        let raw: &JsValue = storage.as_raw().as_ref();
        Self { storage: raw.unchecked_ref::<StorageWithSql>().sql(), statements: Rc::default() }
    }

    /// Creates a set's tables, or brings them to their present form: takes the steps that this database has not taken.
    pub(crate) fn upgrade(&self, set: &TableSet) -> Result<(), Problem> {
        let is_recorded = self.has_table("meta")?;
        let recorded = if is_recorded { self.recall(set.version_key)? } else { None };
        let pending = set.pending(recorded.as_deref(), self.has(set)?);
        if pending.is_empty() {
            return Ok(());
        }
        for step in [META].iter().chain(pending) {
            self.exec(step, Vec::new())?;
        }
        self.keep(set.version_key, &set.steps.len().to_string())
    }

    /// Whether the tables of a set were ever created here, in whatever form.
    pub(crate) fn has(&self, set: &TableSet) -> Result<bool, Problem> {
        self.has_table(set.first_table)
    }

    fn has_table(&self, name: &str) -> Result<bool, Problem> {
        self.first(meta::HAS_TABLE, vec![text(name)]).map(|row| row.is_some())
    }

    /// What the object keeps under a name, in `meta`.
    pub(crate) fn recall(&self, key: &str) -> Result<Option<String>, Problem> {
        let row = self.first(meta::GET, vec![text(key)])?;
        Ok(row.and_then(|row| as_text(row.first()).map(str::to_owned)))
    }

    /// Keeps something under a name.
    pub(crate) fn keep(&self, key: &str, value: &str) -> Result<(), Problem> {
        self.run(meta::SET, vec![text(key), text(value)])
    }

    /// Runs a statement whose rows do not matter.
    pub(crate) fn run(&self, statement: &'static str, params: Vec<JsValue>) -> Result<(), Problem> {
        self.exec(statement, params).map(drop)
    }

    /// The same. Returns whether it wrote anything.
    pub(crate) fn writes(&self, statement: &'static str, params: Vec<JsValue>) -> Result<bool, Problem> {
        self.exec(statement, params).map(|cursor| cursor.rows_written() > 0.0)
    }

    /// Runs a query and reads all its rows; the statement bounds how many.
    pub(crate) fn rows(&self, statement: &'static str, params: Vec<JsValue>) -> Result<Vec<Row>, Problem> {
        let cursor = self.exec(statement, params)?.raw().map_err(|error| failure(&error))?;
        let mut rows = Vec::new();
        loop {
            let next = cursor.next().map_err(|error| failure(&error))?;
            if next.done() {
                return Ok(rows);
            }
            rows.push(read_row(&next.value()));
        }
    }

    /// The first row, if there is one.
    pub(crate) fn first(&self, statement: &'static str, params: Vec<JsValue>) -> Result<Option<Row>, Problem> {
        Ok(self.rows(statement, params)?.into_iter().next())
    }

    fn exec(&self, statement: &'static str, params: Vec<JsValue>) -> Result<Cursor, Problem> {
        let mut statements = self.statements.borrow_mut();
        let text = statements.entry(statement).or_insert_with(|| JsString::from(statement));
        self.storage.exec(text, params.into_iter().collect()).map_err(|error| failure(&error))
    }
}

fn read_row(row: &JsValue) -> Row {
    row.unchecked_ref::<Array>().iter().map(|value| read_value(&value)).collect()
}

#[expect(clippy::cast_possible_truncation, reason = "positions and times stay far below 2^53")]
fn read_value(value: &JsValue) -> Value {
    match value.as_string() {
        Some(text) => Value::Text(text),
        None => value.as_f64().map_or(Value::Nothing, |number| Value::Integer(number as i64)),
    }
}

/// Logs what the engine said (it names tables and columns, never values) and hides it from the client.
fn failure(error: &JsValue) -> Problem {
    worker::console_error!("{{\"level\":\"error\",\"at\":\"object.sql\",\"detail\":{:?}}}", text_of(error));
    Problem::new(Kind::Internal, "the object's storage failed")
}

fn text_of(error: &JsValue) -> String {
    error.dyn_ref::<js_sys::Error>().map_or_else(|| "not an error".to_owned(), |error| String::from(error.message()))
}

/// A whole number as a parameter.
#[expect(clippy::cast_precision_loss, reason = "positions and times stay far below 2^53")]
pub(crate) fn int(value: i64) -> JsValue {
    JsValue::from_f64(value as f64)
}

/// A text as a parameter.
pub(crate) fn text(value: &str) -> JsValue {
    js_string(value).into()
}

/// A text or NULL as a parameter.
pub(crate) fn optional(value: Option<&str>) -> JsValue {
    value.map_or(JsValue::NULL, text)
}

/// Reads a column as a whole number.
pub(crate) fn as_int(value: Option<&Value>) -> Option<i64> {
    match value {
        Some(Value::Integer(number)) => Some(*number),
        _ => None,
    }
}

/// Reads a column as text.
pub(crate) fn as_text(value: Option<&Value>) -> Option<&str> {
    match value {
        Some(Value::Text(text)) => Some(text),
        _ => None,
    }
}
