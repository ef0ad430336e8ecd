//! The types whose schemas the document has, and schema-only types of frames that the code builds without a type.

use super::schemas::Generators;
use crate::identity::ConnectParams;
use crate::schema::{OwnInviteCreated, UserFrame};
use campana_core::alerts::wire::schema::{DeskOutput, PanicAlert};
use campana_core::alerts::wire::{AlertNews, DeskFrame};
use campana_core::chat::wire::ClientFrame;
use campana_core::chat::wire::schema as chat;
use campana_core::pusher::frame::schema as pusher;
use campana_core::pusher::frame::schema::ChannelFrame;
use campana_core::pusher::naming::schema as laravel;
use campana_core::shared::ids::{ConversationId, MessageId, UserId};
use campana_core::shared::timestamp::Timestamp;
use campana_core::webhooks::alerts::schema::AlertWebhookEvent;
use campana_core::webhooks::channels::schema::ChannelWebhook;
use schemars::JsonSchema;
use serde_json::Value;

/// Adds every payload, and the parameters of connections.
pub(super) fn describe(generators: &mut Generators) {
    native(generators);
    protocol(generators);
    channel_events(generators);
    generators.written::<ChannelWebhook>();
    generators.written::<AlertWebhookEvent>();
}

fn native(generators: &mut Generators) {
    generators.written::<chat::ConversationFrame>();
    generators.written::<UserFrame<'_>>();
    generators.written::<DeskOutput<'_>>();
    generators.written::<ServerPing>();
    generators.written::<TextPong>();
    generators.written::<EventBatch>();
    generators.written::<AlertBatch<'_>>();
    generators.written::<ConversationApplicationEvent>();
    generators.written::<ApplicationEvent>();
    generators.written::<OwnMessageRead>();
    generators.read::<TextPing>();
    generators.read::<ClientFrame>();
    generators.read::<DeskFrame>();
    generators.read::<ConnectParams>();
    generators.read::<EventStreamHeaders>();
    generators.read::<SocketHeaders>();
    generators.read::<PusherParams>();
}

fn protocol(generators: &mut Generators) {
    generators.written::<pusher::PusherConnectionEstablished>();
    generators.written::<pusher::PusherError>();
    generators.written::<pusher::PusherPing>();
    generators.written::<pusher::PusherPong>();
    generators.written::<pusher::PusherSubscriptionSucceeded>();
    generators.written::<pusher::PusherSubscriptionError>();
    generators.written::<pusher::PusherSubscriptionCount>();
    generators.written::<pusher::PusherMemberAdded>();
    generators.written::<pusher::PusherMemberRemoved>();
    generators.written::<pusher::PusherSigninSuccess>();
    generators.written::<pusher::PusherWatchlistEvents>();
    generators.written::<pusher::PusherCacheMiss>();
    generators.written::<pusher::PusherApplicationEvent>();
    generators.written::<pusher::PusherRelayedEvent>();
    generators.read::<pusher::PusherSubscribe>();
    generators.read::<pusher::PusherUnsubscribe>();
    generators.read::<pusher::PusherSignin>();
    generators.read::<pusher::PusherClientEvent>();
    generators.read::<TypingWhisper>();
    generators.read::<ReceiptWhisper>();
}

fn channel_events(generators: &mut Generators) {
    generators.written::<ChannelFrame<chat::MessageCreated>>();
    generators.written::<ChannelFrame<chat::MessageUpdated>>();
    generators.written::<ChannelFrame<chat::MessageDeleted>>();
    generators.written::<ChannelFrame<chat::ReactionChanged>>();
    generators.written::<ChannelFrame<chat::PinChanged>>();
    generators.written::<ChannelFrame<chat::ThreadUpdated>>();
    generators.written::<ChannelFrame<chat::MemberJoined>>();
    generators.written::<ChannelFrame<chat::MemberGone>>();
    generators.written::<ChannelFrame<chat::MemberUpdated>>();
    generators.written::<ChannelFrame<chat::ConversationUpdated>>();
    generators.written::<ChannelFrame<chat::TypingStarted>>();
    generators.written::<ChannelFrame<chat::TypingStopped>>();
    generators.written::<ChannelFrame<chat::PresenceEvent>>();
    generators.written::<ChannelFrame<chat::MessageRead>>();
    generators.written::<ChannelFrame<chat::OwnInviteEnded>>();
    generators.written::<ChannelFrame<chat::InboxUpdated>>();
    generators.written::<ChannelFrame<chat::PreferencesUpdated>>();
    generators.written::<ChannelFrame<chat::DraftUpdated>>();
    generators.written::<ChannelFrame<chat::SavedUpdated>>();
    generators.written::<ChannelFrame<chat::ThreadRead>>();
    generators.written::<ChannelFrame<chat::NotificationCreated>>();
    generators.written::<ChannelFrame<chat::NotificationRead>>();
    generators.written::<ChannelFrame<chat::FileUpdated>>();
    generators.written::<ChannelFrame<chat::ScheduledSent>>();
    generators.written::<ChannelFrame<chat::ScheduledFailed>>();
    generators.written::<ChannelFrame<chat::OwnMembershipEvent>>();
    generators.written::<ChannelFrame<OwnInviteCreated<'_>>>();
    generators.written::<ChannelFrame<OwnMessageRead>>();
    generators.written::<ChannelFrame<pusher::ConversationPosition>>();
    generators.written::<ChannelFrame<PanicAlert>>();
    generators.written::<ChannelFrame<laravel::LaravelMessageSent>>();
    generators.written::<ChannelFrame<laravel::LaravelMessageChanged>>();
    generators.written::<ChannelFrame<laravel::LaravelReaction>>();
    generators.written::<ChannelFrame<laravel::LaravelTyping>>();
    generators.written::<ChannelFrame<laravel::LaravelWhisper>>();
    generators.written::<ChannelFrame<laravel::LaravelMessageRead>>();
    generators.written::<ChannelFrame<laravel::LaravelUser>>();
    generators.written::<ChannelFrame<laravel::LaravelMembership>>();
    generators.written::<ChannelFrame<laravel::LaravelInviteCreated>>();
    generators.written::<ChannelFrame<laravel::LaravelNotificationCreated>>();
    generators.written::<ChannelFrame<laravel::LaravelNotificationRead>>();
}

/// The text `ping`, which the server answers with `pong`.
#[derive(JsonSchema)]
#[schemars(transparent, extend("const" = "ping"))]
#[expect(dead_code, reason = "used only for its schema")]
struct TextPing(String);

/// The text `pong`, the answer to `ping`.
#[derive(JsonSchema)]
#[schemars(transparent, extend("const" = "pong"))]
#[expect(dead_code, reason = "used only for its schema")]
struct TextPong(String);

/// Asks whether the client is there. It answers `{"type":"pong"}` within 4 s.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "used only for its schema")]
struct ServerPing {
    /// Names the frame.
    #[schemars(extend("enum" = ["ping"]))]
    r#type: String,
}

/// Several events in one frame, in order; so the server writes them under load and when it replays.
#[derive(JsonSchema)]
#[schemars(transparent)]
#[expect(dead_code, reason = "used only for its schema")]
struct EventBatch(Vec<BatchedEvent>);

/// An event of a conversation, one of several in a frame.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "used only for its schema")]
enum BatchedEvent {
    Durable(chat::Durable),
    Ephemeral(chat::Ephemeral),
    Application(ConversationApplicationEvent),
    Head(HeadFrame),
}

/// The log's newest position, one of several events in a frame.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "used only for its schema")]
struct HeadFrame {
    /// Names the frame.
    #[schemars(extend("enum" = ["head"]))]
    r#type: String,
    /// The log's epoch.
    epoch: String,
    /// The newest position.
    head: i64,
}

/// Several events about alerts in one frame, in order.
#[derive(JsonSchema)]
#[schemars(transparent)]
#[expect(dead_code, reason = "used only for its schema")]
struct AlertBatch<'a>(Vec<BatchedAlert<'a>>);

/// An event of a dashboard, one of several in a frame.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "used only for its schema")]
enum BatchedAlert<'a> {
    News(AlertNews<'a>),
    Application(ApplicationEvent),
}

/// An event that the application's backend published on a channel of the conversation.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "used only for its schema")]
struct ConversationApplicationEvent {
    /// The name that the backend chose.
    event: String,
    /// The conversation.
    conversation_id: ConversationId,
    /// The Pusher channel that it was published on.
    channel: String,
    /// The published data: its JSON, or a string if it is none.
    data: Value,
    /// When it was published.
    at: Timestamp,
}

/// An event that the application's backend published on a channel of the user, or of the alert desk.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "used only for its schema")]
struct ApplicationEvent {
    /// The name that the backend chose.
    event: String,
    /// Its number in the user's own channel; absent on a dashboard.
    #[schemars(skip_serializing_if = "Option::is_none", with = "i64")]
    rev: Option<i64>,
    /// The Pusher channel that it was published on.
    channel: String,
    /// The published data: its JSON, or a string if it is none.
    data: Value,
    /// When it was published.
    at: Timestamp,
}

/// On a user's own channel: a message of theirs was read. Only for apps with Laravel's event names.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "used only for its schema")]
struct OwnMessageRead {
    /// What happened.
    #[schemars(extend("enum" = ["message.read"]))]
    event: String,
    /// The conversation.
    conversation_id: ConversationId,
    /// Its number in the user's own channel.
    rev: i64,
    /// The reader.
    id: UserId,
    /// The reader's marker, and the message.
    partial: OwnReadMarker,
    /// When it was read.
    at: Timestamp,
}

/// A reader's marker, and the message that it names.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "used only for its schema")]
struct OwnReadMarker {
    /// The reader.
    user_id: UserId,
    /// Their display name.
    name: String,
    /// The last position that they have read.
    seq: i64,
    /// The user's newest message up to that position.
    message_id: MessageId,
}

/// Client event that signals typing on a conversation's channel. Members with native sockets get `typing.started` or
/// `typing.stopped`.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "used only for its schema")]
struct TypingWhisper {
    /// Names the event.
    #[schemars(extend("enum" = ["client-typing"]))]
    event: String,
    /// A channel of the conversation.
    channel: String,
    /// `typing: false` says that the user stopped; anything else says that they type.
    #[serde(default)]
    data: Value,
}

/// Client event that confirms alerts, on a channel of the alert desk. The desk keeps it: no other client gets it.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "used only for its schema")]
struct ReceiptWhisper {
    /// Names the event.
    #[schemars(extend("enum" = ["client-alert.delivered", "client-alert.seen"]))]
    event: String,
    /// A channel of the alert desk.
    channel: String,
    /// The alerts.
    data: pusher::Either<pusher::PusherReceipt>,
}

/// Headers of the request that opens a native socket.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "used only for its schema")]
struct SocketHeaders {
    /// `campana.v1`, and in browsers the token: `campana.v1, bearer.<JWT>`. The server answers `campana.v1`.
    #[serde(rename = "Sec-WebSocket-Protocol", default)]
    protocols: Option<String>,
    /// `Bearer <JWT>`, for clients that can set it; it has precedence.
    #[serde(rename = "Authorization", default)]
    authorization: Option<String>,
    /// The page, in browsers: the app has to allow it, or it is on the same host.
    #[serde(rename = "Origin", default)]
    origin: Option<String>,
}

/// Headers of the request that opens an event stream.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "used only for its schema")]
struct EventStreamHeaders {
    /// `Bearer <JWT>`; without it the query has a ticket.
    #[serde(rename = "Authorization", default)]
    authorization: Option<String>,
    /// The last id that the client has, `{epoch}:{seq}`; a `seq` alone is accepted too. It has precedence over the query.
    #[serde(rename = "Last-Event-ID", default)]
    last_event_id: Option<String>,
}

/// Query of a Pusher client's socket. Other parameters are ignored.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "used only for its schema")]
struct PusherParams {
    /// Version of the protocol: 5, 6 or 7. All are answered as version 7.
    #[schemars(extend("enum" = ["5", "6", "7"]))]
    protocol: String,
}
