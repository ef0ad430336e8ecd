//! Deliveries of webhooks: the loop that drives a [`DeliveryQueue`] of `campana-core`.
//!
//! Each round is one turn without awaits: the queue decides, and its changes are stored in one transaction. Then
//! requests are sent in the background, and the outcome of each is decided and stored in a turn of its own. The alarm
//! is armed for what is due next, expired attempt leases included, so an object that dies between any two of these
//! steps repeats a request at most, with the same delivery id.

use crate::context::Context;
use crate::http::{Failure, accepted};
use crate::metrics;
use crate::ports::Outbound;
use crate::single_flight::SingleFlight;
use campana_core::accounts::metrics::FAILED_DELIVERIES;
use campana_core::shared::address::host_of;
use campana_core::shared::ids::TenantId;
use campana_core::shared::problem::Problem;
use campana_core::webhooks::history::Report;
use campana_core::webhooks::{ChangeOf, Delivery, DeliveryQueue, Moment, Outcome, Policy};
use futures_util::future::ready;
use std::cell::RefCell;
use std::rc::Rc;

/// Time-out of a request, milliseconds.
const TIMEOUT_MS: u32 = 10_000;
/// Delay of the alarm that resumes work if the instance is lost before a round, or if a round fails, milliseconds.
const SAFETY_MS: i64 = 5_000;

/// What an object gives to its deliveries: the storage of its queue, and what precedes a round.
pub trait Backend: Sized + 'static {
    /// The delivery policy.
    type Policy: Policy;
    /// Name of the deliveries in the log.
    const LOG_NAME: &'static str;

    /// Loads the stored queue.
    fn load(&self) -> Result<DeliveryQueue<Self::Policy>, Problem>;

    /// Stores a change of the queue.
    fn store(&self, change: ChangeOf<Self::Policy>) -> Result<(), Problem>;

    /// The app and the kind of receiver under which failed attempts are counted.
    fn counted_as(&self) -> Option<(TenantId, &'static str)> {
        None
    }

    /// Stores a step of a delivery, after the changes of its turn and in their transaction.
    fn report(&self, report: Report) -> Result<(), Problem>;

    /// Prepares the queue for a round, for example with the present endpoints.
    fn prepare(&self, _deliveries: &Rc<Deliveries<Self>>) -> impl Future<Output = ()> {
        ready(())
    }
}

/// Deliveries of an object.
pub struct Deliveries<B: Backend> {
    context: Context,
    /// What the object gave.
    pub backend: B,
    queue: RefCell<Option<DeliveryQueue<B::Policy>>>,
    preparation: SingleFlight,
}

impl<B: Backend> Deliveries<B> {
    /// Deliveries of an object whose alarm calls [`Self::run`].
    pub fn new(context: Context, backend: B) -> Rc<Self> {
        Rc::new(Self { context, backend, queue: RefCell::default(), preparation: SingleFlight::default() })
    }

    /// Calls a function with the queue, arms the alarm for what is due then, stores the changes, and sends requests. If
    /// storing fails, the queue in memory is dropped and loaded again later.
    pub fn with<T>(self: &Rc<Self>, decide: impl FnOnce(&mut DeliveryQueue<B::Policy>) -> T) -> Result<T, Problem> {
        let cached = self.queue.borrow_mut().take();
        let mut queue = cached.map_or_else(|| self.backend.load(), Ok)?;
        let decided = decide(&mut queue);
        let turn = queue.take_turn();
        // Before the reports, which may arm the alarm for days later: a new instance does not know the alarm's time, so
        // its first call replaces an earlier one, and a crash in this turn would keep that.
        let now = self.context.now();
        if let Some(at) = queue.due_at(now) {
            self.context.wake_at(if at > now { at } else { now.plus_millis(SAFETY_MS) });
        }
        if !turn.changes.is_empty() || !turn.reports.is_empty() {
            self.context.sql.transaction(|| {
                turn.changes.into_iter().try_for_each(|change| self.backend.store(change))?;
                turn.reports.into_iter().try_for_each(|report| self.backend.report(report))
            })?;
        }
        for lost in &turn.given_up {
            let (webhook, reason) = (B::Policy::logged_name(&lost.endpoint), lost.reason.as_str());
            tracing::warn!(at = B::LOG_NAME, webhook, event = lost.id, events = lost.events, given_up = reason);
        }
        *self.queue.borrow_mut() = Some(queue);
        turn.deliveries.into_iter().for_each(|delivery| self.send(delivery));
        Ok(decided)
    }

    /// Drops the queue in memory, after the writes of a call of [`Self::with`] were rolled back.
    pub fn reload(&self) {
        self.queue.borrow_mut().take();
    }

    /// Starts everything that is due. Returns immediately if another run is being prepared, since that one includes
    /// everything queued by then.
    pub async fn run(self: Rc<Self>) {
        let Some(preparation) = self.preparation.begin() else { return };
        self.backend.prepare(&self).await;
        drop(preparation);
        // The database logs its failures.
        if self.step().is_err() {
            self.arm();
        }
    }

    /// Arms the alarm for what is due next. An object that wakes and uses its alarm for something else calls this, too.
    pub fn arm(self: &Rc<Self>) {
        if self.with(|_| ()).is_err() {
            self.context.wake_at(self.context.now().plus_millis(SAFETY_MS));
        }
    }

    fn step(self: &Rc<Self>) -> Result<(), Problem> {
        let moment = self.moment()?;
        self.with(|queue| queue.step(moment))
    }

    fn moment(&self) -> Result<Moment, Problem> {
        Ok(Moment { now: self.context.now(), random: u128::from_be_bytes(self.context.random()?) })
    }

    /// Sends a request in the background, stores its outcome and continues.
    fn send(self: &Rc<Self>, delivery: Delivery) {
        let deliveries = Rc::clone(self);
        self.context.spawn(async move {
            let outcome = deliveries.post(&delivery).await;
            if deliveries.settle(&delivery, outcome).is_ok() {
                deliveries.run().await;
            }
        });
    }

    /// Sends a request. Returns the status with which the endpoint accepted it.
    async fn post(self: &Rc<Self>, delivery: &Delivery) -> Result<u16, Failure> {
        let now = self.context.now();
        let signed = self.with(|queue| queue.headers(delivery, now)).ok().flatten();
        let mut headers = vec![
            ("content-type".into(), "application/json".to_owned()),
            ("user-agent".into(), "campana-webhooks".to_owned()),
        ];
        headers.extend(signed.ok_or(Failure::Unsigned)?);
        let request = Outbound { url: delivery.url.clone(), headers, body: delivery.body.clone().into_bytes() };
        let answer = self.context.post(request, TIMEOUT_MS).await?;
        accepted(&answer).map(|()| answer.status)
    }

    fn settle(self: &Rc<Self>, delivery: &Delivery, outcome: Result<u16, Failure>) -> Result<(), Problem> {
        if let Err(failure) = outcome {
            // Host and numbers, never a URL, a request or a response.
            let Delivery { endpoint, url, id, events, attempt, .. } = delivery;
            let (webhook, host) = (B::Policy::logged_name(endpoint), host_of(url));
            let (reason, status) = (failure.as_str(), failure.status());
            tracing::warn!(at = B::LOG_NAME, webhook, host, event = id, events, attempts = attempt, reason, status);
            if let Some((tenant, receiver)) = self.backend.counted_as() {
                metrics::count(&tenant, |collector| collector.add(&FAILED_DELIVERIES, &[receiver], 1));
                metrics::report_soon(&self.context, &tenant);
            }
        }
        let (status, error) = match outcome {
            Ok(status) => (Some(status), None),
            Err(failure) => (failure.status(), Some(failure.as_str())),
        };
        let outcome = match outcome {
            Ok(_) => Outcome::Accepted,
            Err(Failure::Answered(410)) => Outcome::Gone,
            Err(_) => Outcome::Failed,
        };
        let moment = self.moment()?;
        self.with(|queue| {
            queue.report_attempt(delivery, status, error);
            queue.settle(delivery, outcome, moment);
        })
    }
}
