//! `POST /api/chat/files/{id}/link`: an address of a file for five minutes, for players and downloads that cannot send a token.

use super::get::readable;
use crate::identity::{Caller, good_secrets};
use crate::request::{NoBody, Segment};
use crate::response::{Outcome, ok, uncached};
use campana_core::files::link::{Claims, LIFETIME_MS, Link};
use campana_core::files::url_of;
use campana_core::shared::ids::FileId;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use serde::Serialize;

/// A signed address of a file.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct FileLink {
    /// Path of the address.
    url: String,
    /// When it ends.
    expires_at: Timestamp,
}

pub(crate) async fn handle(caller: Caller, Segment(id): Segment<FileId>, _: NoBody) -> Outcome {
    readable(&caller, &id).await?;
    let expires_at = caller.now().plus_millis(LIFETIME_MS);
    let link = Link {
        tenant: caller.tenant().clone(),
        user: caller.user_id().clone(),
        file: id.clone(),
        expires_at_ms: expires_at.millis(),
        issued_at_ms: caller.principal.issued_at_ms,
        signed_with: caller.principal.signed_with,
    };
    let unsigned = || Problem::internal("a link cannot be signed");
    let secret = good_secrets(&caller.app, &caller.record).next();
    let text = secret.and_then(|secret| link.sign(secret)).ok_or_else(unsigned)?;
    Ok(uncached(ok(&FileLink { url: format!("{}?link={text}", url_of(&id)), expires_at })?))
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    use campana_core::shared::problem::Kind;
    operation
        .named("linkFile", Tag::Files, "Get a signed address of a file")
        .about(
            "For those who may read the file. The address is the caller's: it ends after five minutes, with their right to read the \
             file, and with the revocation of their identity.",
        )
        .uncached()
        .refuses(&[Kind::Conflict])
        .answers::<FileLink>(200, "The address.", examples::file_link());
}
