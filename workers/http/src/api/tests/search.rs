//! Tests of searches over HTTP: the real objects of conversations feed the real object of the index.

mod histories;

use crate::ports::Clock as _;
use crate::testing::{Token, World};
use serde_json::{Value, json};

const SEARCH: &str = "/api/chat/search";

fn id(answer: &Value) -> String {
    answer["id"].as_str().expect("the id is present").to_owned()
}

fn query(parameters: &[(&str, &str)]) -> String {
    let encoded = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    format!("{SEARCH}?{encoded}")
}

fn found(world: &World, by: &str, parameters: &[(&str, &str)]) -> Vec<String> {
    bodies(&world.get(&query(parameters)).by(by).status(200))
}

fn bodies(page: &Value) -> Vec<String> {
    let hits = page["data"].as_array().expect("a list");
    hits.iter().map(|hit| hit["message"]["body"].as_str().unwrap_or("-").to_owned()).collect()
}

fn say(world: &World, conversation: &str, by: &str, body: &str) -> Value {
    world.clock.pass(10);
    world.post(&format!("{conversation}/messages"), json!({"body": body})).by(by).status(201)
}

#[test]
fn words_phrases_beginnings_and_exclusions_find_messages_newest_first() {
    let world = World::new();
    let (room, conversation) = world.room_of(&["7", "8"]);
    for (by, body) in [
        ("7", "La reunión empieza a las nueve"),
        ("8", "Reunion aplazada, empieza mañana"),
        ("8", "東京都に行く"),
        ("7", "see https://example.org/plan"),
    ] {
        say(&world, &conversation, by, body);
    }
    world.objects.index();
    let check = |q: &str, expected: &[&str]| assert_eq!(found(&world, "7", &[("q", q)]), expected, "{q}");
    check("REUNION", &["Reunion aplazada, empieza mañana", "La reunión empieza a las nueve"]);
    check("reunión -aplazada", &["La reunión empieza a las nueve"]);
    check("\"empieza a\"", &["La reunión empieza a las nueve"]);
    check("empieza nueve", &["La reunión empieza a las nueve"]);
    check("apla*", &["Reunion aplazada, empieza mañana"]);
    check("apla", &[]);
    check("manana", &["Reunion aplazada, empieza mañana"]);
    check("京都", &["東京都に行く"]);
    check("京", &["東京都に行く"]);
    check("都京", &[]);
    check("from:7 reunion", &["La reunión empieza a las nueve"]);
    check("from:\"Person 8\" reunion", &["Reunion aplazada, empieza mañana"]);
    check("has:link", &["see https://example.org/plan"]);
    check("has:file", &[]);
    check("from:me -reunion", &["see https://example.org/plan"]);
    check("in:nowhere reunion", &[]);
    check("before:2023-01-01 reunion", &[]);
    check("after:2023-01-01 plan", &["see https://example.org/plan"]);
    check("", &[]);
    check("\u{1f600} ... -", &[]);
    assert_eq!(found(&world, "7", &[("q", "nueve"), ("from", "8")]), Vec::<String>::new());
    assert_eq!(found(&world, "7", &[("q", "nueve"), ("in", &room_id(&room))]).len(), 1);
    let best = found(&world, "7", &[("q", "empieza reunion"), ("sort", "best")]);
    assert_eq!(best, ["Reunion aplazada, empieza mañana", "La reunión empieza a las nueve"]);
    let best = found(&world, "7", &[("q", "reunion empieza"), ("sort", "best")]);
    assert_eq!(best[0], "La reunión empieza a las nueve", "the words are next to each other");
}

/// The id in the path of a room.
fn room_id(path: &str) -> String {
    path.rsplit('/').next().unwrap_or_default().to_owned()
}

#[test]
fn a_hit_has_its_message_conversation_highlights_and_context() {
    let world = World::new();
    let (_, conversation) = world.room_of(&["7", "8"]);
    let said = say(&world, &conversation, "8", "¿Cuándo? Mañana a las 9, mañana");
    world.objects.index();
    world.call("PUT", "/api/me/blocks/8").by("7").status(201);
    let page = world.get(&query(&[("q", "manana 9")])).by("7").status(200);
    let hit = &page["data"][0];
    assert_eq!(hit["type"], "message");
    assert_eq!(hit["message"]["id"], said["id"]);
    assert_eq!(hit["message"]["from_blocked"], true);
    assert_eq!(hit["conversation"]["id"], said["conversation_id"]);
    assert_eq!(hit["conversation"]["type"], "room");
    assert_eq!(hit["highlights"], json!([[9, 6], [22, 1], [25, 6]]));
    assert_eq!(hit["context"], json!({"start": 0, "text": "¿Cuándo? Mañana a las 9, mañana"}));
    assert_eq!(page["next_cursor"], Value::Null);
}

#[test]
fn only_members_find_messages_and_a_removal_holds_at_once() {
    let world = World::new();
    let (room, conversation) = world.room_of(&["7", "8", "9"]);
    let said = say(&world, &conversation, "7", "the secret word");
    world.objects.index();
    let finds = |by: &str| found(&world, by, &[("q", "secret")]).len();
    world.meet(&["10"]);
    assert_eq!(["7", "8", "9", "10"].map(finds), [1, 1, 1, 0]);
    world.delete(&format!("{room}/members/8")).with(&Token::admin()).status(204);
    assert_eq!(finds("8"), 0, "removed");
    world.call("POST", &format!("{room}/members/9/ban")).with(&Token::admin()).status(200);
    assert_eq!(finds("9"), 0, "banned");
    world.post(&format!("{room}/members"), json!({"user_id": "8"})).with(&Token::admin()).status(201);
    assert_eq!(finds("8"), 1, "a member again");
    world.post(&format!("{room}/leave"), json!({})).by("8").send();
    assert_eq!(finds("8"), 0, "left");
    world.delete(&format!("/api/chat/messages/{}", id(&said))).by("7").status(200);
    assert_eq!(finds("7"), 0, "deleted");
}

#[test]
fn an_edit_is_found_by_its_new_words_only() {
    let world = World::new();
    let (_, conversation) = world.room_of(&["7"]);
    let said = say(&world, &conversation, "7", "before the change");
    world.objects.index();
    world.put(&format!("/api/chat/messages/{}", id(&said)), json!({"body": "after it"})).by("7").status(200);
    world.objects.flush();
    assert_eq!(found(&world, "7", &[("q", "before")]), Vec::<String>::new(), "the record has the edit");
    world.objects.index();
    assert_eq!(found(&world, "7", &[("q", "before")]), Vec::<String>::new());
    assert_eq!(found(&world, "7", &[("q", "after")]), ["after it"]);
}

#[test]
fn another_tenant_and_a_stranger_find_nothing() {
    let world = World::new();
    let (_, conversation) = world.room_of(&["7"]);
    say(&world, &conversation, "7", "ours alone");
    world.objects.index();
    world.get(&query(&[("q", "ours")])).refused(401, "unauthenticated");
    let other = Token::other_admin();
    let page = world.get(&query(&[("q", "ours")])).with(&other).status(200);
    assert_eq!(page["data"], json!([]));
}

#[test]
fn any_text_is_a_query() {
    let world = World::new();
    let (_, conversation) = world.room_of(&["7"]);
    say(&world, &conversation, "7", "o'brien said a:b, foo AND NEAR(x y)");
    world.objects.index();
    let long = "word ".repeat(1_000);
    for q in [
        "\"",
        "'",
        "o'brien",
        "a:b",
        "foo AND",
        "NEAR(x y)",
        "*",
        "a* b* c*",
        "^foo",
        "{body} : x",
        "body:foo",
        "-",
        "--",
        "\"\"\"",
        "in:",
        "from:\"",
        "has:nothing",
        "before:soon",
        "sort:worst",
        "x\0y",
        "( ) + ,",
        "texts MATCH 'a'",
        &long,
    ] {
        world.clock.pass(5_000);
        world.get(&query(&[("q", q)])).by("7").status(200);
        world.get(&query(&[("q", q), ("sort", "best")])).by("7").status(200);
        world.get(&query(&[("q", q), ("type", "people")])).by("7").status(200);
        world.get(&query(&[("q", q), ("type", "rooms")])).by("7").status(200);
        world.get(&query(&[("q", "foo"), ("from", q), ("in", q)])).by("7").status(200);
    }
    assert_eq!(found(&world, "7", &[("q", "o'brien")]).len(), 1);
    assert_eq!(found(&world, "7", &[("q", "foo AND")]).len(), 1);
    world.get(&query(&[("q", "x"), ("before", "soon")])).by("7").refused(422, "invalid");
    world.get(&query(&[("q", "x"), ("cursor", "x")])).by("7").refused(422, "bad-cursor");
}

#[test]
fn pages_are_bounded_and_continue_where_they_ended_while_messages_are_sent() {
    let world = World::new();
    let (_, conversation) = world.room_of(&["7"]);
    for number in 0..12 {
        say(&world, &conversation, "7", &format!("word {number}"));
    }
    world.objects.index();
    for sort in ["new", "best"] {
        let (mut seen, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let mut parameters = vec![("q", "word -late"), ("limit", "5"), ("sort", sort)];
            parameters.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
            let page = world.get(&query(&parameters)).by("7").status(200);
            assert!(bodies(&page).len() <= 5);
            seen.extend(bodies(&page));
            say(&world, &conversation, "7", "word late");
            world.objects.index();
            match page["next_cursor"].as_str() {
                Some(next) => cursor = Some(next.to_owned()),
                None => break,
            }
        }
        let expected: Vec<String> = (0..12).rev().map(|number| format!("word {number}")).collect();
        assert_eq!(seen, expected, "{sort}");
    }
}

#[test]
fn people_and_rooms_are_found_by_the_beginnings_of_words() {
    let world = World::new();
    let (_, _) = world.room_of(&["7", "8"]);
    let page = world.get(&query(&[("q", "person"), ("type", "people")])).by("7").status(200);
    assert_eq!(page["data"][0]["type"], "person");
    assert_eq!(page["data"].as_array().map(Vec::len), Some(3), "both and the administrator");
    let rooms = world.get("/api/chat/rooms").by("7").status(200);
    let name = rooms["data"][0]["name"].as_str().expect("a name").to_owned();
    let page = world.get(&query(&[("q", &name), ("type", "rooms")])).by("7").status(200);
    assert_eq!((&page["data"][0]["type"], &page["data"][0]["room"]["name"]), (&json!("room"), &json!(name)));
    assert_eq!(world.get(&query(&[("q", "x"), ("type", "files")])).by("7").status(200)["data"], json!([]));
    assert_eq!(world.get(&query(&[("q", ""), ("type", "people")])).by("7").status(200)["data"], json!([]));
}

#[test]
fn searches_of_a_person_are_limited() {
    let world = World::new();
    world.meet(&["7", "8"]);
    for _ in 0..120 {
        world.get(&query(&[("q", "x"), ("type", "files")])).by("7").status(200);
    }
    world.get(&query(&[("q", "x"), ("type", "files")])).by("7").refused(429, "rate-limited");
    world.get(&query(&[("q", "x"), ("type", "files")])).by("8").status(200);
}

#[test]
fn an_index_that_was_down_catches_up_and_is_rebuilt_from_the_record() {
    let world = World::new();
    let (_, conversation) = world.room_of(&["7"]);
    say(&world, &conversation, "7", "one word");
    let gone = say(&world, &conversation, "7", "another word");
    world.objects.flush();
    world.delete(&format!("/api/chat/messages/{}", id(&gone))).by("7").status(200);
    world.objects.index();
    assert_eq!(found(&world, "7", &[("q", "word")]), ["one word"]);
    world.call("POST", "/api/admin/search/rebuild").by("7").refused(403, "forbidden");
    let admin = Token::admin();
    world.call("POST", "/api/admin/search/rebuild").with(&admin).status(200);
    say(&world, &conversation, "7", "a later word");
    world.objects.index();
    world.objects.run_until(world.clock.now().plus_millis(10_000));
    let state = world.get("/api/admin/search").with(&admin).status(200);
    assert_eq!((&state["waiting"], &state["is_listing"], &state["messages"]), (&json!(0), &json!(false), &json!(2)));
    assert_eq!(found(&world, "7", &[("q", "word")]), ["a later word", "one word"]);
    world.objects.set_down(true);
    world.get(&query(&[("q", "word")])).by("7").refused(503, "unavailable");
}
