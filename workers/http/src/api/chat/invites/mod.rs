//! `/api/chat/invites`: endpoints for invited users.
//!
//! A path names an invite by its token. A personal invite can also be named by its id, which the invited user knows
//! from `invite.created` and from their list.

mod accept;
mod decline;
mod list;
mod preview;

use crate::endpoints::{Endpoints, endpoints};
use crate::identity::Caller;
use crate::request::FromText;
use crate::response::Refusal;
use base64ct::{Base64UrlUnpadded, Encoding};
use campana_core::shared::ids::InviteId;
use campana_core::shared::problem::Problem;
use campana_storage::InviteView;
use sha2::{Digest, Sha256};

/// Longest token that is looked up, characters. Generated tokens are shorter.
const MAX_TOKEN_CHARS: usize = 64;

pub(super) fn endpoints() -> Endpoints {
    endpoints! {
        GET "/api/chat/invites" => list::handle, list::describe;
        GET "/api/chat/invites/{token}" => preview::handle, preview::describe;
        POST "/api/chat/invites/{token}/accept" => accept::handle, accept::describe;
        POST "/api/chat/invites/{token}/decline" => decline::handle, decline::describe;
    }
}

/// Reference to an invite in a path.
#[derive(Debug)]
pub(crate) enum Name {
    /// Id of an invite; only for the invited user.
    Id(InviteId),
    /// Hash of the token.
    TokenHash(String),
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Name {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "InviteName".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "Token of the invite. A user to whom the invite is addressed may give its id instead.",
        })
    }
}

impl FromText for Name {
    fn read(text: &str) -> Option<Self> {
        // Ids have hyphens at positions where tokens have none.
        if let Some(id) = InviteId::parse(text).filter(|id| id.as_str().eq_ignore_ascii_case(text)) {
            return Some(Self::Id(id));
        }
        (text.len() <= MAX_TOKEN_CHARS).then(|| Self::TokenHash(token_hash(text)))
    }
}

/// Stored form of a token: its SHA-256 hash, base64url.
pub(super) fn token_hash(token: &str) -> String {
    Base64UrlUnpadded::encode_string(&Sha256::digest(token.as_bytes()))
}

/// An invite visible to the caller: they have its token, or it is addressed to them. 404 for one addressed to another
/// user.
async fn held(caller: &Caller, name: &Name) -> Result<InviteView, Refusal> {
    let (store, tenant, me) = (caller.store(), caller.tenant(), caller.user_id());
    let found = match name {
        Name::Id(id) => store.invite_by_id(tenant, me, id).await?.filter(|view| view.invite.is_for(me)),
        Name::TokenHash(hash) => store.invite_by_hash(tenant, me, hash).await?,
    };
    let for_me = found.filter(|view| view.invite.user_id.is_none() || view.invite.is_for(me));
    let view = for_me.ok_or_else(Problem::not_found)?;
    caller.app.objects().remember(tenant, &view.conversation_id);
    Ok(view)
}
