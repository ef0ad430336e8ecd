//! Apps and their settings.

use super::world::World;
use crate::database::Statement;
use campana_core::ids::TenantId;
use campana_core::limits::Limits;

pub(super) async fn an_app_is_found_by_tenant_and_by_key(world: World) {
    let by_tenant = world.store.app_by_tenant(&world.tenant).await.expect("it is asked").expect("it is there");
    let by_key = world.store.app_by_key(world.tenant.as_str()).await.expect("it is asked");
    assert_eq!(Some(&by_tenant), by_key.as_ref());
    assert_eq!(by_tenant.tenant_id, world.tenant);
    assert_eq!(by_tenant.limits, Limits::default());
    assert!(!by_tenant.disabled);
    assert_eq!(world.store.app_by_tenant(&TenantId::trusted("nobody")).await, Ok(None));
    assert_eq!(world.store.app_by_key("nobody").await, Ok(None));
}

pub(super) async fn settings_change_single_limits(world: World) {
    const SET: &str = "UPDATE apps SET settings = ?2, jwks = ?3, allowed_origins = ?4, disabled_at = 5
        WHERE tenant_id = ?1";
    let settings = r#"{"limits":{"body_chars":7},"other":true}"#;
    let params = [(&world.tenant).into(), settings.into(), r#"{"keys":[]}"#.into(), r#"["https://a.example"]"#.into()];
    world.sql(Statement::new(SET, params)).await;
    let app = world.store.app_by_tenant(&world.tenant).await.expect("it is asked").expect("it is there");
    assert_eq!(app.limits, Limits { body_chars: 7, ..Limits::default() });
    assert_eq!(app.allowed_origins, ["https://a.example"]);
    assert_eq!(app.jwks, Some(serde_json::json!({"keys": []})));
    assert!(app.disabled);
    assert!(!format!("{app:?}").contains("\"secret\""), "the secret must not show");
}
