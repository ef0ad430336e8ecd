//! Sockets that send random frames without waiting for answers, to targets and a record that are slow or fail: the
//! outcome is that of handling each frame after the one before it is done.

mod model;

use super::scene::{Client, Scene, record_with, subscription};
use crate::channel;
use crate::testing::conversation;
use crate::tests::group::{GROUP, MEMBERS, OBJECT};
use crate::tests::histories::seeds;
use crate::tests::slow::Slow;
use campana_core::accounts::app_config::AppConfig;
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::link::{Ask, ChannelState, Target};
use campana_core::shared::ids::{TenantId, UserId};
use campana_core::shared::problem::Problem;
use campana_runtime::Context;
use campana_runtime::ports::Answer;
use campana_runtime::testing::{Faults, Node, Object, World, instance};
use campana_storage::Store;
use futures_util::future::LocalBoxFuture;
use model::{How, Model, Step};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

const HISTORIES: u64 = 20;
const STEPS: u64 = 40;
const SOCKETS: usize = 3;
/// Fewer than there are channels.
const CHANNELS_PER_SOCKET: usize = 4;
/// Longer than a call and all its attempts may take, milliseconds.
const ANSWERED_MS: i64 = 150_000;
/// Longest delay of a target, milliseconds.
const MOST_DELAY_MS: u32 = 3_000;
const CONVERSATION: &str = "private-conversation.01890a5d-ac96-774b-bcce-b302099a8057";
const PRESENCE: &str = "presence-x";
const OWN: &str = "#server-to-user-ana";
/// One of each kind.
const CHANNELS: [&str; 9] = [
    "news",
    "cache-news",
    "private-x",
    "private-cache-x",
    "private-encrypted-x",
    PRESENCE,
    "presence-cache-x",
    CONVERSATION,
    OWN,
];
/// Those of the application that take client events, which an observer listens to.
const OBSERVED: [&str; 3] = ["private-x", "private-cache-x", PRESENCE];
const OBSERVER: &str = "cy";

struct Sender<'a> {
    client: Client<'a>,
    user: &'static str,
    steps: Vec<Step>,
    frames: Vec<Value>,
}

impl Sender<'_> {
    fn send(&mut self, number: usize, step: Step) {
        match &step {
            Step::Subscribe(channel, how) => self.client.send(&self.subscription(channel, *how)),
            Step::Unsubscribe(channel) => self.client.unsubscribe(channel),
            Step::Event(channel, event) => self.client.publish(channel, &format!("client-{number}-{event}")),
            Step::SignIn(user) => self.client.sign_in(user),
            Step::ForgedSignIn => {
                let data = json!({"auth": "demo:00", "user_data": r#"{"id":"ana"}"#});
                self.client.send(&json!({"event": "pusher:signin", "data": data}));
            }
            Step::Ping => self.client.send(&json!({"event": "pusher:ping", "data": {"a": 1}})),
            Step::Garbage => self.client.send_text("{"),
        }
        self.steps.push(step);
    }

    fn subscription(&self, channel: &str, how: How) -> Value {
        let mut frame = match how {
            How::Named | How::Forged => subscription(&self.client.id, channel, Some(self.user)),
            How::Unnamed => subscription(&self.client.id, channel, None),
            How::Stranger => subscription(&self.client.id, channel, Some("eve")),
        };
        if how == How::Forged {
            frame["data"]["auth"] = json!("demo:00");
        }
        frame
    }
}

/// A target that begins with a call late.
struct SlowTarget {
    context: Context,
    target: Rc<dyn Object>,
}

fn slow(context: Context, target: fn(Context) -> Rc<dyn Object>) -> Rc<dyn Object> {
    Rc::new(SlowTarget { target: target(context.clone()), context })
}

impl Object for SlowTarget {
    fn fetch(&self, path: &str, body: Vec<u8>) -> LocalBoxFuture<'static, Answer> {
        let chance = self.context.chance().expect("the world has random numbers");
        let delay = self.context.sleep(if chance.is_multiple_of(2) { 0 } else { chance % MOST_DELAY_MS });
        let (target, path) = (Rc::clone(&self.target), path.to_owned());
        Box::pin(async move {
            delay.await;
            target.fetch(&path, body).await
        })
    }

    fn alarm(&self) -> LocalBoxFuture<'static, ()> {
        self.target.alarm()
    }
}

/// What is wrong with the targets, besides delays.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trouble {
    Delays,
    /// Calls and answers are lost.
    Losses,
    /// Losses, and targets die.
    Deaths,
}

/// The objects of a history.
struct Setting {
    scene: Scene,
    app_config: AppConfig,
    targets: Vec<Node>,
}

impl Setting {
    fn new(seed: u64) -> Self {
        let pusher = json!({
            "channels_per_socket": CHANNELS_PER_SOCKET, "client_events_per_second": 1_000, "activity_timeout_s": 600,
        });
        let (record, app_config) = record_with(&pusher);
        let scene = Scene::with(World::new(seed), Store::new(Arc::new(Slow::new(record, seed))));
        let tenant = TenantId::trusted("demo");
        let named = CHANNELS.iter().map(|name| Target::Channel(ChannelName::trusted(*name)));
        let people = MEMBERS.iter().map(|user| Target::Person(UserId::trusted(*user)));
        let mut targets: Vec<Node> = named
            .chain(people)
            .map(|target| {
                scene.world.add(&target.object_name(&tenant), |context| slow(context, instance::<channel::Object>))
            })
            .collect();
        targets.push(scene.world.add(OBJECT, |context| slow(context, conversation)));
        Self { scene, app_config, targets }
    }

    fn open(&self) -> Client<'_> {
        self.scene.open_as(self.app_config.clone())
    }

    fn step(&self, number: u64) -> Step {
        let draw = |below: usize| usize::try_from(self.scene.world.draw(below as u64)).expect("small");
        // Few channels at a time, so that frames about the same one follow each other.
        let channel = CHANNELS[draw(CHANNELS.len())];
        match draw(40) {
            0..16 => {
                let how = [How::Named, How::Named, How::Unnamed, How::Forged, How::Stranger][draw(5)];
                Step::Subscribe(channel, how)
            }
            16..26 => Step::Unsubscribe(channel),
            26..34 => Step::Event(channel, number),
            34..37 => Step::SignIn(["ana", "ana", "bo"][draw(3)]),
            37 if number > STEPS / 2 && draw(3) == 0 => Step::ForgedSignIn,
            37 | 38 => Step::Ping,
            _ => Step::Garbage,
        }
    }

    fn members(&self) -> BTreeSet<String> {
        let target = Target::Channel(ChannelName::trusted(PRESENCE));
        let object = target.object_name(&TenantId::trusted("demo"));
        let channels = vec![ChannelName::trusted(PRESENCE)];
        let ask = Ask { app_config: self.app_config.clone(), target, gateways: Vec::new(), channels, members: true };
        let states: Result<Vec<ChannelState>, Problem> = self.scene.post_to(&object, "pusher/channels", &ask);
        let members = states.expect("the states").remove(0).members.into_iter();
        members.map(|member| serde_json::from_str(&member).expect("a text")).collect()
    }
}

/// Runs a history. Returns how many frames it compared with the model.
fn check(seed: u64, trouble: Trouble) -> usize {
    let is_faulty = trouble != Trouble::Delays;
    let setting = Setting::new(seed);
    let (scene, world) = (&setting.scene, &setting.scene.world);
    let observer = setting.open();
    for channel in OBSERVED {
        observer.subscribe(channel, Some(OBSERVER));
    }
    scene.pass(ANSWERED_MS);
    let is_success = |frame: &&Value| frame["event"] == "pusher_internal:subscription_succeeded";
    assert_eq!(observer.frames().iter().filter(is_success).count(), OBSERVED.len(), "seed {seed}");
    let users = ["ana", "bo", "ana"];
    let mut senders: [Sender<'_>; SOCKETS] = std::array::from_fn(|at| {
        let (client, user) = (setting.open(), users[at]);
        Sender { client, user, steps: Vec::new(), frames: Vec::new() }
    });
    if is_faulty {
        world.set_faults(Faults { lost: 250, unheard: 250, late: 100, ..Faults::default() });
    }
    for number in 0..STEPS {
        for (at, sender) in senders.iter_mut().enumerate() {
            // Bursts, without a turn between their frames.
            for part in 0..=world.draw(3) {
                sender.send(at, setting.step(number.saturating_mul(10).saturating_add(part)));
            }
        }
        // Without work that is ready, turns let time pass. A frame each keeps the sockets open.
        world.run(world.draw(12));
        observer.send(&json!({"event": "pusher:ping", "data": {"a": 1}}));
        for sender in &senders {
            sender.client.send(&json!({"event": "pusher:ping", "data": {"a": 1}}));
        }
        if trouble == Trouble::Deaths && world.draw(4) == 0 {
            let target = usize::try_from(world.draw(setting.targets.len() as u64)).expect("small");
            world.kill(setting.targets[target]);
        }
        // Keeps to the rate of frames.
        scene.pass(400);
    }
    scene.pass(ANSWERED_MS);
    world.set_faults(Faults::default());
    scene.pass(ANSWERED_MS);
    assert!(is_faulty || observer.closed().is_none(), "{:?}, seed {seed}", observer.closed());
    let heard = heard(&observer.frames());
    let (mut present, mut steps) = (BTreeSet::new(), 0_usize);
    present.extend(observer.closed().is_none().then(|| OBSERVER.to_owned()));
    for (at, sender) in senders.iter_mut().enumerate() {
        sender.frames = sender.client.frames();
        let model = Model::replay(sender, is_faulty, &format!("socket {at}, seed {seed}"));
        let Some(model) = model else { continue };
        steps = steps.saturating_add(sender.steps.len());
        assert_eq!(model.is_closed, sender.client.closed().is_some(), "socket {at}, seed {seed}");
        if !model.is_closed {
            assert_eq!(attached(&sender.client), model.active, "socket {at}, seed {seed}");
            let user = sender.client.attached()["u"]["u"].as_str().map(str::to_owned);
            assert_eq!(user, model.user, "socket {at}, seed {seed}");
            present.extend(model.member.clone());
        }
        for channel in OBSERVED {
            let published: Vec<String> =
                model.published.iter().filter(|it| it.0 == channel).map(|it| format!("client-{at}-{}", it.1)).collect();
            let of_sender = |event: &&String| event.starts_with(&format!("client-{at}-"));
            let mut got: Vec<String> = heard.get(channel).into_iter().flatten().filter(of_sender).cloned().collect();
            if is_faulty {
                if trouble == Trouble::Deaths {
                    // A target that died does not know what it has sent.
                    got.dedup();
                }
                let mut rest = published.iter();
                assert!(got.iter().all(|event| rest.any(|it| it == event)), "{got:?} of {published:?}, seed {seed}");
            } else {
                assert_eq!(got, published, "{channel}, socket {at}, seed {seed}");
            }
        }
    }
    assert_eq!(setting.members(), present, "members, seed {seed}");
    steps
}

/// Names of the client events on each channel, in order.
fn heard(frames: &[Value]) -> BTreeMap<String, Vec<String>> {
    let mut heard: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for frame in frames {
        if let (Some(event), Some(channel)) = (frame["event"].as_str(), frame["channel"].as_str())
            && event.starts_with("client-")
        {
            heard.entry(channel.to_owned()).or_default().push(event.to_owned());
        }
    }
    heard
}

fn attached(client: &Client<'_>) -> BTreeSet<String> {
    let attached = client.attached();
    let channels = attached["s"].as_array().into_iter().flatten();
    channels.map(|it| it["c"].as_str().expect("a name").to_owned()).collect()
}

/// [I4][I18] Whatever is slow.
#[test]
fn pipelined_frames_have_the_outcome_of_frames_that_are_sent_one_after_the_other() {
    let steps: usize = seeds(HISTORIES).map(|seed| check(seed, Trouble::Delays)).sum();
    assert!(steps > 4_000, "{steps}");
    assert_eq!(CONVERSATION.strip_prefix("private-conversation."), Some(GROUP));
}

/// Also client events whose call was repeated.
#[test]
fn pipelined_frames_have_their_effects_once_if_answers_are_lost() {
    let steps: usize = seeds(HISTORIES).map(|seed| check(seed, Trouble::Losses)).sum();
    assert!(steps > 500, "{steps}");
}

/// [I18] The answers say which subscriptions failed; all else is as without faults.
#[test]
fn pipelined_frames_keep_their_order_also_if_targets_die() {
    let steps: usize = seeds(HISTORIES).map(|seed| check(seed, Trouble::Deaths)).sum();
    assert!(steps > 500, "{steps}");
}
