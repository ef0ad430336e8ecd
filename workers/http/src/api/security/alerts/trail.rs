//! `GET /api/security/alerts/{id}/trail`: locations of the owner, oldest first, for guards.

use super::desk::settled;
use super::viewing::only_for_guards;
use crate::identity::Caller;
use crate::request::{Cursor, Page, PageQuery, Query, Segment, limit, one_more};
use crate::response::{Outcome, ok};
use campana_core::alerts::AlertId;

pub(crate) async fn handle(caller: Caller, Segment(id): Segment<AlertId>, Query(query): Query<PageQuery>) -> Outcome {
    let limit = limit(query.limit)?;
    let after = query.after(Cursor::ALERT_TRAIL)?.unwrap_or(0);
    let alert = only_for_guards(settled(&caller, &id).await?)?;
    let places = caller.store().alert_sightings(caller.tenant(), &alert.id, after, one_more(limit)).await?;
    ok(&Page::cut(places, limit, |place| Cursor::ALERT_TRAIL.write(&[&place.number.to_string()])))
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Security, Tag, examples};
    use campana_core::alerts::record::Sighting;
    use serde_json::json;
    operation
        .named("listAlertTrail", Tag::Alerts, "List where the owner of an alert was")
        .about("Oldest first, for guards.")
        .by(Security::Guard)
        .answers::<Page<Sighting>>(
            200,
            "A page of locations.",
            examples::page(json!({
                "number": 1,
                "lat": 4.60971,
                "lng": -74.08175,
                "string": "Lobby",
                "accuracy": 12,
                "source": "gps",
                "at": "2026-01-31T09:05:00.120Z",
            })),
        );
}
