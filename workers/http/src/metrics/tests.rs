//! Tests of counting requests and of reporting to the registry.

use super::report;
use crate::testing::{Token, World};
use campana_core::shared::ids::TenantId;
use pollster::block_on;
use serde_json::json;
use std::collections::BTreeMap;

/// Reports what an isolate counted for the demo app.
fn report_of(world: &World) {
    block_on(report(&world.app, &TenantId::trusted("demo")));
}

/// Values of `/metrics` by series, read by the administrator.
fn scraped(world: &World) -> BTreeMap<String, f64> {
    let page = world.get("/metrics").with(&Token::admin()).send().text;
    let samples = page.lines().filter(|line| !line.starts_with('#'));
    samples
        .map(|line| {
            let (series, value) = line.rsplit_once(' ').expect("a sample has a value");
            (series.to_owned(), value.parse().expect("a number"))
        })
        .collect()
}

/// Counters, and the parts of histograms.
fn counters(world: &World) -> BTreeMap<String, f64> {
    let is_counter = |series: &str| {
        let name = series.split('{').next().expect("a name");
        ["_total", "_bucket", "_count", "_sum"].iter().any(|suffix| name.ends_with(suffix))
    };
    scraped(world).into_iter().filter(|(series, _)| is_counter(series)).collect()
}

#[test]
fn requests_count_by_template_method_and_class_and_problems_by_type() {
    let world = World::new();
    world.meet(&["7"]);
    world.get("/api/chat/rooms/no-such-room").by("7").send();
    world.get("/api/chat/rooms/another").by("7").send();
    world.get("/no/such/path").by("7").send();
    let seen = scraped(&world);
    let value = |series: &str| seen.get(series).copied();
    let rooms = r#"campana_http_requests_total{app="demo",method="GET",endpoint="/api/chat/rooms/{id}",status="4xx"}"#;
    assert_eq!(value(rooms), Some(2.0), "{seen:?}");
    let me = r#"campana_http_requests_total{app="demo",method="GET",endpoint="/api/me",status="2xx"}"#;
    assert_eq!(value(me), Some(1.0));
    assert_eq!(value(r#"campana_problems_total{app="demo",type="not-found"}"#), Some(2.0));
    assert_eq!(value(r#"campana_http_request_duration_seconds_count{app="demo",group="chat"}"#), Some(2.0));
    assert_eq!(value(r#"campana_active_people{app="demo",window="day"}"#), Some(1.0), "user 7");
    assert!(!seen.keys().any(|series| series.contains("no-such") || series.contains("/no/")), "only templates");
}

#[test]
fn counters_never_fall_whichever_isolate_answers() {
    let world = World::new();
    let isolates = [world.elsewhere(), world.elsewhere()];
    let mut highest: BTreeMap<String, f64> = BTreeMap::new();
    for round in 0..12 {
        let [answering, other] =
            if round % 2 == 0 { [&isolates[0], &isolates[1]] } else { [&isolates[1], &isolates[0]] };
        answering.get("/api/me").by("7").status(200);
        other.get("/api/me").by("8").status(200);
        // The registry is away at times: those reports are lost.
        world.objects.set_down(round % 3 == 0);
        report_of(other);
        world.objects.set_down(false);
        let now = counters(answering);
        for (series, before) in &highest {
            let after = now.get(series).copied().unwrap_or_default();
            assert!(after >= *before, "{series} fell from {before} to {after} in round {round}");
        }
        highest.extend(now);
    }
    isolates.iter().for_each(report_of);
    let me = r#"campana_http_requests_total{app="demo",method="GET",endpoint="/api/me",status="2xx"}"#;
    assert_eq!(counters(&isolates[0])[me].to_string(), "24", "nothing is lost or counted twice");
    // A fresh isolate, as after a restart, has the sum too.
    assert_eq!(counters(&world.elsewhere())[me].to_string(), "24");
}

#[test]
fn a_series_has_one_value_per_minute() {
    let world = World::new();
    world.get("/api/me").by("7").status(200);
    report_of(&world);
    world.clock.pass(3 * 60_000);
    let values = |path: &str| world.get(path).with(&Token::admin()).status(200)["values"].clone();
    // The first minute has the request of user 7, the last one no answer to the administrator yet.
    assert_eq!(values("/api/admin/series?metric=requests&minutes=4"), json!([1, 0, 0, 0]));
    assert_eq!(values("/api/admin/series?metric=request_p99&minutes=4"), json!([5, null, null, 5]));
    assert_eq!(values("/api/admin/series?metric=errors&minutes=1"), json!([0]));
    assert_eq!(values("/api/admin/series?metric=connections&minutes=2"), json!([null, null]));
    let day = values("/api/admin/series?metric=messages&minutes=1440");
    assert_eq!(day.as_array().map(Vec::len), Some(1_440));
}

#[test]
fn only_administrators_read_series_and_what_is_unknown_is_refused() {
    let world = World::new();
    world.get("/api/admin/series?metric=requests").refused(401, "unauthenticated");
    world.get("/api/admin/series?metric=requests").by("7").refused(403, "forbidden");
    for query in
        ["", "?metric=invented", "?metric=requests&minutes=0", "?metric=requests&minutes=1441", "?metric=requests&x=1"]
    {
        world.get(&format!("/api/admin/series{query}")).with(&Token::admin()).refused(422, "invalid");
    }
    world.get("/api/me").by("7").status(200);
    report_of(&world);
    let theirs = world.get("/api/admin/series?metric=requests&minutes=1").with(&Token::other_admin()).status(200);
    assert_eq!(theirs["values"], json!([0]), "of their own app");
}

#[test]
fn requests_count_for_their_app_only() {
    let world = World::new();
    world.get("/api/me").by("7").status(200);
    world.get("/api/me").status(401);
    report_of(&world);
    let page = world.get("/metrics").with(&Token::other_admin()).send().text;
    assert!(!page.contains("app=\"demo\"") && !page.contains("/api/me"), "{page}");
}

#[test]
fn a_raised_alert_and_a_feature_count_once_they_succeed() {
    let world = World::new();
    world.post("/api/chat/rooms", json!({"name": ""})).with(&Token::admin()).send();
    world.room(json!({"name": "Lobby", "visibility": "public"}));
    let seen = scraped(&world);
    assert_eq!(seen.get(r#"campana_feature_uses_total{app="demo",feature="rooms"}"#), Some(&1.0));
}
