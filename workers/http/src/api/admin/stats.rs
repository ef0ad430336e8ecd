//! `GET /api/admin/stats`: current metrics of the app.

use crate::api::metrics::Readings;
use crate::identity::Caller;
use crate::response::{Outcome, ok, uncached};

pub(crate) async fn handle(caller: Caller) -> Outcome {
    Ok(uncached(ok(&Readings::take(&caller).await?)?))
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Security, Tag};
    use serde_json::json;
    operation
        .named("getStats", Tag::Administration, "Get the metrics of the app")
        .about("Readings that a failed query would have given are `null`.")
        .by(Security::Administrator)
        .uncached()
        .answers::<Readings>(
            200,
            "The metrics.",
            json!({
                "app_id": "1",
                "connections": 120,
                "pusher_connections": 80,
                "conversations_live": 12,
                "rooms_live": 4,
                "channels_live": 30,
                "messages_total": 4711,
                "messages_per_second": 0.5,
                "busiest": [{
                    "conversation_id": "019a3e5b-7a10-7c3e-9d7f-2b6f0c1d4e02",
                    "connections": 40,
                    "people": 31,
                }],
                "max_connections": null,
                "people_online": 64,
                "memory_bytes": 8_388_608,
                "quarantined_entries": 0,
                "incomplete_publishes": 0,
                "auth_failures": {"expired": 3},
                "auth_failures_without_app": {},
                "alerts": null,
                "at": "2026-01-31T09:05:00.120Z",
            }),
        );
}
