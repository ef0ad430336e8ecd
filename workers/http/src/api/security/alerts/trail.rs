//! `GET /api/security/alerts/{id}/trail`: where whoever raised it was, in order, for guards.

use super::desk::settle;
use super::viewing::visible_to_guard;
use crate::App;
use crate::identity::Caller;
use crate::request::{Cursor, Page, PageQuery, Query, Segment, bad_cursor, limit};
use crate::response::{Outcome, ok};
use axum::extract::State;
use campana_core::alert::AlertId;

pub(crate) async fn handle(
    State(app): State<App>,
    caller: Caller,
    Segment(id): Segment<AlertId>,
    Query(query): Query<PageQuery>,
) -> Outcome {
    let limit = limit(query.limit)?;
    let after = query.after(Cursor::AlertTrail, |number| number.parse().map_err(|_| bad_cursor()))?.unwrap_or(0);
    settle(&app, &caller).await;
    let alert = visible_to_guard(&app, &caller, &id).await?;
    let places = app.store().alert_sightings(caller.tenant(), &alert.id, after, limit + 1).await?;
    ok(&Page::cut(places, limit, |place| Cursor::AlertTrail.write(&[&place.number.to_string()])))
}
