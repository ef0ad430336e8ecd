//! Frames on their way to sockets: made a JavaScript string once, in order, a slice of the sockets in each turn.
//!
//! The platform writes to the sockets when a turn is over: a crowd served in one turn would wait for the last of them, and
//! everything else here with it.

use super::clients::Clients;
use crate::platform;
use campana_core::pusher::channel::ChannelName;
use futures_channel::oneshot;
use js_sys::JsString;
use std::collections::VecDeque;

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

/// What goes out.
#[derive(Default)]
pub(super) struct Fanout {
    rounds: VecDeque<Round>,
    runs: bool,
}

impl Fanout {
    /// Hands in a frame for these sockets.
    pub(super) fn push(&mut self, channel: &ChannelName, number: u64, text: JsString, to: Vec<u32>) {
        self.rounds.push_back(Round { channel: channel.clone(), number, text, left: to, done: None });
    }

    /// Completes when all that was handed in so far has gone out. Nothing, if it has.
    pub(super) fn drained(&mut self) -> Option<oneshot::Receiver<()>> {
        let last = self.rounds.back_mut()?;
        let (sender, receiver) = oneshot::channel();
        last.done = Some(sender);
        Some(receiver)
    }

    /// Whether somebody serves already; if not, the caller does from here on.
    pub(super) fn is_attended(&mut self) -> bool {
        std::mem::replace(&mut self.runs, true)
    }

    /// Serves the next slice. False if nothing is left, and nobody serves any more.
    pub(super) fn serve(&mut self, clients: &Clients) -> bool {
        let mut budget = SLICE;
        while budget > 0 {
            let Some(round) = self.rounds.front_mut() else { break };
            let rest = round.left.len().saturating_sub(budget);
            budget -= round.left.len() - rest;
            for client in round.left.drain(rest..).filter_map(|id| clients.get(id)) {
                // Who has left meanwhile hears no more of it, and who came since then knows it from the answer.
                if client.hears(&round.channel, round.number) {
                    platform::send(&client.socket, &round.text);
                }
            }
            if rest == 0
                && let Some(Round { done: Some(done), .. }) = self.rounds.pop_front()
            {
                let _gone = done.send(());
            }
        }
        self.runs = !self.rounds.is_empty();
        self.runs
    }
}
