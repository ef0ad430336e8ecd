//! Sockets that send random frames without waiting for answers, while the record is slow: each frame is handled after
//! the one before it on its socket is done.

use super::scene::{Client, Scene};
use crate::tests::group::{MEMBERS, record};
use crate::tests::histories::seeds;
use crate::tests::slow::Slow;
use campana_runtime::testing::World;
use campana_storage::Store;
use serde_json::{Value, json};
use std::sync::Arc;

const HISTORIES: u64 = 40;
const STEPS: u64 = 30;
/// Longer than the record and the fan-out take, milliseconds.
const ANSWERED_MS: i64 = 5_000;
const UNKNOWN: &str = "01890a5d-ac96-774b-bcce-b302099a8058";

/// What a socket's frame has to be answered with, or cause, in order.
#[derive(Debug, Clone, PartialEq)]
enum Effect {
    Ack(String),
    Error(Option<String>),
    Edited(String),
    Reset,
}

struct Sender<'a> {
    client: Client<'a>,
    expected: Vec<Effect>,
    /// Message ids, by what the client called them.
    sent: Vec<Value>,
}

impl Sender<'_> {
    fn send(&mut self, frame: &Value, effect: Option<Effect>) {
        self.client.send(frame);
        self.expected.extend(effect);
    }

    fn step(&mut self, world: &World, name: String) {
        match world.draw(12) {
            0..5 => {
                let frame = json!({"type": "send", "client_msg_id": name, "body": name});
                self.send(&frame, Some(Effect::Ack(name)));
            }
            // The record is asked for a message that the log does not have.
            5 => self.send(&json!({"type": "edit", "id": UNKNOWN, "body": name}), Some(Effect::Error(None))),
            6 => self.send(&json!({"type": "delete", "id": UNKNOWN}), Some(Effect::Error(None))),
            7 if !self.sent.is_empty() => {
                let at = usize::try_from(world.draw(self.sent.len() as u64)).expect("small");
                let frame = json!({"type": "edit", "id": self.sent[at], "body": name});
                self.send(&frame, Some(Effect::Edited(name)));
            }
            7 | 8 => self.send(&json!({"type": "typing", "on": world.draw(2) == 0}), None),
            9 => self.send(&json!({"type": "read", "seq": 1}), None),
            10 => self.send(&json!({"type": "resume", "epoch": "another", "seq": 1}), Some(Effect::Reset)),
            _ => {
                let frame = json!({"type": "send", "client_msg_id": name, "body": ""});
                self.send(&frame, Some(Effect::Error(Some(name))));
            }
        }
    }

    /// Effects in the order in which the client saw them, and the positions of its messages and edits.
    fn effects(&mut self) -> (Vec<Effect>, Vec<i64>) {
        let (mut effects, mut positions) = (Vec::new(), Vec::new());
        for frame in self.client.frames() {
            let text = |value: &Value| value.as_str().map(str::to_owned);
            match (frame["type"].as_str(), frame["event"].as_str()) {
                (Some("ack"), _) => {
                    self.sent.push(frame["id"].clone());
                    positions.push(frame["seq"].as_i64().expect("a number"));
                    effects.push(Effect::Ack(text(&frame["client_msg_id"]).expect("an id")));
                }
                (Some("error"), _) => effects.push(Effect::Error(text(&frame["client_msg_id"]))),
                (Some("reset"), _) => effects.push(Effect::Reset),
                _ => {}
            }
        }
        (effects, positions)
    }
}

/// Runs a history. Returns the number of answers.
fn check(seed: u64) -> usize {
    let (_, record) = record();
    let scene = Scene::with(World::new(seed), Store::new(Arc::new(Slow::new(Arc::clone(&record) as _, seed))), record);
    let world = &scene.world;
    let mut senders: Vec<Sender<'_>> = ["ana", "bo", "ana"]
        .iter()
        .enumerate()
        .map(|(at, user)| Sender {
            client: scene.open(user, &format!("tab{at}")),
            expected: Vec::new(),
            sent: Vec::new(),
        })
        .collect();
    let observer = scene.open(MEMBERS[2], "observer");
    scene.pass(ANSWERED_MS);
    let mut answers = 0_usize;
    for round in 0..STEPS {
        for (at, sender) in senders.iter_mut().enumerate() {
            for part in 0..=world.draw(3) {
                sender.step(world, format!("{at}-{round}-{part}"));
            }
        }
        if world.draw(6) == 0 {
            // Memberships and the log are read anew.
            scene.hibernate();
            for sender in &mut senders {
                sender.expected.clear();
            }
            scene.pass(ANSWERED_MS);
            for sender in &senders {
                drop(sender.client.frames());
            }
            drop(observer.frames());
            continue;
        }
        // Without work that is ready, turns let time pass.
        world.run(world.draw(12));
        if world.draw(3) > 0 {
            continue;
        }
        scene.pass(ANSWERED_MS);
        assert!(senders.iter().all(|sender| sender.client.closed().is_none()), "seed {seed}");
        let messages: Vec<(String, i64)> = observer
            .frames()
            .iter()
            .filter_map(|frame| {
                let body = frame["partial"]["body"].as_str()?;
                Some((body.to_owned(), frame["seq"].as_i64()?))
            })
            .collect();
        for (at, sender) in senders.iter_mut().enumerate() {
            let expected = std::mem::take(&mut sender.expected);
            let (effects, positions) = sender.effects();
            let answered = expected.iter().filter(|effect| !matches!(effect, Effect::Edited(_))).cloned();
            assert_eq!(effects, answered.collect::<Vec<_>>(), "socket {at}, seed {seed}");
            assert!(positions.is_sorted(), "{positions:?}, socket {at}, seed {seed}");
            // Messages and edits have positions in the order of their frames.
            let durable = expected.iter().filter_map(|effect| match effect {
                Effect::Ack(name) | Effect::Edited(name) => Some(name.clone()),
                Effect::Error(_) | Effect::Reset => None,
            });
            let of_sender = |(body, _): &&(String, i64)| body.starts_with(&format!("{at}-"));
            let got: Vec<String> = messages.iter().filter(of_sender).map(|(body, _)| body.clone()).collect();
            assert_eq!(got, durable.collect::<Vec<_>>(), "socket {at}, seed {seed}");
            answers = answers.saturating_add(effects.len());
        }
    }
    answers
}

/// [I2] Whatever the record answers first.
#[test]
fn pipelined_frames_are_answered_and_numbered_in_their_order() {
    let answers: usize = seeds(HISTORIES).map(check).sum();
    assert!(answers > 300, "{answers}");
}

#[test]
fn what_waits_for_the_record_is_bounded_and_the_rest_may_be_repeated() {
    let scene = Scene::new();
    let ana = scene.open("ana", "one");
    scene.pass(ANSWERED_MS);
    drop(ana.frames());
    scene.fail_next(campana_storage::Fault::Silence);
    ana.send(&json!({"type": "delete", "id": UNKNOWN}));
    let body = "x".repeat(3_000);
    for number in 0..60 {
        ana.say(&number.to_string(), &body);
        scene.pass(100);
    }
    let frames = ana.frames();
    assert!((15..45).contains(&frames.len()), "{}", frames.len());
    for frame in frames {
        assert_eq!((frame["type"].as_str(), frame["status"].as_i64()), (Some("error"), Some(429)), "{frame}");
        assert!(frame["client_msg_id"].is_string() && frame["retry_after_ms"].is_number(), "{frame}");
    }
    assert_eq!(ana.closed(), None);
}
