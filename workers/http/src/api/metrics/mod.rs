//! `/metrics`: metrics of the app for monitoring systems, computed per request.

mod page;
mod prometheus;
mod reverb;

use crate::api::admin::only_administrators;
use crate::endpoints::{Endpoints, endpoints};
use crate::identity::{Caller, failures};
use campana_core::accounts::quota::Stats;
use campana_core::alerts::command::{DeskCommand, DeskReply, DeskStatus};
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_storage::{AuthFailures, Counter, StorageError};
use serde::Serialize;

pub(crate) fn endpoints() -> Endpoints {
    endpoints! {
        GET "/metrics" => prometheus::handle, prometheus::describe;
        GET "/metrics/reverb" => reverb::handle, reverb::describe;
    }
}

/// Metrics of one app.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "AppReadings"))]
pub(super) struct Readings {
    /// App id.
    app_id: String,
    /// Connections, conversations and messages, from the app's quota registry.
    #[serde(flatten)]
    stats: Stats,
    /// Connection limit of the app, if it has one.
    max_connections: Option<u32>,
    /// Users with a connection, each counted once; `None` if D1 does not answer.
    people_online: Option<i64>,
    /// Memory of the answering isolate, bytes.
    memory_bytes: Option<u64>,
    /// Log entries that D1 refused and that were quarantined; `None` if D1 does not answer.
    quarantined_entries: Option<i64>,
    /// Backend publishes answered before every gateway with subscribers had accepted them, since the app was created;
    /// `None` if D1 does not answer.
    incomplete_publishes: Option<i64>,
    /// Failed authentications of the app by reason, since the app was created; `None` if D1 does not answer.
    auth_failures: Option<AuthFailures>,
    /// Failed authentications of the deployment whose requests name none of its apps, by reason.
    auth_failures_without_app: Option<AuthFailures>,
    /// Status of the alert desk; `None` if it does not answer.
    alerts: Option<DeskStatus>,
    /// Time of these readings.
    at: Timestamp,
}

impl Readings {
    /// Collects the readings. 403 unless the caller is an administrator.
    pub(super) async fn take(caller: &Caller) -> Result<Self, Problem> {
        only_administrators(caller)?;
        let at = caller.now();
        let stats = caller.app.objects().stats(caller.tenant()).await?;
        // The other readings matter most while D1 is down, so failed queries are only logged.
        let report = |error: &StorageError| {
            tracing::warn!(at = "metrics", detail = %error);
        };
        let people_online = caller.store().people_online(caller.tenant(), at).await.inspect_err(report);
        let quarantined_entries = caller.store().quarantined_entries(caller.tenant()).await.inspect_err(report);
        let incomplete =
            caller.store().counted(caller.tenant(), Counter::IncompletePublishes).await.inspect_err(report);
        failures::write(&caller.app).await;
        let failed = caller.store().auth_failures(caller.tenant()).await.inspect_err(report).ok();
        let (auth_failures, auth_failures_without_app) = failed.map(|[of_app, without]| (of_app, without)).unzip();
        Ok(Self {
            app_id: caller.record.id.clone(),
            stats,
            max_connections: caller.record.limits.max_connections,
            people_online: people_online.ok(),
            memory_bytes: caller.app.memory().bytes(),
            quarantined_entries: quarantined_entries.ok(),
            incomplete_publishes: incomplete.ok(),
            auth_failures,
            auth_failures_without_app,
            alerts: alerts_of(caller).await,
            at,
        })
    }
}

async fn alerts_of(caller: &Caller) -> Option<DeskStatus> {
    match caller.ask_desk(DeskCommand::Status).await {
        Ok(DeskReply::Status { status }) => Some(*status),
        _ => None,
    }
}
