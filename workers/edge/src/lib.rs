//! Campana on Cloudflare Workers: turns the platform's bindings into the functions' ports, and requests and
//! responses of one world into those of the other. Nothing is decided here.
//!
//! The router is made once per isolate: bindings outlive a request, and the functions' caches are worth
//! keeping. Whatever belongs to one request (stubs, bodies) is made anew for each.

mod http;
mod keys;
mod objects;
mod platform;

// The platform finds a class only if this crate names it.
pub use campana_objects::{Channel, Conversation, Ledger};

use axum::Router;
use campana_core::problem::{Kind, Problem};
use campana_http::{App, Environment, Ports};
use campana_storage::Store;
use campana_storage_d1::D1;
use serde_json::json;
use std::cell::OnceCell;
use std::sync::Arc;
use tower_service::Service;
use worker::{Context, Env, Result, event};

thread_local! {
    static ROUTER: OnceCell<Router> = const { OnceCell::new() };
}

/// Answers a request.
#[event(fetch)]
async fn fetch(request: web_sys::Request, env: Env, _context: Context) -> Result<web_sys::Response> {
    let mut router = match router(&env) {
        Ok(router) => router,
        Err(error) => {
            worker::console_error!("{}", json!({"level": "error", "at": "edge.bindings", "detail": error.to_string()}));
            return http::problem(&Problem::new(Kind::Internal, "a binding is missing; the log says which"));
        }
    };
    let Some(request) = http::request(&request) else {
        return http::problem(&Problem::new(Kind::Malformed, "the address or the method cannot be read"));
    };
    let response = match router.call(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    http::response(response).await
}

fn router(env: &Env) -> Result<Router> {
    if let Some(router) = ROUTER.with(|router| router.get().cloned()) {
        return Ok(router);
    }
    let environment = env.var("ENVIRONMENT").map_or_else(|_| String::new(), |value| value.to_string());
    let environment = Environment::parse(&environment);
    let app = App::new(Ports {
        store: Store::new(Arc::new(D1(env.d1("DB")?))),
        objects: Arc::new(objects::DurableObjects::new(env)?),
        clock: Arc::new(platform::JsClock),
        random: Arc::new(platform::PlatformRandom),
        keys: Arc::new(keys::PublishedKeys::new(environment)),
        journal: Arc::new(platform::Console),
        memory: Arc::new(platform::LinearMemory),
        environment,
    });
    let router = campana_http::router(app);
    ROUTER.with(|kept| {
        let _made_by_another_request = kept.set(router.clone());
    });
    Ok(router)
}
