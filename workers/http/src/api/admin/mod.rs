//! `/api/admin`: endpoints for administrators of the app.

mod alert_webhooks;
mod audits;
mod keys;
mod live;
mod reports;
mod search;
mod series;
mod settings;
mod stats;
mod users;
mod webhooks;

use crate::endpoints::{Endpoints, endpoints};
use crate::identity::Caller;
use campana_core::chat::policy::{Action, Place, decide};
use campana_core::shared::problem::Problem;

pub(super) fn endpoints() -> Endpoints {
    endpoints! {
        GET "/api/admin/audits" => audits::handle, audits::describe;
        GET "/api/admin/series" => series::handle, series::describe;
        GET "/api/admin/settings" => settings::handle, settings::describe;
        PATCH "/api/admin/settings" => settings::change, settings::describe_change;
        GET "/api/admin/stats" => stats::handle, stats::describe;
    }
    .merge(alert_webhooks::endpoints())
    .merge(keys::endpoints())
    .merge(live::endpoints())
    .merge(reports::endpoints())
    .merge(search::endpoints())
    .merge(users::endpoints())
    .merge(webhooks::endpoints())
}

/// 403 unless the caller is an administrator of the app.
pub(super) fn only_administrators(caller: &Caller) -> Result<(), Problem> {
    decide(Action::Administer, caller.standing(Place::App, None))
}
