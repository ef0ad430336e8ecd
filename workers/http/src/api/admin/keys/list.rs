//! `GET /api/admin/keys`: the app's key and its secrets by generation, without the secrets.

use super::only_administrators;
use crate::api::admin::settings::stored;
use crate::identity::Caller;
use crate::response::{Outcome, ok, uncached};
use campana_core::accounts::audit::Act;
use campana_core::accounts::auth::secret_key_id;
use campana_core::accounts::revocation::Subject;
use campana_core::shared::timestamp::Timestamp;
use campana_storage::AuditFilter;
use serde::Serialize;

/// Generations on the list at most.
const MAX_SHOWN: u32 = 20;

/// The app's key, and its secrets by generation, newest first.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Keys {
    /// The app's id in URLs.
    app_id: String,
    /// The public key.
    key: String,
    /// At most 20.
    secrets: Vec<SecretGeneration>,
}

/// A generation of the app's secret.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct SecretGeneration {
    /// 1 for the first secret.
    generation: u32,
    state: SecretState,
    /// Name of the secret in the `kid` of HS256 tokens, if it is valid.
    key_id: Option<String>,
    /// Time at which it was made, if the audit log has it.
    created_at: Option<Timestamp>,
    /// Time at which it stops or stopped being valid, if known.
    valid_until: Option<Timestamp>,
}

/// State of a secret.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
enum SecretState {
    /// It signs and verifies.
    Current,
    /// It verifies until the rotation ends.
    Overlapping,
    /// What it signed is refused.
    Revoked,
}

pub(crate) async fn handle(caller: Caller) -> Outcome {
    only_administrators(&caller)?;
    let (app, now) = (stored(&caller).await?, caller.now());
    let filter = AuditFilter { action: Some(Act::AppSecretRotated.as_str().to_owned()), ..AuditFilter::default() };
    let rotations = caller.store().list_audits(caller.tenant(), &filter, None, MAX_SHOWN).await?;
    let mut made = rotations.into_iter().map(|entry| entry.created_at);
    let newest = app.secret_generation;
    let secrets = (newest.saturating_sub(MAX_SHOWN - 1).max(1)..=newest).rev().map(|generation| {
        let valid = app.secrets_by_generation(now).find(|(valid, _)| *valid == generation);
        let is_current = generation == newest;
        let ended = app.revocations.all().find(|revoked| revoked.subject == Subject::Key(generation));
        SecretGeneration {
            generation,
            state: match valid {
                Some(_) if is_current => SecretState::Current,
                Some(_) => SecretState::Overlapping,
                None => SecretState::Revoked,
            },
            key_id: valid.and_then(|(_, secret)| secret_key_id(secret)),
            // Each generation but the first one is made by a rotation.
            created_at: if generation > 1 { made.next() } else { None },
            valid_until: ended.map(|revoked| revoked.effective_at).filter(|_| !is_current),
        }
    });
    let secrets = secrets.collect();
    Ok(uncached(ok(&Keys { app_id: app.id.clone(), key: app.key.clone(), secrets })?))
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Security, Tag};
    use campana_core::shared::problem::Kind;
    use serde_json::json;
    operation
        .named("listKeys", Tag::Administration, "Get the app's key and the state of its secrets")
        .about("Secrets are not shown: `POST /api/admin/keys/rotate` shows a new one once.")
        .by(Security::Administrator)
        .uncached()
        .refuses(&[Kind::NotFound])
        .answers::<Keys>(
            200,
            "The key and the secrets' generations, newest first.",
            json!({
                "app_id": "7",
                "key": "7c1f0a528f0e8b7d9a41",
                "secrets": [
                    {
                        "generation": 2,
                        "state": "current",
                        "key_id": "4f1c2d3e5a6b7c8d",
                        "created_at": "2026-01-31T09:05:00.120Z",
                        "valid_until": null,
                    },
                    {
                        "generation": 1,
                        "state": "overlapping",
                        "key_id": "0a1b2c3d4e5f6071",
                        "created_at": null,
                        "valid_until": "2026-02-01T09:05:00.120Z",
                    },
                ],
            }),
        );
}
