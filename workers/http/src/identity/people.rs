//! Recording of users as their tokens describe them: on first sight, and when name or avatar change.

use crate::App;
use campana_core::accounts::principal::Principal;
use campana_core::accounts::revocation::{Identity, SigningKey};
use campana_core::chat::erasure::SETTLING_MS;
use campana_core::shared::problem::{Kind, Problem};
use campana_core::shared::timestamp::Timestamp;
use campana_storage::{App as AppRecord, StorageError};

/// TTL of the knowledge that D1 has this name and avatar, milliseconds.
const REMEMBERED_MS: u64 = 600_000;

/// Records the user, unless this isolate did so recently and they were not revoked, and perhaps erased, since. An outage of D1 is logged
/// and ignored.
pub(super) async fn record(app: &App, principal: &Principal, record: &AppRecord) -> Result<(), Problem> {
    let now = app.now();
    let key = (principal.tenant.clone(), principal.user_id.clone());
    let described = (principal.name.clone(), principal.avatar.clone());
    let known = app.caches().people.get(&key).filter(|(_, kept_at)| now.since(*kept_at) < REMEMBERED_MS);
    let is_current = |kept_at: Timestamp| {
        let since = Some(kept_at.plus_millis(SETTLING_MS.saturating_neg()));
        let identity = Identity { user: Some(&principal.user_id), key: SigningKey::KeySet, issued_at: since };
        !record.revocations.ends(identity, now)
    };
    if known.is_some_and(|(known, kept_at)| known == described && is_current(kept_at)) {
        return Ok(());
    }
    match app.store().record_user(principal, now).await {
        Ok(()) => {
            app.caches().people.keep(key, described, now);
            Ok(())
        }
        Err(StorageError::Unavailable(detail)) => {
            tracing::warn!(at = "identity.people", detail);
            Ok(())
        }
        Err(error) => Err(Problem::new(Kind::Internal, error.to_string())),
    }
}
