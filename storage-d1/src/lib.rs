//! The record's port on Cloudflare D1.
//!
//! Rows cross from JavaScript as one JSON text per call, not value by value: a page of messages costs one crossing.
//! [`SendFuture`] makes futures `Send`, which is sound because a Worker has one thread.

mod refusal;

use campana_storage::{BoxFuture, Database, Row, Statement, StorageError, Value};
use js_sys::{Array, JSON};
use serde::Deserialize;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use worker::D1Database;
use worker::send::SendFuture;
use worker::worker_sys::types::{D1Database as D1Binding, D1PreparedStatement};

/// The record's port on the D1 database of this binding.
#[derive(Debug)]
pub struct D1(pub D1Database);

impl D1 {
    fn binding(&self) -> &D1Binding {
        self.0.as_ref().unchecked_ref()
    }

    fn prepare(&self, statement: &Statement) -> Result<D1PreparedStatement, StorageError> {
        let prepared = self.binding().prepare(statement.query.sql).map_err(|error| refusal::translate(&error))?;
        if statement.params.is_empty() {
            return Ok(prepared);
        }
        let values: Array = statement.params.iter().map(to_js).collect();
        prepared.bind(values).map_err(|error| refusal::translate(&error))
    }

    async fn run_all(&self, statements: &[Statement]) -> Result<Vec<Vec<Row>>, StorageError> {
        let prepared: Array =
            statements.iter().map(|statement| self.prepare(statement).map(JsValue::from)).collect::<Result<_, _>>()?;
        let promise = self.binding().batch(prepared).map_err(|error| refusal::translate(&error))?;
        let answer: Vec<Answer> = parse(JsFuture::from(promise).await)?;
        Ok(answer.into_iter().map(|answer| answer.results).collect())
    }

    async fn run_one(&self, statement: &Statement) -> Result<Vec<Row>, StorageError> {
        let promise = self.prepare(statement)?.all().map_err(|error| refusal::translate(&error))?;
        let answer: Answer = parse(JsFuture::from(promise).await)?;
        Ok(answer.results)
    }
}

impl Database for D1 {
    fn query(&self, statement: Statement) -> BoxFuture<'_, Result<Vec<Row>, StorageError>> {
        Box::pin(SendFuture::new(async move { self.run_one(&statement).await }))
    }

    fn batch(&self, statements: Vec<Statement>) -> BoxFuture<'_, Result<Vec<Vec<Row>>, StorageError>> {
        Box::pin(SendFuture::new(async move { self.run_all(&statements).await }))
    }
}

/// D1's result of one statement, without its statistics.
#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    results: Vec<Row>,
}

fn parse<T: for<'de> Deserialize<'de>>(outcome: Result<JsValue, JsValue>) -> Result<T, StorageError> {
    let value = outcome.map_err(|error| refusal::translate(&error))?;
    let text = JSON::stringify(&value).map_err(|_| refusal::unreadable())?;
    serde_json::from_str(&String::from(text)).map_err(|_| refusal::unreadable())
}

/// Integers are passed as JavaScript numbers, because D1's integer type has 32 bits. NULL is `null`: D1 refuses
/// `undefined`.
fn to_js(value: &Value) -> JsValue {
    match value {
        Value::Null => JsValue::NULL,
        #[expect(clippy::cast_precision_loss, reason = "numbers are below 2^53")]
        Value::Int(number) => JsValue::from_f64(*number as f64),
        Value::Text(text) => JsValue::from_str(text),
    }
}
