//! The queue's rows.

use crate::sql::{Row, Sql, as_int, as_text, int, optional, text};
use campana_core::shared::json::read_stored;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_core::webhooks::channels::{Change, Endpoint, Happening, Kept, Standing};
use campana_schema::objects::{WEBHOOKS, webhooks};
use serde::Serialize;
use std::cell::Cell;

/// Rows read at once when the queue is opened.
const PAGE: usize = 500;

/// Where the queue is kept.
pub(super) struct Rows {
    sql: Sql,
    are_made: Cell<bool>,
}

impl Rows {
    /// In this database.
    pub(super) fn of(sql: Sql) -> Self {
        Self { sql, are_made: Cell::default() }
    }

    fn make(&self) -> Result<(), Problem> {
        if !self.are_made.get() {
            self.sql.upgrade(&WEBHOOKS)?;
            self.are_made.set(true);
        }
        Ok(())
    }

    /// Everything that is kept. What cannot be read, of another version, is left out.
    pub(super) fn open(&self) -> Result<Kept, Problem> {
        self.make()?;
        let waiting = self.pages(webhooks::WAITING_PAGE, |row| {
            Some((as_int(row.first())?, Timestamp::from_millis(as_int(row.get(1))?), happening(row, 2)?))
        })?;
        let ready = self.pages(webhooks::READY_PAGE, |row| Some((as_int(row.first())?, happening(row, 1)?)))?;
        let endpoints = self.sql.rows(webhooks::ENDPOINTS, Vec::new())?;
        Ok(Kept { waiting, ready, endpoints: endpoints.iter().filter_map(standing).collect() })
    }

    /// All rows of a table in the order of their numbers, page by page.
    fn pages<T>(&self, statement: &'static str, read: impl Fn(&Row) -> Option<T>) -> Result<Vec<T>, Problem> {
        let (mut all, mut after) = (Vec::new(), 0);
        loop {
            let limit = int(i64::try_from(PAGE).unwrap_or(i64::MAX));
            let rows = self.sql.rows(statement, vec![int(after), limit])?;
            all.extend(rows.iter().filter_map(&read));
            let last = rows.last().filter(|_| rows.len() == PAGE);
            let Some(last) = last.and_then(|row| as_int(row.first())) else { return Ok(all) };
            after = last;
        }
    }

    /// Keeps what became different.
    pub(super) fn keep(&self, changes: impl IntoIterator<Item = Change>) -> Result<(), Problem> {
        changes.into_iter().try_for_each(|change| self.keep_one(change))
    }

    fn keep_one(&self, change: Change) -> Result<(), Problem> {
        match change {
            Change::Waits(number, until, happening) => {
                self.sql.run(webhooks::WAIT, vec![int(number), int(until.millis()), json(&happening)])
            }
            Change::WaitsNoMore(number) => self.sql.run(webhooks::WAIT_NO_MORE, vec![int(number)]),
            Change::Appended(number, happening) => self.sql.run(webhooks::APPEND, vec![int(number), json(&happening)]),
            Change::ForgotUpTo(number) => self.sql.run(webhooks::FORGET_UP_TO, vec![int(number)]),
            Change::Endpoint(Standing { endpoint: Endpoint { url, events }, told, batch }) => {
                let batch = batch.and_then(|batch| serde_json::to_string(&batch).ok());
                let params = vec![text(&url), json(&events), int(told), optional(batch.as_deref())];
                self.sql.run(webhooks::SAVE_ENDPOINT, params)
            }
            Change::EndpointGone(url) => self.sql.run(webhooks::REMOVE_ENDPOINT, vec![text(&url)]),
        }
    }

    /// The last number that a sender has handed over.
    pub(super) fn last_of(&self, source: &str) -> Result<Option<i64>, Problem> {
        let row = self.sql.first(webhooks::SOURCE, vec![text(source)])?;
        Ok(row.and_then(|row| as_int(row.first())))
    }

    /// Lets go of senders that were silent since then.
    pub(super) fn forget_sources(&self, before_ms: i64, limit: i64) -> Result<(), Problem> {
        self.make()?;
        self.sql.run(webhooks::FORGET_SOURCES, vec![int(before_ms), int(limit)])
    }
}

fn json(value: &impl Serialize) -> wasm_bindgen::JsValue {
    text(&serde_json::to_string(value).unwrap_or_default())
}

fn happening(row: &Row, at: usize) -> Option<Happening> {
    read_stored(as_text(row.get(at))?).ok()
}

fn standing(row: &Row) -> Option<Standing> {
    let url = as_text(row.first())?.to_owned();
    let events = read_stored(as_text(row.get(1))?).ok()?;
    let batch = as_text(row.get(3)).and_then(|batch| read_stored(batch).ok());
    Some(Standing { endpoint: Endpoint { url, events }, told: as_int(row.get(2))?, batch })
}
