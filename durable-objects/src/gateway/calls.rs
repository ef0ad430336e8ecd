//! Ordered call queue from the gateway to each target: one batch in flight at a time, and calls that arrive during it
//! share the next batch. If a target does not answer, its state is unknown, so the next batch includes all listener
//! counts.

use super::Object;
use super::queries::targets;
use crate::sql::text;
use campana_core::pusher::link::{Answer, Answers, Call, Calls, Counted, ListenerCounts, MAX_CALLS, Refusal, Target};
use campana_core::shared::problem::Problem;
use campana_runtime::delivery_queue::{Deliver, Overflow, Policy, Queue, Queues};
use campana_runtime::ports::Address;
use campana_runtime::{Context, Hosted};
use futures_channel::oneshot;
use futures_util::FutureExt;
use futures_util::future::Shared;
use std::rc::Rc;

/// Time-out of a batch, milliseconds.
const TIMEOUT_MS: u32 = 15_000;
/// Delay before the alarm retries a target that did not answer, milliseconds.
const RETRY_MS: i64 = 5_000;
/// Numbers start at the current Unix millisecond times this.
const NUMBERS_PER_MILLI: u64 = 1_000;

/// A call, and who waits for its answer.
type QueuedCall = (Call, Option<oneshot::Sender<Answer>>);

/// What the gateway knows of a target with queued calls.
#[derive(Default)]
pub(super) struct TargetState {
    /// Whether the target's view of this gateway's sockets may be wrong, so that the next batch has listener counts.
    is_doubtful: bool,
    /// Number of the newest attempt, and its end.
    attempt: Option<(u64, Shared<oneshot::Receiver<()>>)>,
}

/// Call queues by target.
pub(super) type CallQueues = Queues<Target, QueuedCall, TargetState>;

/// Sends a gateway's calls to their targets.
#[derive(Clone)]
struct ToTargets(Rc<Object>);

impl Deliver for ToTargets {
    type Key = Target;
    type Item = QueuedCall;
    type State = TargetState;
    /// An attempt, and a sender whose drop marks its end.
    type Request = (Calls, oneshot::Sender<()>);
    type Answer = Vec<Answer>;

    const POLICY: Policy = Policy {
        batch_items: MAX_CALLS,
        batch_bytes: usize::MAX,
        max_items: 20_000,
        max_bytes: usize::MAX,
        // The listener counts make up for a dropped unsubscription.
        overflow: Overflow::Newest,
        pauses_ms: &[50, 250, 1_000],
    };

    fn context(&self) -> &Context {
        &self.0.context
    }

    fn queues(&self) -> &CallQueues {
        &self.0.queues
    }

    fn is_due(state: &TargetState) -> bool {
        state.is_doubtful
    }

    fn request(&self, target: &Target, queue: &mut Queue<QueuedCall, TargetState>) -> Result<Self::Request, String> {
        let (app_config, gateway) = self.0.me().ok_or("the gateway does not know itself")?;
        // The first report of a public channel includes the subscriptions accepted without a report.
        let is_first_report = target.is_public_channel() && !self.0.has_reported(target);
        self.0.store_target(target).map_err(|problem| problem.detail)?;
        let is_doubtful = std::mem::take(&mut queue.state.is_doubtful) || is_first_report;
        let counts = is_doubtful.then(|| {
            let mut counts = self.0.clients.borrow().listener_counts_of(target);
            queue.items().for_each(|(call, _)| add_unsubscribing(&mut counts, call));
            counts
        });
        let (number, calls) = (self.0.take_number(), queue.batch().map(|(call, _)| call.clone()).collect());
        let (guard, end) = oneshot::channel();
        // The answer to an earlier attempt is ignored.
        queue.state.attempt = Some((number, end.shared()));
        Ok((Calls { app_config, target: target.clone(), gateway, number, counts, calls }, guard))
    }

    async fn send(&self, target: &Target, (body, _guard): Self::Request) -> Result<Vec<Answer>, String> {
        let to = Address { namespace: target.namespace(), name: target.object_name(&body.app_config.tenant) };
        let answer = self.0.context.ask::<Result<Answers, Problem>>(&to, "pusher/calls", &body, TIMEOUT_MS).await;
        match answer {
            Ok(Ok(Answers { answers })) if answers.len() == body.calls.len() => Ok(answers),
            Ok(Ok(_)) => Err("a target answered something else".to_owned()),
            Ok(Err(problem)) => Err(problem.detail),
            Err(error) => Err(error.to_string()),
        }
    }

    /// After a failed attempt the target's view is unknown.
    fn failed(&self, state: &mut TargetState, detail: &str) {
        tracing::warn!(at = "gateway.calls", detail);
        state.is_doubtful = true;
    }

    fn delivered(&self, _target: &Target, calls: Vec<QueuedCall>, answers: Vec<Answer>) {
        for ((_, waiter), answer) in calls.into_iter().zip(answers) {
            let _waiter_gone = waiter.map(|waiter| waiter.send(answer));
        }
    }

    /// Fails the calls by dropping their waiters.
    fn lost(&self, target: &Target, _calls: Vec<QueuedCall>) {
        self.0.queues.with(target, |queue| queue.state.is_doubtful = true);
        self.0.context.wake_at(self.0.context.now().plus_millis(RETRY_MS));
    }

    /// Forgets the target if it has no listeners here. Sockets that were just answered become listeners in the next turn.
    fn emptied(&self, target: &Target, _state: TargetState) {
        if !self.0.clients.borrow().has_listeners_of(target) {
            let target = target.clone();
            self.0.spawn(async move |object| {
                object.context.sleep(0).await;
                object.remove_unused_target(&target);
            });
        }
    }
}

impl Object {
    /// Sends a call to a target and waits for the answer.
    pub(super) async fn call(self: &Rc<Self>, target: &Target, call: Call) -> Answer {
        let (waiter, answer) = oneshot::channel();
        if !ToTargets(Rc::clone(self)).push(target, (call, Some(waiter)), 0) {
            return Answer::Refused(Refusal::unavailable("too much is waiting"));
        }
        let unanswered = || Refusal::unavailable("what the channel belongs to did not answer; try again");
        answer.await.unwrap_or_else(|_| Answer::Refused(unanswered()))
    }

    /// Sends a call to a target without waiting for the answer.
    pub(super) fn send_call(self: &Rc<Self>, target: &Target, call: Call) {
        ToTargets(Rc::clone(self)).push(target, (call, None), 0);
    }

    /// Sends listener counts to a target whose view of this gateway's sockets may be wrong.
    pub(super) fn doubt(self: &Rc<Self>, target: &Target) {
        self.queues.with(target, |queue| queue.state.is_doubtful = true);
        ToTargets(Rc::clone(self)).start(target);
    }

    /// For the alarm: sends listener counts to the targets that did not answer.
    pub(super) fn retry_doubtful(self: &Rc<Self>) {
        ToTargets(Rc::clone(self)).start_due();
    }

    /// Listener counts for a target, as the target knows them: sockets with a queued unsubscription still count.
    pub(super) fn listener_counts_of(&self, target: &Target) -> ListenerCounts {
        let mut counts = self.clients.borrow().listener_counts_of(target);
        self.queues.get(target, |queue| queue.items().for_each(|(call, _)| add_unsubscribing(&mut counts, call)));
        counts
    }

    /// Next number of a batch or a client event. Increases monotonically, also across hibernation.
    pub(super) fn take_number(&self) -> u64 {
        let begin = u64::try_from(self.context.now().millis()).unwrap_or(0).saturating_mul(NUMBERS_PER_MILLI);
        let number = self.next_number.get().max(begin);
        self.next_number.set(number.saturating_add(1));
        number
    }

    /// Waits until the gateway has processed the answer to batch `number`, if that batch is in flight. Otherwise
    /// returns immediately.
    pub(super) async fn answered_by(&self, target: &Target, number: u64) {
        let attempt = self.queues.get(target, |queue| queue.state.attempt.clone()).flatten();
        if let Some((_, end)) = attempt.filter(|(sent, _)| *sent == number) {
            let _ended = end.await;
            // Sockets answered by that batch become listeners in the next turn.
            self.context.sleep(0).await;
        }
    }

    /// Whether a target has a call queue.
    pub(super) fn has_queued_calls(&self, target: &Target) -> bool {
        self.queues.contains(target)
    }

    /// Persists a target before it is notified of listeners, so that it gets new counts if the sockets are lost.
    pub(super) fn store_target(&self, target: &Target) -> Result<(), Problem> {
        if self.has_reported(target) {
            return Ok(());
        }
        self.context.sql.run(targets::ADD, vec![text(&serde_json::to_string(target).unwrap_or_default())])?;
        self.reported_targets.borrow_mut().insert(target.clone());
        Ok(())
    }

    /// Forgets a target if it has neither listeners here nor queued calls.
    fn remove_unused_target(&self, target: &Target) {
        let is_pending = |channel| !self.clients.borrow().pending_clients_of(channel).is_empty();
        if self.clients.borrow().has_listeners_of(target)
            || self.has_queued_calls(target)
            // A socket may be about to become a listener without a report.
            || matches!(target, Target::Channel(name) if is_pending(name))
        {
            return;
        }
        self.reported_targets.borrow_mut().remove(target);
        self.newest.borrow_mut().remove(target);
        // On failure the target gets listener counts once more than necessary.
        let _reported =
            self.context.sql.run(targets::REMOVE, vec![text(&serde_json::to_string(target).unwrap_or_default())]);
    }
}

fn add_unsubscribing(counts: &mut ListenerCounts, call: &Call) {
    let Call::Unsubscribe { channel, listener, .. } = call else { return };
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
