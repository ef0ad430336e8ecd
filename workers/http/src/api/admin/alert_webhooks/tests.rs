//! HTTP tests of alert webhooks, over a fake pager with scripted answers.

use crate::Environment;
use crate::testing::{START_MS, Token, World};
use campana_core::alerts::pager::{AlertWebhook, PagerCommand, PagerReply};
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_core::webhooks::alerts::MAX_ENDPOINTS;
use campana_schema::audits;
use campana_storage::Fault;
use serde_json::{Value, json};

const PATH: &str = "/api/admin/alert-webhooks";
const ID: &str = "018bcfe5-6800-7000-8000-000000000007";
const URL: &str = "https://example.org/hooks/secret";

fn webhook(secret: Option<&str>) -> AlertWebhook {
    AlertWebhook {
        id: ID.to_owned(),
        url: URL.to_owned(),
        events: vec!["alert.triggered".to_owned()],
        secret: secret.map(str::to_owned),
        created_at: Timestamp::from_millis(START_MS),
        disabled_at: None,
        disabled_because: None,
    }
}

fn there_are(world: &World, webhooks: Vec<AlertWebhook>) {
    world.desks.pager_will_answer(Ok(PagerReply::Webhooks { webhooks }));
}

fn entries(world: &World) -> Vec<Value> {
    let audits = world.get("/api/admin/audits").with(&Token::admin()).status(200);
    audits["data"].as_array().expect("a JSON array").clone()
}

fn last_command(world: &World) -> PagerCommand {
    world.desks.paged().pop().expect("the pager got a request").command
}

#[test]
fn a_webhook_is_added_with_its_secret_shown_once_and_an_entry() {
    let world = World::new();
    there_are(&world, Vec::new());
    world.desks.pager_will_answer(Ok(PagerReply::Webhook { webhook: webhook(Some("whsec_x")) }));
    let request_body = json!({"url": URL, "events": ["alert.triggered", "alert.triggered"]});
    let reply = world.post(PATH, request_body).with(&Token::admin()).send();
    assert_eq!((reply.status.as_u16(), reply.header("cache-control").as_str()), (201, "no-store"));
    assert_eq!(reply.body["secret"], "whsec_x");
    let PagerCommand::AddWebhook { id, webhook: asked } = last_command(&world) else { panic!("unexpected command") };
    assert_eq!((asked.url.as_str(), asked.events), (URL, vec!["alert.triggered".to_owned()]));
    let entry = &entries(&world)[0];
    assert_eq!((&entry["action"], &entry["target_type"]), (&json!("alert_webhook.added"), &json!("webhook")));
    assert_eq!((&entry["target_id"], &entry["metadata"]), (&json!(id), &json!({"host": "example.org"})));
    there_are(&world, vec![webhook(None)]);
    let all = world.get(PATH).with(&Token::admin()).status(200);
    assert_eq!((&all["data"][0]["id"], all["data"][0].get("secret")), (&json!(ID), None));
}

#[test]
fn every_action_is_audited_first() {
    let world = World::new();
    let of_it = format!("{PATH}/{ID}");
    let changed = || Ok(PagerReply::Webhook { webhook: webhook(Some("whsec_y")) });
    for (call, answer, command, action) in [
        (
            world.post(&format!("{of_it}/rotate"), json!({})),
            changed(),
            PagerCommand::RotateWebhook { id: ID.to_owned() },
            "alert_webhook.secret_rotated",
        ),
        (
            world.post(&format!("{of_it}/enable"), json!({})),
            changed(),
            PagerCommand::EnableWebhook { id: ID.to_owned() },
            "alert_webhook.enabled",
        ),
        (
            world.delete(&of_it),
            Ok(PagerReply::Done),
            PagerCommand::RemoveWebhook { id: ID.to_owned() },
            "alert_webhook.removed",
        ),
    ] {
        let call = call.with(&Token::admin());
        there_are(&world, vec![webhook(None)]);
        world.database.fail_at(audits::APPEND, Fault::BeforePersisting);
        call.clone().refused(503, "unavailable");
        assert_eq!(last_command(&world), PagerCommand::Webhooks, "no action without an audit entry");
        there_are(&world, vec![webhook(None)]);
        world.desks.pager_will_answer(answer);
        assert!(call.clone().send().status.is_success(), "{action}");
        assert_eq!(last_command(&world), command);
        let entry = &entries(&world)[0];
        assert_eq!((&entry["action"], &entry["target_id"]), (&json!(action), &json!(ID)));
        world.clock.pass(1);
        there_are(&world, Vec::new());
        call.refused(404, "not-found");
    }
    assert_eq!(entries(&world).len(), 3, "no audit entry for a missing webhook");
}

#[test]
fn the_entry_of_a_failed_action_stays() {
    let world = World::new();
    there_are(&world, vec![webhook(None)]);
    world.desks.pager_will_answer(Err(Problem::unavailable("the object did not answer")));
    world.delete(&format!("{PATH}/{ID}")).with(&Token::admin()).refused(503, "unavailable");
    assert_eq!(entries(&world)[0]["action"], "alert_webhook.removed");
}

#[test]
fn webhooks_require_an_administrator_and_a_valid_id() {
    let world = World::new();
    let of_it = format!("{PATH}/{ID}");
    for call in [
        world.get(PATH),
        world.post(PATH, json!({"url": URL})),
        world.delete(&of_it),
        world.post(&format!("{of_it}/rotate"), json!({})),
        world.post(&format!("{of_it}/enable"), json!({})),
    ] {
        call.clone().by("7").refused(403, "forbidden");
        call.refused(401, "unauthenticated");
    }
    world.delete(&format!("{PATH}/nonsense")).with(&Token::admin()).refused(404, "not-found");
    assert!(world.desks.paged().is_empty());
}

#[test]
fn invalid_webhooks_are_refused_by_field() {
    let world = World::of(Environment::Production);
    for (body, field) in [
        (json!({"url": "http://example.org/secret"}), "url"),
        (json!({"url": "https://127.0.0.1/secret"}), "url"),
        (json!({"url": "https://metadata.google.internal/secret"}), "url"),
        (json!({"url": URL, "events": ["alert.secret"]}), "events"),
        (json!({"url": URL, "surprise": "secret"}), "surprise"),
    ] {
        let refusal = world.post(PATH, body).with(&Token::other_admin()).refused(422, "invalid");
        assert_eq!(refusal["errors"][0]["field"], field);
        assert!(!refusal.to_string().contains("secret"), "{refusal}");
    }
    there_are(&world, vec![webhook(None); MAX_ENDPOINTS]);
    world.post(PATH, json!({"url": URL})).with(&Token::other_admin()).refused(409, "conflict");
    let audits = world.get("/api/admin/audits").with(&Token::other_admin()).status(200);
    assert_eq!(audits["data"], json!([]));
}
