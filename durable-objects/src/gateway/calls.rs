//! Ordered call queue from the gateway to each target: one batch in flight at a time, and calls that arrive during it
//! share the next batch. If a target does not answer, its state is unknown, so the next batch includes all listener
//! counts.

use super::Object;
use crate::platform;
use crate::sql::text;
use campana_core::pusher::link::{Answer, Answers, Call, Calls, Counted, ListenerCounts, MAX_CALLS, Refusal, Target};
use campana_core::shared::problem::Problem;
use campana_schema::objects::targets;
use futures_channel::oneshot;
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;
use worker::Result;

/// Largest number of queued calls for one target.
const MAX_WAITING: usize = 20_000;
/// Time-out of a batch, milliseconds.
const TIMEOUT_MS: u32 = 15_000;
/// Back-off between attempts of a batch, milliseconds.
const PAUSES_MS: [u32; 3] = [50, 250, 1_000];
/// Delay before the alarm retries a target that did not answer, milliseconds.
const LATER_MS: i64 = 5_000;

/// Batch numbers start at the current Unix millisecond times this.
const NUMBERS_PER_MILLI: u64 = 1_000;

type Waiter = oneshot::Sender<Answer>;

/// Call queue of one target.
#[derive(Default)]
pub(super) struct CallQueue {
    waiting: VecDeque<(Call, Option<Waiter>)>,
    /// Unsubscriptions in the batch in flight, which the target may not have processed.
    leaving: Vec<Call>,
    /// Number of the batch in flight, and the tasks that wait for its end.
    sent: Option<u64>,
    over: Vec<oneshot::Sender<()>>,
    /// Whether the target's view of this gateway's sockets may be wrong.
    is_doubtful: bool,
    runs: bool,
}

impl CallQueue {
    /// Marks the batch in flight as answered or abandoned. Returns the tasks that wait for that.
    fn finish(&mut self) -> Vec<oneshot::Sender<()>> {
        self.sent = None;
        std::mem::take(&mut self.over)
    }
}

/// Call queues by target.
pub(super) type CallQueues = HashMap<Target, CallQueue>;

impl Object {
    /// Sends a call to a target and waits for the answer.
    pub(super) async fn call(self: &Rc<Self>, target: &Target, call: Call) -> Answer {
        let (waiter, answer) = oneshot::channel();
        if !self.enqueue(target, call, Some(waiter)) {
            return Answer::Refused(Refusal::unavailable("too much is waiting"));
        }
        answer.await.unwrap_or_else(|_| Answer::Refused(unanswered()))
    }

    /// Sends a call to a target without waiting for the answer.
    pub(super) fn send_call(self: &Rc<Self>, target: &Target, call: Call) {
        self.enqueue(target, call, None);
    }

    /// Sends listener counts to a target whose view of this gateway's sockets may be wrong.
    pub(super) fn doubt(self: &Rc<Self>, target: &Target) {
        self.queues.borrow_mut().entry(target.clone()).or_default().is_doubtful = true;
        self.start(target);
    }

    fn enqueue(self: &Rc<Self>, target: &Target, call: Call, waiter: Option<Waiter>) -> bool {
        {
            let mut queues = self.queues.borrow_mut();
            let queue = queues.entry(target.clone()).or_default();
            if queue.waiting.len() >= MAX_WAITING {
                queue.is_doubtful = true;
                // The listener counts make up for a dropped unsubscription.
                return false;
            }
            queue.waiting.push_back((call, waiter));
        }
        self.start(target);
        true
    }

    fn start(self: &Rc<Self>, target: &Target) {
        if let Some(queue) = self.queues.borrow_mut().get_mut(target)
            && std::mem::replace(&mut queue.runs, true)
        {
            return;
        }
        let (object, target) = (Rc::clone(self), target.clone());
        self.state.wait_until(async move { object.run(&target).await });
    }

    async fn run(self: &Rc<Self>, target: &Target) {
        loop {
            let batch: Vec<(Call, Option<Waiter>)> = {
                let mut queues = self.queues.borrow_mut();
                let Some(queue) = queues.get_mut(target) else { return };
                let count = queue.waiting.len().min(MAX_CALLS);
                let batch: Vec<_> = queue.waiting.drain(..count).collect();
                if batch.is_empty() && !queue.is_doubtful {
                    queue.runs = false;
                    queues.remove(target);
                    drop(queues);
                    self.settle_target(target);
                    return;
                }
                let is_leaving = |(call, _): &&(Call, Option<Waiter>)| matches!(call, Call::Unsubscribe { .. });
                queue.leaving = batch.iter().filter(is_leaving).map(|(call, _)| call.clone()).collect();
                batch
            };
            let (calls, waiters): (Vec<Call>, Vec<Option<Waiter>>) = batch.into_iter().unzip();
            let Some(answers) = self.send_with_retries(target, calls).await else {
                return self.give_up(target);
            };
            let over = {
                let mut queues = self.queues.borrow_mut();
                let Some(queue) = queues.get_mut(target) else { return };
                queue.leaving.clear();
                queue.finish()
            };
            for (waiter, answer) in waiters.into_iter().zip(answers) {
                let _waiter_gone = waiter.map(|waiter| waiter.send(answer));
            }
            for waiter in over {
                let _waiter_gone = waiter.send(());
            }
        }
    }

    /// Abandons the queue of a target that does not answer. Dropping the waiters fails their calls. The next batch
    /// includes listener counts, which correct the rest.
    fn give_up(&self, target: &Target) {
        if let Some(queue) = self.queues.borrow_mut().get_mut(target) {
            queue.leaving.clear();
            queue.waiting.clear();
            queue.is_doubtful = true;
            queue.runs = false;
            // Drops the senders, which ends the waits.
            queue.finish();
        }
        self.alarm.arm(&self.context, platform::now().plus_millis(LATER_MS));
    }

    async fn send_with_retries(self: &Rc<Self>, target: &Target, calls: Vec<Call>) -> Option<Vec<Answer>> {
        let count = calls.len();
        let mut is_doubtful = {
            let mut queues = self.queues.borrow_mut();
            queues.get_mut(target).is_some_and(|queue| std::mem::take(&mut queue.is_doubtful))
        };
        // The first report of a public channel includes the subscriptions accepted without a report.
        is_doubtful |= target.is_public_channel() && !self.has_reported(target);
        for pause in PAUSES_MS.into_iter().map(Some).chain([None]) {
            let counts = is_doubtful.then(|| self.listener_counts_of(target));
            match self.send_once(target, &calls, counts).await {
                Ok(Ok(Answers { answers })) if answers.len() == count => return Some(answers),
                Ok(Ok(_)) => warn("a target answered something else"),
                Ok(Err(problem)) => warn(&problem.detail),
                Err(error) => warn(&error.to_string()),
            }
            is_doubtful = true;
            if let Some(pause) = pause {
                platform::sleep(pause).await;
            }
        }
        None
    }

    async fn send_once(
        &self,
        target: &Target,
        calls: &[Call],
        counts: Option<ListenerCounts>,
    ) -> Result<std::result::Result<Answers, Problem>> {
        let (app_config, gateway) = self.me().ok_or_else(|| worker::Error::from("the gateway does not know itself"))?;
        self.keep_target(target).map_err(|problem| worker::Error::from(problem.detail))?;
        let name = target.object_name(&app_config.tenant);
        let number = self.take_batch_number();
        if let Some(queue) = self.queues.borrow_mut().get_mut(target) {
            // The answer to an earlier attempt is ignored.
            queue.finish();
            queue.sent = Some(number);
        }
        let body = Calls { app_config, target: target.clone(), gateway, number, counts, calls: calls.to_vec() };
        let stub = self.env.durable_object(target.namespace())?.get_by_name(&name)?;
        platform::ask(&stub, "pusher/calls", &body, TIMEOUT_MS).await
    }

    /// Listener counts for a target, as the target knows them: sockets with a queued unsubscription still count.
    pub(super) fn listener_counts_of(&self, target: &Target) -> ListenerCounts {
        let mut counts = self.clients.borrow().listener_counts_of(target);
        let queues = self.queues.borrow();
        let Some(queue) = queues.get(target) else { return counts };
        let waiting = queue.waiting.iter().map(|(call, _)| call);
        for call in queue.leaving.iter().chain(waiting) {
            add_unsubscribing(&mut counts, call);
        }
        counts
    }

    /// Next batch number. Increases monotonically, also across hibernation.
    fn take_batch_number(&self) -> u64 {
        let begin = u64::try_from(platform::now().millis()).unwrap_or(0).saturating_mul(NUMBERS_PER_MILLI);
        let number = self.next_batch.get().max(begin);
        self.next_batch.set(number.saturating_add(1));
        number
    }

    /// Waits until the gateway has processed the answer to batch `number`, if that batch is in flight. Otherwise
    /// returns immediately.
    pub(super) async fn answered_by(&self, target: &Target, number: u64) {
        let over = self.queues.borrow_mut().get_mut(target).filter(|queue| queue.sent == Some(number)).map(|queue| {
            let (waiter, over) = oneshot::channel();
            queue.over.push(waiter);
            over
        });
        if let Some(over) = over {
            let _abandoned = over.await;
            // Sockets answered by that batch become listeners in the next turn.
            platform::sleep(0).await;
        }
    }

    /// Targets whose view may be wrong and whose queue is not running.
    pub(super) fn doubtful(&self) -> Vec<Target> {
        let queues = self.queues.borrow();
        queues.iter().filter(|(_, queue)| queue.is_doubtful && !queue.runs).map(|(target, _)| target.clone()).collect()
    }

    /// Whether a target has a call queue.
    pub(super) fn is_busy_with(&self, target: &Target) -> bool {
        self.queues.borrow().contains_key(target)
    }

    /// Persists a target before it is notified of listeners, so that it gets new counts if the sockets are lost.
    pub(super) fn keep_target(&self, target: &Target) -> std::result::Result<(), Problem> {
        if !self.told.borrow_mut().insert(target.clone()) {
            return Ok(());
        }
        self.sql.run(targets::ADD, vec![text(&serde_json::to_string(target).unwrap_or_default())])
    }

    /// Forgets a target whose queue is empty if it has no listeners here.
    fn settle_target(&self, target: &Target) {
        let is_pending = |channel| !self.clients.borrow().waiting_for(channel).is_empty();
        if self.clients.borrow().any_listens_to(target) || matches!(target, Target::Channel(name) if is_pending(name)) {
            // A socket that was just answered is about to become a listener.
            return;
        }
        self.told.borrow_mut().remove(target);
        self.newest.borrow_mut().remove(target);
        // On failure the target gets listener counts once more than necessary.
        let _reported = self.sql.run(targets::REMOVE, vec![text(&serde_json::to_string(target).unwrap_or_default())]);
    }
}

fn add_unsubscribing(counts: &mut ListenerCounts, call: &Call) {
    let Call::Unsubscribe { channel, listener } = call else { return };
    let at = counts.iter().position(|counted| counted.channel == *channel).unwrap_or_else(|| {
        counts.push(Counted { channel: channel.clone(), sockets: 0, people: Vec::new() });
        counts.len().saturating_sub(1)
    });
    let Some(counted) = counts.get_mut(at) else { return };
    counted.sockets = counted.sockets.saturating_add(1);
    let Some(listener) = listener.as_ref().filter(|_| channel.is_presence()) else { return };
    match counted.people.iter_mut().find(|(one, _)| one.user == listener.user) {
        Some((_, count)) => *count = count.saturating_add(1),
        None => counted.people.push((listener.clone(), 1)),
    }
}

fn unanswered() -> Refusal {
    Refusal::unavailable("what the channel belongs to did not answer; try again")
}

fn warn(detail: &str) {
    tracing::warn!(at = "gateway.calls", detail);
}
