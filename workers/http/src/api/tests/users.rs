//! Tests of users.

use crate::testing::World;
use serde_json::{Value, json};

#[test]
fn users_are_found_by_a_prefix_of_their_name() {
    let world = World::new();
    world.meet(&["7", "8", "9", "10"]);
    let page = world.get("/api/chat/users?q=PERSON&limit=3").by("7").status(200);
    let next = page["next_cursor"].as_str().expect("the list continues");
    let rest = world.get(&format!("/api/chat/users?q=PERSON&limit=3&cursor={next}")).by("7").status(200);
    let ids = |page: &Value| {
        page["data"].as_array().expect("a JSON array").iter().map(|u| u["id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!([ids(&page), ids(&rest)].concat(), ["10", "7", "8", "9"]);
    assert_eq!(world.get("/api/chat/users?q=nobody").by("7").status(200)["data"], json!([]));
    assert_eq!(world.get("/api/chat/users/online").by("7").status(200)["data"], json!([]));
}
