//! A Pusher client's socket: its user, its subscriptions, and the attachment that survives hibernation.

use super::order::Order;
use super::pending::{Cancellation, Pending, waiting_bytes};
use campana_core::accounts::revocation::{Identity, SigningKey};
use campana_core::pusher::anonymous::AddressHash;
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::code::{Code, error_frame};
use campana_core::pusher::family::Family;
use campana_core::pusher::link::WATCH;
use campana_core::pusher::link::{Listener, Target};
use campana_core::pusher::settings::PusherSettings;
use campana_core::shared::ids::{ConversationId, UserId};
use campana_core::shared::json::read_stored;
use campana_core::shared::rate::TokenBucket;
use campana_core::shared::socket_id::SocketId;
use campana_core::shared::timestamp::Timestamp;
use campana_runtime::sockets::Socket;
use serde::{Deserialize, Serialize};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::rc::Rc;

/// Largest attachment, bytes. The platform allows 16 KiB, including its own encoding.
pub(super) const MAX_ATTACHMENT_BYTES: usize = 15_000;

/// An active subscription.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Subscription {
    /// The object that the channel belongs to.
    pub(super) target: Target,
    /// The listening user, if known. Hibernation drops their info; the target keeps it.
    pub(super) listener: Option<Listener>,
    /// Of a signed subscription, when and with what it was signed.
    pub(super) signed: Signed,
    /// Number of the first frame for this socket. The answer to a later subscription may overtake a delivery. Reset to
    /// 0 by hibernation, when no frame is in flight.
    pub(super) from: u64,
}

/// When the identity of a signature was issued, and what signed it. Unknown for signatures that a release verified which
/// did not record it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Signed {
    /// Unix milliseconds.
    #[serde(rename = "at", default, skip_serializing_if = "Option::is_none")]
    pub(super) issued_at_ms: Option<i64>,
    /// Generation of the app's secret.
    #[serde(rename = "k", default, skip_serializing_if = "Option::is_none")]
    pub(super) generation: Option<u32>,
}

impl Signed {
    /// The identity that was signed.
    pub(super) fn identity(self, user: Option<&UserId>) -> Identity<'_> {
        let key = self.generation.map_or(SigningKey::Unknown, SigningKey::Secret);
        Identity { user, key, issued_at: self.issued_at_ms.map(Timestamp::from_millis) }
    }
}

/// Signed-in user of a socket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct User {
    /// User id.
    #[serde(rename = "u")]
    pub(super) id: UserId,
    /// When the identity they signed in with expires, Unix milliseconds.
    #[serde(rename = "x", default, skip_serializing_if = "Option::is_none")]
    pub(super) expires_at_ms: Option<i64>,
    /// When and with what it was signed.
    #[serde(flatten)]
    pub(super) signed: Signed,
}

/// State of one open socket.
pub(super) struct Client {
    /// Connection number, unique within the isolate's memory.
    pub(super) id: u32,
    /// Socket id that the client sees.
    pub(super) socket_id: SocketId,
    pub(super) socket: Rc<dyn Socket>,
    /// When it opened, Unix milliseconds; 0 for a socket of an earlier release.
    pub(super) opened_at_ms: i64,
    pub(super) user: RefCell<Option<User>>,
    /// User info shown to other members. Lost on hibernation.
    pub(super) user_info: RefCell<Option<String>>,
    pub(super) subscriptions: RefCell<BTreeMap<ChannelName, Subscription>>,
    pub(super) pending: RefCell<HashMap<ChannelName, Pending>>,
    pub(super) order: Order,
    /// Rate limits of frames and of client events.
    pub(super) frames: RefCell<TokenBucket>,
    pub(super) events: RefCell<TokenBucket>,
    /// Frames refused by the rate limit, minus frames accepted since.
    pub(super) refusals: Cell<u32>,
    /// Our close code, once it is closed here.
    pub(super) closed_with: Cell<Option<u16>>,
    pub(super) heard_at: Cell<Timestamp>,
    /// When it sent its last frame that is not an event, as far as this instance knows.
    pub(super) sent_at: Cell<Timestamp>,
    /// Set while a ping awaits its answer.
    pub(super) pinged_at: Cell<Option<Timestamp>>,
    /// Hash of its network address, if known.
    pub(super) address: Option<AddressHash>,
    /// Whether it counts as anonymous: until a sign-in or a subscription names its user.
    pub(super) is_anonymous: Cell<bool>,
    /// Set until the client has signed in, if the app requires that.
    pub(super) sign_in_by: Cell<Option<Timestamp>>,
}

/// Attachment of a socket, as JSON. Field names are short because of [`MAX_ATTACHMENT_BYTES`].
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Attachment {
    #[serde(rename = "i")]
    pub(super) socket_id: SocketId,
    #[serde(rename = "o", default, skip_serializing_if = "is_zero")]
    opened_at_ms: i64,
    #[serde(rename = "h")]
    heard_at_ms: i64,
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pinged_at_ms: Option<i64>,
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    address: Option<AddressHash>,
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    sign_in_by_ms: Option<i64>,
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    user: Option<User>,
    #[serde(rename = "s", default, skip_serializing_if = "Vec::is_empty")]
    subscriptions: Vec<AttachedSubscription>,
}

#[cfg_attr(
    not(target_arch = "wasm32"),
    expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")
)]
const fn is_zero(number: &i64) -> bool {
    *number == 0
}

#[derive(Debug, Serialize, Deserialize)]
struct AttachedSubscription {
    #[serde(rename = "c")]
    channel: ChannelName,
    /// The conversation, if the channel's name does not contain its id.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    conversation: Option<ConversationId>,
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    user: Option<UserId>,
    #[serde(rename = "n", default, skip_serializing_if = "std::ops::Not::not")]
    is_number: bool,
    #[serde(rename = "x", default, skip_serializing_if = "Option::is_none")]
    expires_at_ms: Option<i64>,
    #[serde(flatten)]
    signed: Signed,
}

impl Attachment {
    /// User of the socket, as in [`Client::person`].
    pub(super) fn person(&self) -> Option<UserId> {
        let signed_in = self.user.as_ref().map(|user| user.id.clone());
        signed_in.or_else(|| self.subscriptions.iter().find_map(|subscription| subscription.user.clone()))
    }
}

impl AttachedSubscription {
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
            signed: subscription.signed,
        }
    }

    fn restored(self) -> (ChannelName, Subscription) {
        let Self { channel, conversation, user, is_number, expires_at_ms, signed } = self;
        let target = conversation.map_or_else(|| target_by_name(&channel), Target::Conversation);
        let listener = user.map(|user| Listener { user, is_number, info: None, expires_at_ms });
        (channel, Subscription { target, listener, signed, from: 0 })
    }
}

/// Room that a subscription needs in an attachment at most, bytes.
pub(super) fn most_attachment_bytes(channel: &ChannelName, listener: Option<&Listener>) -> usize {
    /// Names of all fields, a conversation's id, two times, a number and punctuation.
    const OVERHEAD: usize = 150;
    let user = listener.and_then(|listener| serde_json::to_string(&listener.user).ok());
    let user = user.map_or(0, |user| ascii(&user).len());
    channel.as_str().len().saturating_add(user).saturating_add(OVERHEAD)
}

/// JSON with every other character escaped. The platform stores a text with two bytes for each character if one of
/// them needs two.
fn ascii(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for character in json.chars() {
        if character.is_ascii() {
            text.push(character);
        } else {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                let _infallible = write!(text, "\\u{unit:04x}");
            }
        }
    }
    text
}

/// Target of a channel that belongs to no conversation, derived from its name.
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

impl Attachment {
    /// Attachment that a socket has. It is stored as a text.
    pub(super) fn of(socket: &dyn Socket) -> Option<Self> {
        let text: String = read_stored(&socket.attachment()?).ok()?;
        read_stored(&text).ok()
    }

    /// Attachment of a newly opened socket.
    pub(super) fn new(
        socket_id: SocketId,
        now: Timestamp,
        address: Option<AddressHash>,
        settings: &PusherSettings,
    ) -> Self {
        let sign_in_by =
            settings.signin_timeout_s.map(|seconds| now.plus_millis(i64::from(seconds).saturating_mul(1_000)));
        Self {
            socket_id,
            opened_at_ms: now.millis(),
            heard_at_ms: now.millis(),
            pinged_at_ms: None,
            address,
            sign_in_by_ms: sign_in_by.map(Timestamp::millis),
            user: None,
            subscriptions: Vec::new(),
        }
    }
}

impl Client {
    /// Creates the client state of a socket from its attachment.
    pub(super) fn new(
        id: u32,
        socket: Rc<dyn Socket>,
        attachment: Attachment,
        bursts: (u32, u32),
        now: Timestamp,
    ) -> Self {
        let is_anonymous = attachment.person().is_none();
        let subscriptions = attachment.subscriptions.into_iter().map(AttachedSubscription::restored).collect();
        Self {
            id,
            socket_id: attachment.socket_id,
            socket,
            opened_at_ms: attachment.opened_at_ms,
            user: RefCell::new(attachment.user),
            user_info: RefCell::default(),
            subscriptions: RefCell::new(subscriptions),
            pending: RefCell::default(),
            order: Order::default(),
            frames: RefCell::new(TokenBucket::full(bursts.0, now)),
            events: RefCell::new(TokenBucket::full(bursts.1, now)),
            refusals: Cell::new(0),
            closed_with: Cell::new(None),
            heard_at: Cell::new(Timestamp::from_millis(attachment.heard_at_ms)),
            sent_at: Cell::default(),
            pinged_at: Cell::new(attachment.pinged_at_ms.map(Timestamp::from_millis)),
            address: attachment.address,
            is_anonymous: Cell::new(is_anonymous),
            sign_in_by: Cell::new(attachment.sign_in_by_ms.map(Timestamp::from_millis)),
        }
    }

    fn attachment(&self) -> String {
        let subscriptions = self.subscriptions.borrow();
        let attachment = Attachment {
            socket_id: self.socket_id.clone(),
            opened_at_ms: self.opened_at_ms,
            heard_at_ms: self.heard_at.get().millis(),
            pinged_at_ms: self.pinged_at.get().map(Timestamp::millis),
            address: self.address,
            sign_in_by_ms: self.sign_in_by.get().map(Timestamp::millis),
            user: self.user.borrow().clone(),
            subscriptions: subscriptions.iter().map(|(channel, it)| AttachedSubscription::of(channel, it)).collect(),
        };
        ascii(&serde_json::to_string(&attachment).unwrap_or_default())
    }

    /// Whether the attachment has room for a subscription of so many bytes, if all pending ones succeed.
    pub(super) fn has_room_for(&self, more: usize) -> bool {
        let pending = self.pending.borrow();
        let pending = pending.values().map(|it| it.attachment_bytes).fold(0, usize::saturating_add);
        self.attachment().len().saturating_add(pending).saturating_add(more) <= MAX_ATTACHMENT_BYTES
    }

    /// Number of channels, active and pending, besides this one. Channels of a watchlist do not count.
    pub(super) fn count_channels_besides(&self, channel: &ChannelName) -> usize {
        let (subscriptions, pending) = (self.subscriptions.borrow(), self.pending.borrow());
        let channels = subscriptions.keys().chain(pending.keys());
        channels.filter(|other| !other.is_inner() && *other != channel).count()
    }

    /// Bytes of the frames that wait for answers to subscriptions.
    pub(super) fn waiting_bytes(&self) -> usize {
        waiting_bytes(&self.pending.borrow())
    }

    /// Writes the attachment.
    pub(super) fn persist(&self) {
        self.socket.attach(&serde_json::to_string(&self.attachment()).unwrap_or_default());
    }

    /// Records activity. The attachment is written only if a ping was pending or half the activity time-out has passed.
    pub(super) fn touch(&self, now: Timestamp, activity_timeout_ms: i64) {
        let was_pinged = self.pinged_at.take().is_some();
        if was_pinged || now.millis().saturating_sub(self.heard_at.get().millis()) > activity_timeout_ms / 2 {
            self.heard_at.set(now);
            self.persist();
        }
    }

    /// Whether it has an active subscription to a channel.
    pub(super) fn listens(&self, channel: &ChannelName) -> bool {
        self.subscriptions.borrow().contains_key(channel)
    }

    /// Whether it has an active or pending subscription to a channel whose target is [`Target::Channel`].
    pub(super) fn is_at_channel(&self, channel: &ChannelName) -> bool {
        let is_channel_target = |target: &Target| matches!(target, Target::Channel(_));
        let listens = self.subscriptions.borrow().get(channel).is_some_and(|it| is_channel_target(&it.target));
        let pending = self.pending.borrow();
        listens || pending.get(channel).and_then(|pending| pending.target.as_ref()).is_some_and(is_channel_target)
    }

    /// Whether a frame of a channel is for this socket.
    pub(super) fn receives(&self, channel: &ChannelName, number: u64) -> bool {
        self.subscriptions.borrow().get(channel).is_some_and(|subscription| subscription.from <= number)
    }

    /// User of a subscription, if known: the one it was signed for, else the signed-in user.
    pub(super) fn listens_as(&self, channel: &ChannelName) -> Option<UserId> {
        let subscriptions = self.subscriptions.borrow();
        let listener = subscriptions.get(channel).and_then(|subscription| subscription.listener.as_ref());
        let signed_in = || self.user.borrow().as_ref().map(|user| user.id.clone());
        listener.map(|listener| listener.user.clone()).or_else(signed_in)
    }

    /// Unsubscribes pending subscriptions of a client that has left, after the frames that it sent before.
    pub(super) fn unsubscribe_pending(&self) {
        for (channel, pending) in self.pending.borrow_mut().iter_mut() {
            pending.unsubscribe(channel);
        }
    }

    /// Cancels pending subscriptions, and drops the frames that wait for them.
    pub(super) fn cancel_pending(&self) {
        for pending in self.pending.borrow_mut().values_mut() {
            pending.cancelled = Some(Cancellation::Unsubscribed);
            pending.waiting.clear();
        }
        self.order.clear();
    }

    /// Sends the frames that arrived before the answer and have at least number `from`.
    pub(super) fn catch_up(&self, pending: &Pending, from: u64) {
        for (_, frame) in pending.early.iter().filter(|(number, _)| *number >= from) {
            self.socket.send(frame);
        }
    }

    /// User of the socket, if known: the signed-in user, else the first one that a subscription names.
    pub(super) fn person(&self) -> Option<UserId> {
        let signed_in = self.user.borrow().as_ref().map(|user| user.id.clone());
        let subscriptions = self.subscriptions.borrow();
        signed_in.or_else(|| subscriptions.values().find_map(|it| Some(it.listener.as_ref()?.user.clone())))
    }

    /// Whether the user is signed in here or named by a subscription.
    pub(super) fn is_of(&self, user: &UserId) -> bool {
        let is_theirs = |it: &Subscription| it.listener.as_ref().is_some_and(|listener| listener.user == *user);
        self.user.borrow().as_ref().is_some_and(|signed_in| signed_in.id == *user)
            || self.subscriptions.borrow().values().any(is_theirs)
    }

    /// Whether a subscription that is not answered yet names the user.
    pub(super) fn is_becoming(&self, user: &UserId) -> bool {
        self.pending.borrow().values().any(|pending| pending.user.as_ref() == Some(user))
    }

    /// All users of the socket: the signed-in user and those that its subscriptions name.
    pub(super) fn people(&self) -> BTreeSet<UserId> {
        let subscriptions = self.subscriptions.borrow();
        let named = subscriptions.values().filter_map(|it| Some(it.listener.as_ref()?.user.clone()));
        named.chain(self.user.borrow().as_ref().map(|user| user.id.clone())).collect()
    }

    /// Earliest expiry among the signed-in identity and the identities of its subscriptions.
    pub(super) fn expires_at(&self) -> Option<Timestamp> {
        let subscriptions = self.subscriptions.borrow();
        let ends = subscriptions.values().filter_map(|it| it.listener.as_ref()?.expires_at_ms);
        let signed_in = self.user.borrow().as_ref().and_then(|user| user.expires_at_ms);
        ends.chain(signed_in).min().map(Timestamp::from_millis)
    }

    /// When the socket has to be checked at the latest: an identity expires, or the time to sign in ends.
    pub(super) fn due_at(&self) -> Option<Timestamp> {
        self.expires_at().into_iter().chain(self.sign_in_by.get()).min()
    }

    /// Sends a frame.
    pub(super) fn send(&self, text: &str) {
        self.socket.send_text(text);
    }

    /// Sends an error frame and closes with the code, which determines how the client reconnects.
    pub(super) fn close(&self, code: Code) {
        self.closed_with.set(Some(code.number()));
        self.send(&error_frame(Some(code), None, code.message()));
        self.socket.close(code.number(), code.message());
    }
}

#[cfg(test)]
mod tests {
    use super::{AttachedSubscription, Attachment, target_by_name};
    use campana_core::pusher::link::Target;
    use campana_core::shared::ids::UserId;
    use serde_json::Value;

    /// Attachments written by earlier releases. Hibernating sockets outlive a deployment.
    const RECORDED: [&str; 1] = [include_str!("../../../tests/fixtures/release-2026-11/attachments.json")];

    #[test]
    fn attachments_of_earlier_releases_restore_their_subscriptions() {
        let mut targets = Vec::new();
        for recorded in RECORDED {
            let recorded: Value = serde_json::from_str(recorded).expect("fixture is valid JSON");
            for text in recorded["gateway"].as_array().expect("`gateway` is a list").iter().filter_map(Value::as_str) {
                let attachment: Attachment = serde_json::from_str(text).expect("attachment is readable");
                assert_eq!(
                    serde_json::to_string(&attachment).ok().as_deref(),
                    Some(text),
                    "re-serialized attachment is identical"
                );
                if attachment.user.is_some() {
                    assert_eq!(attachment.person().as_ref().map(UserId::as_str), Some("7"));
                }
                targets.extend(attachment.subscriptions.into_iter().map(AttachedSubscription::restored));
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
