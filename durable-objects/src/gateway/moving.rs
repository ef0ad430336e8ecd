//! Channels that become a conversation's while sockets listen to them as plain channels: these sockets reconnect and
//! subscribe to the conversation.

use super::Object;
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::code::Code;
use campana_core::pusher::link::{Delivered, Moved, Target};
use campana_core::shared::ids::UserId;
use campana_core::shared::problem::Problem;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

/// Largest number of remembered moves.
const MAX_MOVED: usize = 1_000;

/// Numbered moves of channels. A look-up that began before its channel's move is stale.
#[derive(Default)]
pub(super) struct Moves {
    count: Cell<u64>,
    by_channel: RefCell<HashMap<ChannelName, u64>>,
    /// Look-ups that began before this move number count as stale for every channel.
    forgotten: Cell<u64>,
}

impl Moves {
    fn record(&self, channel: &ChannelName) {
        self.count.set(self.count.get().saturating_add(1));
        let mut moved = self.by_channel.borrow_mut();
        if moved.len() >= MAX_MOVED {
            moved.clear();
            self.forgotten.set(self.count.get());
        }
        moved.insert(channel.clone(), self.count.get());
    }

    fn has_moved_since(&self, channel: &ChannelName, before: u64) -> bool {
        let moved = self.by_channel.borrow().get(channel).copied();
        self.forgotten.get().max(moved.unwrap_or(0)) > before
    }
}

impl Object {
    /// Target of a channel. Repeats the look-up if the channel moved during it.
    pub(super) async fn target_now(&self, channel: &ChannelName, user: Option<&UserId>) -> Result<Target, Problem> {
        loop {
            let before = self.moves.count.get();
            let target = self.target_of(channel, user).await?;
            if !matches!(target, Target::Channel(_)) || !self.moves.has_moved_since(channel, before) {
                return Ok(target);
            }
        }
    }

    /// Records that these channels now belong to a conversation, and makes their listeners reconnect.
    pub(super) fn moved(self: &Rc<Self>, moved: &Moved) -> Delivered {
        for channel in &moved.channels {
            self.moves.record(channel);
            let mut affected = self.clients.borrow().listening_clients_of(channel);
            affected.extend(self.clients.borrow().pending_clients_of(channel));
            for client in affected.iter().filter(|client| client.is_at_channel(channel)) {
                self.dismiss(client, Code::Reconnect);
            }
        }
        Delivered {}
    }
}
