//! Campana on Cloudflare Workers: adapts the platform's bindings to the functions' ports, and requests and responses to
//! the router's types. It contains no application logic.
//!
//! Router and ports are created once per isolate, because bindings outlive a request and the functions' caches are
//! worth keeping. State of one request (stubs, bodies) is created per request.

mod call;
mod channels;
mod desks;
mod file_store;
mod files;
mod http;
mod keys;
mod limiters;
mod live;
mod objects;
mod platform;
mod scanners;
mod search;
mod uploads;

// The platform finds a Durable Object class only if this crate re-exports it.
pub use campana_objects::{
    AlertDesk, Channel, ChatPush, Conversation, Gateway, Pager, QuotaRegistry, ResumableUpload, Search, Webhooks,
};

use axum::Router;
use campana_core::alerts::push::Vapid;
use campana_core::shared::problem::{Kind, Problem};
use campana_core::shared::timestamp::Timestamp;
use campana_http::{App, Background, Environment, Ports};
use campana_objects::{secrets_keys, start_log};
use campana_storage::Store;
use campana_storage_d1::D1;
use std::cell::OnceCell;
use std::sync::Arc;
use tower_service::Service;
use worker::send::SendWrapper;
use worker::{Context, Env, Result, ScheduleContext, ScheduledEvent, event};

thread_local! {
    static FUNCTIONS: OnceCell<(App, Router)> = const { OnceCell::new() };
}

/// Entry point for HTTP requests.
#[event(fetch)]
async fn fetch(request: web_sys::Request, env: Env, context: Context) -> Result<web_sys::Response> {
    start_log(&env);
    let mut router = match functions(&env) {
        Ok((_, router)) => router,
        Err(NotReady::Binding(error)) => {
            report(&error);
            let problem = Problem::new(Kind::Internal, "a binding is missing; the log says which");
            return http::response(campana_http::unrouted(problem)).await;
        }
        Err(NotReady::Secret(problem)) => {
            tracing::error!(at = "edge.secrets", detail = problem.detail);
            let problem = Problem::unavailable("a secret of this deployment is missing; the log says which");
            return http::response(campana_http::unrouted(problem)).await;
        }
    };
    let Some(mut request) = http::request(&request) else {
        let problem = Problem::new(Kind::Malformed, "the address or the method cannot be read");
        return http::response(campana_http::unrouted(problem)).await;
    };
    let context = SendWrapper::new(context);
    request.extensions_mut().insert(Background::new(move |task| context.wait_until(task)));
    let response = match router.call(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    http::response(response).await
}

/// Entry point for cron triggers.
#[event(scheduled)]
async fn scheduled(event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    start_log(&env);
    match functions(&env) {
        Ok((app, _)) => {
            #[expect(clippy::cast_possible_truncation, reason = "whole milliseconds, far below 2^53")]
            let scheduled_at = Timestamp::from_millis(event.schedule() as i64);
            campana_http::run_schedule(&app, &event.cron(), scheduled_at).await;
        }
        Err(NotReady::Binding(error)) => report(&error),
        Err(NotReady::Secret(problem)) => tracing::error!(at = "edge.secrets", detail = problem.detail),
    }
}

/// What the deployment lacks.
enum NotReady {
    Binding(worker::Error),
    /// The key that decrypts the secrets of apps.
    Secret(Problem),
}

impl From<worker::Error> for NotReady {
    fn from(error: worker::Error) -> Self {
        Self::Binding(error)
    }
}

/// Logs a missing binding.
fn report(error: &worker::Error) {
    tracing::error!(at = "edge.bindings", detail = %error);
}

fn functions(env: &Env) -> std::result::Result<(App, Router), NotReady> {
    if let Some(functions) = FUNCTIONS.with(|functions| functions.get().cloned()) {
        return Ok(functions);
    }
    let variable = |name| env.var(name).map_or_else(|_| String::new(), |value| value.to_string());
    let environment = Environment::parse(&variable("ENVIRONMENT"));
    let app = App::new(Ports {
        store: Store::new(Arc::new(D1(env.d1("DB")?))).with_secrets_keys(secrets_keys(env).map_err(NotReady::Secret)?),
        objects: Arc::new(objects::DurableObjects::new(env)?),
        channels: Arc::new(channels::DurableChannels::new(env)?),
        desks: Arc::new(desks::DurableDesks::new(env)?),
        live: Arc::new(live::DurableLive::new(env)?),
        search: Arc::new(search::DurableSearch::new(env)?),
        files: Arc::new(files::StaticFiles::new(env)),
        file_store: file_store::R2::new(env).map(|store| Arc::new(store) as _),
        pictures: file_store::ImagesWorker::new(env).map(|images| Arc::new(images) as _),
        scanners: Arc::new(scanners::HttpScanners::new(environment)),
        uploads: Arc::new(uploads::DurableUploads::new(env)?),
        clock: Arc::new(platform::JsClock),
        random: Arc::new(platform::PlatformRandom),
        keys: Arc::new(keys::PublishedKeys::new(environment)),
        limiter: Arc::new(limiters::Limiters::new(env)),
        memory: Arc::new(platform::LinearMemory),
        push_key: Vapid::read(&variable("VAPID_PRIVATE_KEY"), &variable("VAPID_SUBJECT")).map(|key| key.public_key()),
        environment,
    });
    let functions = (app.clone(), campana_http::router(app));
    FUNCTIONS.with(|cached| {
        let _made_by_another_request = cached.set(functions.clone());
    });
    Ok(functions)
}
