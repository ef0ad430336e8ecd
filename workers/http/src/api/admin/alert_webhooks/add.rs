//! `POST /api/admin/alert-webhooks`: adds a webhook. Only this answer contains its secret.

use super::{all, append, ask, only_administrators};
use crate::identity::Caller;
use crate::request::Body;
use crate::response::{Outcome, json, uncached};
use axum::http::StatusCode;
use campana_core::accounts::audit::Act;
use campana_core::alerts::pager::{NewWebhook, PagerCommand};
use campana_core::shared::address::check_url;
use campana_core::shared::ids::WebhookId;
use campana_core::shared::problem::{Kind, Problem};
use campana_core::webhooks::alerts::{MAX_ENDPOINTS, read_events};

pub(crate) async fn handle(caller: Caller, Body(draft): Body<NewWebhook>) -> Outcome {
    only_administrators(&caller)?;
    check_url(&draft.url, caller.app.reach())?;
    let webhook = NewWebhook { events: read_events(draft.events)?, ..draft };
    if all(&caller).await?.len() >= MAX_ENDPOINTS {
        return Err(Problem::new(Kind::Conflict, format!("there are {MAX_ENDPOINTS} webhooks already")).into());
    }
    let id = WebhookId::new(caller.now(), caller.app.random()?).as_str().to_owned();
    append(&caller, Act::AlertWebhookAdded, &id, &webhook.url).await?;
    let made = ask(&caller, PagerCommand::AddWebhook { id, webhook }).await?;
    Ok(uncached(json(StatusCode::CREATED, &made)?))
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Security, Tag, examples};
    use serde_json::json;
    operation
        .named("addAlertWebhook", Tag::Administration, "Add a webhook of alerts")
        .about("Only this answer has the secret. 409 if there are as many webhooks as there may be.")
        .by(Security::Administrator)
        .uncached()
        .sends(json!({"url": "https://hooks.example.org/alerts", "events": ["alert.triggered"]}))
        .refuses(&[Kind::Conflict])
        .answers::<campana_core::alerts::pager::AlertWebhook>(201, "The new webhook.", examples::webhook_with_secret());
}
