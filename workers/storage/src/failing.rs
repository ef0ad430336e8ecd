//! A database that fails on command, before or after it did what was asked.

use crate::database::{BoxFuture, Database, Row, Statement, StorageError};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// How a call is to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing was done.
    BeforePersisting,
    /// It was done, but the answer is lost.
    AfterPersisting,
}

/// Passes calls on to another database, except those it is told to fail.
pub struct Failing {
    inner: Arc<dyn Database>,
    faults: Mutex<VecDeque<Fault>>,
}

impl Failing {
    /// In front of this database.
    pub fn new(inner: Arc<dyn Database>) -> Self {
        Self { inner, faults: Mutex::default() }
    }

    /// Lets the next call that has no fault yet fail like this.
    pub fn fail_next(&self, fault: Fault) {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).push_back(fault);
    }

    fn next_fault(&self) -> Option<Fault> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    async fn run<T>(&self, call: BoxFuture<'_, Result<T, StorageError>>) -> Result<T, StorageError> {
        match self.next_fault() {
            None => call.await,
            Some(Fault::BeforePersisting) => Err(StorageError::Unavailable("told to fail before".to_owned())),
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
        Box::pin(async move { self.run(self.inner.query(statement)).await })
    }

    fn batch(&self, statements: Vec<Statement>) -> BoxFuture<'_, Result<Vec<Vec<Row>>, StorageError>> {
        Box::pin(async move { self.run(self.inner.batch(statements)).await })
    }
}
