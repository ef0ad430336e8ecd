//! `/api/admin/search`: the tenant's index for search.

mod rebuild;
mod state;

use crate::endpoints::{Endpoints, endpoints};

pub(super) fn endpoints() -> Endpoints {
    endpoints! {
        GET "/api/admin/search" => state::handle, state::describe;
        POST "/api/admin/search/rebuild" => rebuild::handle, rebuild::describe;
    }
}
