//! `GET /api/me/events`: server-sent events of the user's own channel, the same as on its socket.

use crate::identity::Connecting;
use axum::response::Response;

pub(crate) async fn handle(connecting: Connecting<true>) -> Response {
    connecting.open(None).await
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::Tag;
    use serde_json::json;
    operation
        .named("streamOwnEvents", Tag::Me, "Stream the events of the caller's own channel")
        .about("Server-sent events, the same as on the channel's socket, for clients whose WebSockets do not open.")
        .about("Nothing is replayed: `epoch`, `seq` and `Last-Event-ID` have no effect.")
        .answers_with(
            200,
            "A stream of `UserFrame`s, without ids.",
            "text/event-stream",
            json!({"type": "string"}),
            json!("data: {\"event\":\"inbox.updated\",\"rev\":17}\n\n"),
        );
}
