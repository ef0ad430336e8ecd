//! `Idempotency-Key`: a retry of a creating request gets the first response.

use super::body::{parse, read};
use crate::identity::Caller;
use crate::response::{KeptInstead, Outcome, Refusal, json_text};
use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use base64ct::{Base64UrlUnpadded, Encoding};
use campana_core::shared::ids::{AuditId, ConversationId, InviteId, RoomId};
use campana_core::shared::problem::{Kind, Problem};
use campana_core::shared::timestamp::Timestamp;
use campana_storage::Begun;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

const HEADER: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// Longest key, characters.
const MAX_KEY_CHARS: usize = 255;

/// The body of a creating request, with its key if present.
#[derive(Debug)]
pub(crate) struct Creation<T> {
    pub(crate) key: Option<Key>,
    pub(crate) body: T,
}

/// An idempotency key, and a hash of its request.
#[derive(Debug)]
pub(crate) struct Key {
    text: String,
    request_hash: String,
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Creation<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Refusal> {
        let (parts, body) = request.into_parts();
        let bytes = read(&parts.headers, body).await?;
        let body = parse(&parts.headers, &bytes)?;
        let key = key_of(&parts.headers)?.map(|text| {
            let hash = Sha256::new()
                .chain_update(parts.method.as_str())
                .chain_update([0])
                .chain_update(parts.uri.path())
                .chain_update([0])
                .chain_update(&bytes);
            Key { text, request_hash: Base64UrlUnpadded::encode_string(&hash.finalize()) }
        });
        Ok(Self { key, body })
    }
}

impl Key {
    /// Deterministic seed: equal for equal requests of the same user.
    fn seed(&self, caller: &Caller) -> [u8; 10] {
        let parts = [caller.tenant().as_str(), caller.user_id().as_str(), &self.text, &self.request_hash];
        let hash = parts.iter().fold(Sha256::new(), |hash, part| hash.chain_update(part).chain_update([0])).finalize();
        std::array::from_fn(|at| hash.get(at).copied().unwrap_or_default())
    }
}

/// Ids of the resources that a creating request makes. A retry after a crash gets the same ids, so it finds what the
/// first attempt created instead of creating it twice.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewIds {
    at: Timestamp,
    seed: [u8; 10],
}

impl NewIds {
    pub(crate) fn room(self) -> RoomId {
        RoomId::new(self.at, self.seed)
    }

    pub(crate) fn invite(self) -> InviteId {
        InviteId::new(self.at, self.seed)
    }

    /// Derived from the seed, different from the room's id.
    pub(crate) fn conversation(self) -> ConversationId {
        ConversationId::new(self.at, self.other(1))
    }

    /// Id of the audit entry.
    pub(crate) fn audit(self) -> AuditId {
        AuditId::new(self.at, self.other(2))
    }

    fn other(self, number: u8) -> [u8; 10] {
        let mut seed = self.seed;
        seed[9] ^= number;
        seed
    }
}

/// The `Idempotency-Key` header. 422 if it is empty or too long.
pub(crate) fn key_of(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get(HEADER) else { return Ok(None) };
    let text = value.to_str().ok().map(str::trim);
    match text {
        Some(text) if (1..=MAX_KEY_CHARS).contains(&text.len()) => Ok(Some(text.to_owned())),
        _ => Err(Problem::field("Idempotency-Key", format!("is not a text of 1 to {MAX_KEY_CHARS} ASCII characters"))),
    }
}

/// Creates at most once per key. A refusal is not stored, so the same key can be retried. After a failure with unknown
/// effect, a retry runs with the same ids.
pub(crate) async fn idempotently(
    caller: &Caller,
    key: Option<Key>,
    create: impl AsyncFnOnce(NewIds) -> Outcome,
) -> Outcome {
    let Some(key) = key else { return create(NewIds { at: caller.now(), seed: caller.app.random()? }).await };
    let (tenant, user) = (caller.tenant(), caller.user_id());
    let ids = match caller.store().begin_idempotent(tenant, user, &key.text, &key.request_hash, caller.now()).await? {
        Begun::New { since } => NewIds { at: since, seed: key.seed(caller) },
        Begun::Running => {
            let problem = Problem::new(Kind::InProgress, "ask again in a moment");
            return Err(Problem { retry_after_ms: Some(1_000), ..problem }.into());
        }
        Begun::Other => {
            return Err(Problem::new(Kind::KeyReused, "this Idempotency-Key came before with another request").into());
        }
        Begun::Done { status, response } => return Ok(replay(status, response)),
    };
    let outcome = create(ids).await;
    let stored = match outcome {
        Ok(response) => keep(caller, &key.text, response).await,
        Err(refusal) => {
            let given_back = match refusal.0.kind {
                Kind::Unavailable | Kind::Internal => {
                    caller.store().release_idempotent(tenant, user, &key.text, caller.now()).await
                }
                _ => caller.store().abandon_idempotent(tenant, user, &key.text).await,
            };
            (Err(refusal), given_back.err())
        }
    };
    if let (_, Some(error)) = &stored {
        tracing::warn!(at = "request.idempotency", detail = %error);
    }
    stored.0
}

async fn keep(caller: &Caller, key: &str, response: Response) -> (Outcome, Option<campana_storage::StorageError>) {
    let (parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        return (Err(Problem::new(Kind::Internal, "the answer broke off").into()), None);
    };
    let instead = parts.extensions.get::<KeptInstead>().map(|KeptInstead(text)| text.clone());
    let text = instead.unwrap_or_else(|| String::from_utf8_lossy(&bytes).into_owned());
    let finished =
        caller.store().finish_idempotent(caller.tenant(), caller.user_id(), key, parts.status.as_u16(), &text).await;
    (Ok(Response::from_parts(parts, bytes.into())), finished.err())
}

fn replay(status: u16, text: String) -> Response {
    let mut response = json_text(StatusCode::from_u16(status).unwrap_or(StatusCode::OK), text);
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    response
}
