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

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::Tag;
    operation.named("openAlertSocket", Tag::Alerts, "Open the socket of a dashboard").about(
        "A WebSocket with the subprotocol `campana.v1`, for guards: the open alerts first, then all events. Frames are \
             `DeskFrame` and `DashboardFrame` of the native protocol.",
    );
}
