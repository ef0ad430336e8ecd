//! Fan-out queue: each frame is one shared JavaScript string, sent in order to one slice of sockets per turn.
//!
//! The platform writes to sockets when a turn ends. Sending to all sockets in one turn would delay every socket, and
//! all other work, until the last one is served.

use super::clients::Clients;
use crate::platform;
use campana_core::pusher::channel::ChannelName;
use campana_core::shared::backlog;
use campana_core::shared::timestamp::Timestamp;
use futures_channel::oneshot;
use js_sys::JsString;
use std::collections::VecDeque;

/// Shortest interval between two checks of unsent bytes, milliseconds.
const LOOK_MS: u64 = 20;
/// Sends per turn.
const SLICE: usize = 100;

/// One frame and the sockets that still need it, served from the end.
struct Round {
    channel: ChannelName,
    number: u64,
    text: JsString,
    remaining: Vec<u32>,
    done: Option<oneshot::Sender<()>>,
}

/// Priority of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Urgency {
    /// Sent before all other frames, including those partly sent.
    Alert,
    /// Sent in queue order.
    Usual,
}

/// Fan-out queue. All frames of a channel have the same priority, so they stay in order.
#[derive(Default)]
pub(super) struct Fanout {
    alerts: VecDeque<Round>,
    rounds: VecDeque<Round>,
    runs: bool,
    /// Whether a recent slice found a socket with many unsent bytes from before.
    is_anyone_behind: bool,
    /// Time of the last check of unsent bytes.
    looked_at: Timestamp,
}

impl Fanout {
    fn queue(&mut self, urgency: Urgency) -> &mut VecDeque<Round> {
        match urgency {
            Urgency::Alert => &mut self.alerts,
            Urgency::Usual => &mut self.rounds,
        }
    }

    /// Queues a frame for these sockets.
    pub(super) fn push(&mut self, urgency: Urgency, channel: &ChannelName, number: u64, text: JsString, to: Vec<u32>) {
        let round = Round { channel: channel.clone(), number, text, remaining: to, done: None };
        self.queue(urgency).push_back(round);
    }

    /// Receiver that completes when all frames of this priority queued so far are sent. `None` if the queue is empty.
    pub(super) fn drained(&mut self, urgency: Urgency) -> Option<oneshot::Receiver<()>> {
        let last = self.queue(urgency).back_mut()?;
        let (sender, receiver) = oneshot::channel();
        last.done = Some(sender);
        Some(receiver)
    }

    /// Whether the caller must check all sockets' unsent bytes before the next slice, since frames just sent cannot
    /// have left yet. A check costs more than sending, so it runs only if a socket was behind and at most every
    /// [`LOOK_MS`].
    pub(super) fn is_look_due(&mut self, now: Timestamp) -> bool {
        let is_due = self.is_anyone_behind && now.since(self.looked_at) >= LOOK_MS;
        if is_due {
            self.is_anyone_behind = false;
            self.looked_at = now;
        }
        is_due
    }

    /// Whether frames of alerts are queued.
    pub(super) fn has_alerts(&self) -> bool {
        !self.alerts.is_empty()
    }

    /// Whether the fan-out already runs. If false, the caller must run it.
    pub(super) fn is_attended(&mut self) -> bool {
        std::mem::replace(&mut self.runs, true)
    }

    /// Sends the next slice. Returns whether frames remain; if not, the fan-out no longer runs.
    pub(super) fn serve(&mut self, clients: &Clients) -> bool {
        let unsuspicious = backlog::unsuspicious(clients.len());
        let mut is_anyone_behind = false;
        let mut budget = SLICE;
        while budget > 0 {
            let urgency = if self.alerts.is_empty() { Urgency::Usual } else { Urgency::Alert };
            let Some(round) = self.queue(urgency).front_mut() else { break };
            let rest = round.remaining.len().saturating_sub(budget);
            budget = budget.saturating_sub(round.remaining.len().saturating_sub(rest));
            for client in round.remaining.drain(rest..).filter_map(|id| clients.get(id)) {
                // Skips sockets that have unsubscribed, and those that subscribed after this frame and know its content
                // from the answer.
                if client.hears(&round.channel, round.number) {
                    is_anyone_behind |= platform::send(&client.socket, &round.text) > unsuspicious;
                }
            }
            if rest == 0
                && let Some(Round { done: Some(done), .. }) = self.queue(urgency).pop_front()
            {
                let _gone = done.send(());
            }
        }
        self.is_anyone_behind |= is_anyone_behind;
        self.runs = !(self.alerts.is_empty() && self.rounds.is_empty());
        self.runs
    }
}
