//! `/api/admin/users`: the app's users, for administrators.

mod erase;
mod list;
mod sign_out;

use crate::endpoints::{Endpoints, endpoints};

pub(super) fn endpoints() -> Endpoints {
    endpoints! {
        GET "/api/admin/users" => list::handle, list::describe;
        DELETE "/api/admin/users/{user_id}" => erase::handle, erase::describe;
        POST "/api/admin/users/{user_id}/sign-out" => sign_out::handle, sign_out::describe;
    }
}

#[cfg(test)]
mod tests;
