//! `/broadcasting`: signatures for Pusher clients that have a token.

mod asking;
mod auth;
mod described;
mod fields;
mod strangers;
mod user_auth;

use crate::endpoints::{Endpoints, endpoints};

pub(super) fn endpoints() -> Endpoints {
    endpoints! {
        POST "/broadcasting/auth" => auth::handle, auth::describe;
        POST "/broadcasting/user-auth" => user_auth::handle, user_auth::describe;
    }
}

#[cfg(test)]
mod tests;
