//! Traces of a user's own channel: steps, bounds, hibernation, end.

use super::group::{START, principal, record};
use crate::channel;
use campana_core::accounts::app_config::AppConfig;
use campana_core::chat::command::Connect;
use campana_core::live::{
    LiveAnswer, LiveQuestion, MAX_TRACE_STEPS, MAX_TRACES, StartTrace, StepKind, StepReason, Trace, Transport,
};
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::event::Publication;
use campana_core::pusher::link::{Publish, Target};
use campana_core::pusher::settings::PusherSettings;
use campana_core::shared::ids::{TenantId, UserId};
use campana_core::shared::limits::Limits;
use campana_core::shared::problem::{Kind, Problem};
use campana_runtime::testing::{Node, World, instance};

const OBJECT: &str = "demo/user.ana";
const CHANNEL: &str = "private-user.ana";
const MINUTE_MS: i64 = 60_000;
const HAS_TABLE: &str = "SELECT 1 FROM sqlite_master WHERE name = 'traces'";

struct Scene {
    world: World,
    node: Node,
}

impl Scene {
    fn new() -> Self {
        let world = World::new(1);
        world.advance_to(START);
        world.set_record(Some(record().0));
        let node = world.add(OBJECT, instance::<channel::Object>);
        Self { world, node }
    }

    fn app_config() -> AppConfig {
        let (limits, pusher) = (Limits::default(), PusherSettings::default());
        AppConfig { tenant: TenantId::trusted("demo"), limits, pusher, webhooks: Vec::new() }
    }

    fn target() -> Target {
        Target::Person(UserId::trusted("ana"))
    }

    fn ask(&self, question: &LiveQuestion) -> Result<Trace, Problem> {
        let answer = self.world.call(OBJECT, "live", serde_json::to_vec(question).expect("JSON"));
        self.world.run_for(10);
        let body = answer.borrow().as_ref().expect("an answer").as_ref().expect("no fault").body.clone();
        let answer: Result<LiveAnswer, Problem> = serde_json::from_slice(&body).expect("JSON");
        answer.map(|answer| match answer {
            LiveAnswer::Trace(trace) => *trace,
            other => panic!("{other:?}"),
        })
    }

    fn start(&self, channel: Option<&str>) -> Result<Trace, Problem> {
        self.ask(&LiveQuestion::StartTrace(Box::new(StartTrace {
            app_config: Self::app_config(),
            target: Self::target(),
            channel: channel.map(ChannelName::trusted),
            user: UserId::trusted("ana"),
            millis: 5 * MINUTE_MS,
        })))
    }

    fn read(&self, trace: &Trace) -> Result<Trace, Problem> {
        self.ask(&LiveQuestion::Trace { name: trace.info.name.clone() })
    }

    fn publish(&self, event: &str) {
        let event = Publication {
            channel: ChannelName::trusted(CHANNEL),
            event: event.to_owned(),
            data: r#"{"secret":"body"}"#.to_owned(),
            except: None,
        };
        let publish = Publish {
            app_config: Self::app_config(),
            target: Self::target(),
            gateways: Vec::new(),
            events: vec![event],
            info: false,
        };
        self.world.call(OBJECT, "pusher/publish", serde_json::to_vec(&publish).expect("JSON"));
        self.world.run_for(10);
    }

    fn connect(&self) -> std::rc::Rc<campana_runtime::testing::TestSocket> {
        let connect = Connect {
            conversation_id: None,
            principal: principal("ana"),
            limits: Limits::default(),
            client_id: Some("tab".to_owned()),
            resume: None,
            request_id: None,
        };
        let socket = self.world.open(self.node, serde_json::to_string(&connect).expect("JSON"));
        self.world.run_for(10);
        socket
    }
}

fn kinds(trace: &Trace) -> Vec<(StepKind, Transport, Option<StepReason>)> {
    trace.steps.iter().map(|step| (step.step, step.transport, step.reason)).collect()
}

#[test]
fn each_step_of_an_event_is_recorded_also_after_hibernation() {
    let scene = Scene::new();
    let trace = scene.start(None).expect("the trace begins");
    assert_eq!(trace.steps, []);
    scene.publish("first");
    let socket = scene.connect();
    scene.world.hibernate(scene.node);
    scene.publish("second");
    scene.world.disconnect(scene.node, &socket);
    scene.world.run_for(10);
    let trace = scene.read(&trace).expect("the trace");
    let published = |transport| (StepKind::Published, transport, None);
    let not_subscribed = (StepKind::Gateway, Transport::Pusher, Some(StepReason::NotSubscribed));
    let not_connected = (StepKind::Frame, Transport::Native, Some(StepReason::NotConnected));
    assert_eq!(
        kinds(&trace),
        [
            published(Transport::Pusher),
            not_subscribed,
            published(Transport::Native),
            not_connected,
            (StepKind::Authorized, Transport::Native, None),
            published(Transport::Pusher),
            not_subscribed,
            published(Transport::Native),
            (StepKind::Frame, Transport::Native, None),
            (StepKind::Ended, Transport::Native, Some(StepReason::Left)),
        ],
        "{trace:?}"
    );
    let frame = &trace.steps[8];
    assert_eq!((frame.event.as_deref(), frame.client_id.as_deref()), (Some("second"), Some("tab")));
    assert!(trace.steps.is_sorted_by_key(|step| step.at));
    assert!(!serde_json::to_string(&trace).expect("JSON").contains("secret"), "no data of an event");
    let again = scene.start(Some("private-other")).expect("the trace begins");
    scene.publish("third");
    let steps = kinds(&scene.read(&again).expect("the trace"));
    assert_eq!(steps, [published(Transport::Native), not_connected], "native events, and those of its channel");
}

#[test]
fn a_trace_ends_and_is_deleted_an_hour_later() {
    let scene = Scene::new();
    let trace = scene.start(Some(CHANNEL)).expect("the trace begins");
    scene.publish("in time");
    let steps = scene.read(&trace).expect("the trace").steps;
    assert_eq!(steps.len(), 4);
    scene.world.run_for(5 * MINUTE_MS);
    scene.publish("too late");
    assert_eq!(scene.read(&trace).expect("an ended trace can be read").steps, steps);
    scene.world.hibernate(scene.node);
    scene.world.run_for(61 * MINUTE_MS);
    assert_eq!(scene.read(&trace).map_err(|problem| problem.kind), Err(Kind::NotFound));
    let rows = scene.world.look(scene.node).rows("SELECT number FROM trace_steps", []).expect("the table exists");
    assert_eq!(rows.len(), 0);
}

#[test]
fn traces_and_their_steps_are_bounded() {
    let scene = Scene::new();
    let trace = scene.start(None).expect("the trace begins");
    for _ in 1..MAX_TRACES {
        scene.start(None).expect("the trace begins");
    }
    assert_eq!(scene.start(None).map_err(|problem| problem.kind), Err(Kind::Conflict));
    for _ in 0..MAX_TRACE_STEPS {
        scene.publish("event");
    }
    let trace = scene.read(&trace).expect("the trace");
    assert_eq!(trace.steps.len(), usize::try_from(MAX_TRACE_STEPS).expect("small"));
    assert_eq!(trace.left_out, 3 * MAX_TRACE_STEPS, "each event has four steps");
}

#[test]
fn without_a_trace_nothing_is_stored() {
    let scene = Scene::new();
    let _socket = scene.connect();
    scene.publish("event");
    assert_eq!(scene.ask(&LiveQuestion::Trace { name: "t".to_owned() }).map_err(|it| it.kind), Err(Kind::NotFound));
    assert_eq!(scene.world.look(scene.node).rows(HAS_TABLE, []).expect("a list").len(), 0);
}
