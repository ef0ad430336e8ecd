//! HTTP tests of the app's users for administrators.

use crate::testing::{Token, World};
use serde_json::{Value, json};

const PATH: &str = "/api/admin/users";

fn ids(page: &Value) -> Vec<&str> {
    let data = page["data"].as_array().expect("a JSON array");
    data.iter().map(|user| user["id"].as_str().expect("an id")).collect()
}

#[test]
fn people_are_found_by_name_and_by_id_page_by_page() {
    let world = World::new();
    world.meet(&["7", "8", "9"]);
    let search = |query: &str| world.get(&format!("{PATH}?{query}")).with(&Token::admin()).status(200);
    let first = search("q=person&limit=2");
    let next = first["next_cursor"].as_str().expect("the list continues");
    let rest = search(&format!("q=person&limit=2&cursor={next}"));
    assert_eq!([ids(&first), ids(&rest)].concat(), ["1", "7", "8", "9"]);
    assert_eq!(ids(&search("q=8"))[0], "8", "by id");
    assert_eq!(ids(&search("q=nobody")), [] as [&str; 0]);
}

#[test]
fn the_standing_of_a_person_is_shown() {
    let world = World::new();
    world.meet(&["7"]);
    let before = world.get(&format!("{PATH}?q=7")).with(&Token::admin()).status(200);
    assert_eq!(before["data"][0]["revoked_before"], Value::Null);
    let room = json!({"name": "Lobby", "members": [{"user_id": "7"}]});
    world.post("/api/chat/rooms", room).with(&Token::admin()).status(201);
    world.post(&format!("{PATH}/7/sign-out"), json!({})).with(&Token::admin()).status(200);
    let page = world.get(&format!("{PATH}?q=7")).with(&Token::admin()).status(200);
    let shown = &page["data"][0];
    assert!(shown["revoked_before"].is_string(), "{shown}");
    assert_eq!((&shown["conversations"], &shown["bans"], &shown["mutes"]), (&json!(1), &json!(0), &json!(0)));
    assert_eq!(shown["is_online"], false);
}

#[test]
fn people_are_for_administrators_of_their_tenant() {
    let world = World::new();
    world.meet(&["7"]);
    world.get(PATH).by("7").refused(403, "forbidden");
    world.get(PATH).refused(401, "unauthenticated");
    let others = world.get(&format!("{PATH}?q=7")).with(&Token::other_admin()).status(200);
    assert_eq!(others["data"], json!([]));
}
