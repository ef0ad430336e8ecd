//! `/api/admin/connections`, `/api/admin/channels`, `/api/admin/explain` and `/api/admin/traces`: open connections and
//! occupied channels of the app, and why a user gets an event or not, for administrators.
//!
//! The quota registry knows which objects hold connections. A request asks a bounded number of them, in parallel; one that
//! does not answer in time is named in the answer, and the others are shown.

mod asking;
mod channel;
mod channel_events;
mod channels;
mod close;
mod connections;
mod explain;
mod explained;
mod held_id;
mod subject;
mod traced;
mod traces;

use crate::endpoints::{Endpoints, endpoints};
use crate::identity::Caller;
use crate::response::Refusal;
use campana_core::pusher::channel::ChannelName;
use campana_core::shared::problem::Problem;

pub(super) fn endpoints() -> Endpoints {
    endpoints! {
        GET "/api/admin/connections" => connections::handle, connections::describe;
        DELETE "/api/admin/connections/{id}" => close::handle, close::describe;
        GET "/api/admin/channels" => channels::handle, channels::describe;
        GET "/api/admin/channels/{name}" => channel::handle, channel::describe;
        GET "/api/admin/explain" => explain::handle, explain::describe;
        POST "/api/admin/traces" => traces::create, traces::describe_create;
        GET "/api/admin/traces/{id}" => traces::get, traces::describe_get;
        POST "/api/admin/channels/{name}/events" => channel_events::handle, channel_events::describe;
    }
}

/// 404 for a channel's name that the app does not allow.
fn allowed(caller: &Caller, channel: &ChannelName) -> Result<(), Refusal> {
    if caller.record.pusher.allows_channel(channel) { Ok(()) } else { Err(Problem::not_found().into()) }
}
