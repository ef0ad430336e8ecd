//! Revoked identities: each verified identity is compared with the revocations of its app.
//!
//! The newest ones come with the app, so that they cost no query of their own; only for an identity that is older than
//! all of these is its user looked up. A revocation that the app's quota registry does not have yet is handed over, so
//! that it reaches the objects with connections although whoever wrote it could not do so.

use super::failures::Denied;
use crate::App;
use crate::ports::BoxFuture;
use campana_core::accounts::auth_failure::AuthFailure;
use campana_core::accounts::principal::Principal;
use campana_core::accounts::revocation::{Revocation, Subject};
use campana_core::alerts::notification::Forget;
use campana_core::shared::ids::TenantId;
use campana_core::shared::problem::Problem;
use campana_storage::App as AppRecord;
use futures_util::future::{Either, join, select};
use std::pin::pin;

/// How long the quota registry may take, milliseconds. What it does not take is handed over later.
const PATIENCE_MS: u32 = 2_000;

/// 401 if the identity was revoked. If D1 does not answer a look-up, the identity is accepted: an outage of D1 must stop
/// neither conversations nor alerts.
pub(super) async fn check(app: &App, principal: &Principal, record: &AppRecord) -> Result<(), Denied> {
    let identity = principal.into();
    let revoked = || Denied::new(AuthFailure::Revoked, Revocation::DETAIL);
    if record.revocations.ends(identity, app.now()) {
        return Err(revoked());
    }
    if record.revocations.covers_since(identity.issued_at) {
        return Ok(());
    }
    let key = (principal.tenant.clone(), principal.user_id.clone());
    let known = app.caches().user_revocations.get(&key).map(|(known, _)| known);
    let known = known.filter(|(_, version)| record.revocations.covers(*version));
    let revocation = if let Some((revocation, _)) = known {
        revocation
    } else {
        let asked = app.store().revocation_of_user(&principal.tenant, &principal.user_id);
        let Some(found) = app.ask_record("identity.revocations", asked).await else { return Ok(()) };
        let value = (found.clone(), record.revocations.newest_version());
        app.caches().user_revocations.keep(key, value, app.now());
        found
    };
    if revocation.is_some_and(|revocation| revocation.ends(identity)) { Err(revoked()) } else { Ok(()) }
}

/// Hands over those of an app's revocations that its quota registry does not have yet.
pub(super) async fn hand_over_pending(app: &App, record: &AppRecord) {
    for revocation in &record.pending_revocations {
        hand_over(app, &record.tenant_id, revocation).await;
    }
}

/// Hands a committed revocation over to the app's quota registry, which passes it on to all objects with connections, and to
/// the pager, which ends a user's devices. Returns whether both have it. If not, the next function that reads the app tries
/// again, and so does a schedule.
pub(crate) async fn hand_over(app: &App, tenant: &TenantId, revocation: &Revocation) -> bool {
    let handed_over: BoxFuture<'_, bool> = Box::pin(async {
        let (revoked, forgotten) =
            join(app.objects().revoke(tenant, revocation), forget_devices(app, tenant, revocation)).await;
        revoked.is_ok()
            && forgotten.is_ok()
            && app.store().revocation_handed_over(tenant, revocation.version, app.now()).await.is_ok()
    });
    let is_handed_over = match select(handed_over, pin!(app.clock().sleep(PATIENCE_MS))).await {
        Either::Left((is_handed_over, _)) => is_handed_over,
        Either::Right(((), _)) => false,
    };
    if !is_handed_over {
        tracing::warn!(
            at = "identity.revocations",
            detail = "a revocation was not handed over to the quota registry and the pager"
        );
    }
    is_handed_over
}

async fn forget_devices(app: &App, tenant: &TenantId, revocation: &Revocation) -> Result<(), Problem> {
    let Subject::User(user) = &revocation.subject else { return Ok(()) };
    let forget = Forget { tenant: tenant.clone(), user: user.clone(), before: Some(revocation.before) };
    app.desks().forget(forget).await
}
