//! `GET /metrics/reverb`: the same readings under the names that Laravel Reverb uses.

use super::Readings;
use crate::identity::Caller;
use crate::response::{Outcome, ok, uncached};
use serde::Serialize;

/// Metrics of one app under the names of Laravel Reverb.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ReverbReadings"))]
struct Reverb {
    app_id: String,
    connections: u64,
    max_connections: Option<u32>,
    /// Memory of the answering isolate, bytes.
    memory: Option<u64>,
    messages: i64,
    messages_per_second: f64,
    channels: u64,
    rooms: u64,
    users: Option<i64>,
}

pub(crate) async fn handle(caller: Caller) -> Outcome {
    let now = Readings::take(&caller).await?;
    let reverb = Reverb {
        app_id: now.app_id,
        connections: now.stats.connections,
        max_connections: now.max_connections,
        memory: now.memory_bytes,
        messages: now.stats.messages_total,
        messages_per_second: now.stats.messages_per_second,
        channels: now.stats.conversations_live.saturating_add(now.stats.channels_live),
        rooms: now.stats.rooms_live,
        users: now.people_online,
    };
    Ok(uncached(ok(&reverb)?))
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Security, Tag};
    use serde_json::json;
    operation
        .named("getReverbMetrics", Tag::Monitoring, "Get the metrics of the app under the names of Laravel Reverb")
        .by(Security::Administrator)
        .uncached()
        .answers::<Reverb>(
            200,
            "The metrics.",
            json!({
                "app_id": "1",
                "connections": 120,
                "max_connections": null,
                "memory": 8_388_608,
                "messages": 4711,
                "messages_per_second": 0.5,
                "channels": 42,
                "rooms": 4,
                "users": 64,
            }),
        );
}
