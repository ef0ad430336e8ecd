//! SQLite in memory with the platform's durability: the writes of a turn become durable together.

use crate::sql::{Engine, Param, Row, Value};
use campana_core::shared::problem::Problem;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ToSql, params_from_iter};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// A database that outlives the object's instances.
pub(super) struct Disk {
    connection: RefCell<Connection>,
    is_dirty: Cell<bool>,
    depth: Cell<u32>,
}

impl Disk {
    pub(super) fn new() -> Rc<Self> {
        #[expect(clippy::expect_used, reason = "a test needs its database")]
        let connection = Connection::open_in_memory().expect("SQLite opens in memory");
        Rc::new(Self { connection: RefCell::new(connection), is_dirty: Cell::new(false), depth: Cell::new(0) })
    }

    /// Ends a turn: its writes become durable.
    pub(super) fn commit(&self) {
        self.end_turn("COMMIT");
    }

    /// Ends a turn in which the process died: its writes are lost.
    pub(super) fn roll_back(&self) {
        self.end_turn("ROLLBACK");
    }

    fn end_turn(&self, how: &str) {
        if self.is_dirty.replace(false) {
            let _ended = self.connection.borrow().execute_batch(how);
        }
        self.depth.set(0);
    }

    fn begin_turn(&self) -> rusqlite::Result<()> {
        if !self.is_dirty.replace(true) {
            self.connection.borrow().execute_batch("BEGIN")?;
        }
        Ok(())
    }
}

/// Called before each statement; `true` if the instance is dead or dies there.
pub(super) type Fuse = Rc<dyn Fn() -> bool>;

/// The database as one instance of an object uses it.
pub(super) struct Sqlite {
    pub(super) disk: Rc<Disk>,
    pub(super) fuse: Fuse,
}

impl Sqlite {
    fn check(&self) -> Result<(), Problem> {
        if (self.fuse)() {
            return Err(Problem::internal("the instance died"));
        }
        self.disk.begin_turn().map_err(|error| failure(&error))
    }

    fn drop_tables(&self) -> rusqlite::Result<()> {
        const TABLES: &str = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
        let connection = self.disk.connection.borrow();
        let names: Vec<String> =
            connection.prepare(TABLES)?.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        names.iter().try_for_each(|name| connection.execute_batch(&format!("DROP TABLE {name}")))
    }
}

fn failure(error: &rusqlite::Error) -> Problem {
    Problem::internal(format!("the object's storage failed: {error}"))
}

impl Engine for Sqlite {
    fn write(&self, statement: &'static str, params: &[Param<'_>]) -> Result<u64, Problem> {
        self.check()?;
        let connection = self.disk.connection.borrow();
        if params.is_empty() {
            return connection.execute_batch(statement).map(|()| connection.changes()).map_err(|error| failure(&error));
        }
        let rows =
            connection.prepare_cached(statement).and_then(|mut prepared| prepared.execute(params_from_iter(params)));
        rows.map(|rows| u64::try_from(rows).unwrap_or(u64::MAX)).map_err(|error| failure(&error))
    }

    fn query(&self, statement: &'static str, params: &[Param<'_>]) -> Result<Vec<Row>, Problem> {
        self.check()?;
        let connection = self.disk.connection.borrow();
        let read = || -> rusqlite::Result<Vec<Row>> {
            let mut prepared = connection.prepare_cached(statement)?;
            let columns = prepared.column_count();
            let rows = prepared.query_map(params_from_iter(params), |row| {
                (0..columns).map(|at| row.get_ref(at).map(value)).collect::<rusqlite::Result<Row>>()
            })?;
            rows.collect()
        };
        read().map_err(|error| failure(&error))
    }

    fn transaction(&self, act: &mut dyn FnMut() -> Result<(), Problem>) -> Result<(), Problem> {
        self.check()?;
        let depth = self.disk.depth.get();
        self.disk.depth.set(depth.saturating_add(1));
        let name = format!("level_{depth}");
        let run = |how: String| self.disk.connection.borrow().execute_batch(&how).map_err(|error| failure(&error));
        run(format!("SAVEPOINT {name}"))?;
        let outcome = act();
        self.disk.depth.set(depth);
        match outcome {
            Ok(()) => run(format!("RELEASE {name}")),
            Err(problem) => {
                run(format!("ROLLBACK TO {name}; RELEASE {name}"))?;
                Err(problem)
            }
        }
    }

    fn delete_all(&self) {
        let _died = self.check().and_then(|()| self.drop_tables().map_err(|error| failure(&error)));
    }
}

fn value(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Integer(number) => Value::Int(number),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        _ => Value::Null,
    }
}

impl ToSql for Param<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}
