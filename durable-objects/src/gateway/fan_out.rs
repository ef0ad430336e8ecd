//! Frames on their way to sockets: made a JavaScript string once, in order, a slice of the sockets in each turn.
//!
//! The platform writes to the sockets when a turn is over: a crowd served in one turn would wait for the last of them, and
//! everything else here with it.

use super::clients::Clients;
use crate::platform;
use campana_core::pusher::channel::ChannelName;
use campana_core::shared::backlog;
use campana_core::shared::timestamp::Timestamp;
use futures_channel::oneshot;
use js_sys::JsString;
use std::collections::VecDeque;

/// Shortest time between two looks at how much waits for everybody, milliseconds.
const LOOK_MS: u64 = 20;
/// Sockets served in one turn.
const SLICE: usize = 100;

/// One frame and those who have not got it yet; the last is next.
struct Round {
    channel: ChannelName,
    number: u64,
    text: JsString,
    left: Vec<u32>,
    done: Option<oneshot::Sender<()>>,
}

/// What goes before what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Urgency {
    /// Before everything else, also what is going out already.
    Alert,
    /// In its turn.
    Usual,
}

/// What goes out. A channel's frames are all of one urgency, so they stay in order.
#[derive(Default)]
pub(super) struct Fanout {
    alerts: VecDeque<Round>,
    rounds: VecDeque<Round>,
    runs: bool,
    /// Whether something waited for somebody that was sent before the last slice.
    is_anyone_behind: bool,
    /// When it was last looked at how much waits for everybody.
    looked_at: Timestamp,
}

impl Fanout {
    fn queue(&mut self, urgency: Urgency) -> &mut VecDeque<Round> {
        match urgency {
            Urgency::Alert => &mut self.alerts,
            Urgency::Usual => &mut self.rounds,
        }
    }

    /// Hands in a frame for these sockets.
    pub(super) fn push(&mut self, urgency: Urgency, channel: &ChannelName, number: u64, text: JsString, to: Vec<u32>) {
        let round = Round { channel: channel.clone(), number, text, left: to, done: None };
        self.queue(urgency).push_back(round);
    }

    /// Completes when all of this urgency that was handed in so far has gone out. Nothing, if it has.
    pub(super) fn drained(&mut self, urgency: Urgency) -> Option<oneshot::Receiver<()>> {
        let last = self.queue(urgency).back_mut()?;
        let (sender, receiver) = oneshot::channel();
        last.done = Some(sender);
        Some(receiver)
    }

    /// Whether to look at how much waits for everybody, before the next slice: what was just sent cannot have gone out.
    /// True means that the caller does. It costs more than sending, so it is done now and then, if somebody was behind.
    pub(super) fn is_look_due(&mut self, now: Timestamp) -> bool {
        let is_due = self.is_anyone_behind && now.since(self.looked_at) >= LOOK_MS;
        if is_due {
            self.is_anyone_behind = false;
            self.looked_at = now;
        }
        is_due
    }

    /// Whether somebody serves already; if not, the caller does from here on.
    pub(super) fn is_attended(&mut self) -> bool {
        std::mem::replace(&mut self.runs, true)
    }

    /// Serves the next slice. False if nothing is left, and nobody serves any more.
    pub(super) fn serve(&mut self, clients: &Clients) -> bool {
        let unsuspicious = backlog::unsuspicious(clients.len());
        let mut is_anyone_behind = false;
        let mut budget = SLICE;
        while budget > 0 {
            let urgency = if self.alerts.is_empty() { Urgency::Usual } else { Urgency::Alert };
            let Some(round) = self.queue(urgency).front_mut() else { break };
            let rest = round.left.len().saturating_sub(budget);
            budget = budget.saturating_sub(round.left.len().saturating_sub(rest));
            for client in round.left.drain(rest..).filter_map(|id| clients.get(id)) {
                // Who has left meanwhile hears no more of it, and who came since then knows it from the answer.
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
