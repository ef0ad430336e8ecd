//! `/api/chat/users`: users of the tenant.

mod online;
mod search;

use crate::endpoints::{Endpoints, endpoints};

pub(crate) fn endpoints() -> Endpoints {
    endpoints! {
        GET "/api/chat/users" => search::handle, search::describe;
        GET "/api/chat/users/online" => online::handle, online::describe;
    }
}
