//! Tests of reading alerts, and of the permission that it needs.

use super::{PATH, ended, guard, guard_called, other_guard, raised, raised_by, shown, under_duress};
use crate::testing::{Call, Token, World};
use campana_core::alerts::command::{DeskCommand, DeskReply};
use campana_core::alerts::record::AlertChanges;
use campana_core::alerts::{Alert, Status};
use campana_core::shared::problem::{Kind, Problem};
use campana_schema::alerts;
use campana_storage::Fault;
use serde_json::{Value, json};

fn ids(page: &Value) -> Vec<String> {
    let alerts = page["data"].as_array().expect("a JSON array");
    alerts.iter().map(|alert| alert["id"].as_str().expect("the id is present").to_owned()).collect()
}

#[test]
fn lists_are_for_guards() {
    let world = World::new();
    for path in [PATH.to_owned(), format!("{PATH}/active")] {
        world.get(&path).by("7").refused(403, "forbidden");
        world.get(&path).with(&Token::admin()).refused(403, "forbidden");
        world.get(&path).with(&guard()).status(200);
        world.get(&path).refused(401, "unauthenticated");
    }
}

#[test]
fn the_active_list_has_the_ten_newest_open_alerts() {
    let world = World::new();
    let mut alerts: Vec<Alert> = (0..12).map(|n| raised_by(&format!("a-{n:02}"), "7", n - 20)).collect();
    alerts[11] = ended(alerts[11].clone(), Status::Resolved, "g", 0);
    world.recorded(&alerts);
    let active = world.get(&format!("{PATH}/active")).with(&guard()).status(200);
    assert_eq!(ids(&active), (1..=10).rev().map(|n| format!("a-{n:02}")).collect::<Vec<_>>());
    assert_eq!(
        (&active["data"][0]["time_ago"], &active["data"][0]["duress"]),
        (&json!("10 seconds ago"), &json!(false))
    );
    let theirs = world.get(&format!("{PATH}/active")).with(&other_guard()).status(200);
    assert_eq!(theirs["data"], json!([]));
}

#[test]
fn the_active_list_is_queried_at_most_every_thirty_seconds() {
    let world = World::new();
    world.recorded(&[raised("a-1")]);
    let active = |token: &Token| world.get(&format!("{PATH}/active")).with(token).status(200);
    active(&guard());
    world.recorded(&[raised("a-1"), raised_by("a-2", "8", 1)]);
    world.clock.pass(29_999);
    let page = active(&guard_called("h"));
    assert_eq!((ids(&page), &page["data"][0]["time_ago"]), (vec!["a-1".to_owned()], &json!("29 seconds ago")));
    world.get(&format!("{PATH}/active")).by("7").refused(403, "forbidden");
    world.clock.pass(1);
    assert_eq!(ids(&active(&guard())), ["a-2", "a-1"]);
    world.clock.pass(30_000);
    world.database.fail_at(alerts::LIST_OPEN, Fault::BeforePersisting);
    world.get(&format!("{PATH}/active")).with(&guard()).refused(503, "unavailable");
}

#[test]
fn an_unchanged_active_list_is_a_304() {
    let world = World::new();
    let path = format!("{PATH}/active");
    let first = world.get(&path).with(&guard()).send();
    assert_eq!(first.header("cache-control"), "private, no-cache");
    let again = world.get(&path).with(&guard()).header("if-none-match", &first.header("etag")).send();
    assert_eq!(again.status, 304);
}

#[test]
fn the_list_is_filtered_and_paged() {
    let world = World::new();
    let drill = Alert { drill: true, ..raised_by("a-3", "9", 3) };
    world.recorded(&[
        raised_by("a-1", "7", 1),
        ended(raised_by("a-2", "8", 2), Status::FalseAlarm, "g", 9),
        drill,
        ended(raised_by("a-4", "7", 4), Status::Resolved, "g", 9),
    ]);
    let list = |query: &str| ids(&world.get(&format!("{PATH}?{query}")).with(&guard()).status(200));
    for (query, expected) in [
        ("", vec!["a-4", "a-3", "a-2", "a-1"]),
        ("status=open", vec!["a-3", "a-1"]),
        ("status=closed", vec!["a-4", "a-2"]),
        ("status=false_alarm", vec!["a-2"]),
        ("user_id=7", vec!["a-4", "a-1"]),
        ("user_id=7&status=open", vec!["a-1"]),
        ("drill=true", vec!["a-3"]),
        ("drill=false&status=open", vec!["a-1"]),
        ("since=2023-11-14T22:13:22Z&until=2023-11-14T22:13:23Z", vec!["a-3", "a-2"]),
    ] {
        assert_eq!(list(query), expected, "{query}");
    }
    let first = world.get(&format!("{PATH}?limit=3")).with(&guard()).status(200);
    let cursor = first["next_cursor"].as_str().expect("the list continues");
    let rest = world.get(&format!("{PATH}?limit=3&cursor={cursor}")).with(&guard()).status(200);
    assert_eq!((ids(&rest), &rest["next_cursor"]), (vec!["a-1".to_owned()], &json!(null)));
    world.get(&format!("/api/me/alerts?cursor={cursor}")).by("7").refused(422, "bad-cursor");
    for (query, field) in [
        ("status=ringing", "status"),
        ("user_id=", "user_id"),
        ("drill=maybe", "drill"),
        ("since=yesterday", "since"),
        ("limit=0", "limit"),
        ("surprise=1", "surprise"),
    ] {
        let refusal = world.get(&format!("{PATH}?{query}")).with(&guard()).refused(422, "invalid");
        assert_eq!(refusal["errors"][0]["field"], field, "{refusal}");
    }
    world.get(&format!("{PATH}?cursor=!")).with(&guard()).refused(422, "bad-cursor");
}

#[test]
fn reads_from_d1_wait_for_the_desks_flush_if_it_answers() {
    let world = World::new();
    world.recorded_whole("a-1");
    for path in
        [PATH.to_owned(), format!("{PATH}/a-1/timeline"), format!("{PATH}/a-1/trail"), format!("{PATH}/a-1/deliveries")]
    {
        world.get(&path).with(&guard()).status(200);
        assert_eq!(world.asked(), DeskCommand::Settle, "{path}");
        world.desks.will_answer(Err(Problem::unavailable("the desk did not answer").into()));
        world.get(&path).with(&guard()).status(200);
    }
}

#[test]
fn a_withdrawn_guard_reads_only_their_own_alerts() {
    let world = World::new();
    world.recorded_whole("a-1");
    world.get(&format!("{PATH}/active")).with(&guard()).status(200);
    let withdrawn = || world.desks.will_answer(Err(Problem::new(Kind::Forbidden, "it was withdrawn").into()));
    for path in ["", "/a-1", "/a-1/timeline", "/a-1/trail", "/a-1/deliveries"] {
        withdrawn();
        world.get(&format!("{PATH}{path}")).with(&guard()).refused(403, "forbidden");
    }
    withdrawn();
    world.get(&format!("{PATH}/active")).with(&guard_called("7")).refused(403, "forbidden");
    withdrawn();
    world.get("/api/me/alerts").with(&guard_called("7")).status(200);
    withdrawn();
    world.get(&format!("{PATH}/a-1/timeline")).with(&guard_called("7")).status(200);
    world.get(&format!("{PATH}/active")).with(&guard()).status(200);
    withdrawn();
    world.get(&format!("{PATH}/active")).with(&guard()).refused(403, "forbidden");
    world.desks.will_answer(Err(Problem::unavailable("the desk did not answer").into()));
    world.get(&format!("{PATH}/active")).with(&guard()).status(200);
}

#[test]
fn the_active_list_asks_the_desk_about_the_guard_every_time() {
    let world = World::new();
    let asked = |token: &Token| {
        world.get(&format!("{PATH}/active")).with(token).status(200);
        world.desks.requests().len()
    };
    assert_eq!([asked(&guard()), asked(&guard()), asked(&guard_called("h"))], [1, 2, 3]);
}

#[test]
fn one_alert_comes_from_the_desk_before_d1() {
    let world = World::new();
    let path = format!("{PATH}/a-1");
    world.desks.will_answer(Ok(shown(raised("a-1"), false)));
    assert_eq!(world.get(&path).with(&guard()).status(200)["status"], "triggered");
    assert!(matches!(world.asked(), DeskCommand::View { id } if id.as_str() == "a-1"));
    world.desks.will_answer(Err(Problem::not_found().into()));
    world.get(&path).with(&guard()).refused(404, "not-found");
    let silent = || world.desks.will_answer(Err(Problem::unavailable("the desk did not answer").into()));
    silent();
    world.get(&path).with(&guard()).refused(503, "unavailable");
    world.desks.will_answer(Ok(DeskReply::InRecord));
    world.get(&path).with(&guard()).refused(404, "not-found");
    world.recorded(&[ended(raised("a-1"), Status::Resolved, "g", 9)]);
    world.desks.will_answer(Ok(DeskReply::InRecord));
    assert_eq!(world.get(&path).with(&guard()).status(200)["status"], "resolved");
    silent();
    assert_eq!(world.get(&path).with(&guard()).status(200)["status"], "resolved");
}

#[test]
fn an_alert_is_visible_to_guards_and_its_owner() {
    let world = World::new();
    world.recorded_whole("a-1");
    let one = |more: &str| {
        world.desks.will_answer(Ok(DeskReply::InRecord));
        world.get(&format!("{PATH}/a-1{more}"))
    };
    let duress = |token: &Token| one("").with(token).status(200).get("duress").cloned();
    assert_eq!(duress(&guard()), Some(json!(false)));
    assert_eq!(
        (duress(&Token::of("7")), duress(&guard_called("7"))),
        (None, None),
        "no duress field for the owner, even as a guard"
    );
    for token in [Token::of("8"), Token::admin(), other_guard(), Token::other_admin()] {
        for more in ["", "/timeline", "/trail", "/deliveries"] {
            one(more).with(&token).refused(404, "not-found");
        }
    }
    for more in ["/trail", "/deliveries"] {
        one(more).by("7").refused(403, "forbidden");
        one(more).with(&guard_called("7")).refused(403, "forbidden");
    }
}

#[test]
fn a_timeline_a_trail_and_deliveries_are_paged() {
    let world = World::new();
    world.recorded_whole("a-1");
    let page = |what: &str, query: &str| {
        let call: Call = world.get(&format!("{PATH}/a-1/{what}?{query}"));
        call.with(&guard()).status(200)
    };
    let timeline = page("timeline", "limit=2");
    let taken = json!({
        "number": 2, "at": "2023-11-14T22:13:22.000Z", "by": {"id": "g", "name": "Person g"}, "what": "acknowledged",
        "data": {},
    });
    assert_eq!((&timeline["data"][1], &timeline["data"][0]["data"]), (&taken, &json!({"left_out": []})));
    assert_eq!(timeline["data"][0]["by"]["id"], 7);
    let rest = page("timeline", &format!("cursor={}", timeline["next_cursor"].as_str().expect("the list continues")));
    assert_eq!((&rest["data"][0]["what"], &rest["data"][0]["by"]), (&json!("lapsed"), &json!(null)));
    assert_eq!(rest["next_cursor"], json!(null));
    let trail = page("trail", "limit=1");
    let place = json!({
        "number": 1, "lat": 1.0, "lng": -2.0, "string": "Gate 3", "accuracy": 5, "source": null,
        "at": "2023-11-14T22:13:21.000Z",
    });
    assert_eq!(trail["data"], json!([place]));
    let rest = page("trail", &format!("cursor={}", trail["next_cursor"].as_str().expect("the list continues")));
    assert_eq!(rest["data"][0]["number"], 2);
    let sent = json!({
        "user_id": "g", "name": "Person g", "via": "push", "sent_at": "2023-11-14T22:13:21.000Z", "delivered_at": null, "seen_at": null,
        "acknowledged_at": null,
    });
    assert_eq!(page("deliveries", "")["data"], json!([sent]));
    for what in ["timeline", "trail", "deliveries"] {
        world.get(&format!("{PATH}/a-1/{what}?cursor=!")).with(&guard()).refused(422, "bad-cursor");
        world.get(&format!("{PATH}/a-1/{what}?limit=101")).with(&guard()).refused(422, "invalid");
    }
}

#[test]
fn a_guards_own_alert_is_on_no_list_that_reveals_duress() {
    let world = World::new();
    let secret = under_duress(raised_by("a-1", "7", 1), 2);
    world.recorded(&[secret.clone(), raised_by("a-2", "8", 2)]);
    let own = guard_called("7");
    let list = |query: &str, token: &Token| ids(&world.get(&format!("{PATH}{query}")).with(token).status(200));
    for query in ["/active", "?status=open", "?status=triggered"] {
        assert_eq!(
            (list(query, &own), list(query, &guard())),
            (vec!["a-2".to_owned()], vec!["a-2".to_owned(), "a-1".to_owned()])
        );
    }
    let all = world.get(PATH).with(&own).status(200);
    assert_eq!((ids(&all), &all["data"][1]["status"]), (vec!["a-2".to_owned(), "a-1".to_owned()], &json!("cancelled")));
    world.desk_wrote(&AlertChanges {
        alerts: vec![(9, ended(secret, Status::Resolved, "g", 9))],
        ..AlertChanges::default()
    });
    assert_eq!(list("?status=resolved", &own), [] as [&str; 0]);
    assert_eq!(list("?status=closed", &own), ["a-1"]);
}
