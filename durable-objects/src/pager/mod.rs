//! The Pager object: asks people to come, by push, and tells webhooks, for a tenant's alert desk.
//!
//! **Atomicity.** What the desk hands over is decided on and kept in one turn, without waiting for anything; the answer leaves
//! when that is durable, so the desk may forget it. A try is counted before it begins, and what came of it is kept before
//! the next: whatever is lost on the way is sent again. Whoever is forgotten is paged no more when the call returns: a page
//! looks whether it is still to be sent in the turn in which it leaves.
//!
//! **What survives hibernation.** Devices, webhooks and their secrets, what is to be sent to whom, how often it was tried,
//! how far the desk has handed over, whom the desk does not know to be paged (SQLite). Lost and harmless: what is under way,
//! which is sent again: a device shows one notification of an alert, and an event has its name. One alarm for everything
//! that waits; every wake arms it anew from what is kept.

mod commands;
mod devices;
mod hooks;
mod notifications;
mod pushing;
mod reporting;
mod rows;
mod signing;

use crate::host;
use crate::maintenance::Alarm;
use crate::platform;
use crate::sql::{self, Sql};
use campana_core::alerts::notification::{Forget, MAX_HANDOVER, Notifications};
use campana_core::alerts::pager::PagerRequest;
use campana_core::shared::ids::TenantId;
use campana_core::shared::json::read_stored;
use campana_core::shared::problem::{Kind, Problem};
use campana_core::shared::timestamp::Timestamp;
use campana_core::webhooks::alerts::Queue;
use campana_runtime::Context;
use campana_runtime::inbox::{self, Inbox};
use campana_schema::objects::pager;
use rows::Rows;
use serde::de::DeserializeOwned;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use worker::{DurableObject, Env, Method, Request, Response, Result, State, durable_object};

/// How soon the alarm looks after what was handed over, should the object die at once, milliseconds.
const SAFETY_MS: i64 = 5_000;
/// How soon the alarm comes at the earliest, and while pages are being sent, milliseconds.
const SOONEST_MS: i64 = 50;
const BUSY_MS: i64 = 1_000;
pub(crate) const INBOX: inbox::Statements =
    inbox::Statements { last: pager::SOURCE, save: pager::SAVE_SOURCE, forget: pager::FORGET_SOURCES };
/// Whose it is, in `meta`.
const TENANT: &str = "tenant";

/// A tenant's pager. Named by the tenant; reached by the desk with `POST /errands` ([`Notifications`]) and `POST /forget`
/// ([`Forget`]), and by functions with `POST /command` ([`PagerRequest`]).
#[durable_object(alarm)]
pub struct Pager {
    object: Rc<Object>,
}

struct Object {
    state: State,
    sql: Sql,
    context: Context,
    inbox: Inbox,
    rows: Rows,
    hooks: RefCell<Option<Queue>>,
    pushing: pushing::Pushing,
    signing: signing::Signing,
    reports: reporting::Runner,
    safety: Cell<Option<Timestamp>>,
    alarm: Alarm,
}

impl DurableObject for Pager {
    fn new(state: State, env: Env) -> Self {
        crate::start_log(&env);
        let sql = sql::database(&state);
        let object = Object {
            context: host::context(&state, &env, sql.clone()),
            inbox: Inbox::new(sql.clone(), INBOX),
            rows: Rows::of(sql.clone()),
            sql,
            signing: signing::Signing::of(&env),
            state,
            hooks: RefCell::default(),
            pushing: pushing::Pushing::default(),
            reports: reporting::Runner::default(),
            safety: Cell::default(),
            alarm: Alarm::default(),
        };
        Self { object: Rc::new(object) }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let object = &self.object;
        let (method, path) = (request.method(), request.path());
        let body = request.text().await?;
        let done = match (method, path.as_str()) {
            (Method::Post, "/command") => {
                let answer = read::<PagerRequest>(&body).and_then(|asked| object.command(asked));
                return Response::from_json(&answer);
            }
            (Method::Post, "/errands") => {
                read::<Notifications>(&body).and_then(|notifications| object.take(notifications))
            }
            (Method::Post, "/forget") => read::<Forget>(&body).and_then(|forget| object.forget(&forget)),
            _ => Err(Problem::not_found()),
        };
        match done {
            Ok(()) => Ok(Response::empty()?.with_status(204)),
            Err(problem) => platform::problem_response(&problem),
        }
    }

    async fn alarm(&self) -> Result<Response> {
        let object = &self.object;
        object.alarm.fired();
        object.safety.set(None);
        if object.rows.are_made() {
            if let Err(problem) = object.clean_up() {
                platform::log_failure("pager.maintenance", None, &problem);
            }
            object.go_on();
        }
        Response::ok("")
    }
}

fn read<T: DeserializeOwned>(body: &str) -> std::result::Result<T, Problem> {
    read_stored(body).map_err(|_| Problem::new(Kind::Internal, "a request of another version"))
}

/// What the pager's own functions come to.
type Outcome<T> = std::result::Result<T, Problem>;

impl Object {
    /// Does what is to be done now, in the background, and arms the alarm for the rest.
    fn go_on(self: &Rc<Self>) {
        self.push();
        self.tell_hooks();
        self.report();
        self.arm();
    }

    fn tenant(&self) -> Outcome<Option<TenantId>> {
        Ok(self.sql.recall(TENANT)?.map(TenantId::trusted))
    }

    /// Whose it is, from whoever says so first.
    fn belong_to(&self, tenant: &TenantId) -> Outcome<()> {
        self.rows.make()?;
        if self.tenant()?.is_none() {
            self.sql.keep(TENANT, tenant.as_str())?;
        }
        Ok(())
    }

    /// Arms the alarm for whatever is due first, by what is kept: an object that has just woken does not know for when it
    /// is armed.
    fn arm(&self) {
        let now = platform::now();
        let hooks = self.with_hooks(|queue| Ok(queue.wake_at(now)));
        let kept = self.rows.next_due();
        // What failed is in the log of the engine: look again.
        let again = (hooks.is_err() || kept.is_err()).then(|| now.plus_millis(SAFETY_MS));
        let (hooks, kept) = (hooks.ok().flatten(), kept.ok().flatten());
        let all = [hooks, kept, again, self.safety.get(), self.reports.retry_at()];
        if let Some(at) = all.into_iter().flatten().min() {
            let soonest = if self.pushing.is_busy() { BUSY_MS } else { SOONEST_MS };
            self.alarm.arm(&self.state, at.max(now.plus_millis(soonest)));
        }
    }
}

/// More in one handover is of another version.
fn fits(notifications: &Notifications) -> bool {
    i64::try_from(notifications.notifications.len()).is_ok_and(|count| count <= MAX_HANDOVER)
}
