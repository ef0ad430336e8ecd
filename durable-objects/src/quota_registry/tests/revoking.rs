//! Random histories of an app's quota registry, a conversation and own channels: all of them die and panic at any
//! statement, calls between them are lost, late and repeated, and stale functions open connections for identities that
//! were revoked. In the end no revoked identity has an open connection, and no other one was closed for it.

use super::super::{Object, Revoke};
use crate::channel;
use crate::testing::conversation;
use crate::tests::group::{GROUP, MEMBERS, OBJECT, START, principal, record};
use campana_core::accounts::principal::Principal;
use campana_core::accounts::revocation::{Revocation, SigningKey, Subject};
use campana_core::chat::command::Connect;
use campana_core::shared::ids::{ConversationId, TenantId, UserId};
use campana_core::shared::limits::Limits;
use campana_core::shared::timestamp::Timestamp;
use campana_runtime::testing::{Faults, Node, TestSocket, World, instance};
use std::cell::Cell;
use std::rc::Rc;

const HISTORIES: u64 = 150;
const STEPS: u64 = 60;
/// Time after the last fault: objects renew their reports within it, and the registry repeats its calls.
const CALM_MS: i64 = 10 * 60_000;
/// Within this time connections close if nothing fails.
const PROMISED_MS: i64 = 10_000;

struct Connection {
    socket: Rc<TestSocket>,
    identity: Principal,
}

impl Connection {
    fn is_open(&self) -> bool {
        self.socket.attached().is_some() && self.socket.closed().is_none()
    }
}

struct Scene {
    world: World,
    conversation: Node,
    channels: Vec<Node>,
    connections: Vec<Connection>,
    /// Revocations that were committed, and whether the registry has acknowledged them.
    revocations: Vec<(Revocation, bool)>,
    version: Cell<i64>,
}

impl Scene {
    fn new(seed: u64) -> Self {
        let world = World::new(seed);
        world.advance_to(START);
        world.set_record(Some(record().0));
        world.add("demo", instance::<Object>);
        let conversation = world.add(OBJECT, conversation);
        let channels =
            MEMBERS.map(|user| world.add(&format!("demo/user.{user}"), instance::<channel::Object>)).to_vec();
        let (connections, revocations, version) = <_>::default();
        Self { world, conversation, channels, connections, revocations, version }
    }

    fn draw(&self, below: u64) -> usize {
        usize::try_from(self.world.draw(below)).expect("it is small")
    }

    /// Opens a connection of a user, with an identity issued so long ago.
    fn open(&mut self, user: usize, is_channel: bool, age_ms: i64, generation: u32) {
        let identity = Principal {
            issued_at_ms: Some(self.world.now().plus_millis(age_ms.saturating_neg()).millis()),
            signed_with: SigningKey::Secret(generation),
            ..principal(MEMBERS[user])
        };
        let connect = Connect {
            conversation_id: (!is_channel).then(|| ConversationId::trusted(GROUP)),
            limits: Limits::default(),
            principal: identity.clone(),
            client_id: None,
            resume: None,
            request_id: None,
        };
        let node = if is_channel { self.channels[user] } else { self.conversation };
        let socket = self.world.open(node, serde_json::to_string(&connect).expect("JSON"));
        self.connections.push(Connection { socket, identity });
    }

    fn commit(&mut self, subject: Subject) {
        self.version.set(self.version.get().saturating_add(1));
        let now = self.world.now();
        let revocation = Revocation { subject, before: now, version: self.version.get(), effective_at: now };
        self.revocations.push((revocation, false));
    }

    /// Hands over what is not acknowledged yet, as functions and the schedule do.
    fn hand_over(&mut self) {
        for (revocation, is_acknowledged) in self.revocations.iter_mut().filter(|(_, acknowledged)| !acknowledged) {
            let request = Revoke { tenant: TenantId::trusted("demo"), revocation: revocation.clone() };
            let answer = self.world.call("demo", "revoke", serde_json::to_vec(&request).expect("JSON"));
            self.world.run_until(500, || answer.borrow().is_some());
            let answer = answer.take().and_then(Result::ok);
            *is_acknowledged = answer.is_some_and(|answer| answer.body == br#"{"Ok":null}"#);
        }
    }

    fn act(&mut self) {
        let user = self.draw(3);
        match self.draw(12) {
            0..=3 => {
                // A function that does not know of a revocation yet admits an older identity.
                let age_ms = if self.draw(2) == 0 { 0 } else { i64::try_from(self.draw(5_000)).unwrap_or(0) };
                let (is_channel, generation) = (self.draw(2) == 0, if self.draw(2) == 0 { 1 } else { 2 });
                self.open(user, is_channel, age_ms, generation);
            }
            4 => self.commit(Subject::User(UserId::trusted(MEMBERS[user]))),
            5 if self.draw(4) == 0 => self.commit(Subject::App),
            6 if self.draw(4) == 0 => self.commit(Subject::Key(1)),
            7 => self.hand_over(),
            8 => self.world.hibernate(if self.draw(2) == 0 { self.conversation } else { self.channels[user] }),
            9 if self.draw(3) == 0 => self.world.kill(self.channels[user]),
            _ => self.world.run_for(i64::try_from(self.draw(3_000)).unwrap_or(0)),
        }
    }

    fn ends(&self, identity: &Principal) -> bool {
        self.revocations.iter().any(|(revocation, _)| revocation.ends(identity.into()))
    }

    fn open_but_revoked(&self) -> usize {
        self.connections.iter().filter(|it| it.is_open() && self.ends(&it.identity)).count()
    }

    fn check_codes(&self) {
        for it in self.connections.iter().filter(|it| it.socket.closed().is_some_and(|(code, _)| code == 4401)) {
            assert!(self.ends(&it.identity), "{:?} was closed without a revocation", it.identity);
        }
    }
}

#[test]
fn no_revoked_identity_keeps_a_connection_whatever_fails() {
    let mut closed = 0;
    for seed in 0..HISTORIES {
        let mut scene = Scene::new(seed);
        scene.world.set_faults(Faults { lost: 60, unheard: 60, late: 60, killed: 4, panics: 4 });
        for _ in 0..STEPS {
            scene.act();
        }
        scene.world.set_faults(Faults::default());
        scene.hand_over();
        assert!(scene.revocations.iter().all(|(_, is_acknowledged)| *is_acknowledged), "history {seed}");
        scene.world.run_for(CALM_MS);
        assert_eq!(scene.open_but_revoked(), 0, "history {seed}");
        scene.check_codes();
        closed +=
            scene.connections.iter().filter(|it| it.socket.closed().is_some_and(|(code, _)| code == 4401)).count();
    }
    assert!(closed > 500, "the histories revoke {closed} connections");
}

#[test]
fn without_faults_connections_close_within_the_promised_time() {
    for seed in 0..HISTORIES {
        let mut scene = Scene::new(seed);
        for _ in 0..STEPS {
            scene.act();
        }
        scene.hand_over();
        scene.world.run_for(PROMISED_MS);
        assert_eq!(scene.open_but_revoked(), 0, "history {seed}");
        scene.check_codes();
    }
}

#[test]
fn a_secret_that_ends_later_closes_connections_when_it_ends() {
    let mut scene = Scene::new(1);
    scene.open(0, true, 0, 1);
    scene.open(1, false, 0, 2);
    scene.world.run_for(5_000);
    let now = scene.world.now();
    let effective_at = now.plus_millis(3_600_000);
    let later = Revocation { subject: Subject::Key(1), before: now, version: 1, effective_at };
    scene.revocations.push((later, false));
    scene.hand_over();
    scene.world.run_for(3_600_000 - 1_000);
    // Silent sockets close after a while, so the client reconnects; its identity is the same.
    let reopened = Timestamp::from_millis(scene.connections[0].identity.issued_at_ms.unwrap_or(0));
    let age_ms = scene.world.now().millis() - reopened.millis();
    scene.open(0, true, age_ms, 1);
    scene.open(1, false, age_ms, 2);
    scene.world.run_for(500);
    let is_open = |scene: &Scene, index: usize| scene.connections[index].is_open();
    assert!(is_open(&scene, 2) && is_open(&scene, 3), "both secrets are valid until then");
    scene.world.run_for(PROMISED_MS);
    assert_eq!(scene.connections[2].socket.closed().map(|(code, _)| code), Some(4401));
    assert!(is_open(&scene, 3), "the present secret stays valid");
}
