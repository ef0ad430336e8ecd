//! Schema-only types of this API, whose handlers read and write JSON by hand.

use campana_core::alerts::wire::schema::ApplicationId;
use campana_core::files::FileStatus;
use campana_core::files::scan::Verdict;
use schemars::JsonSchema;
use std::collections::BTreeMap;

/// Id of the app.
#[derive(JsonSchema)]
#[schemars(transparent)]
#[expect(dead_code, reason = "used only for its schema")]
pub(super) struct AppId(String);

/// Name of a channel: characters of `A-Z a-z 0-9 _ - = @ , . ;`, for a signed-in user's after `#server-to-user-`.
#[derive(JsonSchema)]
#[schemars(transparent, inline)]
#[expect(dead_code, reason = "used only for its schema")]
pub(super) struct Channel(
    #[schemars(regex(pattern = r"^(#server-to-user-)?[A-Za-z0-9_\-=@,.;]+$"), length(max = 200))] String,
);

/// Id of the user.
#[derive(JsonSchema)]
#[schemars(transparent)]
#[expect(dead_code, reason = "used only for its schema")]
pub(super) struct User(String);

#[derive(JsonSchema)]
#[schemars(transparent, inline)]
#[expect(dead_code, reason = "used only for its schema")]
struct EventName(#[schemars(length(min = 1, max = 200))] String);

#[derive(JsonSchema)]
#[schemars(transparent, inline)]
#[expect(dead_code, reason = "used only for its schema")]
struct Payload(#[schemars(length(max = 65_536))] String);

#[derive(JsonSchema)]
#[schemars(transparent, inline)]
#[expect(dead_code, reason = "used only for its schema")]
struct Socket(#[schemars(regex(pattern = r"^[0-9]+\.[0-9]+$"), length(max = 41))] String);

/// Names of attributes, separated by commas; spaces around a name and empty names are ignored.
#[derive(JsonSchema)]
#[schemars(transparent, inline)]
#[expect(dead_code, reason = "used only for its schema")]
struct Info(
    #[schemars(regex(
        pattern = "^ *(subscription_count|user_count|cache)? *(, *(subscription_count|user_count|cache)? *)*$"
    ))]
    String,
);

/// The same without `cache`, which only a request for a single channel has.
#[derive(JsonSchema)]
#[schemars(transparent, inline)]
#[expect(dead_code, reason = "used only for its schema")]
struct CountInfo(
    #[schemars(regex(pattern = "^ *(subscription_count|user_count)? *(, *(subscription_count|user_count)? *)*$"))]
    String,
);

/// The query of a list of channels.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "used only for its schema")]
pub(super) struct ChannelsQuery {
    /// Beginning of the names.
    filter_by_prefix: Option<String>,
    /// `subscription_count`; `user_count` too if the prefix begins with `presence-`. Separated by commas.
    info: Option<CountInfo>,
}

/// The query of a channel's state.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "used only for its schema")]
pub(super) struct ChannelQuery {
    /// `subscription_count`, `user_count` of a presence channel, `cache` of a cache channel, separated by commas.
    info: Option<Info>,
}

/// An event to publish. Unknown fields are ignored.
#[derive(JsonSchema)]
#[schemars(
    rename = "PusherEvent",
    extend("anyOf" = [
        {"required": ["channel"], "properties": {"channel": {"type": "string"}}},
        {"required": ["channels"], "properties": {"channels": {"type": "array"}}},
    ])
)]
#[expect(dead_code, reason = "used only for its schema")]
pub(super) struct Event {
    /// Name of the event. Its length is limited by the app's settings.
    name: EventName,
    /// Payload, which clients get as it is. Its size is limited by the app's settings.
    data: Payload,
    /// The channel, if it is one.
    channel: Option<Channel>,
    /// The channels, at most as many as the app's settings allow. Takes precedence over `channel`.
    #[schemars(length(min = 1, max = 100))]
    channels: Option<Vec<Channel>>,
    /// Socket that does not get the event.
    socket_id: Option<Socket>,
    /// Attributes of the channels to answer: `subscription_count`, `user_count`, `cache`, separated by commas.
    info: Option<Info>,
}

/// An event of a batch. Unknown fields are ignored.
#[derive(JsonSchema)]
#[schemars(rename = "PusherBatchEvent")]
#[expect(dead_code, reason = "used only for its schema")]
struct BatchEvent {
    /// Name of the event. Its length is limited by the app's settings.
    name: EventName,
    /// Payload. Its size is limited by the app's settings.
    data: Payload,
    /// The channel.
    channel: Channel,
    /// Socket that does not get the event.
    socket_id: Option<Socket>,
    /// Attributes of the channel to answer.
    info: Option<Info>,
}

/// Events to publish.
#[derive(JsonSchema)]
#[schemars(rename = "PusherBatch")]
#[expect(dead_code, reason = "used only for its schema")]
pub(super) struct Batch {
    /// The events, at most as many as the app's settings allow.
    #[schemars(length(min = 1, max = 100))]
    batch: Vec<BatchEvent>,
}

/// The requested attributes of a channel, without those that such a channel lacks.
#[derive(JsonSchema)]
#[schemars(rename = "PusherChannelAttributes")]
#[expect(dead_code, reason = "used only for its schema")]
struct Attributes {
    /// Number of subscriptions.
    #[schemars(skip_serializing_if = "Option::is_none", with = "u64")]
    subscription_count: Option<u64>,
    /// Number of users, of a presence channel.
    #[schemars(skip_serializing_if = "Option::is_none", with = "u64")]
    user_count: Option<u64>,
    /// The last event, of a cache channel; `null` if there is none.
    #[schemars(skip_serializing_if = "Option::is_none")]
    cache: Option<Cached>,
}

/// The last event of a cache channel.
#[derive(JsonSchema)]
#[schemars(rename = "PusherCachedEvent")]
#[expect(dead_code, reason = "used only for its schema")]
struct Cached {
    /// Its payload.
    data: String,
    /// Seconds until it expires.
    ttl: u64,
}

/// An event was published.
#[derive(JsonSchema)]
#[schemars(rename = "PusherPublished")]
#[expect(dead_code, reason = "used only for its schema")]
pub(super) struct Published {
    /// Attributes by channel, if the request has `info`.
    #[schemars(skip_serializing_if = "Option::is_none", with = "BTreeMap<String, Attributes>")]
    channels: Option<BTreeMap<String, Attributes>>,
}

/// A batch was published.
#[derive(JsonSchema)]
#[schemars(rename = "PusherBatchPublished")]
#[expect(dead_code, reason = "used only for its schema")]
pub(super) struct BatchPublished {
    /// Attributes of each event's channel, if one of the events has `info`.
    #[schemars(skip_serializing_if = "Option::is_none", with = "Vec<Attributes>")]
    batch: Option<Vec<Attributes>>,
}

/// Channels with subscribers.
#[derive(JsonSchema)]
#[schemars(rename = "PusherChannels")]
#[expect(dead_code, reason = "used only for its schema")]
pub(super) struct Channels {
    /// Requested attributes by channel.
    channels: BTreeMap<String, Attributes>,
}

/// State of a channel.
#[derive(JsonSchema)]
#[schemars(rename = "PusherChannel")]
#[expect(dead_code, reason = "used only for its schema")]
pub(super) struct ChannelState {
    /// Whether it has subscribers, or members with native sockets.
    occupied: bool,
    #[schemars(flatten)]
    attributes: Attributes,
}

/// Members of a presence channel.
#[derive(JsonSchema)]
#[schemars(rename = "PusherChannelUsers")]
#[expect(dead_code, reason = "used only for its schema")]
pub(super) struct Users {
    /// The members.
    users: Vec<ChannelUser>,
}

/// A member of a presence channel.
#[derive(JsonSchema)]
#[schemars(rename = "PusherChannelUser")]
#[expect(dead_code, reason = "used only for its schema")]
struct ChannelUser {
    /// Id, of the type that was signed.
    id: ApplicationId,
}

/// An empty object.
#[derive(JsonSchema)]
#[schemars(rename = "PusherDone")]
pub(super) struct Done {}

/// A notification for users. Unknown fields are ignored.
#[derive(JsonSchema)]
#[schemars(rename = "BackendNotification")]
#[expect(dead_code, reason = "used only for its schema")]
pub(super) struct Notified {
    /// The users.
    #[schemars(length(min = 1, max = 100))]
    user_ids: Vec<NotifiedUser>,
    /// Kind, which users may switch off; `app` if absent. None of the kinds that the server makes itself.
    #[schemars(regex(
        pattern = r"^\s*(?!(mention|reply|direct_message|invite|reaction|report|scheduled_failed)\s*$)[a-z0-9_.\-]{1,64}\s*$"
    ))]
    kind: Option<String>,
    /// Names the notification among those of its kind; a new one each time if absent.
    #[schemars(length(min = 1))]
    key: Option<String>,
    /// 1 to 200 characters.
    #[schemars(length(min = 1))]
    title: String,
    /// 1 to 2,000 characters.
    #[schemars(length(min = 1))]
    body: Option<String>,
    /// Address to open: of the web, or a path of the application's own.
    #[schemars(regex(pattern = r"^\s*(https?://|/)"))]
    url: Option<String>,
    /// Free JSON, at most 8 KiB.
    data: Option<serde_json::Map<String, serde_json::Value>>,
}

/// Id of a user: a string, or a whole number.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "used only for its schema")]
enum NotifiedUser {
    Text(String),
    Number(u64),
}

/// Users were notified.
#[derive(JsonSchema)]
#[schemars(rename = "NotifiedUsers")]
#[expect(dead_code, reason = "used only for its schema")]
pub(super) struct NotifiedUsers {
    /// Number of users whose notification is new or says something else.
    notified: u32,
    /// Ids that the app does not know: they have never used it.
    unknown_user_ids: Vec<String>,
}

/// Id of the file.
#[derive(JsonSchema)]
#[schemars(transparent)]
#[expect(dead_code, reason = "used only for its schema")]
pub(super) struct ScannedFileId(String);

/// A verdict about a file. Unknown fields are ignored.
#[derive(JsonSchema)]
#[schemars(rename = "FileVerdict")]
#[expect(dead_code, reason = "used only for its schema")]
pub(super) struct VerdictOfFile {
    /// The verdict.
    verdict: Verdict,
    /// The reason, such as the name of the malware: its first 200 characters are kept.
    reason: Option<String>,
}

/// The status of a file after a verdict.
#[derive(JsonSchema)]
#[schemars(rename = "ScannedFile")]
#[expect(dead_code, reason = "used only for its schema")]
pub(super) struct ScannedStatus {
    /// `ready` or `refused`.
    status: FileStatus,
}

/// Name of an import: only it adds to the conversations that it has created.
#[derive(JsonSchema)]
#[schemars(transparent, inline)]
#[expect(dead_code, reason = "used only for its schema")]
struct Import(#[schemars(length(min = 1, max = 100))] String);

/// A batch of lines. Unknown fields are ignored.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "used only for its schema")]
pub(super) struct ImportedLines {
    /// Name of the import.
    import: Import,
    /// The lines, each a JSON object as text.
    #[schemars(length(min = 1, max = 1_000))]
    lines: Vec<String>,
}

/// The import whose conversations are opened. Unknown fields are ignored.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "used only for its schema")]
pub(super) struct ImportName {
    /// Name of the import.
    import: Import,
}

/// A line that was refused.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "used only for its schema")]
struct RefusedLine {
    /// Number of the line in the batch, from 1.
    line: u32,
    /// Why.
    reason: String,
}

/// The outcome of a batch.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "used only for its schema")]
pub(super) struct ImportedBatch {
    /// Number of lines that were written.
    written: u32,
    /// Number of lines that were known already.
    unchanged: u32,
    /// Lines that were refused.
    refused: Vec<RefusedLine>,
}

/// The outcome of opening.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "used only for its schema")]
pub(super) struct OpenedImport {
    /// Number of conversations that the call opened.
    opened: u32,
    /// Whether there are more.
    has_more: bool,
}

/// The query of an export.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "used only for its schema")]
pub(super) struct ExportQuery {
    /// Only this conversation.
    conversation_id: Option<String>,
    /// Only this person's own.
    user_id: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A page of an export.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "used only for its schema")]
pub(super) struct ExportedLines {
    /// The lines, each a JSON object as text.
    lines: Vec<String>,
    /// Where the export goes on.
    next_cursor: Option<String>,
}
