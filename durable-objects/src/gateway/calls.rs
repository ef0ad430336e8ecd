//! The way to the targets: one batch of calls at a time to each, so that they arrive in order; what comes meanwhile shares
//! the next one. If a target did not answer it is not known what it has taken in: the next batch brings a census.

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

/// Calls that wait for one target.
const MAX_WAITING: usize = 20_000;
/// How long a target may take, milliseconds.
const TIMEOUT_MS: u32 = 15_000;
/// Pauses before a batch is tried again, milliseconds.
const PAUSES_MS: [u32; 3] = [50, 250, 1_000];
/// When a target that did not answer is tried again, milliseconds.
const LATER_MS: i64 = 5_000;

/// Batches are numbered from their millisecond on, so many for each.
const NUMBERS_PER_MILLI: u64 = 1_000;

type Waiter = oneshot::Sender<Answer>;

/// What is on its way to one target.
#[derive(Default)]
pub(super) struct Lane {
    waiting: VecDeque<(Call, Option<Waiter>)>,
    /// Unsubscriptions under way, which the target has not taken in for certain.
    leaving: Vec<Call>,
    /// The batch under way, by number, and who waits for it to be over.
    sent: Option<u64>,
    over: Vec<oneshot::Sender<()>>,
    /// Whether the target may have lost sight of the sockets here.
    is_doubtful: bool,
    runs: bool,
}

impl Lane {
    /// The batch under way is answered, or is not going to be: who waits for that.
    fn is_over(&mut self) -> Vec<oneshot::Sender<()>> {
        self.sent = None;
        std::mem::take(&mut self.over)
    }
}

/// All lanes, by target.
pub(super) type Lanes = HashMap<Target, Lane>;

impl Object {
    /// Tells a target something and waits for the answer.
    pub(super) async fn call(self: &Rc<Self>, target: &Target, call: Call) -> Answer {
        let (waiter, answer) = oneshot::channel();
        if !self.enqueue(target, call, Some(waiter)) {
            return Answer::Refused(Refusal::unavailable("too much is waiting"));
        }
        answer.await.unwrap_or_else(|_| Answer::Refused(unanswered()))
    }

    /// Tells a target something.
    pub(super) fn tell(self: &Rc<Self>, target: &Target, call: Call) {
        self.enqueue(target, call, None);
    }

    /// A target may have lost sight of the sockets here: it is sent a census.
    pub(super) fn doubt(self: &Rc<Self>, target: &Target) {
        self.lanes.borrow_mut().entry(target.clone()).or_default().is_doubtful = true;
        self.start(target);
    }

    fn enqueue(self: &Rc<Self>, target: &Target, call: Call, waiter: Option<Waiter>) -> bool {
        {
            let mut lanes = self.lanes.borrow_mut();
            let lane = lanes.entry(target.clone()).or_default();
            if lane.waiting.len() >= MAX_WAITING {
                lane.is_doubtful = true;
                // A census says the same as an unsubscription that is left out.
                return false;
            }
            lane.waiting.push_back((call, waiter));
        }
        self.start(target);
        true
    }

    fn start(self: &Rc<Self>, target: &Target) {
        if let Some(lane) = self.lanes.borrow_mut().get_mut(target)
            && std::mem::replace(&mut lane.runs, true)
        {
            return;
        }
        let (object, target) = (Rc::clone(self), target.clone());
        self.state.wait_until(async move { object.run(&target).await });
    }

    async fn run(self: &Rc<Self>, target: &Target) {
        loop {
            let batch: Vec<(Call, Option<Waiter>)> = {
                let mut lanes = self.lanes.borrow_mut();
                let Some(lane) = lanes.get_mut(target) else { return };
                let count = lane.waiting.len().min(MAX_CALLS);
                let batch: Vec<_> = lane.waiting.drain(..count).collect();
                if batch.is_empty() && !lane.is_doubtful {
                    lane.runs = false;
                    lanes.remove(target);
                    drop(lanes);
                    self.settle_target(target);
                    return;
                }
                let is_leaving = |(call, _): &&(Call, Option<Waiter>)| matches!(call, Call::Unsubscribe { .. });
                lane.leaving = batch.iter().filter(is_leaving).map(|(call, _)| call.clone()).collect();
                batch
            };
            let (calls, waiters): (Vec<Call>, Vec<Option<Waiter>>) = batch.into_iter().unzip();
            let Some(answers) = self.carry_with_patience(target, calls).await else {
                return self.give_up(target);
            };
            let over = {
                let mut lanes = self.lanes.borrow_mut();
                let Some(lane) = lanes.get_mut(target) else { return };
                lane.leaving.clear();
                lane.is_over()
            };
            for (waiter, answer) in waiters.into_iter().zip(answers) {
                let _gone = waiter.map(|waiter| waiter.send(answer));
            }
            for waiter in over {
                let _gone = waiter.send(());
            }
        }
    }

    /// A target does not answer. Whoever waits is told so by the waiter that is dropped; a census makes up for the rest.
    fn give_up(&self, target: &Target) {
        if let Some(lane) = self.lanes.borrow_mut().get_mut(target) {
            lane.leaving.clear();
            lane.waiting.clear();
            lane.is_doubtful = true;
            lane.runs = false;
            // Dropped with that: nobody waits any more.
            lane.is_over();
        }
        self.alarm.arm(&self.state, platform::now().plus_millis(LATER_MS));
    }

    async fn carry_with_patience(self: &Rc<Self>, target: &Target, calls: Vec<Call>) -> Option<Vec<Answer>> {
        let count = calls.len();
        let mut is_doubtful = {
            let mut lanes = self.lanes.borrow_mut();
            lanes.get_mut(target).is_some_and(|lane| std::mem::take(&mut lane.is_doubtful))
        };
        // The first report of a public channel brings those who were taken in unreported.
        is_doubtful |= target.is_public_channel() && !self.is_told(target);
        for pause in PAUSES_MS.into_iter().map(Some).chain([None]) {
            let counts = is_doubtful.then(|| self.listener_counts_of(target));
            match self.carry(target, &calls, counts).await {
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

    async fn carry(
        &self,
        target: &Target,
        calls: &[Call],
        counts: Option<ListenerCounts>,
    ) -> Result<std::result::Result<Answers, Problem>> {
        let (app_config, gateway) = self.me().ok_or_else(|| worker::Error::from("the gateway does not know itself"))?;
        self.keep_target(target).map_err(|problem| worker::Error::from(problem.detail))?;
        let name = target.object_name(&app_config.tenant);
        let number = self.take_batch_number();
        if let Some(lane) = self.lanes.borrow_mut().get_mut(target) {
            // The answer to an earlier try is not waited for any more.
            lane.is_over();
            lane.sent = Some(number);
        }
        let body = Calls { app_config, target: target.clone(), gateway, number, counts, calls: calls.to_vec() };
        let stub = self.env.durable_object(target.namespace())?.get_by_name(&name)?;
        platform::ask(&stub, "pusher/calls", &body, TIMEOUT_MS).await
    }

    /// How the sockets stand towards a target, as it has been told: those that are about to leave still count.
    pub(super) fn listener_counts_of(&self, target: &Target) -> ListenerCounts {
        let mut counts = self.clients.borrow().listener_counts_of(target);
        let lanes = self.lanes.borrow();
        let Some(lane) = lanes.get(target) else { return counts };
        let waiting = lane.waiting.iter().map(|(call, _)| call);
        for call in lane.leaving.iter().chain(waiting) {
            add_leaving(&mut counts, call);
        }
        counts
    }

    /// Rises with every batch, also over the gateway's sleep.
    fn take_batch_number(&self) -> u64 {
        let begin = u64::try_from(platform::now().millis()).unwrap_or(0).saturating_mul(NUMBERS_PER_MILLI);
        let number = self.next_batch.get().max(begin);
        self.next_batch.set(number.saturating_add(1));
        number
    }

    /// Completes when a batch that a target has answered is answered here, too; at once if it is.
    pub(super) async fn answered_by(&self, target: &Target, number: u64) {
        let over = self.lanes.borrow_mut().get_mut(target).filter(|lane| lane.sent == Some(number)).map(|lane| {
            let (waiter, over) = oneshot::channel();
            lane.over.push(waiter);
            over
        });
        if let Some(over) = over {
            let _given_up = over.await;
            // Whoever was answered with it is among those who listen in the next turn.
            platform::sleep(0).await;
        }
    }

    /// Targets that may have lost sight of the sockets here and that nothing is on its way to.
    pub(super) fn doubtful(&self) -> Vec<Target> {
        let lanes = self.lanes.borrow();
        lanes.iter().filter(|(_, lane)| lane.is_doubtful && !lane.runs).map(|(target, _)| target.clone()).collect()
    }

    /// Whether something is on its way to a target.
    pub(super) fn is_busy_with(&self, target: &Target) -> bool {
        self.lanes.borrow().contains_key(target)
    }

    /// Kept before a target hears of listeners: should the sockets be lost, it is told.
    pub(super) fn keep_target(&self, target: &Target) -> std::result::Result<(), Problem> {
        if !self.told.borrow_mut().insert(target.clone()) {
            return Ok(());
        }
        self.sql.run(targets::ADD, vec![text(&serde_json::to_string(target).unwrap_or_default())])
    }

    /// Nothing is on its way to a target any more. If nobody listens either, it need not be told of a loss.
    fn settle_target(&self, target: &Target) {
        let is_awaited = |channel| !self.clients.borrow().waiting_for(channel).is_empty();
        if self.clients.borrow().any_listens_to(target) || matches!(target, Target::Channel(name) if is_awaited(name)) {
            // Whoever has just been answered is about to be among those who listen.
            return;
        }
        self.told.borrow_mut().remove(target);
        self.newest.borrow_mut().remove(target);
        // Should this fail, the target is told once more than it needs.
        let _reported = self.sql.run(targets::REMOVE, vec![text(&serde_json::to_string(target).unwrap_or_default())]);
    }
}

fn add_leaving(counts: &mut ListenerCounts, call: &Call) {
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
