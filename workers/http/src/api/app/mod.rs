//! `/app`: WebSocket endpoint for clients of the Pusher protocol.

mod choosing;
mod refresh;
mod socket;

pub use socket::REGION_HEADER;

use crate::endpoints::{Endpoints, endpoints};

pub(super) fn endpoints() -> Endpoints {
    endpoints! {
        GET "/app/{key}" => socket::handle, socket::describe;
        POST "/app/{key}/refresh" => refresh::handle, refresh::describe;
    }
}

#[cfg(test)]
mod tests;
