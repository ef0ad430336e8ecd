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
