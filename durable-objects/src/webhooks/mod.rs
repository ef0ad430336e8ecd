//! The Webhooks object: tells an app's backend what happens on its channels.
//!
//! **Atomicity.** What is handed over is decided on and kept in one turn, without waiting for anything; the answer leaves
//! when that is durable, so whoever handed it over may forget it. A batch is kept with its name and its bytes before it
//! is sent, and its outcome before the next one is.
//!
//! **What survives hibernation.** The queue, each endpoint's batch, how far each sender has handed over (SQLite). Lost and
//! harmless: what is under way, which is sent again under the same name; where to and the secret, which are asked of the
//! record anew. One alarm for all that waits: a return, another try, a try of which nobody heard.

pub(crate) mod outbox;
mod record;
mod rows;
mod sending;

pub(crate) use outbox::{LOOK_AFTER_MS, WebhookOutbox};

use crate::maintenance::Alarm;
use crate::{host, platform, sql};
use campana_core::shared::ids::TenantId;
use campana_core::shared::json::read_stored;
use campana_core::shared::problem::{Kind, Problem};
use campana_core::shared::timestamp::Timestamp;
use campana_core::webhooks::channels::{Delivery, Handover, MAX_HANDOVER, Queue};
use campana_runtime::Context;
use campana_runtime::http::Failure;
use campana_runtime::inbox::{self, Inbox};
use campana_runtime::single_flight::SingleFlight;
use campana_schema::objects::webhooks;
use record::{Known, LOOK_EVERY_MS};
use rows::Rows;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use worker::{DurableObject, Env, Method, Request, Response, Result, State, durable_object};

/// How soon the alarm looks after what was handed over, should the object die at once, milliseconds.
const SAFETY_MS: i64 = 5_000;
/// After so long a sender that was silent is forgotten, milliseconds: what it hands over again is taken again.
const SOURCE_KEPT_MS: i64 = 24 * 60 * 60 * 1_000;
pub(crate) const INBOX: inbox::Statements =
    inbox::Statements { last: webhooks::SOURCE, save: webhooks::SAVE_SOURCE, forget: webhooks::FORGET_SOURCES };
/// Whose it is, in `meta`.
const TENANT: &str = "tenant";

/// An app's webhooks. Named by the tenant; reached by `POST /happenings` with a [`Handover`].
#[durable_object(alarm)]
pub struct Webhooks {
    object: Rc<Object>,
}

struct Object {
    state: State,
    env: Env,
    context: Context,
    inbox: Inbox,
    rows: Rows,
    queue: RefCell<Option<Queue>>,
    known: RefCell<Option<Known>>,
    looked_at: Cell<Option<Timestamp>>,
    looks: SingleFlight,
    alarm: Alarm,
}

impl DurableObject for Webhooks {
    fn new(state: State, env: Env) -> Self {
        crate::start_log(&env);
        let sql = sql::database(&state);
        let object = Object {
            inbox: Inbox::new(sql.clone(), INBOX),
            context: host::context(&state, &env, sql.clone()),
            rows: Rows::of(sql),
            state,
            env,
            queue: RefCell::default(),
            known: RefCell::default(),
            looked_at: Cell::default(),
            looks: SingleFlight::default(),
            alarm: Alarm::default(),
        };
        Self { object: Rc::new(object) }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let outcome = match (request.method(), request.path().as_str()) {
            (Method::Post, "/happenings") => match read_stored::<Handover>(&request.text().await?) {
                Ok(handover) if fits(&handover) => self.object.take(handover),
                _ => Err(Problem::new(Kind::Internal, "a handover of another version")),
            },
            _ => Err(Problem::not_found()),
        };
        match outcome {
            Ok(()) => Ok(Response::empty()?.with_status(204)),
            Err(problem) => platform::problem_response(&problem),
        }
    }

    async fn alarm(&self) -> Result<Response> {
        self.object.alarm.fired();
        self.object.forget_sources();
        self.object.run().await;
        Response::ok("")
    }
}

impl Object {
    /// Takes in what happened; telling of it begins in the background.
    fn take(self: &Rc<Self>, handover: Handover) -> std::result::Result<(), Problem> {
        let now = self.context.now();
        let Handover { tenant, source, happenings } = handover;
        if happenings.is_empty() {
            return Ok(());
        }
        self.rows.make()?;
        let lost = self.inbox.accept(&source, happenings, now, |happenings| {
            if self.tenant()?.is_none() {
                self.context.sql.keep(TENANT, tenant.as_str())?;
            }
            self.with(|queue| self.rows.keep(queue.take(happenings, now)))
        });
        // What the queue took is not kept if this failed: it is opened anew.
        let lost = lost.inspect_err(|_| drop(self.queue.borrow_mut().take()))?;
        if lost > 0 {
            tracing::warn!(at = "webhooks.handover", lost);
        }
        self.alarm.arm(&self.state, now.plus_millis(SAFETY_MS));
        let object = Rc::clone(self);
        self.context.spawn(async move { object.run().await });
        Ok(())
    }

    /// Acts on the queue. One that could not be kept is opened anew.
    fn with<T>(
        &self,
        act: impl FnOnce(&mut Queue) -> std::result::Result<T, Problem>,
    ) -> std::result::Result<T, Problem> {
        let kept = self.queue.borrow_mut().take();
        let mut queue = match kept {
            Some(queue) => queue,
            None => self.open()?,
        };
        let value = act(&mut queue)?;
        *self.queue.borrow_mut() = Some(queue);
        Ok(value)
    }

    /// The queue as it was kept, with the endpoints that are known.
    fn open(&self) -> std::result::Result<Queue, Problem> {
        let mut queue = Queue::reopen(self.rows.open()?);
        if let Some(known) = self.known.borrow().as_ref() {
            self.rows.keep(queue.set_endpoints(known.endpoints.clone()))?;
        }
        Ok(queue)
    }

    fn tenant(&self) -> std::result::Result<Option<TenantId>, Problem> {
        Ok(self.context.sql.recall(TENANT)?.map(TenantId::trusted))
    }

    /// Does what is to be done now. Does nothing while that already happens: it comes to what was taken in meanwhile.
    async fn run(self: &Rc<Self>) {
        let Some(look) = self.looks.begin() else { return };
        self.look_at_endpoints().await;
        drop(look);
        // What fails is in the log of the engine, and the alarm tries again.
        if self.step().is_err() {
            self.alarm.arm(&self.state, self.context.now().plus_millis(SAFETY_MS));
        }
    }

    fn step(self: &Rc<Self>) -> std::result::Result<(), Problem> {
        let now = self.context.now();
        let id = self.context.random_name()?;
        let (deliveries, fell_out, wake_at) = self.with(|queue| {
            let step = queue.step(now, &id);
            self.rows.keep(step.changes)?;
            Ok((step.deliveries, step.fell_out, queue.wake_at(now)))
        })?;
        if fell_out > 0 {
            tracing::warn!(at = "webhooks.queue", lost = fell_out);
        }
        if let Some(at) = wake_at {
            self.alarm.arm(&self.state, self.not_before_the_record(at.max(now)));
        }
        for delivery in deliveries {
            self.send(delivery);
        }
        Ok(())
    }

    /// As long as the record has not said where to, there is nothing to do before it is asked again.
    fn not_before_the_record(&self, at: Timestamp) -> Timestamp {
        match (self.known.borrow().as_ref(), self.looked_at.get()) {
            (None, Some(looked_at)) => at.max(looked_at.plus_millis(LOOK_EVERY_MS)),
            _ => at,
        }
    }

    /// In the background: sends a batch, keeps what came of it, and goes on.
    fn send(self: &Rc<Self>, delivery: Delivery) {
        let object = Rc::clone(self);
        self.state.wait_until(async move {
            let outcome = object.post(&delivery).await;
            if object.settle(&delivery, outcome).is_ok() {
                object.run().await;
            }
        });
    }

    fn settle(
        &self,
        delivery: &Delivery,
        outcome: std::result::Result<(), Failure>,
    ) -> std::result::Result<(), Problem> {
        let Delivery { url, id, .. } = delivery;
        let Err(failure) = outcome else {
            return self.with(|queue| self.rows.keep(queue.delivered(url, id)));
        };
        let luck = self.context.chance()?;
        let given_up = self.with(|queue| {
            let (change, given_up) = queue.failed(url, id, self.context.now(), luck);
            self.rows.keep(change)?;
            Ok(given_up)
        })?;
        sending::log(failure, delivery, given_up);
        Ok(())
    }

    fn forget_sources(&self) {
        let since = self.context.now().plus_millis(-SOURCE_KEPT_MS);
        // Should this fail, the next alarm does it.
        let _reported = self.rows.make().and_then(|()| self.inbox.forget_silent(since));
    }
}

/// More in one handover is of another version.
fn fits(handover: &Handover) -> bool {
    i64::try_from(handover.happenings.len()).is_ok_and(|count| count <= MAX_HANDOVER)
}
