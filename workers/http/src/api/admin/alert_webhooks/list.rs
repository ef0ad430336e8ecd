//! `GET /api/admin/alert-webhooks`: lists all webhooks, without their secrets.

use super::{all, only_administrators};
use crate::App;
use crate::identity::Caller;
use crate::request::Page;
use crate::response::{Outcome, ok};
use axum::extract::State;

pub(crate) async fn handle(State(app): State<App>, caller: Caller) -> Outcome {
    only_administrators(&caller)?;
    ok(&Page { data: all(&app, &caller).await?, next_cursor: None })
}
