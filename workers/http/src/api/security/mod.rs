//! `/api/security`: alerts, for those who raise them and those who attend to them.

mod alerts;
mod guards;

pub(super) use alerts::own_routes;

use crate::App;
use axum::Router;

pub(super) fn routes() -> Router<App> {
    Router::new().merge(alerts::routes()).merge(guards::routes())
}
