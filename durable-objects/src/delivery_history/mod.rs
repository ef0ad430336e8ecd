//! History of an object's webhook deliveries, in its database, for administrators.
//!
//! **Atomicity.** A report is stored in the transaction of the change of the queue that it is about
//! ([`Backend::report`](campana_runtime::delivery::Backend::report)), so the history never disagrees with the queue.
//!
//! **Bounds.** Of each endpoint the newest [`KEPT`] deliveries of each ended state stay, for [`KEPT_MS`]. Deliveries that have
//! not ended are as many as the queue holds.

pub(crate) mod queries;

use crate::sql::{Row, Sql, int, json, optional, text};
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_core::webhooks::history::{Activity, DeliveryState, Report, Step, WebhookDelivery};
use campana_runtime::Context;
use campana_runtime::sql::Param;
use queries::{deliveries, results};

/// Deliveries of an endpoint that stay, of each ended state.
const KEPT: i64 = 100;
/// Larger than any number of a delivery.
const BEYOND: i64 = 1 << 52;
/// How long an ended delivery stays, milliseconds. Its body, which can be sent again, is deleted with it.
pub(crate) const KEPT_MS: i64 = 3 * 24 * 60 * 60 * 1_000;

/// What the queue needs to send a delivery again.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    /// The payload of its [`Step::Queued`].
    pub(crate) payload: String,
    /// Types of its events.
    pub(crate) kinds: Vec<String>,
    /// Number of events.
    pub(crate) events: usize,
}

/// The history in an object's database. Its tables must exist.
#[derive(Clone)]
pub(crate) struct History {
    context: Context,
}

impl History {
    pub(crate) fn new(context: Context) -> Self {
        Self { context }
    }

    fn sql(&self) -> &Sql {
        &self.context.sql
    }

    /// Stores a step of a delivery.
    pub(crate) fn report(&self, report: Report) -> Result<(), Problem> {
        let (now, sql) = (self.context.now(), self.sql());
        let (endpoint, id) = (text(&report.endpoint), text(&report.id));
        match report.step {
            Step::Queued { kinds, events, payload } => {
                let events = i64::try_from(events).unwrap_or(BEYOND);
                let params = [endpoint, id, json(&kinds), int(events), text(&payload), int(now.millis())];
                sql.run(deliveries::QUEUE, params)
            }
            Step::Attempted { attempt, status, error } => {
                let status = status.map_or(Param::Null, |status| int(status.into()));
                let params = [endpoint.clone(), id, int(attempt.into()), status.clone(), optional(error)];
                sql.run(deliveries::ATTEMPT, params)?;
                match error {
                    None => sql.run(results::SUCCEEDED, [endpoint, int(now.millis())]),
                    Some(error) => sql.run(results::FAILED, [endpoint, int(now.millis()), status, text(error)]),
                }
            }
            Step::Postponed(at) => sql.run(deliveries::POSTPONE, [endpoint, id, int(at.millis())]),
            Step::Delivered => self.end(endpoint, id, DeliveryState::Delivered, None),
            Step::GivenUp(reason) => self.end(endpoint, id, DeliveryState::GivenUp, Some(reason.as_str())),
        }
    }

    fn end(&self, endpoint: Param<'_>, id: Param<'_>, state: DeliveryState, why: Option<&str>) -> Result<(), Problem> {
        let (now, state) = (self.context.now(), text(state.as_str()));
        let params = [endpoint.clone(), id, state.clone(), optional(why), int(now.millis())];
        self.sql().run(deliveries::END, params)?;
        self.context.wake_at(now.plus_millis(KEPT_MS));
        self.sql().run(deliveries::TRIM, [endpoint, state, int(KEPT)])
    }

    /// Deletes old deliveries, and arms the alarm for the next ones.
    pub(crate) fn forget_old(&self) -> Result<(), Problem> {
        let until = self.context.now().plus_millis(-KEPT_MS);
        self.sql().run(deliveries::FORGET, [int(until.millis())])?;
        if let Some(first) = self.sql().find(deliveries::FIRST_END, [], |row| row.time(0))? {
            self.context.wake_at(first.plus_millis(KEPT_MS));
        }
        Ok(())
    }

    /// Deletes what is known of an endpoint as a whole. Its deliveries stay until they are old.
    pub(crate) fn remove_endpoint(&self, endpoint: &str) -> Result<(), Problem> {
        self.sql().run(results::REMOVE, [text(endpoint)])
    }

    /// Activity of an endpoint, for which this many events wait.
    pub(crate) fn activity(&self, endpoint: &str, pending: usize) -> Result<Activity, Problem> {
        let read = |row: &Row| {
            Some(Activity {
                pending,
                last_success_at: row.time(0),
                last_failure_at: row.time(1),
                last_failure_status: row.number(2),
                last_failure: row.string(3),
            })
        };
        let known = self.sql().find(results::GET, [text(endpoint)], read)?;
        Ok(known.unwrap_or(Activity { pending, ..Activity::default() }))
    }

    /// Deliveries to an endpoint before this number, newest first, with their numbers.
    pub(crate) fn page(
        &self,
        endpoint: &str,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<(i64, WebhookDelivery)>, Problem> {
        let params = [text(endpoint), int(before.unwrap_or(BEYOND)), int(limit.into())];
        self.sql().list(deliveries::PAGE, params, delivery)
    }

    /// A delivery.
    pub(crate) fn get(&self, endpoint: &str, id: &str) -> Result<Option<WebhookDelivery>, Problem> {
        self.sql().find(deliveries::GET, [text(endpoint), text(id)], |row| delivery(row).map(|(_, delivery)| delivery))
    }

    /// What the queue needs to send a delivery again.
    pub(crate) fn stored(&self, endpoint: &str, id: &str) -> Result<Option<Stored>, Problem> {
        self.sql().find(deliveries::PAYLOAD, [text(endpoint), text(id)], |row| {
            Some(Stored { payload: row.string(0)?, kinds: row.json(1)?, events: row.number(2)? })
        })
    }
}

/// Deliveries of an endpoint that had no attempt since they were queued: id, payload, number of events, time.
pub(crate) fn pending(sql: &Sql, endpoint: &str) -> Result<Vec<(String, String, usize, Timestamp)>, Problem> {
    sql.list(deliveries::PENDING, [text(endpoint), int(KEPT)], |row| {
        Some((row.string(0)?, row.string(1)?, row.number(2)?, row.time(3)?))
    })
}

fn delivery(row: &Row) -> Option<(i64, WebhookDelivery)> {
    let delivery = WebhookDelivery {
        id: row.string(1)?,
        events: row.json(2)?,
        event_count: row.number(3)?,
        state: DeliveryState::parse(row.text(4)?)?,
        attempts: row.number(5)?,
        last_status: row.number(6),
        last_error: row.string(7),
        given_up: row.string(8),
        next_attempt_at: row.time(9),
        created_at: row.time(10)?,
        ended_at: row.time(11),
    };
    Some((row.int(0)?, delivery))
}
