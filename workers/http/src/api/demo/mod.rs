//! `/api/demo`: demo users and their tokens, in the local environment only.

mod people;
mod token;

use crate::endpoints::{Endpoints, endpoints};
use crate::{App, Environment};
use campana_core::shared::ids::TenantId;

/// Tenant of the demo users.
const TENANT: &str = "demo";

pub(crate) fn endpoints() -> Endpoints {
    endpoints! {
        GET "/api/demo/people" => people::handle, people::describe;
        POST "/api/demo/token" => token::handle, token::describe;
    }
}

/// Whether demo users of this tenant get tokens.
pub(super) fn signs_in(app: &App, tenant: &TenantId) -> bool {
    app.environment() == Environment::Local && tenant.as_str() == TENANT
}
