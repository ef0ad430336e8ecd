//! Tests of revoked identities at the gateway.

use super::ALARM_MS;
use super::scene::{Client, Scene};
use campana_core::accounts::revocation::{Revocation, Subject};
use campana_core::pusher::link::Target;
use campana_core::shared::ids::UserId;
use campana_core::shared::timestamp::Timestamp;
use serde_json::json;

fn user(id: &str) -> Subject {
    Subject::User(UserId::trusted(id))
}

impl Scene {
    /// The registry passes a revocation on.
    fn revoke(&self, subject: Subject, before: Timestamp) {
        let revocation = Revocation { subject, before, version: before.millis(), effective_at: before };
        let body = serde_json::to_vec(&[revocation]).expect("JSON");
        let answer = self.world.call("demo/eu/0", "revoked", body);
        self.world.run_until(10_000, || answer.borrow().is_some());
        assert_eq!(answer.take().expect("an answer").expect("the gateway lives").status, 204);
    }

    /// A signed-in socket.
    fn signed_in(&self, user: &str) -> Client<'_> {
        self.target(Target::Person(UserId::trusted(user)));
        let client = self.open();
        client.sign_in(user);
        self.pass(5_000);
        assert_eq!(client.events(), ["signin_success"]);
        client
    }
}

#[test]
fn a_signed_out_users_sockets_close_however_the_user_is_known() {
    let scene = Scene::new();
    let _room = scene.channel("private-x");
    let (by_sign_in, anonymous) = (scene.signed_in("ana"), scene.open());
    let [by_subscription, other] = scene.listening("private-x", ["ana", "bo"]);
    scene.revoke(user("ana"), scene.world.now());
    assert_eq!([by_sign_in.closed(), by_subscription.closed()], [Some(4009); 2]);
    assert_eq!([other.closed(), anonymous.closed()], [None; 2]);
}

#[test]
fn hibernation_forgets_neither_when_sockets_opened_nor_what_signed() {
    let scene = Scene::new();
    let _room = scene.channel("private-x");
    let [old] = scene.listening("private-x", ["ana"]);
    let revoked_at = scene.world.now();
    scene.pass(1_000);
    let [new] = scene.listening("private-x", ["ana"]);
    scene.world.hibernate(scene.gateway);
    scene.revoke(user("ana"), revoked_at);
    assert_eq!((old.closed(), new.closed()), (Some(4009), None), "a socket that opened later was signed for later");
    scene.world.hibernate(scene.gateway);
    scene.revoke(Subject::Key(1), scene.world.now());
    assert_eq!(new.closed(), Some(4200), "the client is signed for with the present secret");
}

#[test]
fn a_disabled_app_closes_every_socket() {
    let scene = Scene::new();
    let _room = scene.channel("private-x");
    let clients = [scene.open(), scene.signed_in("ana")];
    scene.revoke(Subject::App, scene.world.now());
    assert_eq!(clients.map(|client| client.closed()), [Some(4003); 2]);
}

#[test]
fn a_signature_from_before_the_sign_out_is_refused_on_a_socket_that_was_nobodys() {
    let scene = Scene::new();
    let room = scene.channel("private-x");
    let (dated, undated) = (scene.open(), scene.open());
    let before = scene.world.now();
    scene.revoke(user("ana"), before);
    dated.subscribe_issued("private-x", "ana", before);
    undated.subscribe("private-x", Some("ana"));
    scene.pass(0);
    assert_eq!((dated.events(), dated.closed()), (vec!["subscription_error private-x".to_owned()], None));
    assert_eq!(undated.closed(), Some(4200), "it reconnects, and its backend signs for it again");
    assert_eq!(room.calls(), [""; 0], "no target was asked");
    dated.subscribe_issued("private-x", "ana", before.plus_millis(1));
    scene.pass(5_000);
    assert_eq!(dated.events(), ["subscription_error private-x"], "a time in the future is now");
    scene.pass(5_000);
    dated.subscribe_issued("private-x", "ana", before.plus_millis(1));
    scene.pass(5_000);
    assert_eq!(dated.events(), ["subscription_succeeded private-x"]);
}

#[test]
fn a_revocation_that_comes_while_a_target_is_asked_is_not_missed() {
    let scene = Scene::new();
    let room = scene.channel("private-x");
    let client = scene.open();
    room.slow_down();
    client.subscribe("private-x", Some("ana"));
    scene.pass(0);
    scene.revoke(user("ana"), scene.world.now());
    assert_eq!(client.closed(), None, "nobody is known to listen yet");
    room.answer();
    scene.pass(0);
    assert_eq!(client.closed(), Some(4009));
    assert_eq!(room.calls(), ["subscribe", "unsubscribe"]);
}

#[test]
fn the_alarm_closes_what_the_registry_did_not() {
    let scene = Scene::new();
    let _room = scene.channel("private-x");
    let [ana, bo] = scene.listening("private-x", ["ana", "bo"]);
    scene.sign_out_in_record("ana");
    scene.pass(ALARM_MS);
    assert_eq!((ana.closed(), bo.closed()), (Some(4009), None));
}

impl Client<'_> {
    /// Subscribes with a signature that says when the identity was issued.
    fn subscribe_issued(&self, channel: &str, user: &str, issued_at: Timestamp) {
        self.subscribe_with(channel, &json!({"user_id": user, "issued_at": issued_at.millis()}));
    }
}
