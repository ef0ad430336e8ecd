//! Random histories of joins, leaves, bans, blocks, messages, edits and deletions against a scan of all messages: after each step
//! nobody finds what they may not read, and once the index is up to date everybody finds all that they may, on some page.

use super::{found, id, query};
use crate::testing::{Token, World};
use proptest::prelude::*;
use serde_json::json;
use std::collections::BTreeSet;

const PEOPLE: [&str; 4] = ["7", "8", "9", "10"];
const WORDS: [&str; 6] = ["alpha", "beta", "alphabet", "gamma", "delta", "niño"];
const ROOMS: usize = 3;
const QUERIES: [&str; 7] =
    ["alpha", "alpha*", "\"beta gamma\"", "delta -beta", "NINO", "from:8 gamma", "alpha sort:best"];

#[derive(Debug, Clone)]
enum Step {
    Join(usize, usize),
    Leave(usize, usize),
    Ban(usize, usize),
    Block(usize, usize),
    Say(usize, usize, [usize; 3]),
    Edit(usize, [usize; 3]),
    Delete(usize),
    Index,
}

struct Said {
    id: String,
    room: usize,
    by: usize,
    body: String,
}

struct Room {
    path: String,
    conversation: String,
    members: BTreeSet<usize>,
    banned: BTreeSet<usize>,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let (person, room) = (0..PEOPLE.len(), 0..ROOMS);
    let words = [0..WORDS.len(), 0..WORDS.len(), 0..WORDS.len()];
    let step = prop_oneof![
        3 => (person.clone(), room.clone()).prop_map(|(who, room)| Step::Join(who, room)),
        1 => (person.clone(), room.clone()).prop_map(|(who, room)| Step::Leave(who, room)),
        1 => (person.clone(), room.clone()).prop_map(|(who, room)| Step::Ban(who, room)),
        1 => (person.clone(), person.clone()).prop_map(|(who, whom)| Step::Block(who, whom)),
        6 => (person, room, words.clone()).prop_map(|(who, room, words)| Step::Say(who, room, words)),
        2 => (0..20_usize, words).prop_map(|(message, words)| Step::Edit(message, words)),
        2 => (0..20_usize).prop_map(Step::Delete),
        2 => Just(Step::Index),
    ];
    proptest::collection::vec(step, 20..45)
}

fn text(words: [usize; 3]) -> String {
    words.map(|word| WORDS[word]).join(" ")
}

/// Whether a scan finds the message.
fn fits(said: &Said, asked: &str) -> bool {
    let words: Vec<&str> = said.body.split(' ').collect();
    let has = |word: &str| words.contains(&word);
    match asked {
        "alpha" | "alpha sort:best" => has("alpha"),
        "alpha*" => has("alpha") || has("alphabet"),
        "\"beta gamma\"" => words.windows(2).any(|pair| pair == ["beta", "gamma"]),
        "delta -beta" => has("delta") && !has("beta"),
        "NINO" => has("niño"),
        "from:8 gamma" => has("gamma") && PEOPLE[said.by] == "8",
        _ => false,
    }
}

/// What a person finds on all pages.
fn all_found(world: &World, who: &str, asked: &str) -> Vec<String> {
    let (mut ids, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let mut parameters = vec![("q", asked), ("limit", "2")];
        parameters.extend(asked.contains("best").then_some(("sort", "best")));
        parameters.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
        world.clock.pass(600);
        let page = world.get(&query(&parameters)).by(who).status(200);
        let hits = page["data"].as_array().expect("a list");
        ids.extend(hits.iter().map(|hit| id(&hit["message"])));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => return ids,
        }
    }
}

fn check(world: &World, rooms: &[Room], said: &[Said], is_indexed: bool) {
    for (who, name) in PEOPLE.iter().enumerate() {
        for asked in QUERIES {
            let permitted = said.iter().filter(|said| rooms[said.room].members.contains(&who) && fits(said, asked));
            let permitted: BTreeSet<String> = permitted.map(|said| said.id.clone()).collect();
            let found = all_found(world, name, asked);
            let once: BTreeSet<String> = found.iter().cloned().collect();
            assert_eq!(once.len(), found.len(), "{name} finds a message twice: {asked}");
            if is_indexed {
                assert_eq!(once, permitted, "{name}: {asked}");
            } else {
                assert!(once.is_subset(&permitted), "{name} finds what they may not: {asked}");
            }
        }
    }
}

fn run(steps: Vec<Step>) {
    let world = World::new();
    world.meet(&PEOPLE);
    let mut rooms: Vec<Room> = (0..ROOMS)
        .map(|_| {
            let (path, conversation) = world.room_of(&[]);
            Room { path, conversation, members: BTreeSet::new(), banned: BTreeSet::new() }
        })
        .collect();
    let mut said: Vec<Said> = Vec::new();
    let steps = steps.into_iter().chain([Step::Index]);
    for step in steps {
        world.clock.pass(2_000);
        match step {
            Step::Join(who, room) => {
                let room = &mut rooms[room];
                let joined = world.post(&format!("{}/join", room.path), json!({})).by(PEOPLE[who]).send();
                assert_eq!(joined.status.is_success(), !room.banned.contains(&who));
                if joined.status.is_success() {
                    room.members.insert(who);
                }
            }
            Step::Leave(who, room) => {
                let room = &mut rooms[room];
                world.post(&format!("{}/leave", room.path), json!({})).by(PEOPLE[who]).send();
                room.members.remove(&who);
            }
            Step::Ban(who, room) => {
                let room = &mut rooms[room];
                let path = format!("{}/members/{}/ban", room.path, PEOPLE[who]);
                world.call("POST", &path).with(&Token::admin()).status(200);
                room.members.remove(&who);
                room.banned.insert(who);
            }
            Step::Block(who, whom) if who != whom => {
                world.call("PUT", &format!("/api/me/blocks/{}", PEOPLE[whom])).by(PEOPLE[who]).send();
            }
            Step::Block(..) => {}
            Step::Say(who, room, words) => {
                let body = text(words);
                let path = format!("{}/messages", rooms[room].conversation);
                let sent = world.post(&path, json!({"body": body})).by(PEOPLE[who]).send();
                assert_eq!(sent.status == 201, rooms[room].members.contains(&who));
                if sent.status == 201 {
                    said.push(Said { id: id(&sent.body), room, by: who, body });
                }
            }
            Step::Edit(message, words) => {
                let Some(message) = said.get_mut(message) else { continue };
                let path = format!("/api/chat/messages/{}", message.id);
                let edited = world.put(&path, json!({"body": text(words)})).by(PEOPLE[message.by]).send();
                if edited.status == 200 {
                    // Until the record has the edit, the old text is found and shown.
                    world.objects.flush();
                    message.body = text(words);
                }
            }
            Step::Delete(message) => {
                if message < said.len() {
                    let path = format!("/api/chat/messages/{}", said[message].id);
                    let by = PEOPLE[said[message].by];
                    let is_gone = world.delete(&path).by(by).send().status == 200
                        || world.delete(&path).with(&Token::admin()).send().status == 200;
                    if is_gone {
                        said.remove(message);
                    }
                }
            }
            Step::Index => {
                world.objects.index();
                check(&world, &rooms, &said, true);
            }
        }
    }
    check(&world, &rooms, &said, true);
    assert!(found(&world, "7", &[("q", "epsilon")]).is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn everybody_finds_what_they_may_read_and_nothing_else(steps in steps()) {
        run(steps);
    }
}

#[test]
fn nothing_forbidden_is_found_while_the_index_is_behind() {
    let world = World::new();
    world.meet(&PEOPLE);
    let (path, conversation) = world.room_of(&["7", "8"]);
    let sent = world.post(&format!("{conversation}/messages"), json!({"body": "alpha beta"})).by("7").status(201);
    world.objects.index();
    let mut room = Room { path, conversation, members: BTreeSet::from([0, 1]), banned: BTreeSet::new() };
    let said = vec![Said { id: id(&sent), room: 0, by: 0, body: "alpha beta".to_owned() }];
    world.delete(&format!("{}/members/8", room.path)).with(&Token::admin()).status(204);
    room.members.remove(&1);
    check(&world, std::slice::from_ref(&room), &said, false);
    world.delete(&format!("/api/chat/messages/{}", said[0].id)).by("7").status(200);
    check(&world, &[room], &[], false);
}
