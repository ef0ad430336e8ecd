//! `POST /api/chat/uploads/{id}` with `X-HTTP-Method-Override`: for clients that cannot send `PATCH` or `DELETE`.

use super::end::end;
use super::write::write;
use crate::identity::Caller;
use crate::request::Segment;
use crate::response::Refusal;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use campana_core::shared::ids::FileId;
use campana_core::shared::problem::{Kind, Problem};

const OVERRIDE: &str = "x-http-method-override";

pub(crate) async fn handle(caller: Caller, Segment(id): Segment<FileId>, request: Request) -> Response {
    let method = request.headers().get(OVERRIDE).map(|method| method.as_bytes().to_ascii_uppercase());
    match method.as_deref() {
        Some(b"PATCH") => write(&caller, id, request).await,
        Some(b"DELETE") => end(&caller, id, request.headers()).await,
        _ => Refusal(Problem::new(Kind::MethodNotAllowed, "X-HTTP-Method-Override must be PATCH or DELETE"))
            .into_response(),
    }
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{RequestHeader, Tag};
    operation
        .named("overrideUploadMethod", Tag::Files, "Write to or end a resumable upload by POST")
        .about(
            "For clients that cannot send `PATCH` or `DELETE`: the header `X-HTTP-Method-Override` names the method.",
        )
        .header(RequestHeader::MethodOverride)
        .refuses(&[Kind::MethodNotAllowed])
        .done("As the method's.");
    super::write::describe_write(operation);
}
