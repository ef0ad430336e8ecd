//! Subscriptions that their targets have not answered yet, and the frames that wait for the answer.
//!
//! The frames of a socket about one channel are handled in their order of arrival. Those about other channels do not
//! wait, so a slow target delays only its own channels.

use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::frame::{self, ClientEvent};
use campana_core::pusher::link::Target;
use campana_core::shared::ids::UserId;
use campana_runtime::sockets::Frame;
use std::collections::HashMap;

/// Frames of one socket that wait at most, bytes.
const MAX_WAITING_BYTES: usize = 128 * 1024;
/// Assumed memory of a waiting frame beyond its texts, bytes.
const FRAME_OVERHEAD_BYTES: usize = 128;

/// A client's frame about a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ChannelFrame {
    /// Subscribe.
    Subscribe(frame::Subscription),
    /// Unsubscribe.
    Unsubscribe(ChannelName),
    /// Publish. Size and rate are checked.
    Event(ClientEvent),
}

/// A subscription that its target has not answered yet.
#[derive(Default)]
pub(super) struct Pending {
    /// Numbered frames that arrived before the answer. The answer names the first number that is for this socket.
    pub(super) early: Vec<(u64, Frame)>,
    /// Set if the client unsubscribed or the target dropped the subscription before the answer.
    pub(super) cancelled: Option<Cancellation>,
    /// User and target, once known.
    pub(super) user: Option<UserId>,
    pub(super) target: Option<Target>,
    /// The socket's later frames about the channel, in order.
    pub(super) waiting: Vec<ChannelFrame>,
}

/// Why a pending subscription was cancelled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cancellation {
    /// The client unsubscribed.
    Unsubscribed,
    /// The target dropped it. Contains the error frame for the client.
    Dropped(String),
}

impl ChannelFrame {
    /// The channel.
    pub(super) fn channel(&self) -> &ChannelName {
        match self {
            Self::Subscribe(request) => &request.channel,
            Self::Unsubscribe(channel) => channel,
            Self::Event(event) => &event.channel,
        }
    }

    fn bytes(&self) -> usize {
        let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let content = match self {
            Self::Subscribe(request) => length(&request.auth).saturating_add(length(&request.channel_data)),
            Self::Unsubscribe(_) => 0,
            Self::Event(event) => event.event.len().saturating_add(event.data.len()),
        };
        self.channel().as_str().len().saturating_add(content).saturating_add(FRAME_OVERHEAD_BYTES)
    }
}

impl Pending {
    /// Whether a frame has to wait for the answer. Otherwise an unsubscription cancels the subscription now, and a
    /// second subscription is refused.
    fn holds(&self, frame: &ChannelFrame) -> bool {
        let is_first_held = match frame {
            ChannelFrame::Subscribe(_) => self.cancelled.is_some(),
            ChannelFrame::Unsubscribe(_) => false,
            ChannelFrame::Event(_) => true,
        };
        is_first_held || !self.waiting.is_empty()
    }

    /// Ends the subscription: cancels it, or lets it end after the frames that wait.
    pub(super) fn unsubscribe(&mut self, channel: &ChannelName) {
        if self.waiting.is_empty() {
            self.cancelled = Some(Cancellation::Unsubscribed);
        } else {
            self.waiting.push(ChannelFrame::Unsubscribe(channel.clone()));
        }
    }
}

/// What became of a frame.
pub(super) enum Held {
    /// It does not have to wait.
    No(ChannelFrame),
    /// It waits.
    Yes,
    /// It would have to wait, but too much waits already. It was dropped.
    Full,
}

/// Keeps a frame that has to wait for an answer.
pub(super) fn hold(all: &mut HashMap<ChannelName, Pending>, frame: ChannelFrame) -> Held {
    if !all.get(frame.channel()).is_some_and(|pending| pending.holds(&frame)) {
        return Held::No(frame);
    }
    let frames = all.values().flat_map(|pending| &pending.waiting).chain([&frame]);
    if frames.map(ChannelFrame::bytes).fold(0, usize::saturating_add) > MAX_WAITING_BYTES {
        return Held::Full;
    }
    if let Some(pending) = all.get_mut(frame.channel()) {
        pending.waiting.push(frame);
    }
    Held::Yes
}
