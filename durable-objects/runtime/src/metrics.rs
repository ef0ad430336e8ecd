//! Counters and histograms of the objects of an isolate, by app: see [`campana_core::accounts::metrics`].
//!
//! All objects of an isolate count together, so that reports to an app's quota registry do not multiply with objects: one
//! at most every [`REPORT_AFTER_MS`], in the background, and only after something was counted. An addition costs a look-up
//! and an integer addition.

use crate::context::Context;
use crate::ports::Address;
use campana_core::accounts::metrics::{Collector, Collectors, Report, Taken};
use campana_core::shared::ids::TenantId;
use campana_core::shared::problem::Problem;
use std::cell::RefCell;

/// Time from the first addition to the report, milliseconds.
const REPORT_AFTER_MS: u32 = 2_000;
/// Time-out of a report, milliseconds.
const TIMEOUT_MS: u32 = 2_000;

thread_local! {
    static COLLECTORS: RefCell<Collectors> = RefCell::default();
}

/// Counts for an app. [`report_soon`] reports it.
pub fn count(tenant: &TenantId, act: impl FnOnce(&mut Collector)) {
    COLLECTORS.with_borrow_mut(|collectors| collectors.of(tenant).map(act));
}

/// Reports an app's numbers in the background, unless a report is under way.
pub fn report_soon(context: &Context, tenant: &TenantId) {
    let now = context.now();
    let begins = COLLECTORS.with_borrow_mut(|all| all.of(tenant).is_some_and(|collector| collector.begin(now)));
    if begins {
        let (reporting, tenant) = (context.clone(), tenant.clone());
        context.spawn(async move {
            reporting.sleep(REPORT_AFTER_MS).await;
            report(&reporting, &tenant).await;
        });
    }
}

/// Forgets all numbers, as a new isolate does.
#[cfg(feature = "testing")]
pub(crate) fn forget() {
    COLLECTORS.take();
}

async fn report(context: &Context, tenant: &TenantId) {
    let now = context.now();
    let written = COLLECTORS.with_borrow_mut(|all| -> Result<Option<Report>, Problem> {
        all.of(tenant).map_or(Ok(None), |collector| collector.report(now, || context.random_name()))
    });
    let Ok(Some(report)) = written else { return };
    let registry = Address { namespace: "QUOTA_REGISTRY", name: tenant.to_string() };
    let answer = context.ask::<Result<Taken, Problem>>(&registry, "measure", &report, TIMEOUT_MS).await;
    COLLECTORS.with_borrow_mut(|all| {
        let Some(collector) = all.of(tenant) else { return };
        match answer {
            Ok(Ok(taken)) => collector.answered(&report, taken.accepted),
            Ok(Err(_)) | Err(_) => collector.failed(),
        }
    });
}
