//! A desk in a simulated world, with its record, and with test objects for what it calls.

use crate::alert_desk;
use campana_core::accounts::app_config::AppConfig;
use campana_core::accounts::principal::{Principal, VIEW_PANIC_ALERTS};
use campana_core::alerts::command::{DeskAnswer, DeskCommand, DeskRequest};
use campana_core::alerts::{AlertId, AlertSettings, NewAlert};
use campana_core::pusher::settings::PusherSettings;
use campana_core::shared::ids::{TenantId, UserId};
use campana_core::shared::limits::Limits;
use campana_core::shared::timestamp::Timestamp;
use campana_runtime::ports::Answer;
use campana_runtime::testing::{Node, Object, World, instance};
use campana_storage::{Database, Sqlite, Statement, Store};
use futures_util::future::LocalBoxFuture;
use pollster::block_on;
use serde_json::json;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

const START: Timestamp = Timestamp::from_millis(1_700_000_000_000);
pub(super) const DESK: &str = "ALERT_DESK:demo";

pub(super) fn tenant() -> TenantId {
    TenantId::trusted("demo")
}

pub(crate) fn principal(user: &str) -> Principal {
    let is_guard = user.starts_with("guard");
    Principal {
        tenant: tenant(),
        user_id: UserId::trusted(user),
        name: user.to_owned(),
        avatar: None,
        admin: false,
        permissions: is_guard.then(|| VIEW_PANIC_ALERTS.to_owned()).into_iter().collect(),
        groups: Vec::new(),
        issued_at_ms: None,
        signed_with: campana_core::accounts::revocation::SigningKey::Unknown,
        expires_at_ms: START.plus_millis(365 * 24 * 3_600_000).millis(),
    }
}

/// A request, with its answer as soon as there is one.
pub(super) type Sent = Rc<RefCell<Option<Result<Answer, String>>>>;

/// An object that stores the bodies of its requests in order, and answers 503 while `is_down` is set.
#[derive(Clone, Default)]
pub(super) struct Keeper {
    pub(super) bodies: Rc<RefCell<Vec<Vec<u8>>>>,
    pub(super) is_down: Rc<Cell<bool>>,
}

impl Object for Keeper {
    fn fetch(&self, _path: &str, body: Vec<u8>) -> LocalBoxFuture<'static, Answer> {
        let status = if self.is_down.get() { 503 } else { 204 };
        if status == 204 {
            self.bodies.borrow_mut().push(body);
        }
        Box::pin(async move { Answer { status, body: Vec::new(), retry_after: None } })
    }

    fn alarm(&self) -> LocalBoxFuture<'static, ()> {
        Box::pin(async {})
    }
}

/// Turns of the world until a command is answered, at most.
const LONGEST_ANSWER: u64 = 10_000;

pub(super) struct Scene {
    pub(super) world: World,
    pub(super) desk: Node,
    pub(super) store: Store,
    /// What the desk hands over to the pager.
    pub(super) pager: Keeper,
}

impl Scene {
    pub(super) fn new(seed: u64) -> Self {
        const ADD_APP: &str = "INSERT INTO apps (id, tenant_id, key, secret, created_at) VALUES (?1, ?1, ?1, 's', 1)";
        let sqlite: Arc<dyn Database> = Arc::new(Sqlite::new().expect("a database"));
        block_on(sqlite.query(Statement::unnamed(ADD_APP, ["demo".into()]))).expect("the app is added");
        let (world, store) = (World::new(seed), Store::new(sqlite));
        world.advance_to(START);
        world.set_record(Some(store.clone()));
        let desk = world.add(DESK, instance::<alert_desk::Object>);
        let scene = Self { world, desk, store, pager: Keeper::default() };
        scene.add_keeper("PAGER:demo", &scene.pager);
        scene
    }

    pub(super) fn add_keeper(&self, name: &str, keeper: &Keeper) {
        let keeper = keeper.clone();
        self.world.add(name, move |_| Rc::new(keeper.clone()));
    }

    /// Sends a command, and lets everything happen that follows from it at once, or until it is answered.
    pub(super) fn ask(&self, user: &str, command: DeskCommand) -> DeskAnswer {
        self.answer_of(&self.begin(user, command))
    }

    /// Sends a command.
    pub(super) fn begin(&self, user: &str, command: DeskCommand) -> Sent {
        let request = DeskRequest {
            app_config: AppConfig {
                tenant: tenant(),
                limits: Limits::default(),
                pusher: PusherSettings::default(),
                webhooks: Vec::new(),
            },
            settings: AlertSettings::default(),
            principal: principal(user),
            request_id: None,
            command,
        };
        self.world.call(DESK, "command", serde_json::to_vec(&request).expect("JSON"))
    }

    /// Lets everything happen that is due, and time pass until the command is answered.
    pub(super) fn answer_of(&self, sent: &Sent) -> DeskAnswer {
        self.world.run_for(0);
        self.world.run_until(LONGEST_ANSWER, || sent.borrow().is_some());
        let answer = sent.take().expect("an answer").expect("no fault");
        serde_json::from_slice(&answer.body).expect("an answer of a desk")
    }

    pub(super) fn raise(&self, user: &str, id: &str) -> DeskAnswer {
        let new: NewAlert = serde_json::from_value(json!({
            "id": id, "apartment": {"id": "12"}, "location": null, "note": null, "drill": false,
        }))
        .expect("an alert");
        self.ask(user, DeskCommand::Raise { alert: Box::new(new) })
    }

    pub(super) fn count(&self, statement: &'static str) -> i64 {
        let rows = self.world.look(self.desk).rows(statement, []).expect("the tables exist");
        rows.first().and_then(|row| row.int(0)).expect("a count")
    }
}

pub(super) fn alert_id(text: &str) -> AlertId {
    AlertId::trusted(text)
}
