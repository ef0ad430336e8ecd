//! `POST /app/{key}/refresh`: reads the app from the record again, and hands over the revocations that its quota registry
//! does not have yet. `scripts/app` calls it after it has changed the record, so that connections close at once.
//!
//! The key is public, so the endpoint changes nothing that would not happen within seconds anyway, and calls count
//! towards the caller's address like failed authentications.

use crate::App;
use crate::identity::{AppName, app_named, count_stranger};
use crate::response::{Exchange, Outcome, done};
use axum::Extension;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use campana_core::shared::problem::Problem;

pub(super) async fn handle(
    State(app): State<App>,
    key: Result<Path<String>, PathRejection>,
    exchange: Option<Extension<Exchange>>,
) -> Outcome {
    let exchange = exchange.map(|Extension(exchange)| exchange).unwrap_or_default();
    count_stranger(&app, &exchange).await?;
    let Path(key) = key.map_err(|_| Problem::not_found())?;
    if let Some((tenant, _)) = app.caches().app_keys.get(&key) {
        app.caches().apps.forget(&tenant);
    }
    app_named(&app, AppName::Key(&key), &exchange).await?.ok_or_else(Problem::not_found)?;
    Ok(done())
}

#[cfg(feature = "schema")]
pub(super) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::Tag;
    use campana_core::shared::problem::Kind;
    operation
        .named("refreshApp", Tag::PusherClients, "Read the app from the record again")
        .about(
            "For `scripts/app`, so that a change takes effect at once. It changes nothing that would not happen within seconds \
             anyway, and calls count towards the caller's address like failed authentications.",
        )
        .refuses(&[Kind::NotFound, Kind::RateLimited, Kind::Internal, Kind::Unavailable])
        .done("The app is read, and its revocations are handed over.");
}
