//! Random histories of a conversation with listeners at a gateway: both panic and die at any statement, calls between
//! them are lost, late and repeated, and clients come and go.

use super::scene::{Scene, app_config, attach, data, established, subscription};
use crate::testing::conversation;
use crate::tests::group::{self, GROUP, MEMBERS, OBJECT};
use campana_core::chat::command::{Command, Draft};
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::link::{Ask, ChannelState, Target};
use campana_core::shared::ids::ConversationId;
use campana_core::shared::problem::Problem;
use campana_core::shared::socket_id::SocketId;
use campana_runtime::testing::{Faults, TestSocket, World};
use serde_json::{Value, json};
use std::rc::Rc;

const HISTORIES: u64 = 200;
const STEPS: u64 = 40;
/// Rounds of reconnecting after the last fault, and their time, milliseconds.
const ROUNDS: u32 = 12;
const ROUND_MS: i64 = 10_000;
const CHANNEL: &str = "private-conversation.01890a5d-ac96-774b-bcce-b302099a8057";

/// A member who listens to the conversation at the gateway, as a Pusher client.
struct Member<'a> {
    scene: &'a Scene,
    user: &'static str,
    socket: Option<Rc<TestSocket>>,
    id: Option<SocketId>,
    /// Whether it subscribed last, rather than unsubscribed: frames that are still on their way then do not count.
    is_listener: bool,
    /// Position in the last `conversation.position` event, while subscribed. The member has the events up to it.
    position: Option<i64>,
    /// Number of the last event since then.
    last: Option<i64>,
    /// Number of events that it got.
    heard: u64,
}

impl<'a> Member<'a> {
    const fn new(scene: &'a Scene, user: &'static str) -> Self {
        Self { scene, user, socket: None, id: None, is_listener: false, position: None, last: None, heard: 0 }
    }

    fn connect(&mut self) {
        self.socket = Some(self.scene.world.open(self.scene.gateway, attach(app_config())));
    }

    fn send(&self, frame: &Value) {
        if let Some(socket) = &self.socket {
            self.scene.world.send(self.scene.gateway, socket, &frame.to_string());
        }
    }

    fn subscribe(&mut self) {
        if let Some(id) = &self.id {
            self.is_listener = true;
            self.send(&subscription(id, CHANNEL, Some(self.user)));
        }
    }

    fn unsubscribe(&mut self) {
        (self.is_listener, self.position, self.last) = (false, None, None);
        self.send(&json!({"event": "pusher:unsubscribe", "data": {"channel": CHANNEL}}));
    }

    fn disconnect(&mut self) {
        if let Some(socket) = self.socket.take() {
            self.scene.world.disconnect(self.scene.gateway, &socket);
        }
        self.forget();
    }

    fn forget(&mut self) {
        (self.id, self.is_listener, self.position, self.last) = (None, false, None, None);
    }

    /// Number of the newest event that the member has, while subscribed.
    fn newest(&self) -> Option<i64> {
        self.position.max(self.last)
    }

    fn listen(&mut self, seed: u64) {
        let Some(socket) = self.socket.clone() else { return };
        for text in socket.received() {
            if let Some(id) = established(std::slice::from_ref(&text)) {
                self.id = Some(id);
                self.subscribe();
                continue;
            }
            let frame: Value = serde_json::from_str(&text).expect("JSON");
            let event = frame["event"].as_str().expect("an event");
            if event == "pusher:ping" {
                self.send(&json!({"event": "pusher:pong", "data": {}}));
            }
            if !self.is_listener {
                continue;
            }
            if event == "conversation.position" {
                let head = data(&frame)["head"].as_i64().expect("a number");
                assert!(self.newest() <= Some(head), "{} is ahead of the log, seed {seed}", self.user);
                (self.position, self.last) = (Some(head), None);
            } else if let ("message.created", Some(position)) = (event, self.position) {
                let seq = data(&frame)["seq"].as_i64().expect("a number");
                // An event may be sent after a position that covers it.
                let is_next = self.last.map_or(seq.saturating_sub(1) <= position, |last| seq.saturating_sub(1) == last);
                assert!(
                    is_next,
                    "{} gets each event once and in order: {seq} after {:?}, seed {seed}",
                    self.user,
                    self.newest()
                );
                self.last = Some(seq);
                self.heard = self.heard.saturating_add(1);
            }
        }
        if socket.closed().is_some() {
            self.socket = None;
            self.forget();
        }
    }
}

fn say(scene: &Scene, user: &str, text: &str) {
    let draft = Draft::text(text, text);
    scene.world.call(OBJECT, "command", group::command(user, Command::Send { draft }));
}

/// Runs a history. Returns how often an object died, and how many events arrived.
fn check(seed: u64) -> (u64, u64) {
    let scene = Scene::of(World::new(seed));
    let world = &scene.world;
    world.add(OBJECT, conversation);
    let fault = |most| world.draw(most);
    world.set_faults(Faults {
        panics: fault(20),
        lost: fault(100),
        unheard: fault(100),
        late: fault(50),
        killed: fault(20),
    });
    let mut members = MEMBERS.map(|user| Member::new(&scene, user));
    for step in 0..STEPS {
        for member in &mut members {
            member.listen(seed);
        }
        let member = usize::try_from(world.draw(3)).expect("small");
        let member = &mut members[member];
        match (&member.socket, world.draw(20)) {
            (None, _) => member.connect(),
            (Some(_), 0) => member.disconnect(),
            (Some(_), 1) => world.kill(scene.gateway),
            (Some(_), 2 | 3) => member.unsubscribe(),
            (Some(_), 4..8) => member.subscribe(),
            (Some(_), _) => say(&scene, member.user, &format!("m{step}")),
        }
        world.run(world.draw(40));
    }
    world.set_faults(Faults::default());
    // Wakes the conversation, which may have panicked in its last turn.
    say(&scene, MEMBERS[0], "last");
    for _ in 0..ROUNDS {
        for member in &mut members {
            member.listen(seed);
            if member.socket.is_none() {
                member.connect();
            } else if member.position.is_none() {
                member.subscribe();
            }
        }
        scene.pass(ROUND_MS);
    }
    for member in &mut members {
        member.listen(seed);
    }

    let positions: Vec<_> = members.iter().map(Member::newest).collect();
    assert!(
        positions[0].is_some() && positions.windows(2).all(|pair| pair[0] == pair[1]),
        "{positions:?}, seed {seed}"
    );
    let target = Target::Conversation(ConversationId::trusted(GROUP));
    let channels = vec![ChannelName::trusted(CHANNEL)];
    let ask = Ask { app_config: app_config(), target, gateways: Vec::new(), channels, members: false };
    let states: Result<Vec<ChannelState>, Problem> = scene.post_to(OBJECT, "pusher/channels", &ask);
    let counts: Vec<_> = states.expect("the states").iter().map(|state| state.subscription_count).collect();
    assert_eq!(counts, [3], "the conversation knows its listeners, seed {seed}");
    (world.crashes(), members.iter().map(|member| member.heard).sum())
}

/// [I4][I18] Each event reaches each subscription once and in order, or its client learns that it missed some.
#[test]
fn listeners_get_every_event_or_learn_that_they_missed_some_whatever_dies() {
    let (crashes, heard): (Vec<_>, Vec<_>) = (1..=HISTORIES).map(check).unzip();
    let (crashes, heard): (u64, u64) = (crashes.iter().sum(), heard.iter().sum());
    assert!(crashes > HISTORIES && heard > HISTORIES, "objects died: {crashes}, events arrived: {heard}");
}
