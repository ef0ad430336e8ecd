//! `POST /apps/{id}/users/{user}/terminate_connections`: closes all sockets on which the user has signed in or that a
//! subscription names as theirs.

use crate::api::apps::backend::Backend;
use crate::api::apps::fault::{Fault, Outcome};
use crate::response::json_text;
use axum::http::StatusCode;
use campana_core::pusher::link::CloseAll;
use campana_core::shared::ids::UserId;

pub(in crate::api::apps) async fn handle(backend: Backend) -> Outcome {
    let user = UserId::parse(backend.named("user")).ok_or_else(|| Fault::bad("This is not the id of a user"))?;
    let gateways = backend.app.store().gateways(&backend.record.tenant_id).await?;
    let app_config = backend.record.app_config();
    backend.app.channels().close_all(CloseAll { app_config, gateways, user }).await?;
    Ok(json_text(StatusCode::OK, "{}".to_owned()))
}

#[cfg(feature = "schema")]
pub(in crate::api::apps) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::api::apps::described::{Done, User};
    use crate::openapi::{Security, Tag};
    use serde_json::json;
    operation
        .named("terminateConnections", Tag::PusherBackends, "Close the Pusher sockets of a user")
        .about("A body is ignored.")
        .by(Security::BackendWithAnyBody)
        .path::<User>()
        .answers::<Done>(200, "The sockets are closed.", json!({}));
}
