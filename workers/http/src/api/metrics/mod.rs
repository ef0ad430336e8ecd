//! `/metrics`: how the app stands, for monitors. Read when asked for; nothing is kept.

mod prometheus;
mod reverb;

use crate::App;
use crate::api::admin::only_administrators;
use crate::identity::Caller;
use axum::Router;
use axum::routing::get;
use campana_core::accounts::quota::{Busy, Stats};
use campana_core::alerts::command::{DeskCommand, DeskReply, DeskStatus};
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_storage::{Counter, StorageError};
use serde::Serialize;

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/metrics", get(prometheus::handle)).route("/metrics/reverb", get(reverb::handle))
}

/// All that an operator sees of their app, and of no other.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Readings {
    /// The app.
    app_id: String,
    /// Connections that are open: sockets, own channels, event streams, Pusher clients.
    connections: u64,
    /// Of them, those of Pusher clients.
    pusher_connections: u64,
    /// The most that the app allows, if it has a maximum.
    max_connections: Option<u32>,
    /// People with a connection, each once; `None` while the record does not answer.
    people_online: Option<i64>,
    /// Conversations with connections.
    conversations_live: u64,
    /// Of them, those of rooms.
    rooms_live: u64,
    /// People whose own channel is open.
    channels_live: u64,
    /// Messages sent since the app has a quota registry.
    messages_total: i64,
    /// Messages a second over the last minute.
    messages_per_second: f64,
    /// Memory of the isolate that answers.
    memory_bytes: Option<u64>,
    /// Entries of conversations' logs that the record could not take; `None` while the record does not answer.
    quarantined_entries: Option<i64>,
    /// Publishes of backends that were answered before every gateway with listeners had taken them, since the app was made;
    /// `None` while the record does not answer.
    incomplete_publishes: Option<i64>,
    /// The conversations with the most connections.
    busiest: Vec<Busy>,
    /// How the alert desk stands; `None` while it does not answer.
    alerts: Option<DeskStatus>,
    /// When this was so.
    at: Timestamp,
}

impl Readings {
    /// Takes them, for an administrator.
    pub(super) async fn take(app: &App, caller: &Caller) -> Result<Self, Problem> {
        only_administrators(caller)?;
        let at = app.now();
        let stats = app.objects().stats(caller.tenant()).await?;
        // The rest is worth the more while the record does not answer.
        let report = |error: &StorageError| {
            tracing::warn!(at = "metrics", detail = %error);
        };
        let people_online = app.store().people_online(caller.tenant(), at).await.inspect_err(report);
        let quarantined_entries = app.store().quarantined_entries(caller.tenant()).await.inspect_err(report);
        let incomplete = app.store().counted(caller.tenant(), Counter::IncompletePublishes).await.inspect_err(report);
        let Stats { connections, pusher_connections, conversations_live, rooms_live, channels_live, .. } = stats;
        let Stats { messages_total, messages_per_second, busiest, .. } = stats;
        Ok(Self {
            app_id: caller.app.id.clone(),
            connections,
            pusher_connections,
            max_connections: caller.app.limits.max_connections,
            people_online: people_online.ok(),
            conversations_live,
            rooms_live,
            channels_live,
            messages_total,
            messages_per_second,
            memory_bytes: app.memory().bytes(),
            quarantined_entries: quarantined_entries.ok(),
            incomplete_publishes: incomplete.ok(),
            busiest,
            alerts: alerts_of(app, caller).await,
            at,
        })
    }
}

async fn alerts_of(app: &App, caller: &Caller) -> Option<DeskStatus> {
    match app.desks().command(caller.desk_request(DeskCommand::Status)).await {
        Ok(DeskReply::Status { status }) => Some(*status),
        _ => None,
    }
}
