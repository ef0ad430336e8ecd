//! Random histories of alerts at a desk, its pager, the record and dashboards, whose objects die and lose calls at any
//! point.

use crate::tests::receivers::{FLAKY, GOOD, Receivers};
use crate::tests::slow::Slow;
use crate::{alert_desk, pager};
use campana_core::accounts::app_config::AppConfig;
use campana_core::accounts::principal::{Principal, VIEW_PANIC_ALERTS};
use campana_core::alerts::command::{AlertAction, DeskAnswer, DeskCommand, DeskRequest};
use campana_core::alerts::pager::{NewWebhook, PagerCommand, PagerRequest};
use campana_core::alerts::{Alert, AlertId, AlertSettings, NewAlert, What};
use campana_core::chat::command::Connect;
use campana_core::pusher::settings::PusherSettings;
use campana_core::shared::ids::{TenantId, UserId};
use campana_core::shared::limits::Limits;
use campana_core::shared::timestamp::Timestamp;
use campana_runtime::ports::Answer;
use campana_runtime::testing::{Faults, Node, TestSocket, World, instance};
use campana_storage::{Sqlite, Statement, Store};
use pollster::block_on;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

const START: Timestamp = Timestamp::from_millis(1_700_000_000_000);
const DESK: &str = "ALERT_DESK:demo";
const PAGER: &str = "PAGER:demo";
const HISTORIES: u64 = 60;
const STEPS: u64 = 40;
const OWNERS: u64 = 3;
/// Repetitions of what was not answered, and time for each, milliseconds.
const ROUNDS: u32 = 8;
const ROUND_MS: i64 = 20_000;
const RETRIES_MS: i64 = 60 * 60_000;

type Pending = Rc<RefCell<Option<Result<Answer, String>>>>;

fn tenant() -> TenantId {
    TenantId::trusted("demo")
}

fn principal(user: &str, is_guard: bool) -> Principal {
    Principal {
        tenant: tenant(),
        user_id: UserId::trusted(user),
        name: user.to_owned(),
        avatar: None,
        admin: is_guard,
        permissions: is_guard.then(|| VIEW_PANIC_ALERTS.to_owned()).into_iter().collect(),
        groups: Vec::new(),
        issued_at_ms: None,
        signed_with: campana_core::accounts::revocation::SigningKey::Unknown,
        expires_at_ms: START.plus_millis(365 * 24 * 3_600_000).millis(),
    }
}

/// An owner's device, which repeats a press until it is answered.
struct Owner {
    name: String,
    presses: u64,
    unanswered: Option<(AlertId, Option<Pending>)>,
}

/// A dashboard that reconnects with its position.
#[derive(Default)]
struct Dashboard {
    socket: Option<Rc<TestSocket>>,
    position: Option<Value>,
    /// Position of the welcome whose open alerts are arriving.
    welcomed: Option<Value>,
    status: BTreeMap<String, String>,
}

struct Scene {
    world: World,
    desk: Node,
    store: Store,
    owners: Vec<Owner>,
    dashboard: Dashboard,
    /// Each acknowledged alert, in the state that the desk answered last.
    known: BTreeMap<AlertId, Alert>,
    actions: Vec<Pending>,
}

impl Scene {
    fn new(seed: u64) -> Self {
        const ADD_APP: &str = "INSERT INTO apps (id, tenant_id, key, secret, created_at) VALUES (?1, ?1, ?1, 's', 1)";
        let sqlite: Arc<dyn campana_storage::Database> = Arc::new(Sqlite::new().expect("a database"));
        block_on(sqlite.query(Statement::unnamed(ADD_APP, ["demo".into()]))).expect("the app is added");
        let (world, store) = (World::new(seed), Store::new(Arc::clone(&sqlite)));
        world.advance_to(START);
        world.set_record(Some(Store::new(Arc::new(Slow::new(sqlite, seed)))));
        let desk = world.add(DESK, instance::<alert_desk::Object>);
        world.add(PAGER, instance::<pager::Object>);
        let owner = |number| Owner { name: format!("owner{number}"), presses: 0, unanswered: None };
        let owners = (0..OWNERS).map(owner).collect();
        let (dashboard, known, actions) = <_>::default();
        Self { world, desk, store, owners, dashboard, known, actions }
    }

    fn add_webhook(&self, url: &str) {
        let request = PagerRequest {
            principal: principal("admin", true),
            push_days: 1,
            request_id: None,
            command: PagerCommand::AddWebhook {
                id: url.to_owned(),
                webhook: NewWebhook { url: url.to_owned(), events: Vec::new() },
            },
        };
        let answer = self.world.call(PAGER, "command", serde_json::to_vec(&request).expect("JSON"));
        self.world.run_until(1_000, || answer.borrow().is_some());
        let answer: Value =
            serde_json::from_slice(&answer.take().expect("an answer").expect("no fault").body).expect("JSON");
        assert!(answer["Ok"].is_object(), "{answer}");
    }

    fn ask(&self, user: &str, is_guard: bool, command: DeskCommand) -> Pending {
        let request = DeskRequest {
            app_config: AppConfig {
                tenant: tenant(),
                limits: Limits::default(),
                pusher: PusherSettings::default(),
                webhooks: Vec::new(),
            },
            settings: AlertSettings::default(),
            principal: principal(user, is_guard),
            request_id: None,
            command,
        };
        self.world.call(DESK, "command", serde_json::to_vec(&request).expect("JSON"))
    }

    /// An owner presses, or repeats the press without an answer.
    fn press(&mut self, owner: usize) {
        let name = self.owners[owner].name.clone();
        if self.owners[owner].unanswered.is_none() {
            let presses = self.owners[owner].presses;
            self.owners[owner].presses = presses.saturating_add(1);
            self.owners[owner].unanswered = Some((AlertId::trusted(format!("{name}-{presses}")), None));
        }
        let Some((id, _)) = self.owners[owner].unanswered.clone() else { return };
        let new = NewAlert { id: id.clone(), ..json_alert() };
        let answer = self.ask(&name, false, DeskCommand::Raise { alert: Box::new(new) });
        self.owners[owner].unanswered = Some((id, Some(answer)));
    }

    /// A guard acts on an alert.
    fn act(&mut self) {
        let open: Vec<AlertId> = self.known.values().filter(|alert| alert.is_open()).map(|it| it.id.clone()).collect();
        let count = u64::try_from(open.len()).expect("small");
        let Some(id) = usize::try_from(self.world.draw(count)).ok().and_then(|at| open.get(at).cloned()) else {
            return;
        };
        let action = match self.world.draw(3) {
            0 => AlertAction::Acknowledge,
            1 => AlertAction::Resolve { reason: None, note: None },
            _ => AlertAction::FalseAlarm { reason: "a test".to_owned(), note: None },
        };
        let answer = self.ask("guard", true, DeskCommand::Act { id, action });
        self.actions.push(answer);
    }

    /// Takes the desk's answers.
    fn listen(&mut self) {
        let mut answered: Vec<Alert> = Vec::new();
        for owner in &mut self.owners {
            let answer = owner.unanswered.as_ref().and_then(|(_, pending)| pending.as_ref()?.borrow().clone());
            if let Some(alert) = answer.as_ref().and_then(alert_of) {
                assert_eq!(alert.user.id.as_str(), owner.name);
                answered.push(alert);
                owner.unanswered = None;
            }
        }
        self.actions.retain(|pending| {
            let answer = pending.borrow().clone();
            answered.extend(answer.as_ref().and_then(alert_of));
            answer.is_none()
        });
        for alert in answered {
            // The number of timeline entries grows with each change.
            if self.known.get(&alert.id).is_none_or(|known| alert.entries >= known.entries) {
                self.known.insert(alert.id.clone(), alert);
            }
        }
        self.watch();
    }

    /// The dashboard reads its frames, and reconnects if its socket is closed.
    fn watch(&mut self) {
        let dashboard = &mut self.dashboard;
        let Some(socket) = &dashboard.socket else {
            let connect = Connect {
                conversation_id: None,
                principal: principal("guard", true),
                limits: Limits::default(),
                client_id: None,
                resume: dashboard.position.clone().map(|it| serde_json::from_value(it).expect("a position")),
                request_id: None,
            };
            dashboard.socket = Some(self.world.open(self.desk, serde_json::to_string(&connect).expect("JSON")));
            return;
        };
        let texts = socket.received();
        let frames = texts.iter().flat_map(|text| match serde_json::from_str(text).expect("JSON") {
            Value::Array(frames) => frames,
            frame => vec![frame],
        });
        for frame in frames {
            assert_ne!(frame["type"], "reset", "the desk has every change");
            let alerts = frame["alerts"].as_array().into_iter().flatten().chain(frame.get("partial"));
            for alert in alerts {
                let text = |name: &str| alert[name].as_str().unwrap_or_default().to_owned();
                dashboard.status.insert(text("id"), text("status"));
            }
            // Until the open alerts are complete, or what was missed is, the position does not hold.
            match frame["type"].as_str() {
                Some("welcome") => dashboard.welcomed = Some(json!({"epoch": frame["epoch"], "seq": frame["head"]})),
                Some("alerts") if frame["complete"] == true && dashboard.position.is_none() => {
                    dashboard.position = dashboard.welcomed.take();
                }
                _ => {
                    let seq = frame["seq"].as_i64().or(frame["head"].as_i64());
                    if let (Some(seq), Some(position)) = (seq, &mut dashboard.position)
                        && position["seq"].as_i64() < Some(seq)
                    {
                        position["seq"] = json!(seq);
                    }
                }
            }
        }
        if socket.closed().is_some() {
            dashboard.socket = None;
        }
    }
}

fn json_alert() -> NewAlert {
    serde_json::from_value(json!({"id": "", "apartment": {}, "location": null, "note": null, "drill": false}))
        .expect("an alert")
}

fn alert_of(answer: &Result<Answer, String>) -> Option<Alert> {
    let answer: DeskAnswer = serde_json::from_slice(&answer.as_ref().ok()?.body).ok()?;
    match answer.ok()? {
        campana_core::alerts::command::DeskReply::Alert { alert, .. } => Some(*alert),
        _ => None,
    }
}

/// Runs a history. Returns how often an object died.
fn check(seed: u64) -> u64 {
    let mut scene = Scene::new(seed);
    let receivers = Receivers::add(&scene.world, "webhook-id");
    for url in [GOOD, FLAKY] {
        scene.add_webhook(url);
    }
    let world = scene.world.clone();
    let some = |below| world.draw(below);
    let (killed, panics) = (some(40), some(40));
    world.set_faults(Faults { lost: some(200), unheard: some(200), late: some(200), killed, panics });
    receivers.set_flaky(true);
    for _ in 0..STEPS {
        match world.draw(4) {
            0 => scene.act(),
            _ => scene.press(usize::try_from(world.draw(OWNERS)).expect("small")),
        }
        world.run_within(world.draw(30), ROUND_MS);
        scene.listen();
        world.run_for(i64::try_from(world.draw(3_000)).expect("small"));
        scene.listen();
    }
    world.set_faults(Faults::default());
    receivers.set_flaky(false);
    for _ in 0..ROUNDS {
        for owner in 0..scene.owners.len() {
            if scene.owners[owner].unanswered.is_some() {
                scene.press(owner);
            }
        }
        world.run_for(ROUND_MS);
        scene.listen();
    }

    for owner in &scene.owners {
        assert!(owner.unanswered.is_none(), "every press is answered, seed {seed}");
    }
    for (id, known) in &scene.known {
        let recorded =
            block_on(scene.store.alert(&tenant(), id)).expect("the query runs").expect("the alert is recorded");
        assert!(recorded.entries >= known.entries, "the record has each answered change of {id}, seed {seed}");
        // Alerts that closed before the dashboard first connected were never shown.
        let shown = scene.dashboard.status.get(id.as_str()).map(String::as_str);
        let is_right = shown.map_or(!recorded.is_open(), |shown| shown == recorded.status.as_str());
        assert!(is_right, "{id} is {:?}, the dashboard shows {shown:?}, seed {seed}", recorded.status);
    }
    // Receivers that failed are tried again minutes later.
    world.run_for(RETRIES_MS);
    for id in scene.known.keys() {
        let entries = block_on(scene.store.alert_entries(&tenant(), id, 0, u32::MAX, 1_000)).expect("the query runs");
        let is_numbered = entries.iter().zip(1..).all(|(entry, number)| entry.number == number);
        assert!(is_numbered, "the timeline of {id} is complete, seed {seed}");
        // The policy decides whether an escalation calls webhooks.
        let owed = entries.iter().filter(|entry| !matches!(entry.what, What::Escalated { .. }));
        let owed: BTreeSet<u32> = owed.map(|entry| entry.number).collect();
        for url in [GOOD, FLAKY] {
            let received = receivers.of(url);
            let events = received.iter().map(|event| serde_json::from_str::<Value>(&event.body).expect("JSON"));
            let of_alert = events.filter(|event| event["data"]["alert"]["id"] == id.as_str());
            let numbers: Vec<u32> =
                of_alert.filter_map(|event| u32::try_from(event["data"]["entry"]["number"].as_u64()?).ok()).collect();
            let distinct: BTreeSet<u32> = numbers.iter().copied().collect();
            assert_eq!(numbers.len(), distinct.len(), "{url} gets each event of {id} once, seed {seed}: {numbers:?}");
            assert!(
                distinct.is_superset(&owed),
                "{url} gets all events of {id}, seed {seed}: {numbers:?}, not {owed:?}"
            );
        }
    }
    let open: Vec<Alert> = block_on(scene.store.active_alerts(&tenant())).expect("the query runs");
    for owner in &scene.owners {
        let of_owner = open.iter().filter(|alert| alert.is_of(&UserId::trusted(owner.name.as_str())));
        assert!(of_owner.count() <= 1, "one open alert per owner, seed {seed}");
    }
    world.crashes()
}

/// [I13][I14] Each answered press is one alert in the record, on the dashboard and at each receiver of webhooks.
#[test]
fn answered_alerts_reach_everyone_once_whatever_dies() {
    let crashes: u64 = (1..=HISTORIES).map(check).sum();
    assert!(crashes > HISTORIES, "objects died {crashes} times");
}
