//! The Pager object: asks people to come, and tells webhooks, for a tenant's alert desk.

use crate::platform;
use campana_core::problem::Problem;
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

/// A tenant's pager. Named by the tenant.
#[durable_object(alarm)]
pub struct Pager {}

impl DurableObject for Pager {
    fn new(_state: State, _env: Env) -> Self {
        Self {}
    }

    async fn fetch(&self, _request: Request) -> Result<Response> {
        platform::problem_response(&Problem::not_found())
    }

    async fn alarm(&self) -> Result<Response> {
        Response::ok("")
    }
}
