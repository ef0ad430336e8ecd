//! A user's own channel in a simulated world.

use super::Object;
use crate::tests::group::{START, principal, record};
use crate::tests::histories::seeds;
use campana_core::chat::command::Connect;
use campana_core::shared::limits::Limits;
use campana_runtime::testing::{World, instance};
use serde_json::{Value, json};

const HISTORIES: u64 = 50;
/// Fewer than a device may send in one burst.
const FRAMES: u64 = 40;

fn check(seed: u64) {
    let world = World::new(seed);
    world.advance_to(START);
    world.set_record(Some(record().0));
    let node = world.add("demo/user.ana", instance::<Object>);
    let connect = Connect {
        conversation_id: None,
        principal: principal("ana"),
        limits: Limits::default(),
        client_id: None,
        resume: None,
        request_id: None,
    };
    let sockets = [(); 2].map(|()| world.open(node, serde_json::to_string(&connect).expect("JSON")));
    world.run_for(0);
    let mut expected = sockets.each_ref().map(|socket| {
        let welcome: Value = serde_json::from_str(&socket.received().concat()).expect("JSON");
        assert_eq!(welcome["type"], "welcome");
        Vec::new()
    });
    // The rate is that of the user, on all sockets.
    for _ in 0..FRAMES {
        let at = usize::try_from(world.draw(2)).expect("small");
        let (frame, answer) = match world.draw(3) {
            0 => ("ping".to_owned(), Some("pong")),
            1 => (json!({"type": "pong"}).to_string(), None),
            _ => (json!({"type": "send", "client_msg_id": "m", "body": "b"}).to_string(), Some("error")),
        };
        world.send(node, &sockets[at], &frame);
        expected[at].extend(answer);
        world.run(world.draw(3));
    }
    world.run_for(0);
    for (socket, expected) in sockets.iter().zip(expected) {
        let answer = |text: &String| if text == "pong" { "pong" } else { "error" };
        assert_eq!(socket.received().iter().map(answer).collect::<Vec<_>>(), expected, "seed {seed}");
        assert_eq!(socket.closed(), None);
    }
}

#[test]
fn pipelined_frames_are_answered_in_their_order() {
    seeds(HISTORIES).for_each(check);
}
