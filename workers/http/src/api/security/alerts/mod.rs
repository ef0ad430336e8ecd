//! `/api/security/alerts`, and the caller's own alerts under `/api/me`. Each file is one endpoint; `desk` (requests to
//! a tenant's desk) and `viewing` (visibility rules) are shared.
//!
//! The desk decides whether a user may act on an alert. Read-only endpoints decide here: an alert is visible to its
//! owner, with restrictions, and to users with the permission.

mod acknowledge;
mod active;
mod cancel;
mod cap;
mod deliveries;
mod desk;
mod false_alarm;
mod get;
mod list;
mod location;
mod own;
mod pins;
mod raise;
mod receipts;
mod resolve;
mod respond;
mod socket;
mod timeline;
mod trail;
mod viewing;
mod words;

pub(super) use viewing::only_guards;

use crate::App;
use axum::Router;
use axum::routing::{get as on_get, post};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/api/security/alerts", post(raise::handle).get(list::handle))
        .route("/api/security/alerts/active", on_get(active::handle))
        .route("/api/security/alerts/socket", on_get(socket::handle))
        .route("/api/security/alerts/{id}", on_get(get::handle))
        .route("/api/security/alerts/{id}/timeline", on_get(timeline::handle))
        .route("/api/security/alerts/{id}/trail", on_get(trail::handle))
        .route("/api/security/alerts/{id}/deliveries", on_get(deliveries::handle))
        .route("/api/security/alerts/{id}/acknowledge", post(acknowledge::handle))
        .route("/api/security/alerts/{id}/respond", post(respond::handle))
        .route("/api/security/alerts/{id}/resolve", post(resolve::handle))
        .route("/api/security/alerts/{id}/false-alarm", post(false_alarm::handle))
        .route("/api/security/alerts/{id}/cancel", post(cancel::handle))
        .route("/api/security/alerts/{id}/location", post(location::handle))
        .route("/api/security/alerts/{id}/receipts", post(receipts::handle))
}

/// The caller's own alerts and their PINs, under `/api/me`.
pub(crate) fn own_routes() -> Router<App> {
    Router::new()
        .route("/api/me/alerts", on_get(own::handle))
        .route("/api/me/alert-pins", on_get(pins::handle).put(pins::set).delete(pins::remove))
}

#[cfg(feature = "schema")]
pub(super) fn describe(documents: &mut crate::schema::Documents) {
    use crate::request::Page;
    use campana_core::alerts::Spot;
    use campana_core::alerts::record::Sighting;
    use campana_core::alerts::wire::schema::{AlertDraft, PanicAlert};

    documents.answer::<Page<PanicAlert>>();
    documents.answer::<Page<timeline::TimelineEntry>>();
    documents.answer::<Page<Sighting>>();
    documents.answer::<Page<deliveries::AlertDelivery<'_>>>();
    documents.answer::<pins::PinsState>();
    documents.request::<AlertDraft>();
    documents.request::<Spot>();
    documents.request::<resolve::ResolveBody>();
    documents.request::<cancel::CancelBody>();
    documents.request::<pins::PinsBody>();
}

#[cfg(test)]
mod tests;
