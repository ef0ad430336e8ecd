//! `POST /api/chat/rooms/{id}/invites`: creates an invite for one user or for anyone with the link.
//!
//! The token has 160 random bits and appears only in this answer: D1 stores its hash. A retry with the same
//! `Idempotency-Key` gets the invite without the token.

use crate::App;
use crate::api::chat::invites::token_hash;
use crate::api::chat::room_lookup::conversation_of;
use crate::identity::Caller;
use crate::request::{Creation, NewIds, Segment, future, idempotently, person};
use crate::response::{Outcome, json_text, keep_instead, unexpected};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use base64ct::{Base64UrlUnpadded, Encoding};
use campana_core::chat::command::{Command, Reply};
use campana_core::chat::invite::{DEFAULT_LIFETIME_MS, MAX_USES, NewInvite};
use campana_core::chat::policy::Role;
use campana_core::shared::ids::{ConversationId, RoomId};
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

/// An invite to create.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "InviteDraft"))]
#[serde(deny_unknown_fields)]
pub(crate) struct InviteBody {
    /// Maximum number of users who can accept it; unlimited if absent.
    #[serde(default)]
    max_uses: Option<u32>,
    /// Expiry: a week from now if absent, never if `null`.
    #[serde(default, deserialize_with = "expiry")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<Timestamp>"))]
    expires_at: Expiry,
    /// User it is addressed to; anyone with the link if absent.
    #[serde(default)]
    user_id: Option<String>,
    #[serde(default)]
    role: Role,
}

/// Expiry of an invite, as the body gives it.
#[derive(Debug, Default)]
enum Expiry {
    /// A week from now; the default.
    #[default]
    AsUsual,
    /// Never; `null`.
    Never,
    At(Timestamp),
}

fn expiry<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Expiry, D::Error> {
    Ok(Option::deserialize(deserializer)?.map_or(Expiry::Never, Expiry::At))
}

pub(crate) async fn handle(
    caller: Caller,
    Segment(id): Segment<RoomId>,
    uri: Uri,
    headers: HeaderMap,
    Creation { key, body }: Creation<InviteBody>,
) -> Outcome {
    let conversation = conversation_of(&caller, &id).await?;
    let address = address(&uri, &headers);
    idempotently(&caller, key, async |ids| {
        create(&caller, &conversation, new_invite(&caller.app, ids, &body)?, &address).await
    })
    .await
}

/// An invite and its unhashed token.
struct Tokened {
    invite: NewInvite,
    token: String,
}

fn new_invite(app: &App, ids: NewIds, body: &InviteBody) -> Result<Tokened, Problem> {
    let user_id = body.user_id.as_deref().map(|id| person("user_id", id)).transpose()?;
    let max_uses = match (&user_id, body.max_uses) {
        (_, Some(uses)) if !(1..=MAX_USES).contains(&uses) => {
            return Err(Problem::field("max_uses", format!("is not between 1 and {MAX_USES}")));
        }
        (Some(_), Some(uses)) if uses != 1 => {
            return Err(Problem::field("max_uses", "is 1 for an invite to one person"));
        }
        (Some(_), _) => Some(1),
        (None, uses) => uses,
    };
    let expires_at = match body.expires_at {
        Expiry::AsUsual => Some(app.now().plus_millis(DEFAULT_LIFETIME_MS)),
        Expiry::Never => None,
        Expiry::At(at) => Some(future("expires_at", at, app.now())?),
    };
    let token = Base64UrlUnpadded::encode_string(&app.random::<20>()?);
    let token_hash = token_hash(&token);
    Ok(Tokened {
        invite: NewInvite { id: ids.invite(), token_hash, user_id, role: body.role, max_uses, expires_at },
        token,
    })
}

async fn create(
    caller: &Caller,
    conversation: &ConversationId,
    Tokened { invite, token }: Tokened,
    address: &str,
) -> Outcome {
    let command = Command::CreateInvite { invite };
    let Reply::Invite { invite } = caller.command(conversation, None, command).await? else {
        return Err(unexpected());
    };
    let stored = json!(invite);
    let mut shown = stored.clone();
    if let Value::Object(fields) = &mut shown {
        fields.insert("url".to_owned(), format!("{address}/invite/{token}").into());
        fields.insert("token".to_owned(), token.into());
    }
    Ok(keep_instead(json_text(StatusCode::CREATED, shown.to_string()), stored.to_string()))
}

/// Scheme and host of the request, as the client sees them. Empty if unknown.
fn address(uri: &Uri, headers: &HeaderMap) -> String {
    let host = uri.authority().map(axum::http::uri::Authority::as_str);
    let host = host.or_else(|| headers.get(header::HOST)?.to_str().ok()).unwrap_or_default();
    if host.is_empty() { String::new() } else { format!("{}://{host}", uri.scheme_str().unwrap_or("https")) }
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    use campana_core::shared::json::set;
    use campana_core::shared::problem::Kind;
    let mut shown = examples::invite();
    set(&mut shown, "token", "9m2xJrVQ0Wc1uZk7bT4sYd8LhEo");
    set(&mut shown, "url", "https://campana.example.org/invite/9m2xJrVQ0Wc1uZk7bT4sYd8LhEo");
    operation
        .named("createInvite", Tag::Invites, "Invite to a room")
        .about("Creates an invite for one user (`user_id`) or for anyone with the link (`max_uses`).")
        .about("Only this answer has `token` and `url`: a retry with the same `Idempotency-Key` gets the invite without them.")
        .about("409 if the user is a member, if too many invites are open, or if an earlier attempt lost the token.")
        .spares_socket()
        .sends(json!({"max_uses": 10, "expires_at": "2026-02-07T09:05:00.120Z", "role": "member"}))
        .refuses(&[Kind::Muted, Kind::Conflict])
        .answers::<crate::schema::MadeInvite>(201, "The new invite.", shown);
}
