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

use crate::endpoints::{Endpoints, endpoints};

pub(super) fn endpoints() -> Endpoints {
    endpoints! {
        POST "/api/security/alerts" => raise::handle, raise::describe;
        GET "/api/security/alerts" => list::handle, list::describe;
        GET "/api/security/alerts/active" => active::handle, active::describe;
        GET "/api/security/alerts/socket" => socket::handle, socket::describe;
        GET "/api/security/alerts/{id}" => get::handle, get::describe;
        GET "/api/security/alerts/{id}/timeline" => timeline::handle, timeline::describe;
        GET "/api/security/alerts/{id}/trail" => trail::handle, trail::describe;
        GET "/api/security/alerts/{id}/deliveries" => deliveries::handle, deliveries::describe;
        POST "/api/security/alerts/{id}/acknowledge" => acknowledge::handle, acknowledge::describe;
        POST "/api/security/alerts/{id}/respond" => respond::handle, respond::describe;
        POST "/api/security/alerts/{id}/resolve" => resolve::handle, resolve::describe;
        POST "/api/security/alerts/{id}/false-alarm" => false_alarm::handle, false_alarm::describe;
        POST "/api/security/alerts/{id}/cancel" => cancel::handle, cancel::describe;
        POST "/api/security/alerts/{id}/location" => location::handle, location::describe;
        POST "/api/security/alerts/{id}/receipts" => receipts::handle, receipts::describe;
    }
}

/// The caller's own alerts and their PINs, under `/api/me`.
pub(crate) fn own_endpoints() -> Endpoints {
    endpoints! {
        GET "/api/me/alerts" => own::handle, own::describe;
        GET "/api/me/alert-pins" => pins::handle, pins::describe;
        PUT "/api/me/alert-pins" => pins::set, pins::describe_set;
        DELETE "/api/me/alert-pins" => pins::remove, pins::describe_remove;
    }
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
