//! Random histories of three members whose object dies, hibernates and loses its record's answers at any point.

use super::scene::{Client, Scene, acks, events, of_type};
use crate::tests::group::MEMBERS;
use campana_runtime::testing::{Faults, World};
use campana_storage::Fault;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const HISTORIES: u64 = 100;
const STEPS: u64 = 40;
/// Rounds of reconnecting and repeating after the last fault, and their time, milliseconds.
const ROUNDS: u32 = 12;
const ROUND_MS: i64 = 10_000;

/// A member who reconnects with their position and repeats what was not acknowledged, as clients do.
struct Member<'a> {
    scene: &'a Scene,
    user: &'static str,
    socket: Option<Client<'a>>,
    epoch: Value,
    position: Option<i64>,
    /// Message ids by position.
    seen: BTreeMap<i64, Value>,
    unacknowledged: Vec<String>,
    acknowledged: BTreeMap<String, Value>,
}

impl<'a> Member<'a> {
    fn new(scene: &'a Scene, user: &'static str) -> Self {
        let (seen, unacknowledged, acknowledged) = <_>::default();
        Self { scene, user, socket: None, epoch: Value::Null, position: None, seen, unacknowledged, acknowledged }
    }

    fn connect(&mut self) {
        let resume = self.position.map(|seq| json!({"epoch": self.epoch, "seq": seq}));
        self.socket = Some(self.scene.start_opening(self.user, None, resume));
    }

    fn say(&mut self, id: String) {
        if let Some(socket) = &self.socket {
            socket.say(&id, &id);
        }
        self.unacknowledged.push(id);
    }

    fn repeat(&self) {
        for id in &self.unacknowledged {
            self.socket.iter().for_each(|socket| socket.say(id, id));
        }
    }

    fn listen(&mut self) {
        let Some(socket) = &self.socket else { return };
        for frame in socket.frames() {
            let frames = [frame];
            for welcome in of_type(&frames, "welcome") {
                assert!(self.epoch.is_null() || self.epoch == welcome["epoch"], "the log is the same");
                self.epoch = welcome["epoch"].clone();
                self.position = self.position.or(welcome["head"].as_i64());
            }
            for ack in acks(&frames) {
                let id = ack["client_msg_id"].as_str().expect("an id").to_owned();
                self.unacknowledged.retain(|unacknowledged| *unacknowledged != id);
                let known = self.acknowledged.entry(id).or_insert_with(|| ack["seq"].clone());
                assert_eq!(*known, ack["seq"], "a repetition is acknowledged as the first");
            }
            for event in events(&frames) {
                let seq = event["seq"].as_i64().expect("a number");
                let id = self.seen.entry(seq).or_insert_with(|| event["id"].clone());
                assert_eq!(*id, event["id"], "a position is that of one event");
                let next = self.position.map_or(seq, |position| position.saturating_add(1));
                if seq == next {
                    self.position = Some(seq);
                } else if seq > next {
                    socket.send(&json!({"type": "resume", "epoch": self.epoch, "seq": self.position}));
                }
            }
            for head in of_type(&frames, "head") {
                if head["head"].as_i64() > self.position {
                    socket.send(&json!({"type": "resume", "epoch": self.epoch, "seq": self.position}));
                }
            }
            assert_eq!(of_type(&frames, "reset"), [Value::Null; 0], "nothing is lost from the log");
        }
        if socket.closed().is_some() {
            self.socket = None;
        }
    }
}

/// Runs a history. Returns how often the object died.
fn check(seed: u64) -> u64 {
    let scene = Scene::of(World::new(seed));
    let world = &scene.world;
    scene.set_faults(Faults { killed: world.draw(60), panics: world.draw(60), ..Faults::default() });
    let mut members = MEMBERS.map(|user| Member::new(&scene, user));
    for step in 0..STEPS {
        let member = usize::try_from(world.draw(3)).expect("small");
        let member = &mut members[member];
        member.listen();
        match (&member.socket, world.draw(10)) {
            (None, _) => member.connect(),
            (Some(_), 0) => scene.fail_next(Fault::BeforePersisting),
            (Some(_), 1) => scene.fail_next(Fault::AfterPersisting),
            (Some(_), 2) => member.repeat(),
            (Some(_), _) => member.say(format!("m{step}")),
        }
        world.run(world.draw(40));
    }
    scene.set_faults(Faults::default());
    for _ in 0..ROUNDS {
        for member in &mut members {
            member.listen();
            if member.socket.is_none() {
                member.connect();
                scene.pass(0);
            }
            member.repeat();
        }
        scene.pass(ROUND_MS);
    }
    members.iter_mut().for_each(Member::listen);

    let said: usize = members.iter().map(|member| member.acknowledged.len()).sum();
    for member in &members {
        assert_eq!(member.unacknowledged, [""; 0], "everything of {} is acknowledged, seed {seed}", member.user);
    }
    let mut recorded = scene.recorded();
    assert_eq!(recorded.len(), said, "each message is recorded once");
    let mut acknowledged: Vec<_> = members.iter().flat_map(|member| &member.acknowledged).collect();
    acknowledged.sort_by_key(|(_, seq)| seq.as_i64());
    recorded.retain(|body| !body.is_empty());
    assert_eq!(recorded, acknowledged.iter().map(|(id, _)| (*id).clone()).collect::<Vec<_>>(), "in the same order");
    let seqs: Vec<_> = acknowledged.iter().filter_map(|(_, seq)| seq.as_i64()).collect();
    assert!(seqs.windows(2).all(|pair| pair[0].saturating_add(1) == pair[1]), "the numbering has no gap: {seqs:?}");
    for member in &members {
        assert_eq!(
            member.position,
            Some(seqs.last().copied().unwrap_or(0)),
            "{} has every event, seed {seed}",
            member.user
        );
    }
    world.crashes()
}

/// [I1][I2][I3] The record has each acknowledged message once, and everybody sees the same order.
#[test]
fn members_agree_on_the_order_of_acknowledged_messages_whatever_dies() {
    let crashes: u64 = (1..=HISTORIES).map(check).sum();
    assert!(crashes > HISTORIES, "instances died: {crashes}");
}
