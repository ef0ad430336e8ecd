//! What administrators change of an app, and see of its users.

use super::world::{NOW, World, later, user};
use crate::database::{Statement, StorageError};
use crate::{App, Standing};
use campana_core::accounts::audit::{Act, Audit};
use campana_core::shared::ids::{AuditId, TenantId};
use serde_json::{Map, json};

const STORED: &str = "SELECT webhooks FROM apps WHERE tenant_id = ?1";

async fn app_of(world: &World, tenant: &TenantId) -> App {
    world.store.app_by_tenant(tenant).await.expect("the query runs").expect("the row exists")
}

fn audit(app: &App, action: Act, id: &str) -> Audit {
    Audit {
        id: AuditId::trusted(format!("{} {id}", app.id)),
        actor_id: user("ana"),
        action,
        target_id: app.id.clone(),
        reason: None,
        metadata: Map::new(),
        created_at: NOW,
    }
}

async fn entries(world: &World) -> usize {
    const SQL: &str = "SELECT id FROM admin_audits WHERE tenant_id = ?1";
    world.sql(Statement::unnamed(SQL, [(&world.tenant).into()])).await.len()
}

pub(super) async fn a_secret_is_rotated_once_and_the_one_before_it_ends(world: World) {
    let (app, store) = (app_of(&world, &world.tenant).await, &world.store);
    let rotate = async |app: &App, secret: &str, until, id: &str, now| {
        let entry = audit(app, Act::AppSecretRotated, id);
        store.rotate_secret(app, secret, until, &entry, [[1; 12], [2; 12]], now).await
    };
    assert_eq!(rotate(&app, "new", Some(later(60)), "r1", NOW).await, Ok(()));
    let rotated = app_of(&world, &world.tenant).await;
    assert_eq!(rotated.secrets_by_generation(NOW).collect::<Vec<_>>(), [(2, "new"), (1, "secret")]);
    let refused = Err(StorageError::Constraint);
    assert_eq!(rotate(&app, "late", None, "r2", later(61)).await, refused, "it was read before the rotation");
    assert_eq!(rotate(&rotated, "early", None, "r2", later(59)).await, refused, "the first secret is valid");
    assert_eq!(rotate(&rotated, "twice", None, "r1", later(61)).await, refused, "the entry exists");
    assert_eq!((app_of(&world, &world.tenant).await, entries(&world).await), (rotated.clone(), 1));
    assert_eq!(rotate(&rotated, "newer", None, "r2", later(61)).await, Ok(()));
    let newest = app_of(&world, &world.tenant).await;
    assert_eq!(newest.secrets_by_generation(later(61)).collect::<Vec<_>>(), [(3, "newer")]);
    assert_eq!(newest.revocations.effective(later(61)).count(), 2, "both generations are revoked");
    assert_eq!(app_of(&world, &world.stranger).await.secret, "secret");
}

pub(super) async fn one_webhook_is_disabled_and_keeps_the_rest_of_it(world: World) {
    const SET: &str = "UPDATE apps SET webhooks = ?1";
    let [first, second] = ["https://a.example/1", "https://a.example/2"];
    let hooks = json!([
        {"url": first, "events": ["channel_occupied"], "headers": {"x-a": "b"}, "later": {"release": [1]}},
        {"url": second, "events": []},
    ]);
    world.sql(Statement::unnamed(SET, [hooks.to_string().into()])).await;
    let app = app_of(&world, &world.tenant).await;
    let switch = async |url: &str, at, id: &str| {
        world.store.set_webhook_disabled(&app, url, at, &audit(&app, Act::WebhookDisabled, id), NOW).await
    };
    assert_eq!(switch(first, Some(NOW), "d1").await, Ok(()));
    let disabled = app_of(&world, &world.tenant).await;
    let states: Vec<_> = disabled.webhooks.iter().map(|hook| (hook.url.as_str(), hook.disabled_at)).collect();
    assert_eq!(states, [(first, Some(NOW)), (second, None)]);
    assert_eq!(disabled.webhooks[0].headers, app.webhooks[0].headers);
    assert!(disabled.app_config().webhooks.is_empty(), "objects behind channels drop its events");
    assert_eq!(app_of(&world, &world.stranger).await.webhooks, app.webhooks);
    assert_eq!(switch("https://a.example/3", Some(NOW), "d2").await, Err(StorageError::Constraint));
    assert_eq!(entries(&world).await, 1, "a refused change leaves no entry");
    assert_eq!(switch(first, None, "d3").await, Ok(()));
    let rows = world.sql(Statement::unnamed(STORED, [(&world.tenant).into()])).await;
    assert_eq!(rows[0]["webhooks"].as_str(), Some(hooks.to_string().as_str()), "also what this release does not know");
}

pub(super) async fn the_standing_of_users_is_of_their_tenant(world: World) {
    const REVOKE: &str = "INSERT INTO revocations (tenant_id, kind, subject, before, version, revoked_at, effective_at)
        VALUES (?1, 'user', 'ana', CAST(?2 AS INTEGER), 1, CAST(?2 AS INTEGER), CAST(?2 AS INTEGER))";
    world.sql(Statement::unnamed(REVOKE, [(&world.tenant).into(), NOW.into()])).await;
    let (ana, nobody) = (user("ana"), user("nobody"));
    let standing = world.store.standing_of_users(&world.tenant, &[&ana, &nobody], NOW).await.expect("the query runs");
    assert_eq!(standing[&ana], Standing { revoked_before: Some(NOW), ..Standing::default() });
    assert_eq!(standing[&nobody], Standing::default());
    let strangers = world.store.standing_of_users(&world.stranger, &[&ana], NOW).await.expect("the query runs");
    assert_eq!(strangers[&ana], Standing::default());
}
