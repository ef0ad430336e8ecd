//! `GET /healthz`: checks that the functions run and reach D1. Needs no token, so its queries are limited: an isolate asks D1
//! once a second, and requests in between get the last outcome.

use crate::App;
use crate::response::{Refusal, ok, uncached};
use axum::extract::State;
use axum::response::Response;
use campana_core::shared::problem::Problem;
use serde::Serialize;

/// A key that no app has: the query tests D1 with one index look-up.
const NO_KEY: &str = "";
/// TTL of an outcome, milliseconds.
const FRESH_MS: u64 = 1_000;

/// The functions run and reach D1.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Health {
    /// `ok`.
    status: &'static str,
}

pub(crate) async fn handle(State(app): State<App>) -> Result<Response, Refusal> {
    let (cache, now) = (&app.caches().health, app.now());
    let is_healthy = if let Some(is_healthy) = cache.fresh(&(), now, FRESH_MS) {
        is_healthy
    } else {
        // Requests that come while D1 is asked get the outcome before.
        if let Some((before, _)) = cache.get(&()) {
            cache.keep((), before, now);
        }
        let answer = app.store().app_by_key(NO_KEY).await;
        cache.keep((), answer.is_ok(), app.now());
        answer?;
        true
    };
    if !is_healthy {
        return Err(Problem::unavailable("the database did not answer").into());
    }
    Ok(uncached(ok(&Health { status: "ok" })?))
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::Tag;
    use campana_core::shared::problem::Kind;
    use serde_json::json;
    operation
        .named("getHealth", Tag::Monitoring, "Check that the functions run and reach D1")
        .about("The outcome is up to a second old.")
        .uncached()
        .refuses(&[Kind::Internal, Kind::Unavailable])
        .answers::<Health>(200, "The functions run and reach D1.", json!({"status": "ok"}));
}
