//! `/api/security`: panic alerts, for owners and guards.

mod alerts;
mod guards;
mod push;
mod status;

pub(super) use alerts::own_endpoints;

use crate::endpoints::{Endpoints, endpoints};

pub(super) fn endpoints() -> Endpoints {
    endpoints! {
        GET "/api/security/status" => status::handle, status::describe;
    }
    .merge(alerts::endpoints())
    .merge(guards::endpoints())
    .merge(push::endpoints())
}

#[cfg(feature = "schema")]
pub(super) fn describe(documents: &mut crate::schema::Documents) {
    alerts::describe(documents);
    push::describe(documents);
}
