//! `/api/admin/keys`: the app's key and the generations of its secret. For administrators only.
//!
//! A rotation keeps the present secret valid for a while, as `scripts/app rotate` does; at most two secrets are valid.

mod list;
mod rotate;

use super::only_administrators;
use crate::endpoints::{Endpoints, endpoints};

pub(super) fn endpoints() -> Endpoints {
    endpoints! {
        GET "/api/admin/keys" => list::handle, list::describe;
        POST "/api/admin/keys/rotate" => rotate::handle, rotate::describe;
    }
}

#[cfg(test)]
mod tests;
