//! Sockets of clients without a user: their limits, and the webhooks about the channels that they name.

use super::scene::{Client, Scene, app_config};
use campana_core::accounts::app_config::AppConfig;
use campana_core::pusher::code::Code;
use campana_core::pusher::link::Target;
use campana_core::pusher::settings::PusherSettings;
use campana_core::pusher::webhook_event::WebhookEvent;
use campana_core::shared::ids::UserId;
use campana_core::shared::json::read_stored;
use campana_core::webhooks::channels::Handover;
use campana_runtime::ports::Answer;
use campana_runtime::testing::Object;
use futures_util::future::LocalBoxFuture;
use std::cell::RefCell;
use std::rc::Rc;

/// The webhooks' object: takes everything.
#[derive(Clone, Default)]
struct Hooks(Rc<RefCell<Vec<String>>>);

impl Object for Hooks {
    fn fetch(&self, path: &str, body: Vec<u8>) -> LocalBoxFuture<'static, Answer> {
        assert_eq!(path, "happenings");
        let handover: Handover = read_stored(&String::from_utf8(body).expect("text")).expect("a handover");
        for (_, event) in handover.events {
            assert_eq!(event.gateway.as_ref().map(ToString::to_string).as_deref(), Some("eu/0"));
            self.0.borrow_mut().push(format!("{} {}", event.kind().as_str(), event.channel));
        }
        Box::pin(async { Answer::done(Ok(())) })
    }

    fn alarm(&self) -> LocalBoxFuture<'static, ()> {
        Box::pin(async {})
    }
}

impl Hooks {
    fn at(scene: &Scene) -> Self {
        let hooks = Self::default();
        let object = hooks.clone();
        scene.world.add("WEBHOOKS:demo", move |_| Rc::new(object.clone()));
        hooks
    }

    /// Events since the last call.
    fn heard(&self) -> Vec<String> {
        self.0.take()
    }
}

fn with_webhooks() -> AppConfig {
    use WebhookEvent::{CacheMiss, ChannelOccupied, ChannelVacated};
    AppConfig { webhooks: vec![ChannelOccupied, ChannelVacated, CacheMiss], ..app_config() }
}

fn limited(pusher: PusherSettings) -> AppConfig {
    AppConfig { pusher, ..app_config() }
}

/// Subscribes to a channel that takes no call. Returns the answer.
fn try_to_listen(scene: &Scene, client: &Client<'_>, channel: &str) -> Vec<String> {
    client.subscribe(channel, None);
    scene.pass(3_000);
    client.events()
}

/// [I10] No call to an object of an invented channel.
#[test]
fn webhooks_of_occupancy_come_from_the_gateway() {
    let scene = Scene::new();
    let (hooks, invented) = (Hooks::at(&scene), scene.channel("invented"));
    let clients = [(); 2].map(|()| scene.open_as(with_webhooks()));
    for client in &clients {
        client.listen("invented", None);
    }
    assert_eq!(hooks.heard(), ["channel_occupied invented"], "for the first listener only");
    clients[0].unsubscribe("invented");
    scene.pass(0);
    assert_eq!(hooks.heard(), [""; 0]);
    clients[1].disconnect();
    scene.pass(0);
    assert_eq!(hooks.heard(), ["channel_vacated invented"]);
    assert_eq!(invented.calls(), [""; 0]);
    let client = scene.open_as(with_webhooks());
    client.subscribe("cache-invented", None);
    scene.pass(0);
    assert_eq!(client.events(), ["subscription_succeeded cache-invented", "cache_miss cache-invented"]);
    assert_eq!(hooks.heard(), ["cache_miss cache-invented", "channel_occupied cache-invented"]);
}

/// [I18] Whatever was reported is withdrawn.
#[test]
fn a_gateway_that_loses_its_sockets_withdraws_its_channels() {
    let scene = Scene::new();
    let hooks = Hooks::at(&scene);
    let client = scene.open_as(with_webhooks());
    client.listen("a", None);
    scene.world.hibernate(scene.gateway);
    client.listen("b", None);
    assert_eq!(hooks.heard(), ["channel_occupied a", "channel_occupied b"], "hibernation changes nothing");
    scene.world.kill(scene.gateway);
    scene.pass(61_000);
    let mut heard = hooks.heard();
    heard.sort_unstable();
    assert_eq!(heard, ["channel_vacated a", "channel_vacated b"]);
}

#[test]
fn an_app_that_adds_the_webhook_is_told_what_is_occupied() {
    let scene = Scene::new();
    let hooks = Hooks::at(&scene);
    let client = scene.open();
    client.listen("a", None);
    assert_eq!(hooks.heard(), [""; 0]);
    scene.open_with(with_webhooks());
    scene.pass(100);
    assert_eq!(hooks.heard(), ["channel_occupied a"]);
    // With settings from before the change.
    let late = scene.open();
    late.listen("b", None);
    scene.pass(100);
    assert_eq!(hooks.heard(), [""; 0]);
    client.unsubscribe("a");
    scene.pass(0);
    assert_eq!(hooks.heard(), ["channel_vacated a"]);
    scene.open_with(with_webhooks());
    scene.pass(100);
    assert_eq!(hooks.heard(), ["channel_occupied b"]);
}

#[test]
fn an_address_listens_to_so_many_channels_without_a_user() {
    let scene = Scene::new();
    let settings = || limited(PusherSettings { anonymous_channels_per_address: 10, ..PusherSettings::default() });
    let [one, other] = [(); 2].map(|()| scene.open_as(settings()));
    for number in 0..10 {
        one.listen(&format!("invented-{number}"), None);
    }
    assert_eq!(try_to_listen(&scene, &other, "invented-10"), ["subscription_error invented-10"]);
    other.listen("invented-9", None);
    scene.target(Target::Person(UserId::trusted("ana")));
    other.sign_in("ana");
    scene.pass(0);
    assert_eq!(other.events(), ["signin_success"]);
    other.listen("invented-10", None);
    one.unsubscribe("invented-0");
    scene.pass(0);
    one.listen("invented-11", None);
    scene.world.hibernate(scene.gateway);
    assert_eq!(try_to_listen(&scene, &one, "invented-12"), ["subscription_error invented-12"], "after hibernation too");
    other.listen("invented-12", None);
}

#[test]
fn an_address_sends_so_many_frames_without_a_user() {
    const PING: &str = r#"{"event":"pusher:ping","data":{"a":1}}"#;
    let scene = Scene::new();
    let settings = || limited(PusherSettings { frames_per_address: 20, ..PusherSettings::default() });
    let [one, two, silent, named] = [(); 4].map(|()| scene.open_as(settings()));
    scene.target(Target::Person(UserId::trusted("ana")));
    named.sign_in("ana");
    scene.pass(0);
    assert_eq!(named.events(), ["signin_success"]);
    for _ in 0..110 {
        one.send_text(PING);
        two.send_text(PING);
    }
    scene.pass(0);
    let events: Vec<String> = [&one, &two].into_iter().flat_map(Client::events).collect();
    let count = |event: &str| events.iter().filter(|it| it.starts_with(event)).count();
    // The sign-in was one of them.
    assert_eq!((count("pong"), count("error Too many frames")), (99, 50));
    let over = Some(Code::OverCapacity.number());
    assert_eq!((one.closed(), two.closed()), (over, over), "they went on");
    // Of the same address, one that sent nothing and one with a user stay.
    for (client, after) in [(&named, 1_000), (&silent, 4_000)] {
        scene.pass(after);
        client.send_text(PING);
        scene.pass(0);
        assert_eq!(client.events(), ["pong"]);
    }
}
