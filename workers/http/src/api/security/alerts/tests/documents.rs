//! Answers about alerts match the schema of the API.

use super::{PATH, guard};
use crate::schema::tests::check;
use crate::testing::World;
use campana_core::alerts::command::DeskReply;
use serde_json::json;

#[test]
fn answers_about_alerts_match_the_schema() {
    let world = World::new();
    world.recorded_whole("4711");
    let get = |path: &str| world.get(&format!("{PATH}{path}")).with(&guard()).status(200);
    check("PanicAlert", &get("/4711"));
    check("PanicAlertPage", &get(""));
    for (path, page, items) in [
        ("/4711/timeline", "TimelineEntryPage", 3),
        ("/4711/trail", "SightingPage", 2),
        ("/4711/deliveries", "AlertDeliveryPage", 1),
    ] {
        let answer = get(path);
        assert_eq!(answer["data"].as_array().map(Vec::len), Some(items), "{path}");
        check(page, &answer);
    }
    check("PushKey", &world.get("/api/security/push/key").with(&guard()).status(200));
    let pins = json!({"cancel_pin": "1234"});
    check("AlertPins", &pins);
    check("AlertPinsState", &world.put("/api/me/alert-pins", pins).by("7").status(200));
    world.desks.will_answer(Ok(DeskReply::Pins { are_set: true }));
    check("AlertPinsState", &world.get("/api/me/alert-pins").by("7").status(200));
}
