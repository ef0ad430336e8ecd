//! `/api/chat/users`: users of the tenant.

mod get;
mod online;
mod search;

use crate::endpoints::{Endpoints, endpoints};

pub(crate) fn endpoints() -> Endpoints {
    endpoints! {
        GET "/api/chat/users" => search::handle, search::describe;
        GET "/api/chat/users/online" => online::handle, online::describe;
        GET "/api/chat/users/{id}" => get::handle, get::describe;
    }
}
