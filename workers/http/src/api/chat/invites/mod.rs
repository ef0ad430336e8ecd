//! `/api/chat/invites`: what whoever is invited does with an invite.
//!
//! An invite is named by its token; one that is for the caller also by its id, which they know from
//! `invite.created` and from their list.

mod accept;
mod decline;
mod list;
mod preview;

use crate::App;
use crate::identity::Caller;
use crate::request::PathId;
use crate::response::Refusal;
use axum::Router;
use axum::routing::{get as on_get, post};
use base64ct::{Base64UrlUnpadded, Encoding};
use campana_core::shared::ids::InviteId;
use campana_core::shared::problem::Problem;
use campana_storage::InviteView;
use sha2::{Digest, Sha256};

/// Longest token that is looked up, characters; ours are shorter.
const MAX_TOKEN_CHARS: usize = 64;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/api/chat/invites", on_get(list::handle))
        .route("/api/chat/invites/{token}", on_get(preview::handle))
        .route("/api/chat/invites/{token}/accept", post(accept::handle))
        .route("/api/chat/invites/{token}/decline", post(decline::handle))
}

/// How a path names an invite.
#[derive(Debug)]
pub(crate) enum Name {
    /// By its id: for whom it is for.
    Id(InviteId),
    /// By the hash of its token.
    TokenHash(String),
}

impl PathId for Name {
    fn read(text: &str) -> Option<Self> {
        // No token has hyphens where an id has them.
        if let Some(id) = InviteId::parse(text).filter(|id| id.as_str().eq_ignore_ascii_case(text)) {
            return Some(Self::Id(id));
        }
        (text.len() <= MAX_TOKEN_CHARS).then(|| Self::TokenHash(token_hash(text)))
    }
}

/// What is kept of a token.
pub(super) fn token_hash(token: &str) -> String {
    Base64UrlUnpadded::encode_string(&Sha256::digest(token.as_bytes()))
}

/// An invite that the caller may know of: they have its token, or it is for them. One for somebody else does not exist.
async fn held(app: &App, caller: &Caller, name: &Name) -> Result<InviteView, Refusal> {
    let (store, tenant, me) = (app.store(), caller.tenant(), caller.user_id());
    let found = match name {
        Name::Id(id) => store.invite_by_id(tenant, me, id).await?.filter(|view| view.invite.is_for(me)),
        Name::TokenHash(hash) => store.invite_by_hash(tenant, me, hash).await?,
    };
    let for_me = found.filter(|view| view.invite.user_id.is_none() || view.invite.is_for(me));
    let view = for_me.ok_or_else(Problem::not_found)?;
    app.objects().remember(tenant, &view.conversation_id);
    Ok(view)
}
