//! In-memory SQLite with the real migrations: D1's engine without D1.
//!
//! Numbers are bound as REAL, as D1 does, so that tests find statements that only work with integers.

use crate::database::{BoxFuture, Database, Row, Statement, StorageError, Value};
use campana_schema::MIGRATIONS;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, ToSql, Transaction, params_from_iter};
use serde_json::Value as Json;
use std::sync::{Mutex, PoisonError};

/// An in-memory database.
#[derive(Debug)]
pub struct Sqlite {
    connection: Mutex<Connection>,
}

impl Sqlite {
    /// A new database with all migrations applied and foreign keys enforced.
    pub fn new() -> Result<Self, StorageError> {
        let connection = open().map_err(|error| translate(&error))?;
        Ok(Self { connection: Mutex::new(connection) })
    }

    /// An object's own database, created by this SQL.
    pub fn of_object(tables: &str) -> Result<Self, StorageError> {
        let connection = Connection::open_in_memory().map_err(|error| translate(&error))?;
        connection.execute_batch(tables).map_err(|error| translate(&error))?;
        Ok(Self { connection: Mutex::new(connection) })
    }

    /// The lines of EXPLAIN QUERY PLAN for a statement.
    pub fn explain(&self, sql: &str) -> Result<Vec<String>, StorageError> {
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let plan = || -> rusqlite::Result<Vec<String>> {
            let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
            let nulls = vec![rusqlite::types::Null; statement.parameter_count()];
            statement.query_map(params_from_iter(nulls), |row| row.get("detail"))?.collect()
        };
        plan().map_err(|error| translate(&error))
    }

    /// How often the engine compiles a prepared statement again in `runs` runs, whose changes are rolled back.
    pub fn recompilations(&self, sql: &str, runs: usize) -> Result<i32, StorageError> {
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let mut count = || -> rusqlite::Result<i32> {
            let transaction = connection.transaction()?;
            let mut statement = transaction.prepare(sql)?;
            for run in 0..runs {
                for parameter in 1..=statement.parameter_count() {
                    statement.raw_bind_parameter(parameter, format!("{run}"))?;
                }
                let mut rows = statement.raw_query();
                // A refusal of the values counts as a run.
                while let Ok(Some(_)) = rows.next() {}
            }
            Ok(statement.get_status(rusqlite::StatementStatus::RePrepare))
        };
        count().map_err(|error| translate(&error))
    }

    fn run(&self, statements: &[Statement]) -> Result<Vec<Vec<Row>>, StorageError> {
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all = || {
            let transaction = connection.transaction()?;
            let results = statements.iter().map(|statement| run(&transaction, statement)).collect::<Result<_, _>>()?;
            transaction.commit()?;
            Ok(results)
        };
        all().map_err(|error| translate(&error))
    }
}

impl Database for Sqlite {
    fn query(&self, statement: Statement) -> BoxFuture<'_, Result<Vec<Row>, StorageError>> {
        Box::pin(async move { self.run(&[statement]).map(|results| results.into_iter().flatten().collect()) })
    }

    fn batch(&self, statements: Vec<Statement>) -> BoxFuture<'_, Result<Vec<Vec<Row>>, StorageError>> {
        Box::pin(async move { self.run(&statements) })
    }
}

fn open() -> rusqlite::Result<Connection> {
    let connection = Connection::open_in_memory()?;
    connection.pragma_update(None, "foreign_keys", true)?;
    for (_, sql) in MIGRATIONS {
        connection.execute_batch(sql)?;
    }
    Ok(connection)
}

fn run(transaction: &Transaction<'_>, statement: &Statement) -> rusqlite::Result<Vec<Row>> {
    let mut prepared = transaction.prepare_cached(statement.query.sql)?;
    let names: Vec<String> = prepared.column_names().into_iter().map(str::to_owned).collect();
    let mut rows = prepared.query(params_from_iter(&statement.params))?;
    let mut result = Vec::new();
    while let Some(row) = rows.next()? {
        let columns = names.iter().enumerate();
        result.push(
            columns.map(|(at, name)| Ok((name.clone(), json(row.get_ref(at)?)))).collect::<rusqlite::Result<_>>()?,
        );
    }
    Ok(result)
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => ToSqlOutput::Borrowed(ValueRef::Null),
            #[expect(clippy::cast_precision_loss, reason = "numbers are below 2^53")]
            Self::Int(number) => ToSqlOutput::Borrowed(ValueRef::Real(*number as f64)),
            Self::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
        })
    }
}

/// Whole REAL numbers become integers, as in JavaScript.
fn json(value: ValueRef<'_>) -> Json {
    match value {
        ValueRef::Integer(number) => number.into(),
        #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and below 2^53")]
        ValueRef::Real(number) if number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0 => {
            (number as i64).into()
        }
        ValueRef::Real(number) => number.into(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned().into(),
        ValueRef::Null | ValueRef::Blob(_) => Json::Null,
    }
}

fn translate(error: &rusqlite::Error) -> StorageError {
    match error.sqlite_error_code() {
        Some(ErrorCode::ConstraintViolation) => StorageError::Constraint,
        Some(code) => StorageError::Unavailable(format!("{code:?}")),
        None => StorageError::Unavailable("the statement does not fit".to_owned()),
    }
}
