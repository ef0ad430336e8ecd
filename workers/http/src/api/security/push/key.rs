//! `GET /api/security/push/key`: what a browser takes as `applicationServerKey`.

use super::push_key;
use crate::App;
use crate::identity::Caller;
use crate::response::{Outcome, ok};
use axum::extract::State;
use serde_json::json;

pub(crate) async fn handle(State(app): State<App>, _caller: Caller) -> Outcome {
    ok(&json!({"key": push_key(&app)?}))
}
