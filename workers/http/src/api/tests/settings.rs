//! Tests of the app's settings.

use crate::testing::{Token, World};
use campana_core::accounts::audit::Act;
use campana_core::alerts::command::DeskCommand;
use campana_schema::{apps, audits};
use campana_storage::{Database, Fault, Row, Statement};
use pollster::block_on;
use serde_json::{Value, json};

const PATH: &str = "/api/admin/settings";

fn change(world: &World, body: Value) -> Value {
    world.patch(PATH, body).with(&Token::admin()).status(200)
}

fn audits_of(world: &World, tenant: &str) -> Vec<Row> {
    const SQL: &str = "SELECT actor_id, action, target_id, metadata FROM admin_audits WHERE tenant_id = ?1 ORDER BY id";
    block_on(world.database.query(Statement::unnamed(SQL, [tenant.into()]))).expect("the statement succeeds")
}

#[test]
fn all_effective_values_are_shown() {
    let world = World::new();
    let settings = world.get(PATH).with(&Token::admin()).status(200);
    assert_eq!(settings["limits"]["requests_per_minute"], 1_200);
    assert_eq!(settings["limits"]["max_connections"], json!(null));
    assert_eq!(settings["limits"].as_object().map(serde_json::Map::len), Some(18));
    assert_eq!(settings["retention"], json!({"message_days": null, "audit_days": 365}));
    let alerts = settings["alerts"].as_object().expect("a settings section");
    assert_eq!(
        alerts.keys().collect::<Vec<_>>(),
        [
            "alert_days",
            "coalesce_s",
            "escalation",
            "language",
            "location_days",
            "location_decimals",
            "locations_per_minute",
            "push_days",
        ]
    );
    assert_eq!((&alerts["alert_days"], &alerts["language"]), (&json!(1_825), &json!("en")));
    assert_eq!(alerts["escalation"]["steps"][0], json!({"after_s": 30, "page": {"groups": ["guards"]}}));
}

#[test]
fn settings_are_for_administrators_of_the_app() {
    let world = World::new();
    world.get(PATH).by("7").refused(403, "forbidden");
    world.patch(PATH, json!({"limits": {"body_chars": 5}})).by("7").refused(403, "forbidden");
    world.patch(PATH, json!({"limits": {"body_chars": 5}})).with(&Token::other_admin()).status(200);
    let settings = world.get(PATH).with(&Token::admin()).status(200);
    assert_eq!(settings["limits"]["body_chars"], 4_000, "other tenants are unaffected");
    assert_eq!((audits_of(&world, "demo").len(), audits_of(&world, "other").len()), (0, 1));
}

#[test]
fn a_change_takes_effect_with_the_next_request_and_is_audited() {
    let world = World::new();
    world.meet(&["1", "7"]);
    let settings = change(&world, json!({"limits": {"private_body_chars": 3}, "retention": {"message_days": 30}}));
    assert_eq!(settings["limits"]["private_body_chars"], 3);
    assert_eq!(settings["retention"]["message_days"], 30);
    let hello = || world.post("/api/chat/messages/private", json!({"recipient_id": "1", "message": "hello"})).by("7");
    hello().refused(422, "invalid");
    change(&world, json!({"limits": {"private_body_chars": null}}));
    hello().status(201);
    let rows = audits_of(&world, "demo");
    assert_eq!(rows.len(), 2);
    assert_eq!((&rows[0]["actor_id"], &rows[0]["target_id"]), (&json!("1"), &json!("demo")));
    assert_eq!(rows[0]["action"], Act::SettingsUpdated.as_str());
    let metadata: Value = serde_json::from_str(rows[0]["metadata"].as_str().expect("a text")).expect("valid JSON");
    let changed = json!({"limits.private_body_chars": [1_000, 3], "retention.message_days": [null, 30]});
    assert_eq!(metadata, json!({"changed": changed}));
}

#[test]
fn a_change_without_effect_is_not_audited() {
    let world = World::new();
    change(&world, json!({"limits": {"body_chars": 4_000}, "retention": {"message_days": null}}));
    assert_eq!(audits_of(&world, "demo").len(), 0);
}

#[test]
fn other_isolates_follow_within_ten_seconds() {
    let (world, limits) = (World::new(), r#"{"limits":{"requests_per_minute":700}}"#);
    let policy = || world.get("/api/me").by("7").send().header("ratelimit-policy");
    assert!(policy().contains("q=1200"));
    world.run("UPDATE apps SET settings = ?2 WHERE tenant_id = ?1", ["demo".into(), limits.into()]);
    world.clock.pass(9_999);
    assert!(policy().contains("q=1200"));
    world.clock.pass(1);
    assert!(policy().contains("q=700"));
}

#[test]
fn a_value_out_of_range_is_refused_by_field() {
    let world = World::new();
    for (body, field) in [
        (json!({"limits": {"idle_timeout_ms": 4_999}}), "limits.idle_timeout_ms"),
        (json!({"limits": {"idle_timeout_ms": 3_600_001}}), "limits.idle_timeout_ms"),
        (json!({"limits": {"keep_alive_ms": 600_000}}), "limits.keep_alive_ms"),
        (json!({"limits": {"sockets_per_user": 1_001}}), "limits.sockets_per_user"),
        (json!({"limits": {"body_chars": "my secret"}}), "limits.body_chars"),
        (json!({"limits": {"surprise": 1}}), "limits.surprise"),
        (json!({"limits": null}), "limits"),
        (json!({"retention": {"audit_days": 29}}), "retention.audit_days"),
        (json!({"retention": {"message_days": 0}}), "retention.message_days"),
        (json!({"alerts": {"alert_days": 29}}), "alerts.alert_days"),
        (json!({"alerts": {"location_decimals": 8}}), "alerts.location_decimals"),
        (json!({"alerts": {"coalesce_s": 0}}), "alerts.coalesce_s"),
        (json!({"alerts": {"coalesce_s": 601}}), "alerts.coalesce_s"),
        (json!({"alerts": {"language": "my secret"}}), "alerts.language"),
        (json!({"alerts": {"escalation": "my secret"}}), "alerts.escalation"),
        (json!({"alerts": {"escalation": {"steps": [{"after_s": 1, "page": {}}]}}}), "alerts.escalation"),
        (json!({"alerts": {"surprise": 1}}), "alerts.surprise"),
        (json!({"alerts": []}), "alerts"),
        (json!({"web": {"name": "x".repeat(101)}}), "web.name"),
        (json!({"web": {"languages": ["my secret"]}}), "web.languages"),
        (json!({"web": {"oidc_issuer": "https://me:secret@id.example"}}), "web.oidc_issuer"),
        (json!({"web": {"oidc_issuer": "https://id.example"}}), "web.oidc_issuer"),
        (json!({"web": {"oidc_client_id": "web"}}), "web.oidc_client_id"),
        (json!({"key": "x"}), "key"),
        (json!({"limits": {}}), "limits"),
    ] {
        let refusal = world.patch(PATH, body.clone()).with(&Token::admin()).refused(422, "invalid");
        assert_eq!(refusal["errors"][0]["field"], field, "{body}");
        assert!(!refusal.to_string().contains("secret"));
    }
    assert_eq!(audits_of(&world, "demo").len(), 0);
}

#[test]
fn the_desk_gets_the_alert_settings() {
    let world = World::new();
    let policy = json!({"steps": [{"after_s": 10, "page": {"people": ["9"], "webhooks": true}}], "repeat": 2});
    let alerts = json!({"language": "es", "location_decimals": 3, "escalation": policy});
    let settings = change(&world, json!({"alerts": alerts}))["alerts"].clone();
    assert_eq!(settings["escalation"]["steps"], policy["steps"]);
    assert_eq!((&settings["escalation"]["repeat"], &settings["escalation"]["stale_after_s"]), (&json!(2), &json!(0)));
    world.post("/api/security/alerts", json!({"location": {"lat": 1.234_56, "lng": 2}})).by("7").send();
    let request = world.desks.requests().pop().expect("the desk got a request");
    assert_eq!(serde_json::to_value(&request.settings).expect("valid JSON"), settings);
    let DeskCommand::Raise { alert } = request.command else { panic!("{:?}", request.command) };
    assert_eq!(alert.location.map(|place| place.lat.parts()), Some(12_350_000));
    let metadata: Value =
        serde_json::from_str(audits_of(&world, "demo")[0]["metadata"].as_str().expect("a text")).expect("valid JSON");
    assert_eq!(metadata["changed"]["alerts.language"], json!(["en", "es"]));
    assert_eq!(change(&world, json!({"alerts": {"escalation": null}}))["alerts"]["escalation"]["repeat"], 5);
}

#[test]
fn an_unusable_setting_does_not_disable_the_app() {
    let world = World::new();
    let bad = r#"{"limits":{"body_chars":"many","requests_per_minute":7},"retention":[],"alerts":{"escalation":1}}"#;
    world.set_app("demo", "UPDATE apps SET settings = ?2 WHERE tenant_id = ?1", bad);
    let reply = world.get("/api/me").by("7").send();
    assert_eq!(reply.status, 200);
    assert!(reply.header("ratelimit-policy").contains("q=7;"), "valid settings apply");
    let lines = world.log.all();
    assert_eq!((lines.len(), &lines[0]["level"], &lines[0]["app"]), (1, &json!("warning"), &json!("demo")));
    assert_eq!(lines[0]["fields"], "limits.body_chars, retention, alerts.escalation");
    let mended = json!({
        "limits": {"body_chars": null}, "retention": {"audit_days": 365}, "alerts": {"escalation": null},
    });
    change(&world, mended);
    world.get("/api/me").by("7").status(200);
    assert_eq!(world.log.all().len(), 1, "no further warning after the repair");
}

/// [I7] No action without its audit entry, and no entry without its action.
#[test]
fn a_change_and_its_entry_are_atomic() {
    let world = World::new();
    let change_limit = || world.patch(PATH, json!({"limits": {"body_chars": 9}})).with(&Token::admin());
    world.database.fail_at(apps::UPDATE_SETTINGS, Fault::BeforePersisting);
    change_limit().refused(503, "unavailable");
    assert_eq!(audits_of(&world, "demo").len(), 0);
    world.database.fail_at(audits::APPEND, Fault::AfterPersisting);
    change_limit().refused(503, "unavailable");
    assert_eq!(audits_of(&world, "demo").len(), 1);
    change_limit().status(200);
    assert_eq!(audits_of(&world, "demo").len(), 1, "the retry adds no second entry");
}
