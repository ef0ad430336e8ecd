//! `GET /api/security/alerts/socket`: socket of a dashboard. It gets the open alerts first, then all events.

use super::viewing::only_guards;
use crate::App;
use crate::identity::Watching;
use axum::extract::State;
use axum::response::Response;

pub(crate) async fn handle(State(app): State<App>, connecting: Watching) -> Response {
    match only_guards(&connecting.caller) {
        Ok(()) => connecting.open_desk(&app).await,
        Err(problem) => connecting.refuse(&app, problem),
    }
}
