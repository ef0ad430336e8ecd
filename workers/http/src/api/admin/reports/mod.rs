//! `/api/admin/reports`: reports of messages, for administrators and, of their rooms, for moderators.

mod list;
mod resolve;

use crate::endpoints::{Endpoints, endpoints};

pub(super) fn endpoints() -> Endpoints {
    endpoints! {
        GET "/api/admin/reports" => list::handle, list::describe;
        POST "/api/admin/reports/{id}/resolve" => resolve::handle, resolve::describe;
    }
}
