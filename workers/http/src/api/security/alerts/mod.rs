//! `/api/security/alerts`, and one's own below `/api/me`. A file is an endpoint; what several of them need is in `desk`,
//! which asks a tenant's desk, and in `viewing`, which says who may see what.
//!
//! The desk decides whether somebody may do something about an alert. Functions that only read decide here: an alert is
//! seen by whoever raised it, as they may see it, and by those with the permission.

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

pub(super) use desk::ask;
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

/// Alerts that one raised oneself, and the PINs that cancel them: below `/api/me`.
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
