//! Worker that runs the storage contract suite on D1: `GET /` lists the cases, `GET /{name}` runs one.
//!
//! Never deployed. `tests/durability/record.test.mjs` drives it.

use campana_storage::contract::{CASES, Case};
use campana_storage_d1::D1;
use std::sync::Arc;
use worker::{Context, Env, Request, Response, Result, event};

/// Runs a case. A failing case panics, which the runtime turns into an error response.
#[event(fetch)]
async fn fetch(request: Request, env: Env, _context: Context) -> Result<Response> {
    let path = request.path();
    let Some(name) = path.strip_prefix('/').filter(|name| !name.is_empty()) else {
        return Response::from_json(&CASES.iter().map(|case| case.name).collect::<Vec<_>>());
    };
    let Some(case) = Case::named(name) else { return Response::error("no such case", 404) };
    case.run(Arc::new(D1(env.d1("DB")?))).await;
    Response::ok(name)
}
