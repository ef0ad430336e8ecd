//! Tests of the owner's view of an alert, and of dashboards.

use super::{PATH, at, ended, guard, other_guard, raised_by, under_duress, who};
use crate::testing::{Call, Token, World};
use campana_core::alerts::command::DeskReply;
use campana_core::alerts::record::{AlertChanges, OwnView};
use campana_core::alerts::{Alert, AlertId, Entry, Status, What};
use serde_json::{Value, json};

fn open(world: &World, path: &str) -> Call {
    world.get(path).header("upgrade", "websocket").header("connection", "Upgrade")
}

fn offering(call: Call, token: &Token, world: &World) -> Call {
    call.header("sec-websocket-protocol", &format!("campana.v1, bearer.{}", token.sign(world.clock.millis())))
}

fn timeline(world: &World, token: &Token, query: &str) -> Value {
    world.get(&format!("{PATH}/a-1/timeline{query}")).with(token).status(200)
}

fn whats(page: &Value) -> Vec<String> {
    let entries = page["data"].as_array().expect("a JSON array");
    entries.iter().map(|entry| entry["what"].as_str().expect("a name").to_owned()).collect()
}

#[test]
fn the_owners_timeline_ends_with_the_pretended_cancellation() {
    let world = World::new();
    let entry = |number: u32, what| {
        (AlertId::trusted("a-1"), Entry { number, at: at(number.into()), by: Some(who("7")), what })
    };
    let duress = || What::Duress { reason: Some("slip".to_owned()) };
    let entries = vec![
        entry(1, What::Triggered { left_out: Vec::new() }),
        entry(2, duress()),
        entry(3, What::PressedAgain { presses: 2 }),
        entry(4, duress()),
        entry(5, What::Acknowledged),
        entry(6, What::Exhausted),
    ];
    let alerts = vec![(1, under_duress(raised_by("a-1", "7", 0), 4))];
    world.desk_wrote(&AlertChanges { alerts, entries, ..AlertChanges::default() });
    assert_eq!(
        whats(&timeline(&world, &guard(), "")),
        ["triggered", "duress", "pressed_again", "duress", "acknowledged", "exhausted"]
    );
    let own = timeline(&world, &Token::of("7"), "");
    assert_eq!(whats(&own), ["triggered", "pressed_again", "cancelled"]);
    assert_eq!(own["data"][2]["data"], json!({"reason": "slip"}));
    assert!(!own.to_string().contains("duress"));
    let mut seen = Vec::new();
    let mut query = "?limit=1".to_owned();
    loop {
        let page = timeline(&world, &Token::of("7"), &query);
        seen.extend(whats(&page));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        query = format!("?limit=1&cursor={cursor}");
    }
    assert_eq!(seen, ["triggered", "pressed_again", "cancelled"], "the same entries page by page");
    let again = raised_by("a-1", "7", 0);
    world.desk_wrote(&AlertChanges { alerts: vec![(2, again)], ..AlertChanges::default() });
    assert_eq!(
        whats(&timeline(&world, &Token::of("7"), "")),
        ["triggered", "pressed_again", "acknowledged", "exhausted"]
    );
}

#[test]
fn own_alerts_are_listed_only_for_their_owner() {
    let world = World::new();
    world.recorded(&[
        ended(raised_by("a-1", "7", 1), Status::Resolved, "g", 2),
        raised_by("a-2", "8", 3),
        under_duress(raised_by("a-3", "7", 4), 5),
    ]);
    let own = world.get("/api/me/alerts").by("7").status(200);
    let seen = own["data"].as_array().expect("a JSON array").iter();
    let seen: Vec<_> = seen.map(|alert| (alert["id"].clone(), alert["status"].clone())).collect();
    assert_eq!(seen, [(json!("a-3"), json!("cancelled")), (json!("a-1"), json!("resolved"))]);
    assert!(!own.to_string().contains("duress"));
    let first = world.get("/api/me/alerts?limit=1").by("7").status(200);
    let cursor = first["next_cursor"].as_str().expect("the list continues");
    let rest = world.get(&format!("/api/me/alerts?limit=1&cursor={cursor}")).by("7").status(200);
    assert_eq!((&rest["data"][0]["id"], &rest["next_cursor"]), (&json!("a-1"), &json!(null)));
    let theirs = world.get("/api/me/alerts").with(&other_guard().claim("sub", json!("7"))).status(200);
    assert_eq!(theirs["data"], json!([]));
    world.get("/api/me/alerts").refused(401, "unauthenticated");
}

#[test]
fn a_dashboard_opens_at_the_tenants_desk_for_guards() {
    let world = World::new();
    let path = format!("{PATH}/socket");
    open(&world, &format!("{path}?client_id=tab-1&epoch=e&seq=4")).with(&guard()).status(200);
    assert_eq!(offering(open(&world, &path), &guard(), &world).send().status, 200);
    let connected = world.desks.connected();
    assert_eq!(connected.len(), 2);
    let first = &connected[0];
    assert_eq!((first.principal.tenant.as_str(), first.principal.user_id.as_str()), ("demo", "g"));
    assert_eq!((first.client_id.as_deref(), first.resume.as_ref().map(|place| place.seq)), (Some("tab-1"), Some(4)));
    let refused = offering(open(&world, &path), &Token::of("7"), &world).status(200);
    assert_eq!(refused["told_on_the_socket"], "forbidden");
    open(&world, &path).by("7").refused(403, "forbidden");
    open(&world, &path).refused(401, "unauthenticated");
    world.get(&path).with(&guard()).refused(400, "malformed");
    assert_eq!(world.desks.connected().len(), 2);
}

/// `a-1` of user 7 under duress: to them it is cancelled, and `a-9` is an alert of their own, with another of the
/// guards behind it, `a-5`.
fn with_views(world: &World) {
    let apart = |alert| Alert { is_apart: true, ..under_duress(alert, 4) };
    let view = |alert: Alert, forked| {
        let behind = AlertId::trusted("a-1");
        OwnView { alert, behind, forked, sighted_at: None }
    };
    let entry = |id: &str, number: u32, what| {
        (AlertId::trusted(id), Entry { number, at: at(number.into()), by: Some(who("7")), what })
    };
    let triggered = || What::Triggered { left_out: Vec::new() };
    let cancelled = || What::Cancelled { reason: Some("slip".to_owned()) };
    world.desk_wrote(&AlertChanges {
        alerts: vec![
            (1, apart(raised_by("a-1", "7", 1))),
            (2, raised_by("a-2", "8", 2)),
            (3, Alert { is_apart: true, ..raised_by("a-5", "7", 5) }),
        ],
        entries: vec![entry("a-1", 1, triggered()), entry("a-1", 2, What::Duress { reason: None })],
        views: vec![
            (4, view(ended(raised_by("a-1", "7", 1), Status::Cancelled, "7", 4), 1)),
            (5, view(raised_by("a-9", "7", 9), 0)),
        ],
        view_entries: vec![entry("a-1", 2, cancelled()), entry("a-9", 1, triggered())],
        ..AlertChanges::default()
    });
}

#[test]
fn an_owner_under_duress_finds_their_own_views_everywhere_and_nothing_else() {
    let world = World::new();
    with_views(&world);
    let own = guard().claim("sub", json!("7"));
    let listed = |path: &str, token: &Token| {
        let page = world.get(path).with(token).status(200);
        let alerts = page["data"].as_array().expect("a JSON array").clone();
        let of = |alert: &Value| format!("{} {}", alert["id"], alert["status"]).replace('"', "");
        alerts.iter().map(of).collect::<Vec<_>>()
    };
    let (a1, a2, a9) = ("a-1 cancelled", "a-2 triggered", "a-9 triggered");
    for (path, theirs, of_guards) in [
        ("", vec![a9, a2, a1], vec!["a-5 triggered", a2, "a-1 triggered"]),
        ("?status=open", vec![a9, a2], vec!["a-5 triggered", a2, "a-1 triggered"]),
        ("?status=cancelled", vec![a1], vec![]),
        ("?status=closed", vec![a1], vec![]),
        ("?user_id=7", vec![a9, a1], vec!["a-5 triggered", "a-1 triggered"]),
        ("?user_id=8", vec![a2], vec![a2]),
        ("?limit=2", vec![a9, a2], vec!["a-5 triggered", a2]),
        ("/active", vec![a9, a2], vec!["a-5 triggered", a2, "a-1 triggered"]),
    ] {
        assert_eq!(listed(&format!("{PATH}{path}"), &own), theirs, "{path}");
        assert_eq!(listed(&format!("{PATH}{path}"), &guard()), of_guards, "{path} of a guard");
    }
    assert_eq!(listed("/api/me/alerts", &Token::of("7")), [a9, a1]);
    let first = world.get(&format!("{PATH}?limit=1")).with(&own).status(200);
    let cursor = first["next_cursor"].as_str().expect("the list continues");
    assert_eq!(listed(&format!("{PATH}?limit=5&cursor={cursor}"), &own), [a2, a1]);

    assert_eq!(whats(&timeline(&world, &own, "")), ["triggered", "cancelled"]);
    assert_eq!(whats(&timeline(&world, &guard(), "")), ["triggered", "duress"]);
    let get = |id: &str, token: &Token| {
        world.desks.will_answer(Ok(DeskReply::InRecord));
        world.get(&format!("{PATH}/{id}")).with(token)
    };
    assert_eq!(get("a-1", &own).status(200)["status"], "cancelled");
    assert_eq!(get("a-9", &own).status(200)["status"], "triggered");
    get("a-5", &own).refused(404, "not-found");
    get("a-9", &guard()).refused(404, "not-found");
    for part in ["trail", "deliveries"] {
        world.get(&format!("{PATH}/a-9/{part}")).with(&own).refused(403, "forbidden");
        world.get(&format!("{PATH}/a-5/{part}")).with(&own).refused(404, "not-found");
    }
    world.desks.will_answer(Ok(DeskReply::InRecord));
    let again = world.post(&format!("{PATH}/a-1/cancel"), json!({})).by("7").status(200);
    assert_eq!(again["status"], "cancelled");
}
