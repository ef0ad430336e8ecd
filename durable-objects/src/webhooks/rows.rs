//! Storage of the webhook queue.

use crate::sql::{Row, Sql, as_int, as_json, as_text, int, json, optional, text};
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_core::webhooks::channels::{ChannelEndpoint, ChannelEvent, EndpointState, QueueChange, StoredQueue};
use campana_runtime::sql::Value;
use campana_schema::objects::{WEBHOOKS, webhooks};
use std::cell::Cell;

/// Stored rows of the queue.
pub(super) struct Rows {
    sql: Sql,
    are_made: Cell<bool>,
}

impl Rows {
    /// Uses this database.
    pub(super) fn of(sql: Sql) -> Self {
        Self { sql, are_made: Cell::default() }
    }

    /// Creates the tables on first use.
    pub(super) fn make(&self) -> Result<(), Problem> {
        if !self.are_made.get() {
            self.sql.upgrade(&WEBHOOKS)?;
            self.are_made.set(true);
        }
        Ok(())
    }

    /// Reads everything stored. Unreadable rows of other versions are skipped.
    pub(super) fn open(&self) -> Result<StoredQueue, Problem> {
        self.make()?;
        let waiting = self.sql.pages(webhooks::WAITING_PAGE, &[Value::Int(0)], &[0], |row| {
            Some((as_int(row.first())?, Timestamp::from_millis(as_int(row.get(1))?), happening(row, 2)?))
        })?;
        let ready = self.sql.pages(webhooks::READY_PAGE, &[Value::Int(0)], &[0], |row| {
            Some((as_int(row.first())?, happening(row, 1)?))
        })?;
        let endpoints = self.sql.rows(webhooks::ENDPOINTS, Vec::new())?;
        Ok(StoredQueue { waiting, ready, endpoints: endpoints.iter().filter_map(standing).collect() })
    }

    /// Stores changes of the queue.
    pub(super) fn keep(&self, changes: impl IntoIterator<Item = QueueChange>) -> Result<(), Problem> {
        changes.into_iter().try_for_each(|change| self.keep_one(change))
    }

    fn keep_one(&self, change: QueueChange) -> Result<(), Problem> {
        match change {
            QueueChange::Waits(number, until, happening) => {
                self.sql.run(webhooks::WAIT, vec![int(number), int(until.millis()), json(&happening)])
            }
            QueueChange::WaitsNoMore(number) => self.sql.run(webhooks::WAIT_NO_MORE, vec![int(number)]),
            QueueChange::Appended(number, happening) => {
                self.sql.run(webhooks::APPEND, vec![int(number), json(&happening)])
            }
            QueueChange::ForgotUpTo(number) => self.sql.run(webhooks::FORGET_UP_TO, vec![int(number)]),
            QueueChange::Endpoint(EndpointState { endpoint: ChannelEndpoint { url, events }, told, batch }) => {
                let batch = batch.and_then(|batch| serde_json::to_string(&batch).ok());
                let params = vec![text(&url), json(&events), int(told), optional(batch.as_deref())];
                self.sql.run(webhooks::SAVE_ENDPOINT, params)
            }
            QueueChange::EndpointGone(url) => self.sql.run(webhooks::REMOVE_ENDPOINT, vec![text(&url)]),
        }
    }
}

fn happening(row: &Row, at: usize) -> Option<ChannelEvent> {
    as_json(row.get(at))
}

fn standing(row: &Row) -> Option<EndpointState> {
    let url = as_text(row.first())?.to_owned();
    let events = as_json(row.get(1))?;
    let batch = as_json(row.get(3));
    Some(EndpointState { endpoint: ChannelEndpoint { url, events }, told: as_int(row.get(2))?, batch })
}
