//! `/api/security/guards`: withdrawal of the guard permission, which tokens grant.

mod withdraw;

use crate::endpoints::{Endpoints, endpoints};

pub(super) fn endpoints() -> Endpoints {
    endpoints! {
        DELETE "/api/security/guards/{user_id}" => withdraw::handle, withdraw::describe;
    }
}
