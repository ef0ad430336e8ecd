//! `/api/demo`: demo users and their tokens, in the local environment only.

mod people;
mod token;

use crate::endpoints::{Endpoints, endpoints};

pub(crate) fn endpoints() -> Endpoints {
    endpoints! {
        GET "/api/demo/people" => people::handle, people::describe;
        POST "/api/demo/token" => token::handle, token::describe;
    }
}
