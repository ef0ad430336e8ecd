//! Fault-injecting database: fails chosen calls before or after they take effect.

use crate::database::{BoxFuture, Database, Row, Statement, StorageError};
use campana_schema::Query;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// How a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The call returns an error and takes no effect.
    BeforePersisting,
    /// The call takes effect and returns an error.
    AfterPersisting,
    /// The call takes no effect and never returns.
    Silence,
}

/// Forwards calls to another database, except those with a fault.
pub struct Failing {
    inner: Arc<dyn Database>,
    faults: Mutex<Vec<(Option<Query>, Fault)>>,
    calls: AtomicUsize,
    queries: Mutex<HashMap<&'static str, usize>>,
}

impl Failing {
    /// Wraps this database, without faults.
    pub fn new(inner: Arc<dyn Database>) -> Self {
        Self { inner, faults: Mutex::default(), calls: AtomicUsize::new(0), queries: Mutex::default() }
    }

    /// Adds a fault for the next call without another fault.
    pub fn fail_next(&self, fault: Fault) {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).push((None, fault));
    }

    /// Adds a fault for the next call with this statement.
    pub fn fail_at(&self, query: Query, fault: Fault) {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).push((Some(query), fault));
    }

    /// Number of calls so far.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    /// Number of calls so far whose first statement is this one.
    pub fn calls_with(&self, query: Query) -> usize {
        let queries = self.queries.lock().unwrap_or_else(PoisonError::into_inner);
        queries.get(query.name).copied().unwrap_or_default()
    }

    fn next_fault(&self, statements: &[Statement]) -> Option<Fault> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        if let Some(first) = statements.first() {
            let mut queries = self.queries.lock().unwrap_or_else(PoisonError::into_inner);
            let count = queries.entry(first.query.name).or_default();
            *count = count.saturating_add(1);
        }
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        let matches = |query: Query| statements.iter().any(|statement| statement.query == query);
        let at = faults.iter().position(|(query, _)| query.is_none_or(matches))?;
        Some(faults.remove(at).1)
    }

    async fn run<T>(
        &self,
        fault: Option<Fault>,
        call: BoxFuture<'_, Result<T, StorageError>>,
    ) -> Result<T, StorageError> {
        match fault {
            None => call.await,
            Some(Fault::BeforePersisting) => Err(StorageError::Unavailable("told to fail before".to_owned())),
            Some(Fault::Silence) => std::future::pending().await,
            Some(Fault::AfterPersisting) => {
                call.await?;
                Err(StorageError::Unavailable("told to fail after".to_owned()))
            }
        }
    }
}

impl std::fmt::Debug for Failing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Failing").field("faults", &self.faults).finish_non_exhaustive()
    }
}

impl Database for Failing {
    fn query(&self, statement: Statement) -> BoxFuture<'_, Result<Vec<Row>, StorageError>> {
        Box::pin(async move {
            let fault = self.next_fault(std::slice::from_ref(&statement));
            self.run(fault, self.inner.query(statement)).await
        })
    }

    fn batch(&self, statements: Vec<Statement>) -> BoxFuture<'_, Result<Vec<Vec<Row>>, StorageError>> {
        Box::pin(async move {
            let fault = self.next_fault(&statements);
            self.run(fault, self.inner.batch(statements)).await
        })
    }
}
