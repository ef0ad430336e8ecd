//! The object's own SQLite. Statements run synchronously.
//!
//! Writes without an await between them become durable together, unless a panic loses the instance between two of them:
//! then the earlier ones stay. [`Sql::transaction`] makes them atomic in that case, too.

use campana_core::shared::json::read_stored;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_schema::objects::{META, TableSet};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use std::cell::Cell;
use std::rc::Rc;

const HAS_TABLE: &str = include_str!("queries/meta/has_table.sql");
const GET_META: &str = include_str!("queries/meta/get.sql");
const SET_META: &str = include_str!("queries/meta/set.sql");
/// Rows per page of [`Sql::pages`].
const PAGE: usize = 500;

/// A parameter of a statement.
#[derive(Debug, Clone, PartialEq)]
pub enum Param<'a> {
    /// NULL.
    Null,
    /// A whole number, below 2^53.
    Int(i64),
    /// Text.
    Text(Cow<'a, str>),
}

/// A column of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// NULL, or a type that no table uses.
    Null,
    /// A whole number.
    Int(i64),
    /// Text.
    Text(String),
}

/// A row of a query. A column is read by its position: `None` if it is NULL or has another type.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Row(Vec<Value>);

impl FromIterator<Value> for Row {
    fn from_iter<I: IntoIterator<Item = Value>>(columns: I) -> Self {
        Self(columns.into_iter().collect())
    }
}

impl Row {
    /// Removes the columns from `at` on, and returns them as a row of their own.
    #[must_use]
    pub fn split_off(&mut self, at: usize) -> Self {
        Self(self.0.split_off(at.min(self.0.len())))
    }

    /// A whole number.
    pub fn int(&self, at: usize) -> Option<i64> {
        match self.0.get(at) {
            Some(Value::Int(number)) => Some(*number),
            _ => None,
        }
    }

    /// A whole number of a smaller or unsigned type; `None` if it is out of range.
    pub fn number<N: TryFrom<i64>>(&self, at: usize) -> Option<N> {
        N::try_from(self.int(at)?).ok()
    }

    /// A time, stored as Unix milliseconds.
    pub fn time(&self, at: usize) -> Option<Timestamp> {
        self.int(at).map(Timestamp::from_millis)
    }

    /// A text.
    pub fn text(&self, at: usize) -> Option<&str> {
        match self.0.get(at) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// A text of its own.
    pub fn string(&self, at: usize) -> Option<String> {
        self.text(at).map(str::to_owned)
    }

    /// JSON. `None` if it cannot be parsed, for example because another version wrote it.
    pub fn json<T: DeserializeOwned>(&self, at: usize) -> Option<T> {
        read_stored(self.text(at)?).ok()
    }
}

/// A database engine that runs statements synchronously. It logs its own failures (names of tables and columns, never
/// values) and returns a problem of kind `internal` that names neither.
pub trait Engine {
    /// Runs a statement, or several without parameters. Returns how many rows it wrote, those of indexes included.
    fn write(&self, statement: &'static str, params: &[Param<'_>]) -> Result<u64, Problem>;

    /// Runs a query and reads all its rows; the statement bounds how many.
    fn query(&self, statement: &'static str, params: &[Param<'_>]) -> Result<Vec<Row>, Problem>;

    /// Runs `act` in a transaction, which rolls back if it fails or panics. Transactions nest.
    fn transaction(&self, act: &mut dyn FnMut() -> Result<(), Problem>) -> Result<(), Problem>;

    /// Deletes everything that the object stores, in this turn; it then costs nothing.
    fn delete_all(&self);
}

/// The object's database.
#[derive(Clone)]
pub struct Sql {
    engine: Rc<dyn Engine>,
}

impl Sql {
    /// A database of this engine.
    pub fn new(engine: Rc<dyn Engine>) -> Self {
        Self { engine }
    }

    /// Runs statements without parameters.
    pub fn script(&self, text: &'static str) -> Result<(), Problem> {
        self.engine.write(text, &[]).map(drop)
    }

    /// Runs a statement and ignores its row count.
    pub fn run<'a>(&self, statement: &'static str, params: impl AsRef<[Param<'a>]>) -> Result<(), Problem> {
        self.engine.write(statement, params.as_ref()).map(drop)
    }

    /// Runs a statement. Returns whether it wrote anything.
    pub fn writes<'a>(&self, statement: &'static str, params: impl AsRef<[Param<'a>]>) -> Result<bool, Problem> {
        self.engine.write(statement, params.as_ref()).map(|rows| rows > 0)
    }

    /// Runs a query and reads all its rows; the statement bounds how many.
    pub fn rows<'a>(&self, statement: &'static str, params: impl AsRef<[Param<'a>]>) -> Result<Vec<Row>, Problem> {
        self.engine.query(statement, params.as_ref())
    }

    /// The first row, if there is one.
    pub fn first<'a>(&self, statement: &'static str, params: impl AsRef<[Param<'a>]>) -> Result<Option<Row>, Problem> {
        Ok(self.rows(statement, params)?.into_iter().next())
    }

    /// What `read` makes of the first row, if there is one.
    pub fn find<'a, T>(
        &self,
        statement: &'static str,
        params: impl AsRef<[Param<'a>]>,
        read: impl FnOnce(&Row) -> Option<T>,
    ) -> Result<Option<T>, Problem> {
        Ok(self.rows(statement, params)?.first().and_then(read))
    }

    /// What `read` makes of each row. Rows for which it returns `None` are skipped.
    pub fn list<'a, T>(
        &self,
        statement: &'static str,
        params: impl AsRef<[Param<'a>]>,
        read: impl FnMut(&Row) -> Option<T>,
    ) -> Result<Vec<T>, Problem> {
        Ok(self.rows(statement, params)?.iter().filter_map(read).collect())
    }

    /// Reads a whole table, a page at a time. The statement takes the key of the last row read, then the page's size,
    /// and orders by the key, whose columns are `key`; `start` is a key below every row's. Rows for which `read`
    /// returns `None` are skipped.
    pub fn pages<T>(
        &self,
        statement: &'static str,
        start: &[Value],
        key: &[usize],
        read: impl Fn(&Row) -> Option<T>,
    ) -> Result<Vec<T>, Problem> {
        let (mut all, mut after) = (Vec::new(), start.to_vec());
        loop {
            let limit = int(i64::try_from(PAGE).unwrap_or(i64::MAX));
            let rows = self.rows(statement, after.iter().map(Value::to_param).chain([limit]).collect::<Vec<_>>())?;
            all.extend(rows.iter().filter_map(&read));
            let Some(last) = rows.last().filter(|_| rows.len() == PAGE) else { return Ok(all) };
            after = key.iter().map(|at| last.0.get(*at).cloned().unwrap_or(Value::Null)).collect();
        }
    }

    /// Runs `act` in a transaction, which rolls back if `act` fails or the instance is lost.
    pub fn transaction<T>(&self, act: impl FnOnce() -> Result<T, Problem>) -> Result<T, Problem> {
        let (mut act, mut outcome) = (Some(act), None);
        self.engine.transaction(&mut || {
            let done = act.take().map_or_else(|| Err(Problem::internal("a transaction ran twice")), |act| act());
            let status = done.as_ref().map(drop).map_err(Clone::clone);
            outcome = Some(done);
            status
        })?;
        outcome.unwrap_or_else(|| Err(Problem::internal("a transaction did not run")))
    }

    /// Deletes everything that the object stores, in this turn; it then costs nothing.
    pub fn delete_all(&self) {
        self.engine.delete_all();
    }

    /// Creates or migrates a set's tables: runs the migration steps that this database lacks.
    pub fn upgrade(&self, set: &TableSet) -> Result<(), Problem> {
        let is_recorded = self.has_table("meta")?;
        let recorded = if is_recorded { self.recall(set.version_key)? } else { None };
        let pending = set.pending(recorded.as_deref(), self.has(set)?);
        if pending.is_empty() {
            return Ok(());
        }
        // Atomic, since most steps fail if they are run again.
        self.transaction(|| {
            [META].iter().chain(pending).try_for_each(|step| self.script(step))?;
            self.keep(set.version_key, &set.steps.len().to_string())
        })
    }

    /// Whether the tables of a set exist, in any version.
    pub fn has(&self, set: &TableSet) -> Result<bool, Problem> {
        self.has_table(set.first_table)
    }

    /// Whether a table exists.
    pub fn has_table(&self, name: &str) -> Result<bool, Problem> {
        self.first(HAS_TABLE, vec![text(name)]).map(|row| row.is_some())
    }

    /// Reads a value from `meta`.
    pub fn recall(&self, key: &str) -> Result<Option<String>, Problem> {
        self.find(GET_META, [text(key)], |row| row.string(0))
    }

    /// Reads a value from `meta` as JSON; a whole number is JSON too. `None` if it cannot be parsed.
    pub fn recall_json<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, Problem> {
        Ok(self.recall(key)?.and_then(|text| read_stored(&text).ok()))
    }

    /// Writes a value to `meta`.
    pub fn keep(&self, key: &str, value: &str) -> Result<(), Problem> {
        self.run(SET_META, [text(key), text(value)])
    }

    /// Writes a value to `meta` as JSON.
    pub fn keep_json(&self, key: &str, value: &impl Serialize) -> Result<(), Problem> {
        self.run(SET_META, [text(key), json(value)])
    }
}

/// A table set that is created on first use.
pub struct Tables {
    sql: Sql,
    set: &'static TableSet,
    are_made: Cell<bool>,
}

impl Tables {
    /// This set in this database.
    pub fn new(sql: Sql, set: &'static TableSet) -> Self {
        Self { sql, set, are_made: Cell::new(false) }
    }

    /// Creates the tables unless they exist.
    pub fn make(&self) -> Result<(), Problem> {
        if !self.are_made.get() {
            self.sql.upgrade(self.set)?;
            self.are_made.set(true);
        }
        Ok(())
    }

    /// Whether the tables exist; upgrades existing ones. True if the database fails: the next statement reports it.
    pub fn exist(&self) -> bool {
        if !self.are_made.get() && self.sql.has(self.set) == Ok(false) {
            return false;
        }
        // The database logs its failure.
        let _made = self.make();
        true
    }

    /// Call after the database was emptied.
    pub fn forget(&self) {
        self.are_made.set(false);
    }
}

impl Value {
    fn to_param(&self) -> Param<'_> {
        match self {
            Self::Null => Param::Null,
            Self::Int(number) => int(*number),
            Self::Text(value) => text(value),
        }
    }
}

/// A whole number as a parameter.
pub fn int(value: i64) -> Param<'static> {
    Param::Int(value)
}

/// A text as a parameter.
pub fn text(value: &str) -> Param<'_> {
    Param::Text(Cow::Borrowed(value))
}

/// A text or NULL as a parameter.
pub fn optional(value: Option<&str>) -> Param<'_> {
    value.map_or(Param::Null, text)
}

/// A value as JSON, as a parameter.
pub fn json(value: &impl Serialize) -> Param<'static> {
    Param::Text(Cow::Owned(serde_json::to_string(value).unwrap_or_default()))
}
