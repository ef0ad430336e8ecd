//! What an object that hosts channels tells its app's webhooks.
//!
//! It notes what happened in its own database, in the turn of the change itself, so that neither is ever without the
//! other. Then, off everybody's path, it hands that over in order, and forgets what was taken. The object calls
//! [`Herald::drain`] in the background after it has noted something, and from its alarm, which it arms in the same turn
//! for [`LOOK_AFTER_MS`] later and for when a drain that failed says.

use super::hand_over;
use crate::platform;
use crate::sql::{Row, Sql, as_int, as_text, int, text};
use campana_core::shared::ids::TenantId;
use campana_core::shared::json::read_stored;
use campana_core::shared::problem::{Kind, Problem};
use campana_core::shared::timestamp::Timestamp;
use campana_core::webhooks::channels::{Handover, Happening, MAX_HANDOVER};
use campana_schema::objects::{HERALD, herald};
use futures_util::future::{Either, select};
use std::cell::Cell;
use std::pin::pin;
use worker::Env;

/// How soon the alarm looks after what was noted, should the object die before it was handed over, milliseconds.
pub(crate) const LOOK_AFTER_MS: i64 = 5_000;
/// Happenings that are kept at most: then the oldest go. The webhooks count what is missing.
const MAX_NOTED: i64 = 10_000;
/// How long the webhooks may take to answer, milliseconds.
const TIMEOUT_MS: u32 = 5_000;
/// Time until the next try: doubled with every failure, up to the longest, milliseconds.
const FIRST_BACKOFF_MS: i64 = 1_000;
const MAX_BACKOFF_MS: i64 = 30_000;
/// Doublings after which the longest is reached.
const MAX_DOUBLINGS: u32 = 5;

/// Tells an app's webhooks.
pub(crate) struct Herald {
    sql: Sql,
    is_ready: Cell<bool>,
    runs: Cell<bool>,
    failures: Cell<u32>,
}

impl Herald {
    /// Notes in this database.
    pub(crate) fn new(sql: Sql) -> Self {
        Self { sql, is_ready: Cell::default(), runs: Cell::default(), failures: Cell::default() }
    }

    /// Notes what happened, in order. What no webhook asks for ([`Happening::matters_to`]) need not be.
    pub(crate) fn note(&self, happenings: &[Happening]) -> Result<(), Problem> {
        if happenings.is_empty() {
            return Ok(());
        }
        self.prepare()?;
        for happening in happenings {
            let json = serde_json::to_string(happening).unwrap_or_default();
            self.sql.run(herald::NOTE, vec![text(&json)])?;
        }
        self.sql.run(herald::LET_FALL, vec![int(MAX_NOTED)])
    }

    /// Whether nothing is noted that was not taken.
    pub(crate) fn is_empty(&self) -> bool {
        self.sql.has(&HERALD) == Ok(false)
            || self.sql.rows(herald::PAGE, vec![int(1)]).is_ok_and(|rows| rows.is_empty())
    }

    /// The database was emptied.
    pub(crate) fn forget(&self) {
        self.is_ready.set(false);
    }

    /// Hands over all that is noted. While that already happens it does nothing: the drain under way comes to it.
    /// Returns when to try again, if it failed.
    pub(crate) async fn drain(&self, env: &Env, tenant: &TenantId) -> Option<Timestamp> {
        if self.runs.replace(true) {
            return None;
        }
        let outcome = self.drain_all(env, tenant).await;
        self.runs.set(false);
        let Err(problem) = outcome else {
            self.failures.set(0);
            return None;
        };
        let failures = self.failures.get();
        self.failures.set(failures.saturating_add(1));
        worker::console_warn!("{{\"level\":\"warning\",\"at\":\"webhooks.herald\",\"detail\":{:?}}}", problem.detail);
        let backoff = (FIRST_BACKOFF_MS << failures.min(MAX_DOUBLINGS)).min(MAX_BACKOFF_MS);
        Some(platform::now().plus_millis(backoff))
    }

    async fn drain_all(&self, env: &Env, tenant: &TenantId) -> Result<(), Problem> {
        if !self.sql.has(&HERALD)? {
            return Ok(());
        }
        self.prepare()?;
        loop {
            let limit = int(i64::try_from(MAX_HANDOVER).unwrap_or(i64::MAX));
            let rows = self.sql.rows(herald::PAGE, vec![limit])?;
            let Some(last) = rows.last().and_then(|row| as_int(row.first())) else { return Ok(()) };
            let happenings: Vec<_> = rows.iter().filter_map(noted).collect();
            if !happenings.is_empty() {
                let handover = Handover { tenant: tenant.clone(), source: self.source()?, happenings };
                match select(pin!(hand_over(env, &handover)), pin!(platform::sleep(TIMEOUT_MS))).await {
                    Either::Left((Ok(()), _)) => {}
                    Either::Left((Err(error), _)) => return Err(unavailable(error.to_string())),
                    Either::Right(_) => return Err(unavailable("the webhooks did not answer in time")),
                }
            }
            self.sql.run(herald::TAKEN, vec![int(last)])?;
        }
    }

    fn prepare(&self) -> Result<(), Problem> {
        if !self.is_ready.get() {
            self.sql.upgrade(&HERALD)?;
            let name = format!("{:032x}", u128::from_be_bytes(platform::random()?));
            self.sql.run(herald::NAME, vec![text(&name)])?;
            self.is_ready.set(true);
        }
        Ok(())
    }

    /// The name of this database's numbering: a database that begins anew has another.
    fn source(&self) -> Result<String, Problem> {
        let row = self.sql.first(herald::SOURCE, Vec::new())?;
        let name = row.and_then(|row| as_text(row.first()).map(str::to_owned));
        name.ok_or_else(|| Problem::new(Kind::Internal, "the herald has no name"))
    }
}

/// What cannot be read, of another version, is passed over.
fn noted(row: &Row) -> Option<(i64, Happening)> {
    Some((as_int(row.first())?, read_stored(as_text(row.get(1))?).ok()?))
}

fn unavailable(detail: impl Into<String>) -> Problem {
    Problem::new(Kind::Unavailable, detail)
}
