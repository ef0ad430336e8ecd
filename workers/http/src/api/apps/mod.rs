//! `/apps`: HTTP API of the Pusher protocol for backends, which sign requests with the app's secret.

mod backend;
mod batch_events;
mod channel_params;
pub(super) mod channels;
#[cfg(feature = "schema")]
mod described;
mod events;
mod fault;
mod files;
mod gateways;
mod info;
mod notifications;
pub(super) mod publishing;
pub(super) mod targets;
mod transfer;
mod users;

use crate::endpoints::{Endpoints, endpoints};

pub(super) fn endpoints() -> Endpoints {
    endpoints! {
        POST "/apps/{id}/events" => events::handle, events::describe;
        POST "/apps/{id}/batch_events" => batch_events::handle, batch_events::describe;
        POST "/apps/{id}/notifications" => notifications::handle, notifications::describe;
        POST "/apps/{id}/files/{file}/scan" => files::scan::handle, files::scan::describe;
        POST "/apps/{id}/import" => transfer::import::handle, transfer::import::describe;
        POST "/apps/{id}/import/open" => transfer::open::handle, transfer::open::describe;
        GET "/apps/{id}/export" => transfer::export::handle, transfer::export::describe;
        GET "/apps/{id}/channels" => channels::list::handle, channels::list::describe;
        GET "/apps/{id}/channels/{name}" => channels::get::handle, channels::get::describe;
        GET "/apps/{id}/channels/{name}/users" => channels::users::handle, channels::users::describe;
        POST "/apps/{id}/users/{user}/terminate_connections" => users::terminate_connections::handle, users::terminate_connections::describe;
    }
}

#[cfg(test)]
mod tests;
