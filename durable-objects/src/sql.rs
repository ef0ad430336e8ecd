//! SQLite of an object on the platform, as an engine of [`campana_runtime::sql`].

use crate::log::error_message;
use crate::strings::js_string;
use campana_core::shared::problem::Problem;
use campana_runtime::sql::{Engine, Value};
pub(crate) use campana_runtime::sql::{Param, Row, Sql, int, json, optional, text};
use js_sys::{Array, JsString, Promise};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use worker::State;

#[wasm_bindgen]
extern "C" {
    /// The platform's `SqlStorage`. With this binding, each statement becomes a JavaScript string once, not per call.
    #[wasm_bindgen(extends = js_sys::Object)]
    #[derive(Clone)]
    type SqlStorage;
    #[wasm_bindgen(method, structural, catch, variadic)]
    fn exec(this: &SqlStorage, statement: &JsString, params: Array) -> Result<Cursor, JsValue>;

    type Cursor;
    #[wasm_bindgen(method, structural, getter, js_name = rowsWritten)]
    fn rows_written(this: &Cursor) -> f64;
    /// Iterator over the rows, each an array.
    #[wasm_bindgen(method, structural, catch)]
    fn raw(this: &Cursor) -> Result<js_sys::Iterator, JsValue>;

    #[derive(Clone)]
    type Storage;
    #[wasm_bindgen(method, structural, getter)]
    fn sql(this: &Storage) -> SqlStorage;
    #[wasm_bindgen(method, structural, catch, js_name = deleteAll)]
    fn delete_all(this: &Storage) -> Result<Promise, JsValue>;
}

#[wasm_bindgen(module = "/js/transaction.js")]
extern "C" {
    /// Runs a function in a transaction, which rolls back if it returns false or throws.
    #[wasm_bindgen(catch)]
    fn transaction(storage: &Storage, act: &mut dyn FnMut() -> bool) -> Result<(), JsValue>;
}

/// The object's database.
pub(crate) fn database(state: &State) -> Sql {
    let storage = state.storage();
    let raw: &JsValue = storage.as_raw().as_ref();
    let storage = raw.unchecked_ref::<Storage>().clone();
    Sql::new(Rc::new(ObjectStorage { sql: storage.sql(), storage, statements: RefCell::default() }))
}

struct ObjectStorage {
    storage: Storage,
    sql: SqlStorage,
    statements: RefCell<HashMap<&'static str, JsString>>,
}

impl ObjectStorage {
    fn exec(&self, statement: &'static str, params: &[Param<'_>]) -> Result<Cursor, Problem> {
        let mut statements = self.statements.borrow_mut();
        let text = statements.entry(statement).or_insert_with(|| JsString::from(statement));
        self.sql.exec(text, params.iter().map(to_js).collect()).map_err(|error| failure(&error))
    }
}

impl Engine for ObjectStorage {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of rows")]
    fn write(&self, statement: &'static str, params: &[Param<'_>]) -> Result<u64, Problem> {
        self.exec(statement, params).map(|cursor| cursor.rows_written().max(0.0) as u64)
    }

    fn query(&self, statement: &'static str, params: &[Param<'_>]) -> Result<Vec<Row>, Problem> {
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

    fn transaction(&self, act: &mut dyn FnMut() -> Result<(), Problem>) -> Result<(), Problem> {
        let mut outcome = Ok(());
        let run = transaction(&self.storage, &mut || {
            outcome = act();
            outcome.is_ok()
        });
        outcome?;
        run.map_err(|error| failure(&error))
    }

    fn delete_all(&self) {
        let _promise = self.storage.delete_all();
    }
}

fn to_js(param: &Param<'_>) -> JsValue {
    match param {
        Param::Null => JsValue::NULL,
        #[expect(clippy::cast_precision_loss, reason = "positions and times stay far below 2^53")]
        Param::Int(number) => JsValue::from_f64(*number as f64),
        Param::Text(text) => js_string(text).into(),
    }
}

fn read_row(row: &JsValue) -> Row {
    row.unchecked_ref::<Array>().iter().map(|value| read_value(&value)).collect()
}

#[expect(clippy::cast_possible_truncation, reason = "positions and times stay far below 2^53")]
fn read_value(value: &JsValue) -> Value {
    match value.as_string() {
        Some(text) => Value::Text(text),
        None => value.as_f64().map_or(Value::Null, |number| Value::Int(number as i64)),
    }
}

/// Logs the engine's message (it names tables and columns, never values) and hides it from the client.
fn failure(error: &JsValue) -> Problem {
    tracing::error!(at = "object.sql", detail = error_message(error));
    Problem::internal("the object's storage failed")
}
