//! Outbox of rows that another object is to get, each once and in order.
//!
//! A row is appended in the turn of the change that it describes, so neither is durable without the other. In the
//! background [`Outbox::drain`] hands the rows over in order and deletes those that the receiver acknowledged. Rows are
//! numbered, and the numbering has a random name, so the receiver's [`Inbox`](crate::inbox::Inbox) recognises
//! repetitions. An object whose tables were deleted begins a new numbering under a new name.

use crate::context::Context;
use crate::ports::Address;
use crate::retry::{Backoff, Retry};
use crate::single_flight::SingleFlight;
use crate::sql::{Row, Tables, int, text};
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_schema::objects::TableSet;
use serde::Serialize;
use serde::de::DeserializeOwned;

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

/// Statements and bounds of rows that have an owner: no owner's rows crowd out another's.
#[derive(Debug, Clone, Copy)]
pub struct Fair {
    /// Appends a row. Parameters: its JSON, its owner, and 1 if it is one that must not be lost for a newer one that is
    /// not (a page), else 0.
    pub append: &'static str,
    /// Deletes an owner's oldest rows. Parameters: owner, how many stay.
    pub shed: &'static str,
    /// Stored rows of one owner.
    pub rows_per_owner: i64,
}

/// Where an outbox hands over, and its bounds.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// Name in the log.
    pub log_name: &'static str,
    /// The receivers' namespace.
    pub namespace: &'static str,
    /// Path of a hand-over.
    pub path: &'static str,
    /// Time-out of a hand-over, milliseconds.
    pub timeout_ms: u32,
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

/// An outbox in the object's database.
pub struct Outbox {
    context: Context,
    tables: Tables,
    statements: Statements,
    policy: Policy,
    flight: SingleFlight,
    retry: Retry,
}

impl Outbox {
    /// An outbox of these statements on these tables, which are created with the first row.
    pub fn new(context: Context, tables: &'static TableSet, statements: Statements, policy: Policy) -> Self {
        let tables = Tables::new(context.sql.clone(), tables);
        let (flight, retry) = (SingleFlight::default(), Retry::new(policy.backoff));
        Self { context, tables, statements, policy, flight, retry }
    }

    /// Appends rows in order.
    pub fn append<T: Serialize>(&self, rows: &[T]) -> Result<(), Problem> {
        self.tables.make()?;
        for row in rows {
            // A row that cannot be encoded must fail the append.
            let json = serde_json::to_string(row).map_err(|_| Problem::internal("a row of the outbox is no JSON"))?;
            self.context.sql.run(self.statements.append, vec![text(&json)])?;
        }
        self.context.sql.run(self.statements.truncate, vec![int(self.policy.max_rows)])
    }

    /// Appends rows of one owner in order, each with whether it must not be lost for a newer one that is not.
    pub fn append_of<T: Serialize>(&self, fair: &Fair, owner: &str, rows: &[(bool, T)]) -> Result<(), Problem> {
        self.tables.make()?;
        if rows.is_empty() {
            return Ok(());
        }
        for (must_stay, row) in rows {
            let json = serde_json::to_string(row).map_err(|_| Problem::internal("a row of the outbox is no JSON"))?;
            self.context.sql.run(fair.append, vec![text(&json), text(owner), int((*must_stay).into())])?;
        }
        self.context.sql.run(fair.shed, vec![text(owner), int(fair.rows_per_owner)])?;
        self.context.sql.run(self.statements.truncate, vec![int(self.policy.max_rows)])
    }

    /// Whether no row waits for an acknowledgement. False if the database fails.
    pub fn is_empty(&self) -> bool {
        !self.tables.exist()
            || self.context.sql.first(self.statements.page, vec![int(1)]).is_ok_and(|first| first.is_none())
    }

    /// When the next attempt is due, if the last one failed and none is in progress: an alarm for a time that the
    /// running attempt has passed would fire again and again.
    pub fn retry_at(&self) -> Option<Timestamp> {
        self.retry.at().filter(|_| !self.flight.is_running())
    }

    /// Call after the database was emptied.
    pub fn forget(&self) {
        self.tables.forget();
    }

    /// Hands over all rows to a receiver, batch by batch, each as a body that it answers when it is durable there.
    /// Single-flight: a drain in progress reaches rows appended later. If it fails, the alarm is armed for the next one.
    pub async fn drain<T, B>(&self, receiver: &str, body: impl Fn(Batch<T>) -> B)
    where
        T: DeserializeOwned,
        B: Serialize,
    {
        if let Some(_flight) = self.flight.begin().filter(|_| self.tables.exist()) {
            let to = Address { namespace: self.policy.namespace, name: receiver.to_owned() };
            match self.drain_to(&to, body).await {
                Ok(()) => self.retry.succeeded(),
                Err(detail) => {
                    tracing::warn!(at = self.policy.log_name, detail);
                    self.context.wake_at(self.retry.failed(self.context.now()));
                }
            }
        }
    }

    async fn drain_to<T, B>(&self, to: &Address, body: impl Fn(Batch<T>) -> B) -> Result<(), String>
    where
        T: DeserializeOwned,
        B: Serialize,
    {
        let Policy { path, timeout_ms, .. } = self.policy;
        while let Some((last, batch)) = self.next_batch().map_err(|problem| problem.detail)? {
            if !batch.rows.is_empty() {
                let durable = self.context.hand_over(to, path, &body(batch), timeout_ms).await;
                durable.map_err(|error| error.to_string())?;
            }
            self.context.sql.run(self.statements.remove, vec![int(last)]).map_err(|problem| problem.detail)?;
        }
        Ok(())
    }

    /// The first rows and the number of the last of them. Rows of another version, which cannot be parsed, are skipped.
    fn next_batch<T: DeserializeOwned>(&self) -> Result<Option<(i64, Batch<T>)>, Problem> {
        let rows = self.context.sql.rows(self.statements.page, vec![int(self.policy.batch)])?;
        let Some(last) = rows.last().and_then(|row| row.int(0)) else { return Ok(None) };
        let read = |row: &Row| Some((row.int(0)?, row.json(1)?));
        Ok(Some((last, Batch { source: self.source()?, rows: rows.iter().filter_map(read).collect() })))
    }

    /// The numbering's name, created at first use.
    fn source(&self) -> Result<String, Problem> {
        if let Some(name) = self.context.sql.find(self.statements.source, [], |row| row.string(0))? {
            return Ok(name);
        }
        let name = self.context.random_name()?;
        self.context.sql.run(self.statements.name, vec![text(&name)])?;
        Ok(name)
    }
}
