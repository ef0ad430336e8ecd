//! `/api/admin/users`: the app's users, for administrators.

mod list;
mod sign_out;

use crate::endpoints::{Endpoints, endpoints};

pub(super) fn endpoints() -> Endpoints {
    endpoints! {
        GET "/api/admin/users" => list::handle, list::describe;
        POST "/api/admin/users/{user_id}/sign-out" => sign_out::handle, sign_out::describe;
    }
}

#[cfg(test)]
mod tests;
