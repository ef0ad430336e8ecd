//! `POST /apps/{id}/notifications`: notifies users. The same `key` again changes the notification that it names.

use super::backend::Backend;
use super::fault::{Fault, Outcome};
use crate::api::notifications::tell_created;
use crate::response::json_text;
use axum::http::StatusCode;
use base64ct::{Base64UrlUnpadded, Encoding};
use campana_core::chat::notifications::{APP_KIND, NotificationKind};
use campana_core::shared::ids::UserId;
use campana_core::shared::json::check_free;
use campana_storage::AppNotification;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Maximum number of users of a call.
const MAX_USERS: usize = 100;
const MAX_TITLE_CHARS: usize = 200;
const MAX_BODY_CHARS: usize = 2_000;
const MAX_URL_CHARS: usize = 2_000;
const MAX_KEY_CHARS: usize = 200;

/// A valid body.
struct Params {
    users: BTreeSet<UserId>,
    kind: NotificationKind,
    key: Option<String>,
    title: String,
    body: Option<String>,
    url: Option<String>,
    data: Option<Map<String, Value>>,
}

pub(super) async fn handle(backend: Backend) -> Outcome {
    let params = Params::read(&backend.json()?)?;
    let (app, tenant, now) = (&backend.app, &backend.record.tenant_id, backend.app.now());
    let key = match params.key {
        Some(key) => key,
        None => Base64UrlUnpadded::encode_string(&app.random::<20>()?),
    };
    let new = AppNotification {
        kind: &params.kind,
        key: &key,
        title: &params.title,
        body: params.body.as_deref(),
        url: params.url.as_deref(),
        data: params.data.as_ref(),
    };
    let (notified, known) = app.store().notify_of_app(tenant, &params.users, &new, now).await?;
    let answer = json!({
        "notified": notified.len(),
        "unknown_user_ids": params.users.difference(&known).collect::<Vec<_>>(),
    });
    tell_created(app, tenant, notified, now).await;
    Ok(json_text(StatusCode::OK, answer.to_string()))
}

impl Params {
    fn read(fields: &Map<String, Value>) -> Result<Self, Fault> {
        Ok(Self {
            users: users(fields.get("user_ids"))?,
            kind: kind(optional(fields, "kind", MAX_KEY_CHARS)?.as_deref())?,
            key: optional(fields, "key", MAX_KEY_CHARS)?,
            title: optional(fields, "title", MAX_TITLE_CHARS)?.ok_or_else(|| Fault::bad("title is missing"))?,
            body: optional(fields, "body", MAX_BODY_CHARS)?,
            url: optional(fields, "url", MAX_URL_CHARS)?.map(url).transpose()?,
            data: data(fields.get("data"))?,
        })
    }
}

/// Ids without duplicates: strings, or whole numbers, as many applications have them.
fn users(value: Option<&Value>) -> Result<BTreeSet<UserId>, Fault> {
    let many = || Fault::bad(format!("user_ids is not a list of 1 to {MAX_USERS} ids"));
    let ids = value.and_then(Value::as_array).ok_or_else(many)?;
    if ids.is_empty() || ids.len() > MAX_USERS {
        return Err(many());
    }
    let read = |id: &Value| match id {
        Value::String(id) => UserId::parse(id),
        Value::Number(number) => number.as_u64().and_then(|number| UserId::parse(&number.to_string())),
        _ => None,
    };
    let ids = ids.iter().map(read).collect::<Option<_>>();
    ids.ok_or_else(|| Fault::bad("user_ids has something that is not the id of a user"))
}

fn kind(text: Option<&str>) -> Result<NotificationKind, Fault> {
    let says =
        "kind has 1 to 64 characters of a-z, 0-9, _, - and ., and is none of the kinds that the server makes itself";
    NotificationKind::of_app(text.unwrap_or(APP_KIND)).ok_or_else(|| Fault::bad(says))
}

/// A trimmed text of 1 to `max_chars` characters without control characters other than line breaks and tabs.
fn optional(fields: &Map<String, Value>, name: &str, max_chars: usize) -> Result<Option<String>, Fault> {
    let text = match fields.get(name) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text.trim(),
        Some(_) => return Err(Fault::bad(format!("{name} is not a string"))),
    };
    if text.is_empty() || text.chars().count() > max_chars {
        return Err(Fault::bad(format!("{name} does not have 1 to {max_chars} characters")));
    }
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(Fault::bad(format!("{name} has a control character")));
    }
    Ok(Some(text.to_owned()))
}

/// An address that a browser opens without running it: of the web, or a path of the application's own.
fn url(text: String) -> Result<String, Fault> {
    let is_path = text.starts_with('/') && !text.starts_with("//") && !text.contains('\\');
    let is_web = text.starts_with("https://") || text.starts_with("http://");
    if (is_path || is_web) && !text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Ok(text);
    }
    Err(Fault::bad("url is neither an address with https:// or http:// nor a path that begins with /"))
}

fn data(value: Option<&Value>) -> Result<Option<Map<String, Value>>, Fault> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(data)) => {
            check_free("data", data).map_err(|problem| Fault::bad(problem.detail))?;
            Ok(Some(data.clone()))
        }
        Some(_) => Err(Fault::bad("data is not an object")),
    }
}

#[cfg(feature = "schema")]
pub(super) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use super::described::{Notified, NotifiedUsers};
    use crate::openapi::{Security, Tag};
    operation
        .named("notifyUsers", Tag::PusherBackends, "Notify users")
        .about(
            "Each user has one notification of a `kind` and `key`: the same again changes nothing, and one that says something \
             else changes it and is unread again. Users that the app does not know are answered in `unknown_user_ids`; those \
             who do not want notifications of the application get none.",
        )
        .by(Security::BackendWithBody)
        .body::<Notified>(true)
        .sends(json!({
            "user_ids": ["7", "8"], "kind": "order.shipped", "key": "order-12", "title": "Your order is on its way",
            "url": "/orders/12", "data": {"order": 12},
        }))
        .answers::<NotifiedUsers>(
            200,
            "The users are notified.",
            json!({"notified": 1, "unknown_user_ids": ["8"]}),
        );
}
