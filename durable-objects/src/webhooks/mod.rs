//! Webhooks object: sends an app's channel events to its backend.
//!
//! **Atomicity.** A handover is processed and stored in one turn without awaits. The answer leaves once that is
//! durable, so the sender may delete its rows. A batch is stored with its id and bytes before it is sent, and its
//! outcome before the next batch.
//!
//! **What survives hibernation.** In SQLite: the queue, each endpoint's batch, and each sender's position. Requests in
//! flight are lost, which is harmless: they are sent again with the same id. URLs and secrets are read from the record
//! again. One alarm serves held events, retries and expired attempt leases.

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
use campana_core::webhooks::channels::{ChannelQueue, Delivery, Handover, MAX_HANDOVER};
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

/// Delay of the alarm that resumes work if the instance is lost, milliseconds.
const SAFETY_MS: i64 = 5_000;
/// TTL of a silent sender's position, milliseconds. After that, rows that it hands over again are accepted again.
const SOURCE_KEPT_MS: i64 = 24 * 60 * 60 * 1_000;
pub(crate) const INBOX: inbox::Statements =
    inbox::Statements { last: webhooks::SOURCE, save: webhooks::SAVE_SOURCE, forget: webhooks::FORGET_SOURCES };
/// Key in `meta` of the tenant.
const TENANT: &str = "tenant";

/// Webhooks object, named by the tenant. Endpoint: `POST /happenings` with a [`Handover`].
#[durable_object(alarm)]
pub struct Webhooks {
    object: Rc<Object>,
}

struct Object {
    state: State,
    context: Context,
    inbox: Inbox,
    rows: Rows,
    queue: RefCell<Option<ChannelQueue>>,
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
        self.object.alarm.fired(&self.object.context);
        self.object.forget_sources();
        self.object.run().await;
        Response::ok("")
    }
}

impl Object {
    /// Stores a handover. Sending starts in the background.
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
        // After a failure the queue in memory differs from the database, so it is dropped and reloaded.
        let lost = lost.inspect_err(|_| drop(self.queue.borrow_mut().take()))?;
        if lost > 0 {
            tracing::warn!(at = "webhooks.handover", lost);
        }
        self.alarm.arm(&self.context, now.plus_millis(SAFETY_MS));
        let object = Rc::clone(self);
        self.context.spawn(async move { object.run().await });
        Ok(())
    }

    /// Calls a function with the queue. If it fails, the queue is dropped and later reloaded from the database.
    fn with<T>(
        &self,
        act: impl FnOnce(&mut ChannelQueue) -> std::result::Result<T, Problem>,
    ) -> std::result::Result<T, Problem> {
        let cached = self.queue.borrow_mut().take();
        let mut queue = match cached {
            Some(queue) => queue,
            None => self.open()?,
        };
        let value = act(&mut queue)?;
        *self.queue.borrow_mut() = Some(queue);
        Ok(value)
    }

    /// Loads the queue from the database and applies the known endpoints.
    fn open(&self) -> std::result::Result<ChannelQueue, Problem> {
        let mut queue = ChannelQueue::reopen(self.rows.open()?);
        if let Some(known) = self.known.borrow().as_ref() {
            self.rows.keep(queue.set_endpoints(known.endpoints.clone()))?;
        }
        Ok(queue)
    }

    fn tenant(&self) -> std::result::Result<Option<TenantId>, Problem> {
        Ok(self.context.sql.recall(TENANT)?.map(TenantId::trusted))
    }

    /// Runs everything that is due. Returns immediately if another run is looking up endpoints, since that run includes
    /// everything queued by then.
    async fn run(self: &Rc<Self>) {
        let Some(look) = self.looks.begin() else { return };
        self.look_at_endpoints().await;
        drop(look);
        // SQL failures are already logged, and the alarm retries.
        if self.step().is_err() {
            self.alarm.arm(&self.context, self.context.now().plus_millis(SAFETY_MS));
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
            self.alarm.arm(&self.context, self.not_before_the_record(at.max(now)));
        }
        for delivery in deliveries {
            self.send(delivery);
        }
        Ok(())
    }

    /// Postpones a wake-up until the record may be asked again, while the endpoints are unknown.
    fn not_before_the_record(&self, at: Timestamp) -> Timestamp {
        match (self.known.borrow().as_ref(), self.looked_at.get()) {
            (None, Some(looked_at)) => at.max(looked_at.plus_millis(LOOK_EVERY_MS)),
            _ => at,
        }
    }

    /// Sends a batch in the background, stores its outcome and continues.
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
        let chance = self.context.chance()?;
        let given_up = self.with(|queue| {
            let (changes, given_up) = queue.failed(url, id, self.context.now(), chance);
            self.rows.keep(changes)?;
            Ok(given_up)
        })?;
        sending::log(failure, delivery, given_up);
        Ok(())
    }

    fn forget_sources(&self) {
        let since = self.context.now().plus_millis(-SOURCE_KEPT_MS);
        // On failure the next alarm retries.
        let _reported = self.rows.make().and_then(|()| self.inbox.forget_silent(since));
    }
}

/// A larger handover is from another version.
fn fits(handover: &Handover) -> bool {
    i64::try_from(handover.happenings.len()).is_ok_and(|count| count <= MAX_HANDOVER)
}
