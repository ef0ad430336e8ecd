//! Reports to the desk: users whose pages a push service accepted.

use super::queries::reports;
use super::{Object, Outcome};
use crate::sql::{int, text};
use campana_core::alerts::AlertId;
use campana_core::alerts::notification::Paged;
use campana_core::shared::ids::UserId;
use campana_runtime::ports::Address;
use campana_runtime::retry::Backoff;
use serde_json::json;
use std::rc::Rc;

/// Users in one report at most.
const MAX_PEOPLE: i64 = 200;
/// Time-out of a request to the desk, milliseconds.
const TIMEOUT_MS: u32 = 5_000;
/// Delay before a retry.
pub(super) const BACKOFF: Backoff = Backoff { first_ms: 10_000, longest_ms: 10_000 };

impl Object {
    /// Sends all reports in the background. Single-flight: a run in progress reaches rows added later.
    pub(super) fn report(self: &Rc<Self>) {
        let is_waiting = self.reports_retry.at().is_some_and(|at| self.context.now() < at);
        let has_any = self.next_reports().is_ok_and(|reports| reports.is_some());
        if is_waiting || !has_any {
            return;
        }
        let Some(flight) = self.reports.begin() else { return };
        let object = Rc::clone(self);
        self.context.spawn(async move {
            match object.report_all().await {
                Some(()) => object.reports_retry.succeeded(),
                None => drop(object.reports_retry.failed(object.context.now())),
            }
            drop(flight);
            object.arm();
        });
    }

    /// Sends all reports. `None` if the desk did not accept one, or the database failed.
    async fn report_all(&self) -> Option<()> {
        let tenant = self.tenant().ok()??;
        while let Some(paged) = self.next_reports().ok()? {
            let desk = Address { namespace: "ALERT_DESK", name: tenant.as_str().to_owned() };
            self.context.ask::<()>(&desk, "paged", &paged, TIMEOUT_MS).await.ok()?;
            let people = json!(paged.people).to_string();
            self.sql.run(reports::END, vec![text(paged.id.as_str()), text(&people)]).ok()?;
        }
        Some(())
    }

    fn next_reports(&self) -> Outcome<Option<Paged>> {
        if !self.tables.exist() {
            return Ok(None);
        }
        let rows = self.sql.rows(reports::LIST, vec![int(MAX_PEOPLE)])?;
        let Some(id) = rows.first().and_then(|row| row.text(0)) else { return Ok(None) };
        let people = rows.iter().filter_map(|row| row.text(1).map(UserId::trusted)).collect();
        Ok(Some(Paged { id: AlertId::trusted(id), people }))
    }
}
