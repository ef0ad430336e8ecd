//! HTTP tests of all webhooks and their deliveries, over objects with scripted answers.

use crate::testing::{START_MS, Token, World};
use campana_core::alerts::pager::{AlertWebhook, PagerCommand, PagerReply};
use campana_core::shared::problem::{Kind, Problem};
use campana_core::shared::timestamp::Timestamp;
use campana_core::webhooks::history::{Activity, DeliveryState, HistoryReply, HistoryRequest, WebhookDelivery};
use campana_storage::{Database, Statement};
use pollster::block_on;
use serde_json::{Value, json};

const PATH: &str = "/api/admin/webhooks";
const ALERTS_ID: &str = "018bcfe5-6800-7000-8000-000000000007";
const CHANNELS_URL: &str = "https://acme.example/hooks/secret-secret-secret-secret?key=secret";

/// Gives the app a webhook of channels.
fn add_channels_webhook(world: &World) {
    let hooks = json!([{
        "url": CHANNELS_URL,
        "events": ["channel_occupied"],
        "channel_prefix": "presence-",
        "headers": {"X-Tenant": "secret"},
    }]);
    let sql = "UPDATE apps SET webhooks = ?1 WHERE tenant_id = 'demo'";
    block_on(world.database.query(Statement::unnamed(sql, [hooks.to_string().into()]))).expect("the app exists");
}

fn alert_webhook(disabled_at: Option<Timestamp>) -> AlertWebhook {
    AlertWebhook {
        id: ALERTS_ID.to_owned(),
        url: "https://hooks.example/alerts".to_owned(),
        events: Vec::new(),
        secret: None,
        created_at: Timestamp::from_millis(START_MS),
        disabled_at,
        disabled_because: disabled_at.map(|_| "an administrator disabled it".to_owned()),
    }
}

fn there_are(world: &World, webhooks: Vec<AlertWebhook>) {
    world.desks.pager_will_answer(Ok(PagerReply::Webhooks { webhooks }));
}

fn pager_knows(world: &World, reply: HistoryReply) {
    world.desks.pager_will_answer(Ok(PagerReply::Deliveries { reply }));
}

fn activity(pending: usize) -> HistoryReply {
    let last_failure_at = Some(Timestamp::from_millis(START_MS));
    HistoryReply::Activity {
        activity: vec![Activity { pending, last_failure_at, last_failure_status: Some(503), ..Activity::default() }],
    }
}

fn delivery(id: &str) -> WebhookDelivery {
    WebhookDelivery {
        id: id.to_owned(),
        events: vec!["channel_occupied".to_owned()],
        event_count: 1,
        state: DeliveryState::Pending,
        attempts: 0,
        last_status: None,
        last_error: None,
        given_up: None,
        next_attempt_at: None,
        created_at: Timestamp::from_millis(START_MS),
        ended_at: None,
    }
}

fn actions(world: &World) -> Vec<Value> {
    let audits = world.get("/api/admin/audits").with(&Token::admin()).status(200);
    let entries = audits["data"].as_array().expect("a JSON array");
    entries.iter().map(|entry| json!([entry["action"], entry["metadata"]])).collect()
}

/// The list, and the id of the webhook of channels.
fn listed(world: &World) -> (Value, String) {
    world.desks.webhooks_will_answer(Ok(activity(3)));
    there_are(world, vec![alert_webhook(None)]);
    pager_knows(world, activity(1));
    let all = world.get(PATH).with(&Token::admin()).status(200);
    let id = all["data"][0]["id"].as_str().expect("an id").to_owned();
    (all, id)
}

#[test]
fn webhooks_of_both_kinds_are_listed_without_their_secrets() {
    let world = World::new();
    add_channels_webhook(&world);
    let (all, _) = listed(&world);
    assert!(!all.to_string().contains("secret"), "{all}");
    let [channels, alerts] = [0, 1].map(|at| &all["data"][at]);
    assert_eq!((&channels["kind"], &channels["pending"]), (&json!("channels"), &json!(3)));
    assert_eq!(channels["url"], "https://acme.example/hooks/***?***");
    assert_eq!((&channels["events"], &channels["header_names"]), (&json!(["channel_occupied"]), &json!(["X-Tenant"])));
    assert_eq!((&channels["channel_prefix"], &channels["last_failure_status"]), (&json!("presence-"), &json!(503)));
    assert_eq!((&alerts["kind"], &alerts["id"], &alerts["pending"]), (&json!("alerts"), &json!(ALERTS_ID), &json!(1)));
}

#[test]
fn a_webhook_of_channels_is_disabled_and_enabled_once_with_an_entry() {
    let world = World::new();
    add_channels_webhook(&world);
    let (_, id) = listed(&world);
    for (action, is_disabled) in [("disable", true), ("disable", true), ("enable", false)] {
        world.clock.pass(1);
        world.desks.webhooks_will_answer(Ok(HistoryReply::Done));
        world.desks.webhooks_will_answer(Ok(activity(0)));
        let shown = world.post(&format!("{PATH}/{id}/{action}"), json!({})).with(&Token::admin()).status(200);
        assert_eq!(shown["disabled_at"].is_string(), is_disabled, "{action}");
        let asked = world.desks.asked_webhooks();
        assert_eq!(asked[asked.len() - 2].request, HistoryRequest::Refresh, "the object stops at once");
    }
    let host = json!({"host": "acme.example"});
    assert_eq!(actions(&world), [json!(["webhook.enabled", host]), json!(["webhook.disabled", host])]);
    let (all, same) = listed(&world);
    assert_eq!((&all["data"][0]["channel_prefix"], same), (&json!("presence-"), id), "the rest of it stays");
}

#[test]
fn a_webhook_of_alerts_is_disabled_by_the_pager_after_its_entry() {
    let world = World::new();
    there_are(&world, vec![alert_webhook(None)]);
    let disabled = alert_webhook(Some(Timestamp::from_millis(START_MS)));
    world.desks.pager_will_answer(Ok(PagerReply::Webhook { webhook: disabled.clone() }));
    pager_knows(&world, activity(0));
    let path = format!("{PATH}/{ALERTS_ID}/disable");
    let shown = world.post(&path, json!({})).with(&Token::admin()).status(200);
    assert_eq!(shown["disabled_because"], "an administrator disabled it");
    assert_eq!(world.desks.paged()[1].command, PagerCommand::DisableWebhook { id: ALERTS_ID.to_owned() });
    let entry = json!(["alert_webhook.disabled", {"host": "hooks.example"}]);
    assert_eq!(actions(&world), std::slice::from_ref(&entry));
    there_are(&world, vec![disabled]);
    pager_knows(&world, activity(0));
    world.post(&path, json!({})).with(&Token::admin()).status(200);
    assert_eq!(actions(&world), [entry], "it is disabled already");
}

#[test]
fn deliveries_are_listed_page_by_page() {
    let world = World::new();
    add_channels_webhook(&world);
    let (_, id) = listed(&world);
    let deliveries = vec![(9, delivery("c")), (7, delivery("b")), (2, delivery("a"))];
    world.desks.webhooks_will_answer(Ok(HistoryReply::Page { deliveries }));
    let path = format!("{PATH}/{id}/deliveries?limit=2");
    let page = world.get(&path).with(&Token::admin()).status(200);
    assert_eq!((&page["data"][0]["id"], page["data"].as_array().map(Vec::len)), (&json!("c"), Some(2)));
    let cursor = page["next_cursor"].as_str().expect("a cursor");
    world.desks.webhooks_will_answer(Ok(HistoryReply::Page { deliveries: vec![(2, delivery("a"))] }));
    let last = world.get(&format!("{path}&cursor={cursor}")).with(&Token::admin()).status(200);
    assert_eq!(last["next_cursor"], Value::Null);
    let asked = world.desks.asked_webhooks().pop().expect("a request").request;
    assert_eq!(asked, HistoryRequest::Page { endpoint: CHANNELS_URL.to_owned(), before: Some(7), limit: 3 });
}

#[test]
fn a_delivery_is_replayed_once_per_key() {
    let world = World::new();
    add_channels_webhook(&world);
    let (_, id) = listed(&world);
    let path = format!("{PATH}/{id}/deliveries/c0ffee/replay");
    let call = world.post(&path, json!({})).with(&Token::admin()).header("idempotency-key", "once");
    world.desks.webhooks_will_answer(Ok(HistoryReply::Delivery { delivery: delivery("c0ffee") }));
    for _ in 0..2 {
        assert_eq!(call.clone().status(202)["id"], "c0ffee");
    }
    let replays = || world.desks.asked_webhooks().into_iter().map(|asked| asked.request);
    let is_replay = |request: &HistoryRequest| matches!(request, HistoryRequest::Replay { .. });
    assert_eq!(replays().filter(is_replay).count(), 1);
    let entry = json!(["webhook.delivery_replayed", {"host": "acme.example", "delivery_id": "c0ffee"}]);
    assert_eq!(actions(&world), [entry]);
    let queued = Problem::new(Kind::Conflict, "the delivery is queued already");
    world.desks.webhooks_will_answer(Err(queued));
    world.post(&path, json!({})).with(&Token::admin()).refused(409, "conflict");
}

#[test]
fn a_disabled_webhook_gets_no_replay() {
    let world = World::new();
    there_are(&world, vec![alert_webhook(Some(Timestamp::from_millis(START_MS)))]);
    let path = format!("{PATH}/{ALERTS_ID}/deliveries/msg_1/replay");
    world.post(&path, json!({})).with(&Token::admin()).refused(409, "conflict");
    assert_eq!(actions(&world), [] as [Value; 0]);
}

#[test]
fn webhooks_are_for_administrators_of_their_tenant() {
    let world = World::new();
    add_channels_webhook(&world);
    let (_, id) = listed(&world);
    let calls = || {
        let of_it = format!("{PATH}/{id}");
        [
            world.get(&format!("{of_it}/deliveries")),
            world.post(&format!("{of_it}/deliveries/c0ffee/replay"), json!({})),
            world.post(&format!("{of_it}/enable"), json!({})),
            world.post(&format!("{of_it}/disable"), json!({})),
        ]
    };
    let asked = world.desks.asked_webhooks().len();
    for call in calls().into_iter().chain([world.get(PATH)]) {
        call.clone().by("7").refused(403, "forbidden");
        call.refused(401, "unauthenticated");
    }
    for call in calls() {
        there_are(&world, Vec::new());
        call.with(&Token::other_admin()).refused(404, "not-found");
    }
    assert_eq!(world.desks.asked_webhooks().len(), asked, "no object is asked");
    assert_eq!(actions(&world), [] as [Value; 0]);
}
