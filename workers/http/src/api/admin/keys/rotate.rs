//! `POST /api/admin/keys/rotate`: gives the app a new secret. Only the first answer contains it.
//!
//! The audit entry's id derives from the idempotency key, and the entry is in the batch of the rotation: a repeated call
//! whose first one was cut off finds that entry, and answers with the secret that its own rotation made.

use super::only_administrators;
use crate::api::admin::settings::stored;
use crate::identity::Caller;
use crate::request::{Creation, NewIds, idempotently};
use crate::response::{Outcome, Refusal, json, keep_instead, uncached};
use axum::http::StatusCode;
use campana_core::accounts::audit::{Act, Audit};
use campana_core::accounts::auth::secret_key_id;
use campana_core::shared::hex::hex;
use campana_core::shared::problem::{Kind, Problem};
use campana_core::shared::timestamp::Timestamp;
use campana_storage::{App as AppRecord, AuditFilter, DEMO_SECRET, StorageError};
use serde::{Deserialize, Serialize};

const SECRET_BYTES: usize = 32;
const HOUR_MS: i64 = 3_600_000;
const DEFAULT_HOURS: u32 = 24;
const MAX_HOURS: u32 = 30 * 24;

/// How to rotate.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "KeyRotation"))]
#[serde(deny_unknown_fields)]
pub(crate) struct Rotation {
    /// Hours for which the present secret stays valid: 24 by default. With 0 it ends at once, and with it every token that it
    /// signed.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = 720)))]
    keep_old_hours: Option<u32>,
}

/// The new secret.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct RotatedKey {
    /// The public key, which stays.
    key: String,
    /// The new secret; `null` in the answer to a repeated call.
    secret: Option<String>,
    /// Its name in the `kid` of HS256 tokens.
    key_id: Option<String>,
    /// Its generation.
    generation: u32,
    /// Until when the previous secret is valid; `null` if it is not.
    previous_valid_until: Option<Timestamp>,
}

pub(crate) async fn handle(caller: Caller, Creation { key, body }: Creation<Rotation>) -> Outcome {
    only_administrators(&caller)?;
    let hours = body.keep_old_hours.unwrap_or(DEFAULT_HOURS);
    if hours > MAX_HOURS {
        return Err(Problem::field("keep_old_hours", format!("is not between 0 and {MAX_HOURS}")).into());
    }
    idempotently(&caller, key, async |ids| rotate(&caller, ids, hours).await).await
}

async fn rotate(caller: &Caller, ids: NewIds, hours: u32) -> Outcome {
    let (app, now) = (stored(caller).await?, caller.now());
    if app.secrets_by_generation(now).count() > 1 {
        let is_own = rotated_before(caller, ids).await?;
        return if is_own { answer(&app, now) } else { Err(still_valid()) };
    }
    // An empty or public secret ends at once.
    let is_kept = hours > 0 && !["", DEMO_SECRET].contains(&app.secret.as_str());
    let previous_until = is_kept.then(|| now.plus_millis(i64::from(hours).saturating_mul(HOUR_MS)));
    let about = serde_json::json!({"previous_valid_until": previous_until});
    let audit = Audit { id: ids.audit(), ..caller.audit(Act::AppSecretRotated, &app.id, about)? };
    let secret = hex(&caller.app.random::<SECRET_BYTES>()?);
    let nonces = [caller.app.random()?, caller.app.random()?];
    match caller.store().rotate_secret(&app, &secret, previous_until, &audit, nonces, now).await {
        Ok(()) => {}
        Err(StorageError::Constraint) if rotated_before(caller, ids).await? => {}
        Err(StorageError::Constraint) => return Err(still_valid()),
        Err(error) => return Err(error.into()),
    }
    caller.app.caches().apps.forget(caller.tenant());
    answer(&stored(caller).await?, now)
}

/// Whether the newest rotation is of an earlier call with the same key.
async fn rotated_before(caller: &Caller, ids: NewIds) -> Result<bool, Refusal> {
    let filter = AuditFilter { action: Some(Act::AppSecretRotated.as_str().to_owned()), ..AuditFilter::default() };
    let newest = caller.store().list_audits(caller.tenant(), &filter, None, 1).await?;
    Ok(newest.first().is_some_and(|entry| entry.id == ids.audit()))
}

fn still_valid() -> Refusal {
    Problem::new(Kind::Conflict, "the secret was rotated, and the one before it is still valid: only two are").into()
}

fn answer(app: &AppRecord, now: Timestamp) -> Outcome {
    let shown = RotatedKey {
        key: app.key.clone(),
        secret: Some(app.secret.clone()),
        key_id: secret_key_id(&app.secret),
        generation: app.secret_generation,
        previous_valid_until: app.previous_secret.as_ref().map(|(_, until)| *until).filter(|until| now < *until),
    };
    let response = json(StatusCode::CREATED, &shown)?;
    let kept = serde_json::to_string(&RotatedKey { secret: None, ..shown });
    let kept = kept.map_err(|_| Problem::internal("the answer cannot be written"))?;
    Ok(uncached(keep_instead(response, kept)))
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Security, Tag};
    use serde_json::json;
    operation
        .named("rotateKey", Tag::Administration, "Give the app a new secret")
        .about(
            "Only this answer has the secret. All isolates accept it within 10 s. 409 while the secret before the present one \
             is valid: `scripts/app end-rotation` ends it.",
        )
        .by(Security::Administrator)
        .uncached()
        .sends(json!({"keep_old_hours": 24}))
        .refuses(&[Kind::NotFound, Kind::Conflict])
        .answers::<RotatedKey>(
            201,
            "The new secret.",
            json!({
                "key": "7c1f0a528f0e8b7d9a41",
                "secret": "3d0a4c1f528f0e8b7d9a415d0b3c2e1f607c1f0a528f0e8b7d9a415d0b3c2e1f",
                "key_id": "4f1c2d3e5a6b7c8d",
                "generation": 2,
                "previous_valid_until": "2026-02-01T09:05:00.120Z",
            }),
        );
}
