//! What the pager is to do. Noted in the turn of the change; handed over in order, until the pager has it.

use super::Object;
use crate::platform;
use campana_core::alerts::errand::{Errands, Forget, MAX_HANDOVER};
use campana_core::shared::ids::{TenantId, UserId};
use campana_core::shared::problem::{Kind, Problem};
use campana_core::shared::timestamp::Timestamp;
use futures_util::future::{Either, select};
use serde::Serialize;
use std::cell::Cell;
use std::pin::pin;
use std::rc::Rc;
use worker::{Method, Request, RequestInit};

/// Errands that are kept at most: then the oldest go. Reached only if the pager is down for very long.
pub(super) const MAX_ERRANDS: i64 = 10_000;
/// How long the pager may take to answer, milliseconds.
const TIMEOUT_MS: u32 = 5_000;
/// Time until the next try: doubled with every failure, up to the longest, milliseconds.
const FIRST_BACKOFF_MS: i64 = 500;
const MAX_BACKOFF_MS: i64 = 30_000;
/// Doublings after which the longest is reached.
const MAX_DOUBLINGS: u32 = 6;
/// The name of the numbering of errands, in `meta`.
const SOURCE: &str = "errands";

/// Where handing over stands, in memory.
#[derive(Default)]
pub(super) struct Runner {
    runs: Cell<bool>,
    failures: Cell<u32>,
    retry_at: Cell<Option<Timestamp>>,
}

impl Runner {
    /// When the next try is due, if the last one failed.
    pub(super) fn retry_at(&self) -> Option<Timestamp> {
        self.retry_at.get()
    }
}

impl Object {
    /// In the background: hands over what the pager does not have. While that already happens it does nothing: whoever is
    /// under way comes to it.
    pub(super) fn run_errands(self: &Rc<Self>) {
        if !self.rows.has_errands() || self.errands.runs.replace(true) {
            return;
        }
        let object = Rc::clone(self);
        self.state.wait_until(async move {
            let outcome = object.hand_over().await;
            object.errands.runs.set(false);
            let Err(problem) = outcome else {
                object.errands.failures.set(0);
                return object.errands.retry_at.set(None);
            };
            let failures = object.errands.failures.get();
            object.errands.failures.set(failures.saturating_add(1));
            let detail = problem.detail;
            tracing::warn!(at = "alert_desk.errands", detail);
            let backoff = (FIRST_BACKOFF_MS << failures.min(MAX_DOUBLINGS)).min(MAX_BACKOFF_MS);
            let again = platform::now().plus_millis(backoff);
            object.errands.retry_at.set(Some(again));
            object.alarm.arm(&object.state, again);
        });
    }

    async fn hand_over(&self) -> Result<(), Problem> {
        let Some(tenant) = self.tenant() else { return Ok(()) };
        let limit = i64::try_from(MAX_HANDOVER).unwrap_or(i64::MAX);
        loop {
            let page = self.rows.errands(limit)?;
            let Some((last, _)) = page.last() else { return Ok(()) };
            let last = *last;
            let errands: Vec<_> = page.into_iter().filter_map(|(number, errand)| Some((number, errand?))).collect();
            if !errands.is_empty() {
                let errands = Errands { tenant: tenant.clone(), source: self.source()?, errands };
                self.ask_pager(&tenant, "errands", &errands).await?;
            }
            self.rows.forget_errands(last)?;
        }
    }

    /// The name of the numbering: a database that begins anew has another.
    fn source(&self) -> Result<String, Problem> {
        if let Some(source) = self.sql.recall(SOURCE)? {
            return Ok(source);
        }
        let source = format!("{:032x}", u128::from_be_bytes(platform::random()?));
        self.sql.keep(SOURCE, &source)?;
        Ok(source)
    }

    /// None of these devices is paged again.
    pub(super) async fn forget_devices(&self, user: &UserId) -> Result<(), Problem> {
        let Some(tenant) = self.tenant() else { return Ok(()) };
        self.ask_pager(&tenant, "forget", &Forget { tenant: tenant.clone(), user: user.clone() }).await
    }

    /// Posts to the pager. When this returns it is durable there.
    async fn ask_pager(&self, tenant: &TenantId, path: &str, body: &impl Serialize) -> Result<(), Problem> {
        let asked = async {
            let stub = self.env.durable_object("PAGER")?.get_by_name(tenant.as_str())?;
            let mut init = RequestInit::new();
            init.with_method(Method::Post).with_body(Some(serde_json::to_string(body)?.into()));
            let request = Request::new_with_init(&format!("http://pager/{path}"), &init)?;
            stub.fetch_with_request(request).await.map(|response| response.status_code())
        };
        match select(pin!(asked), pin!(platform::sleep(TIMEOUT_MS))).await {
            Either::Left((Ok(204), _)) => Ok(()),
            Either::Left((Ok(_), _)) => Err(Problem::new(Kind::Unavailable, "the pager refused what it was asked")),
            Either::Left((Err(error), _)) => Err(Problem::new(Kind::Unavailable, error.to_string())),
            Either::Right(_) => Err(Problem::new(Kind::Unavailable, "the pager did not answer in time")),
        }
    }
}
