//! Traces of what an object sends to a user: see [`campana_core::live::Trace`].
//!
//! **Cost.** Without a trace, each place that records a step looks at one empty list in memory, and an object that wakes
//! reads nothing more: the traces are stored with the app's settings, which it reads in any case.
//!
//! **Bounds.** [`MAX_TRACES`] run at once, each with [`MAX_TRACE_STEPS`] stored steps. A trace stays readable for
//! [`KEPT_MS`] after its end. Steps hold names, numbers and ids, never the data of an event.

use super::queries::traces;
use super::{Hosts, SubscriptionRegistry};
use crate::sql::{Sql, int, json, text};
use campana_core::live::{
    MAX_TRACE_STEPS, MAX_TRACES, StartTrace, Step, StepKind, StepReason, Trace, TraceInfo, TracedFrame, Transport,
};
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::link::{Frame, GatewayName};
use campana_core::shared::ids::UserId;
use campana_core::shared::json::read_stored;
use campana_core::shared::problem::{Kind, Problem};
use campana_core::shared::socket_id::SocketId;
use campana_core::shared::timestamp::Timestamp;
use campana_runtime::Context;
use campana_schema::objects::TRACES;
use serde::Deserialize;
use std::cell::RefCell;
use std::rc::Rc;

/// How long an ended trace can be read, milliseconds.
const KEPT_MS: i64 = 60 * 60_000;
/// Traces stored at once, ended ones included.
const MAX_KEPT: usize = 4 * MAX_TRACES;

/// The traces of an object.
pub(crate) struct Traces {
    context: Context,
    /// Running and ended ones, the oldest first.
    known: RefCell<Vec<TraceInfo>>,
}

impl Traces {
    pub(super) const fn new(context: Context) -> Self {
        Self { context, known: RefCell::new(Vec::new()) }
    }

    /// Restores the traces after hibernation.
    pub(super) fn restore(&self, known: Vec<TraceInfo>) {
        *self.known.borrow_mut() = known;
    }

    /// Running and ended ones, the oldest first, to be stored with the app's settings.
    pub(super) fn known(&self) -> Vec<TraceInfo> {
        self.known.borrow().clone()
    }

    /// Whether none is stored.
    pub(crate) fn is_empty(&self) -> bool {
        self.known.borrow().is_empty()
    }

    fn sql(&self) -> &Sql {
        &self.context.sql
    }

    fn running(&self) -> Vec<TraceInfo> {
        if self.is_empty() {
            return Vec::new();
        }
        let now = self.context.now();
        self.known.borrow().iter().filter(|info| now < info.ends_at).cloned().collect()
    }

    /// Users with a running trace, each once.
    pub(crate) fn users(&self) -> Vec<UserId> {
        let mut users: Vec<UserId> = self.running().into_iter().map(|info| info.user).collect();
        users.sort_unstable();
        users.dedup();
        users
    }

    /// Records a step of a user's traces.
    pub(crate) fn record(&self, user: &UserId, step: &Step) {
        self.record_where(|info| info.user == *user, step);
    }

    /// Records a step in the traces of all users.
    fn record_for_all(&self, step: &Step) {
        self.record_where(|_| true, step);
    }

    fn record_where(&self, is_for: impl Fn(&TraceInfo) -> bool, step: &Step) {
        let is_about = |info: &TraceInfo| match (&info.channel, &step.channel) {
            (Some(wanted), Some(channel)) => wanted == channel,
            (Some(_) | None, None) | (None, Some(_)) => true,
        };
        for info in self.running().iter().filter(|info| is_for(info) && is_about(info)) {
            // The engine logs a failure; the step is then missing.
            let _reported = self.store(&info.name, step);
        }
    }

    fn store(&self, name: &str, step: &Step) -> Result<(), Problem> {
        let most = int(MAX_TRACE_STEPS.into());
        self.sql().transaction(|| {
            if self.sql().writes(traces::ADD_STEP, [text(name), json(step), most.clone()])? {
                self.sql().run(traces::COUNT_STEP, [text(name), most.clone()])
            } else {
                self.sql().run(traces::LEAVE_OUT, [text(name)])
            }
        })
    }

    /// A trace with its steps. 404 if none has this name.
    pub(crate) fn get(&self, name: &str) -> Result<Trace, Problem> {
        if !self.known.borrow().iter().any(|info| info.name == name) {
            return Err(Problem::not_found());
        }
        let found = self.sql().find(traces::GET, [text(name)], |row| Some((row.json(0)?, row.number(1)?)))?;
        let (info, left_out) = found.ok_or_else(Problem::not_found)?;
        let params = [text(name), int(MAX_TRACE_STEPS.into())];
        Ok(Trace { info, steps: self.sql().list(traces::STEPS, params, |row| row.json(0))?, left_out })
    }

    fn remove(&self, name: &str) -> Result<(), Problem> {
        self.sql().run(traces::REMOVE_STEPS, [text(name)])?;
        self.sql().run(traces::REMOVE, [text(name)])
    }

    /// A step of this time.
    fn step(&self, kind: StepKind, transport: Transport) -> Step {
        Step::new(self.context.now(), kind, transport)
    }

    /// Records that an event goes to native connections. `is_connected` tells whether a user has one.
    pub(crate) fn published_natively(&self, event: &str, seq: Option<i64>, is_connected: impl Fn(&UserId) -> bool) {
        let published = Step { event: name_of(event), seq, ..self.step(StepKind::Published, Transport::Native) };
        for user in self.users() {
            self.record(&user, &published);
            if !is_connected(&user) {
                let step = Step { step: StepKind::Frame, ..published.clone() };
                self.record(&user, &step.stopped(StepReason::NotConnected));
            }
        }
    }

    /// Records the decision about a native connection.
    pub(crate) fn native_connection(&self, user: &UserId, client_id: Option<&String>, decided: Result<(), &Problem>) {
        let mut step = self.step(StepKind::Authorized, Transport::Native);
        step.client_id = client_id.cloned();
        if let Err(problem) = decided {
            step.detail = Some(problem.detail.clone());
            step.reason = Some(StepReason::Refused);
        }
        self.record(user, &step);
    }

    /// Records the end of a native connection.
    pub(crate) fn native_end(&self, user: &UserId, client_id: Option<&String>) {
        let step = Step { client_id: client_id.cloned(), ..self.step(StepKind::Ended, Transport::Native) };
        self.record(user, &step.stopped(StepReason::Left));
    }

    /// Records an event at a native connection of the user.
    pub(crate) fn written_natively(&self, written: &Written) {
        let Written { user, client_id, event, seq, at, is_excluded } = written;
        let step = Step {
            client_id: client_id.clone(),
            event: event.clone(),
            seq: *seq,
            ..Step::new(*at, StepKind::Frame, Transport::Native)
        };
        self.record(user, &if *is_excluded { step.stopped(StepReason::Excluded) } else { step });
    }

    /// Records that the user's client confirmed everything up to a position.
    pub(crate) fn confirmed(&self, user: &UserId, seq: i64) {
        if self.is_empty() {
            return;
        }
        self.record(user, &Step { seq: Some(seq), ..self.step(StepKind::Receipt, Transport::Native) });
    }

    /// Records the decision about a subscription.
    pub(super) fn subscription(
        &self,
        user: &UserId,
        channel: &ChannelName,
        gateway: &GatewayName,
        socket: &SocketId,
        refusal: Option<&str>,
    ) {
        let mut step = self.at_gateway(StepKind::Authorized, channel, gateway);
        step.client_id = Some(socket.to_string());
        if let Some(why) = refusal {
            step.detail = Some(why.to_owned());
            step.reason = Some(StepReason::Refused);
        }
        self.record(user, &step);
    }

    /// Records the end of a subscription.
    pub(super) fn subscription_end(
        &self,
        user: &UserId,
        channel: &ChannelName,
        gateway: &GatewayName,
        socket: Option<&SocketId>,
    ) {
        let mut step = self.at_gateway(StepKind::Ended, channel, gateway);
        step.client_id = socket.map(ToString::to_string);
        self.record(user, &step.stopped(StepReason::Left));
    }

    fn at_gateway(&self, kind: StepKind, channel: &ChannelName, gateway: &GatewayName) -> Step {
        let (channel, gateway) = (Some(channel.clone()), Some(gateway.to_string()));
        Step { channel, gateway, ..self.step(kind, Transport::Pusher) }
    }

    /// Records that a frame goes to these gateways.
    pub(super) fn published_to(&self, frame: &Frame, gateways: &[GatewayName]) {
        let published = Step {
            channel: Some(frame.channel.clone()),
            event: name_of(&frame.text),
            frame: Some(frame.number),
            ..self.step(StepKind::Published, Transport::Pusher)
        };
        self.record_for_all(&published);
        if gateways.is_empty() {
            let step = Step { step: StepKind::Gateway, ..published };
            self.record_for_all(&step.stopped(StepReason::NotSubscribed));
        }
    }

    /// Records what became of frames at a gateway: it has them, or why not.
    pub(super) fn at_one_gateway<'a>(
        &self,
        gateway: &GatewayName,
        frames: impl Iterator<Item = &'a Frame>,
        stopped: Option<(StepReason, Option<&str>)>,
    ) {
        for frame in frames {
            let mut step = self.at_gateway(StepKind::Gateway, &frame.channel, gateway);
            step.frame = Some(frame.number);
            step.reason = stopped.map(|(reason, _)| reason);
            step.detail = stopped.and_then(|(_, detail)| detail).map(str::to_owned);
            self.record_for_all(&step);
        }
    }

    /// Records the sockets to which a gateway wrote frames.
    pub(super) fn written_by_gateway<'a>(
        &self,
        gateway: &GatewayName,
        frames: &(impl Iterator<Item = &'a Frame> + Clone),
        traced: &[TracedFrame],
    ) {
        for TracedFrame { number, user, at, sockets, excluded } in traced {
            let Some(frame) = frames.clone().find(|frame| frame.number == *number) else { continue };
            let step = Step {
                at: *at,
                frame: Some(*number),
                event: name_of(&frame.text),
                ..self.at_gateway(StepKind::Frame, &frame.channel, gateway)
            };
            if sockets.is_empty() && excluded.is_empty() {
                self.record(user, &step.clone().stopped(StepReason::NotSubscribed));
            }
            for socket in sockets {
                self.record(user, &Step { client_id: Some(socket.to_string()), ..step.clone() });
            }
            for socket in excluded {
                let step = Step { client_id: Some(socket.to_string()), ..step.clone() };
                self.record(user, &step.stopped(StepReason::Excluded));
            }
        }
    }
}

/// An event at a native connection of a traced user.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    /// The user.
    pub(crate) user: UserId,
    /// Client id of the tab.
    pub(crate) client_id: Option<String>,
    /// Name of the event.
    pub(crate) event: Option<String>,
    /// Position of the event.
    pub(crate) seq: Option<i64>,
    /// When it was written.
    pub(crate) at: Timestamp,
    /// Whether it was not written, because it does not go to this connection.
    pub(crate) is_excluded: bool,
}

/// Name of the event in a frame.
pub(crate) fn name_of(frame: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Named {
        event: String,
    }
    read_stored::<Named>(frame).ok().map(|named| named.event)
}

/// Begins a trace. 409 if too many run.
pub(crate) async fn start<O: Hosts>(host: &Rc<O>, asked: StartTrace) -> Result<Trace, Problem> {
    let StartTrace { app_config, target, channel, user, millis } = asked;
    host.prepare(&app_config, &target).await?;
    let subscriptions: &SubscriptionRegistry = host.subscriptions();
    let (traces, context) = (&subscriptions.traces, host.context());
    if traces.running().len() >= MAX_TRACES {
        return Err(Problem::new(Kind::Conflict, format!("{MAX_TRACES} traces run here already")));
    }
    let now = context.now();
    let name = context.random_name()?;
    let info = TraceInfo { name, user, channel, began_at: now, ends_at: now.plus_millis(millis) };
    context.sql.upgrade(&TRACES)?;
    subscriptions.remember(&app_config, &target)?;
    let mut kept = traces.known();
    let removed: Vec<TraceInfo> = kept.drain(..kept.len().saturating_sub(MAX_KEPT.saturating_sub(1))).collect();
    kept.push(info.clone());
    replace(subscriptions, kept, &removed, || context.sql.run(traces::ADD, [text(&info.name), json(&info)]))?;
    host.wake_at(info.ends_at.plus_millis(KEPT_MS));
    Ok(Trace { info, steps: Vec::new(), left_out: 0 })
}

/// For the alarm: deletes traces that ended long ago, and arms it for the next one.
pub(super) fn forget_old<O: Hosts>(host: &Rc<O>) {
    let subscriptions: &SubscriptionRegistry = host.subscriptions();
    let traces = &subscriptions.traces;
    if traces.is_empty() {
        return;
    }
    let since = host.context().now().plus_millis(-KEPT_MS);
    let (old, kept): (Vec<_>, Vec<_>) = traces.known().into_iter().partition(|info| info.ends_at <= since);
    if !old.is_empty() {
        // The engine logs a failure, and the next alarm tries again.
        let _reported = replace(subscriptions, kept, &old, || Ok(()));
    }
    let first = traces.known.borrow().iter().map(|info| info.ends_at).min();
    if let Some(ends_at) = first {
        host.wake_at(ends_at.plus_millis(KEPT_MS));
    }
}

/// Replaces the list of traces, and deletes the removed ones. If storing fails, the list in memory stays as it is stored.
fn replace(
    subscriptions: &SubscriptionRegistry,
    kept: Vec<TraceInfo>,
    removed: &[TraceInfo],
    also: impl FnOnce() -> Result<(), Problem>,
) -> Result<(), Problem> {
    let traces = &subscriptions.traces;
    traces.sql().transaction(|| {
        removed.iter().try_for_each(|info| traces.remove(&info.name))?;
        also()?;
        subscriptions.store_known(&kept)
    })?;
    traces.restore(kept);
    Ok(())
}
