//! Revocations of identities.

use super::world::{NOW, World, later, user};
use crate::database::Statement;
use crate::{App, AuditFilter};
use campana_core::accounts::audit::{Act, Audit};
use campana_core::accounts::revocation::{NewestRevocations, Revocation, Subject};
use campana_core::shared::ids::TenantId;
use campana_core::shared::timestamp::Timestamp;
use serde_json::json;

impl World {
    async fn app(&self, tenant: &TenantId) -> App {
        self.store.app_by_tenant(tenant).await.expect("the app is read").expect("the app exists")
    }

    async fn sign_out(&self, name: &str, at: Timestamp) -> Revocation {
        let ana = self.principal(&self.tenant, "ana", "Ana");
        let random = u64::try_from(at.millis()).unwrap_or(0).to_be_bytes();
        let mut bytes = [0; 10];
        bytes[2..].copy_from_slice(&random);
        let audit = Audit::new(&ana, Act::UserSignedOut, name, json!({}), at, bytes);
        self.store.revoke_user(&self.tenant, &user(name), &audit, at).await.expect("the user is revoked")
    }

    async fn change_app(&self, sql: &'static str, number: i64) {
        self.sql(Statement::unnamed(sql, [(&self.tenant).into(), number.into()])).await;
    }

    /// Subjects of the app's revocations with the times from which they apply, newest first.
    async fn revoked(&self, at: Timestamp) -> Vec<(Subject, Timestamp)> {
        let app = self.app(&self.tenant).await;
        app.revocations.effective(at).map(|it| (it.subject.clone(), it.effective_at)).collect()
    }
}

pub(super) async fn a_users_revocation_is_made_with_its_entry_and_moves_forward_only(world: World) {
    assert_eq!(world.store.revocation_of_user(&world.tenant, &user("bo")).await, Ok(None));
    let first = world.sign_out("bo", later(10)).await;
    let expected =
        Revocation { subject: Subject::User(user("bo")), before: later(10), version: 1, effective_at: later(10) };
    assert_eq!(first, expected);
    let late = world.sign_out("bo", later(5)).await;
    assert_eq!((late.before, late.version), (later(10), 2), "a clock that is behind moves nothing back");
    assert_eq!(world.store.revocation_of_user(&world.tenant, &user("bo")).await, Ok(Some(late)));
    let entries = world.store.list_audits(&world.tenant, &AuditFilter::default(), None, 10).await.expect("entries");
    let named: Vec<_> = entries.iter().map(|entry| (&*entry.action, &*entry.target_type, &*entry.target_id)).collect();
    assert_eq!(named, [("user.signed_out", "user", "bo"); 2]);
}

pub(super) async fn an_app_brings_its_newest_revocations_and_those_not_handed_over(world: World) {
    assert_eq!(world.app(&world.tenant).await.revocations, NewestRevocations::new(Vec::new()));
    let (bo, cy) = (world.sign_out("bo", later(1)).await, world.sign_out("cy", later(2)).await);
    let app = world.app(&world.tenant).await;
    assert_eq!(app.revocations.effective(later(9)).collect::<Vec<_>>(), [&cy, &bo]);
    assert_eq!(app.pending_revocations, [cy.clone(), bo.clone()]);
    let pending = world.store.revocations_to_hand_over(later(9), 1_000).await.expect("pending ones");
    let own = |pending: Vec<(TenantId, Revocation)>| -> Vec<Revocation> {
        pending.into_iter().filter(|(tenant, _)| *tenant == world.tenant).map(|(_, it)| it).collect()
    };
    assert_eq!(own(pending), [bo.clone(), cy.clone()], "oldest first");
    world.store.revocation_handed_over(&world.tenant, bo.version, later(3)).await.expect("it is marked");
    assert_eq!(world.app(&world.tenant).await.pending_revocations, std::slice::from_ref(&cy));
    let pending = world.store.revocations_to_hand_over(later(9), 1_000).await.expect("pending ones");
    assert_eq!(own(pending), [cy]);
}

pub(super) async fn only_the_newest_hundred_come_with_an_app(world: World) {
    for n in 0..102 {
        world.sign_out(&format!("u{n}"), later(n)).await;
    }
    let app = world.app(&world.tenant).await;
    assert_eq!(app.revocations.effective(later(1_000)).count(), NewestRevocations::MAX);
    assert_eq!(app.revocations.newest_version(), 102);
    assert!(app.revocations.covers(2) && !app.revocations.covers(1));
    let first = world.store.revocation_of_user(&world.tenant, &user("u0")).await.expect("it is read");
    assert_eq!(first.map(|first| first.before), Some(NOW));
}

pub(super) async fn one_that_is_made_again_meanwhile_is_not_marked(world: World) {
    let first = world.sign_out("bo", later(1)).await;
    let second = world.sign_out("bo", later(2)).await;
    world.store.revocation_handed_over(&world.tenant, first.version, later(3)).await.expect("the call runs");
    assert_eq!(world.app(&world.tenant).await.pending_revocations, [second]);
}

pub(super) async fn a_disabled_app_is_revoked_once_and_again_when_it_is_disabled_again(world: World) {
    const SET: &str = "UPDATE apps SET disabled_at = CAST(?2 AS INTEGER) WHERE tenant_id = ?1";
    const ENABLE: &str = "UPDATE apps SET disabled_at = NULL WHERE tenant_id = ?1 AND ?2 > 0";
    world.change_app(SET, later(1).millis()).await;
    let first = world.app(&world.tenant).await.pending_revocations;
    assert_eq!(first.iter().map(|it| (&it.subject, it.before)).collect::<Vec<_>>(), [(&Subject::App, later(1))]);
    world.change_app(SET, later(2).millis()).await;
    assert_eq!(world.app(&world.tenant).await.pending_revocations, first, "it was disabled already");
    world.change_app(ENABLE, 1).await;
    assert_eq!(world.app(&world.tenant).await.pending_revocations, first, "what was issued before stays invalid");
    world.change_app(SET, later(3).millis()).await;
    let again = world.app(&world.tenant).await.pending_revocations;
    assert_eq!(again.iter().map(|it| (it.before, it.version)).collect::<Vec<_>>(), [(later(3), 2)]);
}

pub(super) async fn a_rotated_secret_is_revoked_when_the_old_one_ends(world: World) {
    const ROTATE: &str = "UPDATE apps SET previous_secret = secret, previous_secret_until = CAST(?2 AS INTEGER), \
                          secret = 'fresh', secret_generation = secret_generation + 1, updated_at = 1 \
                          WHERE tenant_id = ?1";
    const END: &str = "UPDATE apps SET previous_secret = NULL, previous_secret_until = NULL, \
                       updated_at = CAST(?2 AS INTEGER) WHERE tenant_id = ?1";
    const REPLACE: &str = "UPDATE apps SET secret = 'newer', secret_generation = secret_generation + 1, \
                           updated_at = CAST(?2 AS INTEGER) WHERE tenant_id = ?1";
    world.change_app(ROTATE, later(60).millis()).await;
    let app = world.app(&world.tenant).await;
    let valid: Vec<_> = app.secrets_by_generation(later(1)).collect();
    assert_eq!(valid, [(2, "fresh"), (1, "secret")]);
    assert_eq!(world.revoked(later(59)).await, [], "both secrets are valid");
    assert_eq!(world.revoked(later(60)).await, [(Subject::Key(1), later(60))]);
    world.change_app(END, later(5).millis()).await;
    assert_eq!(world.revoked(later(5)).await, [(Subject::Key(1), later(5))], "it ended earlier");
    world.change_app(REPLACE, later(9).millis()).await;
    let keys = [(Subject::Key(2), later(9)), (Subject::Key(1), later(5))];
    assert_eq!(world.revoked(later(9)).await, keys, "a secret that is not kept ends at once");
}

pub(super) async fn another_tenants_revocations_are_not_seen(world: World) {
    world.sign_out("bo", later(1)).await;
    let other = world.app(&world.stranger).await;
    assert!(other.pending_revocations.is_empty() && other.revocations.newest_version() == 0);
    assert_eq!(world.store.revocation_of_user(&world.stranger, &user("bo")).await, Ok(None));
    world.store.revocation_handed_over(&world.stranger, 1, later(2)).await.expect("the call runs");
    assert_eq!(world.app(&world.tenant).await.pending_revocations.len(), 1);
}
