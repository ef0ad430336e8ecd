//! `GET /apps/{id}/export`: a page of lines of the dump form: everything of the app, one conversation, or one person's own.

use crate::api::apps::backend::Backend;
use crate::api::apps::fault::{Fault, Outcome};
use crate::response::json_text;
use axum::http::StatusCode;
use base64ct::{Base64UrlUnpadded, Encoding};
use campana_core::accounts::audit::{Act, Audit};
use campana_core::shared::ids::{ConversationId, UserId};
use campana_core::shared::problem::{Kind, Problem};
use campana_storage::{ExportPlace, Exported};
use serde_json::json;

/// Lines of a page.
const PAGE: u32 = 500;

pub(in crate::api::apps) async fn handle(backend: Backend) -> Outcome {
    let conversation = backend.parameter("conversation_id").map(|id| {
        ConversationId::parse(id).ok_or_else(|| Fault::bad("conversation_id is not the id of a conversation"))
    });
    let user = backend
        .parameter("user_id")
        .map(|id| UserId::parse(id).ok_or_else(|| Fault::bad("user_id is not the id of a user")));
    let (conversation, user) = (conversation.transpose()?, user.transpose()?);
    let what = match (&conversation, &user) {
        (None, None) => Exported::All,
        (Some(conversation), None) => Exported::Conversation(conversation),
        (None, Some(user)) => Exported::User(user),
        (Some(_), Some(_)) => return Err(Fault::bad("Pass either conversation_id or user_id")),
    };
    let cursor = backend.parameter("cursor");
    if cursor.is_none() {
        audit(&backend, what).await?;
    }
    let after = cursor.map_or_else(|| Ok(ExportPlace::start()), read_cursor)?;
    let page = backend.app.store().export(&backend.record.tenant_id, what, &after, PAGE).await?;
    let unreadable = |_| Problem::new(Kind::Internal, "a line cannot be written");
    let lines = page.lines.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
    let next_cursor = page.next.as_ref().map(write_cursor);
    Ok(json_text(StatusCode::OK, json!({"lines": lines, "next_cursor": next_cursor}).to_string()))
}

/// Audits an export, with its first page.
async fn audit(backend: &Backend, what: Exported<'_>) -> Result<(), Problem> {
    let tenant = &backend.record.tenant_id;
    let about = match what {
        Exported::All => json!({}),
        Exported::Conversation(conversation) => json!({"conversation_id": conversation}),
        Exported::User(user) => json!({"user_id": user}),
    };
    let (now, random) = (backend.app.now(), backend.app.random()?);
    let audit = Audit::of_backend(Act::ExportBegun, tenant.as_str(), about, now, random);
    Ok(backend.app.store().append_audit(tenant, &audit).await?)
}

fn read_cursor(text: &str) -> Result<ExportPlace, Fault> {
    let bytes = Base64UrlUnpadded::decode_vec(text).ok();
    let place = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    place.ok_or_else(|| Fault::bad("cursor is not one of this list"))
}

fn write_cursor(place: &ExportPlace) -> String {
    Base64UrlUnpadded::encode_string(serde_json::to_string(place).unwrap_or_default().as_bytes())
}

#[cfg(feature = "schema")]
pub(in crate::api::apps) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::api::apps::described::{ExportQuery, ExportedLines};
    use crate::openapi::Tag;
    operation
        .named("exportLines", Tag::PusherBackends, "Export lines")
        .about(
            "A page of the dump form (guide _Imports and exports_) in its canonical order: everything of the app, or one \
             conversation, or one person's own. Follow `next_cursor` until it is `null`; a page can be empty before that.",
        )
        .query::<ExportQuery>()
        .answers::<ExportedLines>(
            200,
            "The lines.",
            json!({"lines": ["{\"kind\":\"user\",\"id\":\"7\",\"name\":\"Ana\"}"], "next_cursor": null}),
        );
}
