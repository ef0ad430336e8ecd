//! Frames of the protocol: a parser for client frames and builders for server frames.

use super::channel::ChannelName;
use super::code::Code;
use super::event::{CLIENT_PREFIX, MAX_EVENT_CHARS};
use super::link::Listener;
use super::signature::Voucher;
use crate::shared::ids::UserId;
use crate::shared::json::{in_ascii, read_input};
use crate::shared::socket_id::SocketId;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// Ping of the client libraries, byte for byte. The platform answers it without waking the object.
pub const PING: &str = r#"{"event":"pusher:ping","data":{}}"#;
/// Answer to [`PING`].
pub const PONG: &str = r#"{"event":"pusher:pong","data":{}}"#;
/// Largest accepted `channel_data` and `user_data`, bytes: room for the user info and the other fields.
pub const MAX_PERSON_BYTES: usize = 10 * 1024;
/// Largest `user_info` that an app can allow, bytes.
pub const MAX_USER_INFO_BYTES: usize = 4_096;
/// Maximum number of users in a watchlist.
pub const MAX_WATCHLIST: usize = 100;

/// Parsed client frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientFrame {
    /// Subscribe to a channel.
    Subscribe(Subscription),
    /// Unsubscribe from a channel.
    Unsubscribe(ChannelName),
    /// Ping.
    Ping,
    /// Answer to the server's ping.
    Pong,
    /// Sign in as a user.
    SignIn {
        /// `key:signature`.
        auth: String,
        /// Signed JSON with an `id`.
        user_data: String,
    },
    /// Publish to the other listeners of a channel.
    Event(ClientEvent),
}

/// Request to subscribe to a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Channel.
    pub channel: ChannelName,
    /// [`Voucher`](super::signature::Voucher) text, for channels that need one.
    pub auth: Option<String>,
    /// Signed JSON with a `user_id`, see [`listener`].
    pub channel_data: Option<String>,
}

impl Subscription {
    /// The `channel_data` that its signature covers: that of the frame, else that of the voucher.
    pub fn signed_channel_data(&self) -> Option<String> {
        let of_voucher = || self.auth.as_deref().and_then(Voucher::parse).and_then(|voucher| voucher.channel_data);
        self.channel_data.clone().or_else(of_voucher)
    }

    /// The listener that the signature names, on channels that need one.
    pub fn named_listener(&self) -> Option<Result<Listener, Fault>> {
        let channel_data = self.signed_channel_data().filter(|_| self.channel.needs_signature())?;
        Some(listener(&channel_data))
    }
}

/// Event published by a client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientEvent {
    /// Event name, including `client-`.
    pub event: String,
    /// Channel.
    pub channel: ChannelName,
    /// JSON, unchanged.
    pub data: String,
}

/// Reason for refusing a frame. The socket stays open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Error code, if the protocol defines one.
    pub code: Option<Code>,
    /// Channel of a refused client event: client libraries give the error to its listeners there.
    pub channel: Option<ChannelName>,
    /// Text for developers.
    pub message: String,
}

impl Fault {
    /// A fault without a code.
    pub fn new(message: impl Into<String>) -> Self {
        Self { code: None, channel: None, message: message.into() }
    }

    /// A refused client event, with its channel if it names one.
    pub fn event(channel: Option<ChannelName>, why: &str) -> Self {
        Self { code: Some(Code::ClientEvent), channel, message: format!("Client event rejected: {why}") }
    }

    /// The `pusher:error` frame.
    pub fn to_frame(&self) -> String {
        super::code::error_frame(self.code, self.channel.as_ref(), &self.message)
    }
}

#[derive(Deserialize)]
struct Envelope<'a> {
    event: String,
    #[serde(default)]
    channel: Option<String>,
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct SubscribeData {
    channel: String,
    #[serde(default)]
    auth: Option<String>,
    #[serde(default)]
    channel_data: Option<String>,
}

#[derive(Deserialize)]
struct UnsubscribeData {
    channel: String,
}

#[derive(Deserialize)]
struct SignInData {
    auth: String,
    user_data: String,
}

impl ClientFrame {
    /// Parses a text frame.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let envelope: Envelope<'_> =
            object(text).ok_or_else(|| Fault::new("Invalid message format: not a JSON object with an event"))?;
        match envelope.event.as_str() {
            "pusher:ping" => Ok(Self::Ping),
            "pusher:pong" => Ok(Self::Pong),
            "pusher:subscribe" => subscribe(envelope.data),
            "pusher:unsubscribe" => {
                let UnsubscribeData { channel } = read(envelope.data, "pusher:unsubscribe")?;
                named(&channel).map(Self::Unsubscribe)
            }
            "pusher:signin" => {
                let SignInData { auth, user_data } = read(envelope.data, "pusher:signin")?;
                bounded(&user_data, "user_data")?;
                Ok(Self::SignIn { auth, user_data })
            }
            name if name.starts_with(CLIENT_PREFIX) => event(envelope),
            name if name.starts_with("pusher") => Err(Fault::new("There is no such event of the protocol")),
            _ => Err(Fault::event(channel_of(&envelope), "its name has to begin with client-")),
        }
    }
}

fn subscribe(data: Option<&RawValue>) -> Result<ClientFrame, Fault> {
    let SubscribeData { channel, auth, channel_data } = read(data, "pusher:subscribe")?;
    let channel = named(&channel)?;
    if let Some(data) = &channel_data {
        bounded(data, "channel_data")?;
    }
    let auth = auth.filter(|auth| !auth.is_empty());
    Ok(ClientFrame::Subscribe(Subscription { channel, auth, channel_data }))
}

fn event(envelope: Envelope<'_>) -> Result<ClientFrame, Fault> {
    let named = channel_of(&envelope);
    let Envelope { event, channel, data } = envelope;
    if channel.is_none() {
        return Err(Fault::event(None, "it names no channel"));
    }
    let channel = named.ok_or_else(|| Fault::event(None, "no such channel"))?;
    if event.chars().count() > MAX_EVENT_CHARS {
        return Err(Fault::event(Some(channel), &format!("a name has at most {MAX_EVENT_CHARS} characters")));
    }
    let data = data.map_or("{}", RawValue::get).to_owned();
    Ok(ClientFrame::Event(ClientEvent { event, channel, data }))
}

fn channel_of(envelope: &Envelope<'_>) -> Option<ChannelName> {
    ChannelName::parse(envelope.channel.as_deref()?)
}

/// Parses the data of a frame: an object, or a string that contains one.
fn read<T: for<'a> Deserialize<'a>>(data: Option<&RawValue>, event: &str) -> Result<T, Fault> {
    let fault = || Fault::new(format!("Invalid message format: the data of {event} does not fit"));
    let data = data.map(RawValue::get).ok_or_else(fault)?;
    if data.starts_with('"') {
        let text: String = serde_json::from_str(data).map_err(|_| fault())?;
        return object(&text).ok_or_else(fault);
    }
    object(data).ok_or_else(fault)
}

/// Parses a JSON object. Refuses an array, which serde would accept as the fields in order.
fn object<'a, T: Deserialize<'a>>(text: &'a str) -> Option<T> {
    read_input(text).ok().filter(|_| text.trim_start().starts_with('{'))
}

fn named(channel: &str) -> Result<ChannelName, Fault> {
    ChannelName::parse(channel)
        .ok_or_else(|| Fault::new("Invalid channel name: it is too long, or not of A-Z a-z 0-9 _ - = @ , . ;"))
}

fn bounded(data: &str, field: &str) -> Result<(), Fault> {
    if data.len() <= MAX_PERSON_BYTES { Ok(()) } else { Err(Fault::new(format!("{field} is too long"))) }
}

#[derive(Deserialize)]
struct ChannelData<'a> {
    user_id: Value,
    #[serde(borrow, default)]
    user_info: Option<&'a RawValue>,
    #[serde(default)]
    expires_at: Option<i64>,
}

/// Parses the listener from signed `channel_data`. A `user_id` is a string or an integer; its JSON type is preserved.
pub fn listener(channel_data: &str) -> Result<Listener, Fault> {
    let data: ChannelData<'_> =
        object(channel_data).ok_or_else(|| Fault::new("channel_data is not a JSON object with a user_id"))?;
    let user =
        user_id(&data.user_id).ok_or_else(|| Fault::new("user_id is not a text or number of 1 to 128 characters"))?;
    let info = data.user_info.map(RawValue::get).filter(|info| *info != "null");
    if info.is_some_and(|info| info.len() > MAX_USER_INFO_BYTES) {
        return Err(Fault::new(format!("user_info has at most {MAX_USER_INFO_BYTES} bytes")));
    }
    let is_number = data.user_id.is_number();
    Ok(Listener { user, is_number, info: info.map(str::to_owned), expires_at_ms: data.expires_at })
}

#[derive(Deserialize)]
struct Issued {
    #[serde(default)]
    issued_at: Option<i64>,
}

/// When the identity of signed `channel_data` or `user_data` was issued, milliseconds since 1970. Only this service's own
/// signatures contain it.
pub fn issued_at(signed: &str) -> Option<i64> {
    object::<Issued>(signed).and_then(|issued| issued.issued_at)
}

/// Signed-in user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// User id.
    pub user: UserId,
    /// `user_info` for other users, JSON.
    pub info: Option<String>,
    /// Users whose presence changes this user gets.
    pub watchlist: Vec<UserId>,
    /// When the signed identity expires, milliseconds since 1970.
    pub expires_at_ms: Option<i64>,
}

#[derive(Deserialize)]
struct UserData<'a> {
    id: Value,
    #[serde(borrow, default)]
    user_info: Option<&'a RawValue>,
    #[serde(default)]
    watchlist: Vec<Value>,
    #[serde(default)]
    expires_at: Option<i64>,
}

/// Parses the user from signed `user_data`. An id is a string or an integer, which becomes its digits.
pub fn signed_in(user_data: &str) -> Result<SignedIn, Fault> {
    let data: UserData<'_> =
        object(user_data).ok_or_else(|| Fault::new("user_data is not a JSON object with an id"))?;
    let user = user_id(&data.id).ok_or_else(|| Fault::new("id is not a text or number of 1 to 128 characters"))?;
    if data.watchlist.len() > MAX_WATCHLIST {
        let message = format!("The watchlist names more than {MAX_WATCHLIST} people");
        return Err(Fault { code: Some(Code::Watchlist), channel: None, message });
    }
    let watchlist = data.watchlist.iter().filter_map(user_id).collect();
    let info = data.user_info.map(|info| info.get().to_owned());
    Ok(SignedIn { user, info, watchlist, expires_at_ms: data.expires_at })
}

fn user_id(value: &Value) -> Option<UserId> {
    match value {
        Value::String(text) => UserId::parse(text),
        Value::Number(number) if number.is_i64() || number.is_u64() => UserId::parse(&number.to_string()),
        _ => None,
    }
}

/// The first frame of a socket.
pub fn connection_established(socket: &SocketId, activity_timeout_s: u32) -> String {
    let data = json!({"socket_id": socket, "activity_timeout": activity_timeout_s}).to_string();
    json!({"event": "pusher:connection_established", "data": data}).to_string()
}

/// A frame on a channel. `data` is sent as a JSON string.
pub fn event_frame(event: &str, channel: &ChannelName, data: &str) -> String {
    in_ascii(format!(r#"{{"event":{},"channel":"{channel}","data":{}}}"#, quoted(event), quoted(data)))
}

/// A client event for the other listeners: unchanged data and, on presence channels, the sender's user id, which is a
/// string there and in webhooks whatever its type in `channel_data`.
pub fn client_event_frame(event: &ClientEvent, from: Option<&Listener>) -> String {
    let ClientEvent { event, channel, data } = event;
    let user = from.map_or_else(String::new, |from| format!(r#","user_id":{}"#, quoted(from.user.as_str())));
    in_ascii(format!(r#"{{"event":{},"channel":"{channel}","data":{data}{user}}}"#, quoted(event)))
}

/// A cache channel has no cached event. The frame has no data.
pub fn cache_miss(channel: &ChannelName) -> String {
    format!(r#"{{"event":"pusher:cache_miss","channel":"{channel}"}}"#)
}

/// A subscription succeeded. `data` is JSON: the members of a presence channel, otherwise usually `{}`.
pub fn subscription_succeeded(channel: &ChannelName, data: &str) -> String {
    event_frame("pusher_internal:subscription_succeeded", channel, data)
}

/// A subscription failed, or the server ended it.
pub fn subscription_error(channel: &ChannelName, kind: &str, message: &str, status: u16) -> String {
    let data = json!({"type": kind, "error": message, "status": status}).to_string();
    event_frame("pusher:subscription_error", channel, &data)
}

/// Sign-in succeeded.
pub fn signin_success(user_data: &str) -> String {
    json!({"event": "pusher:signin_success", "data": json!({"user_data": user_data}).to_string()}).to_string()
}

/// Users of a watchlist came online or went offline.
pub fn watchlist_events(name: &str, users: &[&UserId]) -> String {
    let data = json!({"events": [{"name": name, "user_ids": users}]}).to_string();
    json!({"event": "pusher_internal:watchlist_events", "data": data}).to_string()
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

#[cfg(feature = "schema")]
pub mod schema;
#[cfg(test)]
mod tests;
