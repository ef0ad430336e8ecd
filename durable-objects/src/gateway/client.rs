//! A Pusher client's socket: who it is, what it listens to, and what of that it carries through hibernation.

use crate::platform;
use crate::strings::js_string;
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::code::{Code, error_frame};
use campana_core::pusher::family::Family;
use campana_core::pusher::link::WATCH;
use campana_core::pusher::link::{Listener, Target};
use campana_core::shared::ids::{ConversationId, UserId};
use campana_core::shared::rate::TokenBucket;
use campana_core::shared::socket_id::SocketId;
use campana_core::shared::timestamp::Timestamp;
use futures_channel::oneshot;
use js_sys::JsString;
use serde::{Deserialize, Serialize};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use worker::WebSocket;

/// Largest attachment, bytes: the platform takes 16 KiB, its own encoding included.
pub(super) const MAX_ATTACHMENT_BYTES: usize = 15_000;

/// A subscription that succeeded.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Subscription {
    /// The object that the channel belongs to.
    pub(super) target: Target,
    /// Who listens, if that is known. Their info is lost in sleep: the target keeps it.
    pub(super) listener: Option<Listener>,
    /// The first frame that is for this socket, by number: a delivery may be overtaken by the answer to a subscription
    /// that came after it. Lost in sleep, when nothing is on its way any more.
    pub(super) from: u64,
}

/// A subscription that its target has not answered yet.
#[derive(Default)]
pub(super) struct Pending {
    /// Frames that came before the answer, by number; the answer says from which one on they are for this socket.
    pub(super) early: Vec<(u64, JsString)>,
    /// The client does not want it any more, or it was dropped: why.
    pub(super) over: Option<Over>,
    /// Who wants to listen, and to which object, once it is known.
    pub(super) user: Option<UserId>,
    pub(super) target: Option<Target>,
    /// Frames of the same socket that are followed when the answer is there.
    pub(super) next: Vec<oneshot::Sender<()>>,
}

/// Why a subscription ended before it began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Over {
    /// The client said so.
    Unsubscribed,
    /// The target said so: what the client is told.
    Dropped(String),
}

/// Who signed in on a socket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct User {
    /// Who.
    #[serde(rename = "u")]
    pub(super) id: UserId,
    /// When the identity that they signed in with ends.
    #[serde(rename = "x", default, skip_serializing_if = "Option::is_none")]
    pub(super) expires_at_ms: Option<i64>,
}

/// A socket.
pub(super) struct Client {
    /// Its number in this object's memory.
    pub(super) id: u32,
    /// As its client knows it.
    pub(super) socket_id: SocketId,
    pub(super) socket: WebSocket,
    pub(super) user: RefCell<Option<User>>,
    /// What others are told of the user; lost in sleep.
    pub(super) user_info: RefCell<Option<String>>,
    pub(super) subscriptions: RefCell<BTreeMap<ChannelName, Subscription>>,
    pub(super) pending: RefCell<HashMap<ChannelName, Pending>>,
    /// Frames that it may still send, and client events.
    pub(super) frames: RefCell<TokenBucket>,
    pub(super) events: RefCell<TokenBucket>,
    /// Frames refused for coming too fast, less those accepted since.
    pub(super) refusals: Cell<u32>,
    pub(super) heard_at: Cell<Timestamp>,
    /// When it was pinged and has not been heard since.
    pub(super) pinged_at: Cell<Option<Timestamp>>,
}

/// What a socket carries through hibernation, as JSON: short, since it has to fit.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Carried {
    #[serde(rename = "i")]
    pub(super) socket_id: SocketId,
    #[serde(rename = "h")]
    heard_at_ms: i64,
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pinged_at_ms: Option<i64>,
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    user: Option<User>,
    #[serde(rename = "s", default, skip_serializing_if = "Vec::is_empty")]
    subscriptions: Vec<CarriedSubscription>,
}

#[derive(Debug, Serialize, Deserialize)]
struct CarriedSubscription {
    #[serde(rename = "c")]
    channel: ChannelName,
    /// The conversation, where the name does not say it.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    conversation: Option<ConversationId>,
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    user: Option<UserId>,
    #[serde(rename = "n", default, skip_serializing_if = "std::ops::Not::not")]
    is_number: bool,
    #[serde(rename = "x", default, skip_serializing_if = "Option::is_none")]
    expires_at_ms: Option<i64>,
}

impl Carried {
    /// The person behind the socket, as of [`Client::person`].
    pub(super) fn person(&self) -> Option<UserId> {
        let signed_in = self.user.as_ref().map(|user| user.id.clone());
        signed_in.or_else(|| self.subscriptions.iter().find_map(|subscription| subscription.user.clone()))
    }
}

impl CarriedSubscription {
    fn of(channel: &ChannelName, subscription: &Subscription) -> Self {
        let conversation = match &subscription.target {
            Target::Conversation(id) => Some(id.clone()),
            Target::Person(_) | Target::Channel(_) | Target::AlertDesk => None,
        };
        let listener = subscription.listener.as_ref();
        Self {
            channel: channel.clone(),
            conversation,
            user: listener.map(|listener| listener.user.clone()),
            is_number: listener.is_some_and(|listener| listener.is_number),
            expires_at_ms: listener.and_then(|listener| listener.expires_at_ms),
        }
    }

    fn restored(self) -> (ChannelName, Subscription) {
        let Self { channel, conversation, user, is_number, expires_at_ms } = self;
        let target = conversation.map_or_else(|| target_by_name(&channel), Target::Conversation);
        let listener = user.map(|user| Listener { user, is_number, info: None, expires_at_ms });
        (channel, Subscription { target, listener, from: 0 })
    }
}

/// The target of a channel that belongs to no conversation: its name says it.
pub(super) fn target_by_name(channel: &ChannelName) -> Target {
    if let Some(user) = channel.as_str().strip_prefix(WATCH) {
        return Target::Person(UserId::trusted(user));
    }
    match channel.family() {
        Family::Person(user) => Target::Person(user),
        Family::AlertDesk => Target::AlertDesk,
        _ => Target::Channel(channel.clone()),
    }
}

impl Carried {
    /// Of a socket that has just opened.
    pub(super) fn new(socket_id: SocketId, now: Timestamp) -> Self {
        Self { socket_id, heard_at_ms: now.millis(), pinged_at_ms: None, user: None, subscriptions: Vec::new() }
    }
}

impl Client {
    /// A socket with what it carries.
    pub(super) fn new(id: u32, socket: WebSocket, carried: Carried, bursts: (u32, u32), now: Timestamp) -> Self {
        let subscriptions = carried.subscriptions.into_iter().map(CarriedSubscription::restored).collect();
        Self {
            id,
            socket_id: carried.socket_id,
            socket,
            user: RefCell::new(carried.user),
            user_info: RefCell::default(),
            subscriptions: RefCell::new(subscriptions),
            pending: RefCell::default(),
            frames: RefCell::new(TokenBucket::full(bursts.0, now)),
            events: RefCell::new(TokenBucket::full(bursts.1, now)),
            refusals: Cell::new(0),
            heard_at: Cell::new(Timestamp::from_millis(carried.heard_at_ms)),
            pinged_at: Cell::new(carried.pinged_at_ms.map(Timestamp::from_millis)),
        }
    }

    fn carried(&self) -> String {
        let subscriptions = self.subscriptions.borrow();
        let carried = Carried {
            socket_id: self.socket_id.clone(),
            heard_at_ms: self.heard_at.get().millis(),
            pinged_at_ms: self.pinged_at.get().map(Timestamp::millis),
            user: self.user.borrow().clone(),
            subscriptions: subscriptions.iter().map(|(channel, it)| CarriedSubscription::of(channel, it)).collect(),
        };
        serde_json::to_string(&carried).unwrap_or_default()
    }

    /// Whether one more subscription would still fit into what the socket carries.
    pub(super) fn has_room_for(&self, channel: &ChannelName, listener: Option<&Listener>) -> bool {
        const AROUND: usize = 120;
        let of_channel = |channel: &ChannelName| channel.as_str().len().saturating_add(AROUND);
        let more = listener.map_or(0, |listener| listener.user.as_str().len()).saturating_add(of_channel(channel));
        let pending = self.pending.borrow().keys().map(of_channel).fold(0, usize::saturating_add);
        self.carried().len().saturating_add(pending).saturating_add(more) <= MAX_ATTACHMENT_BYTES
    }

    /// Keeps all of it through the next hibernation.
    pub(super) fn persist(&self) {
        let _closing = self.socket.serialize_attachment(self.carried());
    }

    /// Notes that something was heard. Written down only now and then.
    pub(super) fn heard(&self, now: Timestamp, activity_timeout_ms: i64) {
        let was_pinged = self.pinged_at.take().is_some();
        if was_pinged || now.millis().saturating_sub(self.heard_at.get().millis()) > activity_timeout_ms / 2 {
            self.heard_at.set(now);
            self.persist();
        }
    }

    /// Whether it listens to a channel.
    pub(super) fn listens(&self, channel: &ChannelName) -> bool {
        self.subscriptions.borrow().contains_key(channel)
    }

    /// Whether it listens to a channel that belongs to nothing but its name, or is about to.
    pub(super) fn is_at_channel(&self, channel: &ChannelName) -> bool {
        let is_alone = |target: &Target| matches!(target, Target::Channel(_));
        let listens = self.subscriptions.borrow().get(channel).is_some_and(|it| is_alone(&it.target));
        let pending = self.pending.borrow();
        listens || pending.get(channel).and_then(|pending| pending.target.as_ref()).is_some_and(is_alone)
    }

    /// Whether a frame of a channel is for it.
    pub(super) fn hears(&self, channel: &ChannelName, number: u64) -> bool {
        self.subscriptions.borrow().get(channel).is_some_and(|subscription| subscription.from <= number)
    }

    /// Who listens to a channel here, as far as that is known: whom the subscription was signed for, else who signed in.
    pub(super) fn listens_as(&self, channel: &ChannelName) -> Option<UserId> {
        let subscriptions = self.subscriptions.borrow();
        let listener = subscriptions.get(channel).and_then(|subscription| subscription.listener.as_ref());
        let signed_in = || self.user.borrow().as_ref().map(|user| user.id.clone());
        listener.map(|listener| listener.user.clone()).or_else(signed_in)
    }

    /// Completes when the subscription that is under way has been answered; at once, if there is none.
    pub(super) async fn answered(&self, channel: &ChannelName) {
        let answer = self.pending.borrow_mut().get_mut(channel).map(|pending| {
            let (waiter, answer) = oneshot::channel();
            pending.next.push(waiter);
            answer
        });
        if let Some(answer) = answer {
            let _dropped_with_the_pending = answer.await;
        }
    }

    /// Sends what came before the answer to a subscription and is for it.
    pub(super) fn catch_up(&self, pending: &Pending, from: u64) {
        for (_, text) in pending.early.iter().filter(|(number, _)| *number >= from) {
            platform::send(&self.socket, text);
        }
    }

    /// The person behind it, if that is known: who signed in, else the first whom a subscription was signed for.
    pub(super) fn person(&self) -> Option<UserId> {
        let signed_in = self.user.borrow().as_ref().map(|user| user.id.clone());
        let subscriptions = self.subscriptions.borrow();
        signed_in.or_else(|| subscriptions.values().find_map(|it| Some(it.listener.as_ref()?.user.clone())))
    }

    /// Whether this person is behind it: signed in, or named by a subscription.
    pub(super) fn is_of(&self, user: &UserId) -> bool {
        let is_theirs = |it: &Subscription| it.listener.as_ref().is_some_and(|listener| listener.user == *user);
        self.user.borrow().as_ref().is_some_and(|signed_in| signed_in.id == *user)
            || self.subscriptions.borrow().values().any(is_theirs)
    }

    /// All people behind it, each once: who signed in, and whom its subscriptions name.
    pub(super) fn people(&self) -> BTreeSet<UserId> {
        let subscriptions = self.subscriptions.borrow();
        let named = subscriptions.values().filter_map(|it| Some(it.listener.as_ref()?.user.clone()));
        named.chain(self.user.borrow().as_ref().map(|user| user.id.clone())).collect()
    }

    /// When the first identity ends that it signed in with, or that a subscription was signed for.
    pub(super) fn expires_at(&self) -> Option<Timestamp> {
        let subscriptions = self.subscriptions.borrow();
        let ends = subscriptions.values().filter_map(|it| it.listener.as_ref()?.expires_at_ms);
        let signed_in = self.user.borrow().as_ref().and_then(|user| user.expires_at_ms);
        ends.chain(signed_in).min().map(Timestamp::from_millis)
    }

    /// Sends a frame.
    pub(super) fn send(&self, text: &str) {
        platform::send(&self.socket, &js_string(text));
    }

    /// Says why, and closes with the code that the client acts on.
    pub(super) fn close(&self, code: Code) {
        self.send(&error_frame(Some(code), code.message()));
        let _already_closed = self.socket.close(Some(code.number()), Some(code.message()));
    }
}

#[cfg(test)]
mod tests {
    use super::{Carried, CarriedSubscription, target_by_name};
    use campana_core::pusher::link::Target;
    use campana_core::shared::ids::UserId;
    use serde_json::Value;

    /// What sockets of earlier releases carry: hibernating ones outlive a deployment.
    const RECORDED: [&str; 1] = [include_str!("../../../tests/fixtures/release-2026-11/attachments.json")];

    #[test]
    fn sockets_of_earlier_releases_listen_to_what_they_did() {
        let mut targets = Vec::new();
        for recorded in RECORDED {
            let recorded: Value = serde_json::from_str(recorded).expect("a fixture");
            for text in recorded["gateway"].as_array().expect("a list").iter().filter_map(Value::as_str) {
                let carried: Carried = serde_json::from_str(text).expect("it is read");
                assert_eq!(serde_json::to_string(&carried).ok().as_deref(), Some(text), "nothing of it is lost");
                if carried.user.is_some() {
                    assert_eq!(carried.person().as_ref().map(UserId::as_str), Some("7"));
                }
                targets.extend(carried.subscriptions.into_iter().map(CarriedSubscription::restored));
            }
        }
        let is_restored = |name: &str, expected: fn(&Target) -> bool| {
            let found = targets.iter().find(|(channel, _)| channel.as_str().starts_with(name));
            found.is_some_and(|(_, subscription)| expected(&subscription.target))
        };
        assert!(is_restored("private-chat.", |target| matches!(target, Target::Conversation(_))));
        assert!(is_restored("news", |target| matches!(target, Target::Channel(_))));
        assert!(is_restored("#server-to-user-7", |target| matches!(target, Target::Person(_))));
        let listener = |name: &str| {
            let found = targets.iter().find(|(channel, _)| channel.as_str().starts_with(name));
            found.and_then(|(_, subscription)| subscription.listener.clone())
        };
        assert!(listener("private-chat.").is_some_and(|listener| listener.is_number));
        assert!(listener("presence-lobby").is_some_and(|listener| !listener.is_number));
        for (channel, subscription) in targets.iter().filter(|(name, _)| !name.as_str().starts_with("private-chat.")) {
            assert_eq!(subscription.target, target_by_name(channel));
        }
    }
}
