//! The Ledger object: how many connections an app has, over all of its objects, and whether there is room for more.
//!
//! **Atomicity.** A tally is taken in and kept in one turn, without waiting for anything; the answer leaves when
//! that is durable, so what an object was allowed is remembered.
//!
//! **What survives hibernation.** The leases, whose they are, the number of messages (SQLite). Lost and harmless: the
//! rate of the last minute. No alarm and no timer: a lease that ran out is let go of when somebody asks next.

use crate::platform;
use crate::sql::{Row, Sql, as_int, as_text, int, text};
use campana_core::accounts::ledger::{Book, Change, Granted, Kind, Lease, Stats, Tally};
use campana_core::shared::ids::{TenantId, UserId};
use campana_core::shared::json::read_stored;
use campana_core::shared::problem::{self, Problem};
use campana_core::shared::timestamp::Timestamp;
use campana_schema::objects::{LEDGER, leases, persons};
use serde::Serialize;
use std::cell::RefCell;
use wasm_bindgen::JsValue;
use worker::{DurableObject, Env, Method, Request, Response, Result, State, durable_object};

/// How long the ledger may take to answer, milliseconds.
const TIMEOUT_MS: u32 = 2_000;
/// Rows read at once when the book is opened.
const PAGE: usize = 1_000;
/// Messages sent, in `meta`.
const MESSAGES_TOTAL: &str = "messages_total";

/// Tells an app's ledger what an object holds.
pub(crate) async fn tell(env: &Env, tenant: &TenantId, tally: &Tally) -> Result<Granted> {
    let stub = env.durable_object("LEDGER")?.get_by_name(tenant.as_str())?;
    platform::ask(&stub, "tally", tally, TIMEOUT_MS).await
}

/// An app's ledger. Named by the tenant; reached by `POST /tally` with a [`Tally`] and `GET /stats`.
#[durable_object(fetch)]
pub struct Ledger {
    sql: Sql,
    book: RefCell<Option<Book>>,
}

impl DurableObject for Ledger {
    fn new(state: State, _env: Env) -> Self {
        Self { sql: Sql::of(&state), book: RefCell::default() }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        match (request.method(), request.path().as_str()) {
            (Method::Post, "/tally") => match read_stored::<Tally>(&request.text().await?) {
                Ok(tally) => answer(self.with(|book, now| book.take(&tally, now))),
                Err(_) => answer::<Granted>(Err(Problem::new(problem::Kind::Internal, "a tally of another version"))),
            },
            (Method::Get, "/stats") => answer::<Stats>(self.with(Book::stats)),
            _ => platform::problem_response(&Problem::not_found()),
        }
    }
}

fn answer<T: Serialize>(outcome: std::result::Result<T, Problem>) -> Result<Response> {
    match outcome {
        Ok(value) => Response::from_json(&value),
        Err(problem) => platform::problem_response(&problem),
    }
}

impl Ledger {
    /// Acts on the book and keeps what changed. A book that could not be kept is opened anew.
    fn with<T>(&self, act: impl FnOnce(&mut Book, Timestamp) -> (T, Vec<Change>)) -> std::result::Result<T, Problem> {
        let mut kept = self.book.borrow_mut();
        let mut book = match kept.take() {
            Some(book) => book,
            None => self.open()?,
        };
        let (value, changes) = act(&mut book, platform::now());
        for change in changes {
            self.keep(change)?;
        }
        *kept = Some(book);
        Ok(value)
    }

    fn open(&self) -> std::result::Result<Book, Problem> {
        self.sql.upgrade(&LEDGER)?;
        let total = self.sql.recall(MESSAGES_TOTAL)?.and_then(|total| total.parse().ok()).unwrap_or(0);
        let leases = self.pages(leases::PAGE, &[0], lease)?;
        let persons = self.pages(persons::PAGE, &[0, 1], person)?;
        Ok(Book::reopen(leases, persons, total))
    }

    /// All rows of a table, page by page in the order of these columns.
    fn pages<T>(
        &self,
        statement: &'static str,
        key: &[usize],
        read: fn(&Row) -> Option<T>,
    ) -> std::result::Result<Vec<T>, Problem> {
        let mut all = Vec::new();
        let mut after: Vec<JsValue> = key.iter().map(|_| text("")).collect();
        loop {
            let limit = int(i64::try_from(PAGE).unwrap_or(i64::MAX));
            let rows = self.sql.rows(statement, after.iter().cloned().chain([limit]).collect())?;
            all.extend(rows.iter().filter_map(read));
            let Some(last) = rows.last().filter(|_| rows.len() == PAGE) else { return Ok(all) };
            after = key.iter().map(|at| text(as_text(last.get(*at)).unwrap_or_default())).collect();
        }
    }

    fn keep(&self, change: Change) -> std::result::Result<(), Problem> {
        match change {
            Change::Lease(source, lease) => self.sql.run(
                leases::SAVE,
                vec![
                    text(&source),
                    text(lease.kind.as_str()),
                    int(lease.connections.into()),
                    int(lease.people.into()),
                    int(lease.allowance.into()),
                    int(lease.sent),
                    int(lease.turn),
                    int(lease.until.millis()),
                ],
            ),
            Change::Gone(source) => {
                self.sql.run(persons::REMOVE_SOURCE, vec![text(&source)])?;
                self.sql.run(leases::REMOVE, vec![text(&source)])
            }
            Change::Person(source, user, 0) => self.sql.run(persons::REMOVE, vec![text(&source), text(user.as_str())]),
            Change::Person(source, user, count) => {
                self.sql.run(persons::SAVE, vec![text(&source), text(user.as_str()), int(count.into())])
            }
            Change::Messages(total) => self.sql.keep(MESSAGES_TOTAL, &total.to_string()),
        }
    }
}

fn lease(row: &Row) -> Option<(String, Lease)> {
    let number = |at: usize| as_int(row.get(at)).and_then(|value| u32::try_from(value).ok());
    let lease = Lease {
        kind: Kind::parse(as_text(row.get(1))?)?,
        connections: number(2)?,
        people: number(3)?,
        allowance: number(4)?,
        sent: as_int(row.get(5))?,
        turn: as_int(row.get(6))?,
        until: Timestamp::from_millis(as_int(row.get(7))?),
    };
    Some((as_text(row.first())?.to_owned(), lease))
}

fn person(row: &Row) -> Option<(String, UserId, u32)> {
    let count = u32::try_from(as_int(row.get(2))?).ok()?;
    Some((as_text(row.first())?.to_owned(), UserId::trusted(as_text(row.get(1))?), count))
}
