//! Apps and their settings.

use super::world::{NOW, World, user};
use crate::App;
use crate::database::{Statement, StorageError};
use campana_core::accounts::audit::{Act, Audit};
use campana_core::accounts::sealed::{Locked, SecretsKeys};
use campana_core::shared::ids::{AuditId, TenantId};
use campana_core::shared::limits::{Limits, Retention};
use serde_json::{Map, Value, json};
use std::sync::Arc;

async fn app_of(world: &World, tenant: &TenantId) -> App {
    world.store.app_by_tenant(tenant).await.expect("the query runs").expect("the row exists")
}

fn audit(app: &App, id: &str) -> Audit {
    Audit {
        id: AuditId::trusted(format!("{} {id}", app.id)),
        actor_id: user("ana"),
        action: Act::SettingsUpdated,
        target_id: app.id.clone(),
        reason: None,
        metadata: Map::from_iter([("changed".to_owned(), json!({"limits.body_chars": [4_000, 9]}))]),
        created_at: NOW,
    }
}

async fn audits_of(world: &World, tenant: &TenantId) -> Vec<crate::Row> {
    const SQL: &str = "SELECT id, actor_id, action, target_type, target_id, metadata FROM admin_audits
        WHERE tenant_id = ?1 ORDER BY id";
    world.sql(Statement::unnamed(SQL, [tenant.into()])).await
}

pub(super) async fn an_app_is_found_by_tenant_and_by_key(world: World) {
    let by_tenant = world.store.app_by_tenant(&world.tenant).await.expect("the query runs").expect("the row exists");
    let by_key = world.store.app_by_key(world.tenant.as_str()).await.expect("the query runs");
    assert_eq!(Some(&by_tenant), by_key.as_ref());
    assert_eq!(by_tenant.tenant_id, world.tenant);
    assert_eq!(by_tenant.limits, Limits::default());
    assert!(!by_tenant.disabled);
    assert_eq!(world.store.app_by_tenant(&TenantId::trusted("nobody")).await, Ok(None));
    assert_eq!(world.store.app_by_key("nobody").await, Ok(None));
}

pub(super) async fn tenants_are_listed_up_to_a_limit(world: World) {
    let all = world.store.tenants(10_000).await.expect("the query runs");
    assert!(all.contains(&world.tenant) && all.is_sorted(), "{all:?}");
    assert_eq!(world.store.tenants(1).await.expect("the query runs"), all[..1]);
}

pub(super) async fn settings_change_single_limits(world: World) {
    const SET: &str = "UPDATE apps SET settings = ?2, jwks = ?3, allowed_origins = ?4, disabled_at = 5
        WHERE tenant_id = ?1";
    let settings = r#"{"limits":{"body_chars":7},"other":true}"#;
    let params = [(&world.tenant).into(), settings.into(), r#"{"keys":[]}"#.into(), r#"["https://a.example"]"#.into()];
    world.sql(Statement::unnamed(SET, params)).await;
    let app = world.store.app_by_tenant(&world.tenant).await.expect("the query runs").expect("the row exists");
    assert_eq!(app.limits, Limits { body_chars: 7, ..Limits::default() });
    assert_eq!(app.allowed_origins, ["https://a.example"]);
    assert_eq!(app.jwks, Some(serde_json::json!({"keys": []})));
    assert!(app.disabled);
    assert!(!format!("{app:?}").contains("\"secret\""), "the secret must not show");
}

pub(super) async fn a_setting_that_cannot_be_used_is_named_and_has_its_default(world: World) {
    const SET: &str = "UPDATE apps SET settings = ?2 WHERE tenant_id = ?1";
    for (settings, faults) in [
        (r#"{"limits":{"body_chars":"many","send_burst":5},"retention":{"audit_days":-1}}"#, 2),
        (r#"{"limits":"none"}"#, 1),
        ("[]", 1),
    ] {
        world.sql(Statement::unnamed(SET, [(&world.tenant).into(), settings.into()])).await;
        let app = app_of(&world, &world.tenant).await;
        assert_eq!(app.settings_faults.len(), faults, "{settings}: {:?}", app.settings_faults);
        assert_eq!((app.limits.body_chars, app.retention), (4_000, Retention::default()));
        assert_eq!(app.settings, settings);
    }
}

pub(super) async fn settings_are_written_with_the_entry_that_tells_of_it(world: World) {
    let app = app_of(&world, &world.tenant).await;
    let settings = r#"{"limits":{"body_chars":9},"other":true}"#;
    let entry = audit(&app, "a1");
    assert_eq!(world.store.update_settings(&app, settings, &entry, NOW).await, Ok(()));
    let changed = app_of(&world, &world.tenant).await;
    assert_eq!((changed.limits.body_chars, changed.settings.as_str()), (9, settings));
    let rows = audits_of(&world, &world.tenant).await;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["id"], entry.id.as_str());
    assert_eq!((&rows[0]["actor_id"], &rows[0]["action"]), (&json!("ana"), &json!("settings.updated")));
    assert_eq!((&rows[0]["target_type"], &rows[0]["target_id"]), (&json!("app"), &json!(app.id)));
    assert_eq!(rows[0]["metadata"], r#"{"changed":{"limits.body_chars":[4000,9]}}"#);
    assert_eq!(
        app_of(&world, &world.stranger).await.limits,
        Limits::default(),
        "the other tenant's settings are unchanged"
    );
    assert_eq!(audits_of(&world, &world.stranger).await.len(), 0);
}

/// [I7] A refused change leaves no entry.
pub(super) async fn settings_that_somebody_else_changed_meanwhile_are_not_overwritten(world: World) {
    let read = app_of(&world, &world.tenant).await;
    assert_eq!(
        world.store.update_settings(&read, r#"{"limits":{"body_chars":9}}"#, &audit(&read, "a1"), NOW).await,
        Ok(())
    );
    let late = world.store.update_settings(&read, r#"{"limits":{"send_burst":9}}"#, &audit(&read, "a2"), NOW).await;
    assert_eq!(late, Err(StorageError::Constraint));
    let app = app_of(&world, &world.tenant).await;
    assert_eq!((app.limits.body_chars, app.limits.send_burst), (9, Limits::default().send_burst));
    assert_eq!(audits_of(&world, &world.tenant).await.len(), 1, "a refused change leaves no entry");
    let again = world.store.update_settings(&app, r#"{"limits":{"send_burst":9}}"#, &audit(&app, "a3"), NOW).await;
    assert_eq!(again, Ok(()));
}

/// Both secrets of an app may be encrypted, also with different keys, and others not yet.
pub(super) async fn encrypted_secrets_are_decrypted_with_the_right_keys_only(world: World) {
    const MOVE: &str = "UPDATE apps SET secret = (SELECT secret FROM apps WHERE id = '7') WHERE tenant_id = ?1";
    const ADD: &str =
        "INSERT INTO apps (id, tenant_id, key, secret, previous_secret, previous_secret_until, created_at)
        VALUES (?1, ?2, ?3, ?4, ?5, CAST(?6 AS INTEGER), 1)";
    let example: Value =
        serde_json::from_str(include_str!("../../../tests/fixtures/sealed-secret.json")).expect("the fixture is JSON");
    let text = |name: &str| example[name].as_str().expect("a text").to_owned();
    let (acme, until) = (TenantId::trusted("acme"), NOW.plus_millis(1_000));
    let params = ["7", "acme", "acme-key"].map(Into::into);
    let [id, tenant, key] = params;
    let stored = text("stored");
    world.sql(Statement::unnamed(ADD, [id, tenant, key, stored.into(), "plain".into(), until.into()])).await;
    let keys = |text: &str| Arc::new(SecretsKeys::parse(text).expect("the keys are valid"));
    let with_keys = |text: &str| world.store.clone().with_secrets_keys(keys(text));

    let app = with_keys(&text("key")).app_by_tenant(&acme).await.expect("the query runs").expect("the row exists");
    assert_eq!(app.secrets(NOW).collect::<Vec<_>>(), [text("secret").as_str(), "plain"]);
    let both = with_keys(&format!("{},{}", text("other_key"), text("key")));
    assert_eq!(both.app_by_id("7").await, Ok(Some(app.clone())));
    assert_eq!(both.app_by_key("acme-key").await, Ok(Some(app)));
    for locked in [with_keys(&text("other_key")), world.store.clone()] {
        assert_eq!(locked.app_by_tenant(&acme).await, Err(StorageError::Locked(Locked::UnknownKey)));
        assert!(locked.app_by_tenant(&world.tenant).await.is_ok(), "other apps are not affected");
    }
    world.sql(Statement::unnamed(MOVE, [(&world.tenant).into()])).await;
    let moved = with_keys(&text("key")).app_by_tenant(&world.tenant).await;
    assert_eq!(moved, Err(StorageError::Locked(Locked::Damaged)), "a secret is of no use in another app's row");
}
