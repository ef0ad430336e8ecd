//! `GET /api/security/alerts/socket`: socket of a dashboard. It gets the open alerts first, then all events.

use super::viewing::only_guards;
use crate::identity::Watching;
use axum::response::Response;

pub(crate) async fn handle(connecting: Watching) -> Response {
    match only_guards(&connecting.caller) {
        Ok(()) => connecting.open_desk().await,
        Err(problem) => connecting.refuse(problem),
    }
}
