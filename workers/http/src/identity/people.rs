//! Recording of users as their tokens describe them: on first sight, and when name or avatar change.

use crate::App;
use campana_core::accounts::principal::Principal;
use campana_core::shared::problem::{Kind, Problem};
use campana_storage::StorageError;

/// TTL of the knowledge that D1 has this name and avatar, milliseconds.
const REMEMBERED_MS: u64 = 600_000;

/// Records the user, unless this isolate did so recently. An outage of D1 is logged and ignored.
pub(super) async fn record(app: &App, principal: &Principal) -> Result<(), Problem> {
    let now = app.now();
    let key = (principal.tenant.clone(), principal.user_id.clone());
    let described = (principal.name.clone(), principal.avatar.clone());
    if app.caches().people.fresh(&key, now, REMEMBERED_MS).is_some_and(|known| known == described) {
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
