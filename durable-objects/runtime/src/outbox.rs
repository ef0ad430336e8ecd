//! Outbox of rows that another object is to get, each once and in order.
//!
//! A row is appended in the turn of the change that it describes, so neither is durable without the other. In the
//! background [`Outbox::drain`] hands the rows over in order and deletes those that the receiver acknowledged. Rows are
//! numbered, and the numbering has a random name, so the receiver's [`Inbox`](crate::inbox::Inbox) recognises
//! repetitions. An object whose tables were deleted begins a new numbering under a new name.

use crate::context::Context;
use crate::retry::{Backoff, Retry};
use crate::single_flight::SingleFlight;
use crate::sql::{Sql, as_int, as_text, int, text};
use campana_core::shared::json::read_stored;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::future::Future;

/// The outbox's statements.
#[derive(Debug, Clone, Copy)]
pub struct Statements {
    /// Appends a row. Parameter: its JSON.
    pub append: &'static str,
    /// Deletes all but the newest rows. Parameter: how many stay.
    pub truncate: &'static str,
    /// The first rows in order, as number and JSON. Parameter: maximum count.
    pub page: &'static str,
    /// Deletes the rows up to and including a number. Parameter: the number.
    pub remove: &'static str,
    /// The name of the numbering.
    pub source: &'static str,
    /// Names the numbering unless it has a name. Parameter: the name.
    pub name: &'static str,
}

/// The outbox's bounds.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// Stored rows at most. Beyond it the oldest are deleted, and the receiver counts them as lost.
    pub max_rows: i64,
    /// Rows in one batch at most.
    pub batch: i64,
    /// Delays after failed hand-overs.
    pub backoff: Backoff,
}

/// Rows of one hand-over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch<T> {
    /// The name of the numbering.
    pub source: String,
    /// Numbers, ascending, and rows.
    pub rows: Vec<(i64, T)>,
}

/// An outbox in the object's database. Its tables must exist before any call.
pub struct Outbox {
    sql: Sql,
    statements: Statements,
    policy: Policy,
    flight: SingleFlight,
    retry: Retry,
}

impl Outbox {
    /// An outbox in this database.
    pub fn new(sql: Sql, statements: Statements, policy: Policy) -> Self {
        let retry = Retry::new(policy.backoff);
        Self { sql, statements, policy, flight: SingleFlight::default(), retry }
    }

    /// Appends rows in order.
    pub fn append<T: Serialize>(&self, rows: &[T]) -> Result<(), Problem> {
        for row in rows {
            // A row that cannot be encoded must fail the append.
            let json = serde_json::to_string(row).map_err(|_| Problem::internal("a row of the outbox is no JSON"))?;
            self.sql.run(self.statements.append, vec![text(&json)])?;
        }
        self.sql.run(self.statements.truncate, vec![int(self.policy.max_rows)])
    }

    /// Whether no row waits for an acknowledgement.
    pub fn is_empty(&self) -> Result<bool, Problem> {
        Ok(self.sql.first(self.statements.page, vec![int(1)])?.is_none())
    }

    /// When the next attempt is due, if the last one failed and none is in progress: an alarm for a time that the
    /// running attempt has passed would fire again and again.
    pub fn retry_at(&self) -> Option<Timestamp> {
        self.retry.at().filter(|_| !self.flight.is_running())
    }

    /// Hands over all rows, batch by batch; `send` returns when a batch is durable at the receiver. Single-flight: a
    /// drain in progress reaches rows appended later. On failure, [`Outbox::retry_at`] returns when to drain again.
    pub async fn drain<T, F>(&self, context: &Context, send: impl Fn(Batch<T>) -> F) -> Result<(), String>
    where
        T: DeserializeOwned,
        F: Future<Output = Result<(), String>>,
    {
        let Some(_flight) = self.flight.begin() else { return Ok(()) };
        let outcome = self.drain_all(context, send).await;
        match &outcome {
            Ok(()) => self.retry.succeeded(),
            Err(_) => {
                self.retry.failed(context.now());
            }
        }
        outcome
    }

    async fn drain_all<T, F>(&self, context: &Context, send: impl Fn(Batch<T>) -> F) -> Result<(), String>
    where
        T: DeserializeOwned,
        F: Future<Output = Result<(), String>>,
    {
        loop {
            let batch = self.next_batch(context).map_err(|problem| problem.detail)?;
            let Some((last, batch)) = batch else { return Ok(()) };
            if !batch.rows.is_empty() {
                send(batch).await?;
            }
            self.sql.run(self.statements.remove, vec![int(last)]).map_err(|problem| problem.detail)?;
        }
    }

    /// The first rows and the number of the last of them. Rows of another version, which cannot be parsed, are skipped.
    fn next_batch<T: DeserializeOwned>(&self, context: &Context) -> Result<Option<(i64, Batch<T>)>, Problem> {
        let rows = self.sql.rows(self.statements.page, vec![int(self.policy.batch)])?;
        let Some(last) = rows.last().and_then(|row| as_int(row.first())) else { return Ok(None) };
        let read = |row: &crate::sql::Row| Some((as_int(row.first())?, read_stored(as_text(row.get(1))?).ok()?));
        Ok(Some((last, Batch { source: self.source(context)?, rows: rows.iter().filter_map(read).collect() })))
    }

    /// The numbering's name, created at first use.
    fn source(&self, context: &Context) -> Result<String, Problem> {
        let read = || {
            let row = self.sql.first(self.statements.source, Vec::new())?;
            Ok::<_, Problem>(row.and_then(|row| as_text(row.first()).map(str::to_owned)))
        };
        if let Some(name) = read()? {
            return Ok(name);
        }
        let name = context.random_name()?;
        self.sql.run(self.statements.name, vec![text(&name)])?;
        Ok(name)
    }
}
