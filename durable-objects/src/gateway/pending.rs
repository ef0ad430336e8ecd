//! Subscriptions that their targets have not answered yet, and the frames that wait for the answer.
//!
//! For the order among all frames of a socket see [`order`](super::order).

use super::client::most_attachment_bytes;
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::frame::{self, ClientEvent};
use campana_core::pusher::link::{Listener, Target};
use campana_core::shared::ids::UserId;
use campana_runtime::sockets::Frame;
use std::collections::HashMap;

/// Frames of one socket that wait at most, bytes.
pub(super) const MAX_WAITING_BYTES: usize = 128 * 1024;
/// Assumed memory of a waiting frame beyond its texts, bytes.
const FRAME_OVERHEAD_BYTES: usize = 128;

/// A client's frame about a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ChannelFrame {
    /// Subscribe.
    Subscribe(Subscribing),
    /// Unsubscribe.
    Unsubscribe(ChannelName),
    /// Publish. Its rate is checked.
    Event(ClientEvent),
}

/// A request to subscribe, with what was decided at its place in the order of the socket's frames.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Subscribing {
    pub(super) request: frame::Subscription,
    /// The signed-in user, who listens if the signature names nobody.
    pub(super) signed_in: Option<Listener>,
    /// Whether the socket has room for it.
    pub(super) fits: bool,
}

impl Subscribing {
    /// Room in the attachment that the subscription needs at most, bytes.
    pub(super) fn attachment_bytes(&self) -> usize {
        let named = self.request.named_listener().and_then(Result::ok);
        most_attachment_bytes(&self.request.channel, named.as_ref().or(self.signed_in.as_ref()))
    }
}

/// A subscription that its target has not answered yet.
#[derive(Default)]
pub(super) struct Pending {
    /// Numbered frames that arrived before the answer. The answer names the first number that is for this socket.
    pub(super) early: Vec<(u64, Frame)>,
    /// Set if the client left or the target dropped the subscription before the answer.
    pub(super) cancelled: Option<Cancellation>,
    /// User and target, once known.
    pub(super) user: Option<UserId>,
    pub(super) target: Option<Target>,
    /// The socket's later frames about the channel, in order.
    pub(super) waiting: Vec<ChannelFrame>,
    /// Room in the attachment that the subscription, and any that waits for it, needs at most, bytes.
    pub(super) attachment_bytes: usize,
}

/// Why a pending subscription was cancelled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cancellation {
    /// The client left.
    Unsubscribed,
    /// The target dropped it. Contains the error frame for the client.
    Dropped(String),
}

impl ChannelFrame {
    /// The channel.
    pub(super) fn channel(&self) -> &ChannelName {
        match self {
            Self::Subscribe(subscribing) => &subscribing.request.channel,
            Self::Unsubscribe(channel) => channel,
            Self::Event(event) => &event.channel,
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Subscribe(subscribing) => Self::bytes_of_subscription(&subscribing.request),
            Self::Unsubscribe(channel) => Self::bytes_of(channel, 0),
            Self::Event(event) => Self::bytes_of_event(event),
        }
    }

    pub(super) fn bytes_of_subscription(request: &frame::Subscription) -> usize {
        let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        Self::bytes_of(&request.channel, length(&request.auth).saturating_add(length(&request.channel_data)))
    }

    pub(super) fn bytes_of_event(event: &ClientEvent) -> usize {
        Self::bytes_of(&event.channel, event.event.len().saturating_add(event.data.len()))
    }

    pub(super) fn bytes_of(channel: &ChannelName, content: usize) -> usize {
        channel.as_str().len().saturating_add(content).saturating_add(FRAME_OVERHEAD_BYTES)
    }
}

impl Pending {
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

/// Keeps a frame that has to wait for an answer, if at most so many bytes wait elsewhere.
pub(super) fn hold(all: &mut HashMap<ChannelName, Pending>, frame: ChannelFrame, held_bytes: usize) -> Held {
    if !all.contains_key(frame.channel()) {
        return Held::No(frame);
    }
    if waiting_bytes(all).saturating_add(held_bytes).saturating_add(frame.bytes()) > MAX_WAITING_BYTES {
        return Held::Full;
    }
    if let Some(pending) = all.get_mut(frame.channel()) {
        if let ChannelFrame::Subscribe(subscribing) = &frame {
            pending.attachment_bytes = pending.attachment_bytes.max(subscribing.attachment_bytes());
        }
        pending.waiting.push(frame);
    }
    Held::Yes
}

/// Bytes of all frames that wait for answers.
pub(super) fn waiting_bytes(all: &HashMap<ChannelName, Pending>) -> usize {
    all.values().flat_map(|pending| &pending.waiting).map(ChannelFrame::bytes).fold(0, usize::saturating_add)
}
