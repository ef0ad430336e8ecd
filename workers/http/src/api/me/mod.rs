//! `/api/me`: the caller.

mod get;
mod sign_out_everywhere;
mod socket;
mod ticket;

pub(super) use sign_out_everywhere::sign_out;

use crate::App;
use axum::Router;
use axum::routing::{get as on_get, post};

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/api/me", on_get(get::handle))
        .route("/api/me/sign-out-everywhere", post(sign_out_everywhere::handle))
        .route("/api/me/socket", on_get(socket::handle))
        .route("/api/me/ticket", post(ticket::handle))
}

#[cfg(feature = "schema")]
pub(super) fn describe(documents: &mut crate::schema::Documents) {
    documents.answer::<get::Me<'_>>();
    documents.answer::<ticket::Ticket>();
}
