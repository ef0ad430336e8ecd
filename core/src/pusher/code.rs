//! Error codes of the protocol. As a close code, 40xx makes a client give up, 41xx makes it reconnect later, and 42xx
//! makes it reconnect immediately. In a frame, codes are informative.

use super::channel::ChannelName;
use crate::shared::json::set;
use serde_json::{Value, json};

/// An error code of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// No app has this key.
    NoSuchApp = 4001,
    /// The app is disabled.
    AppDisabled = 4003,
    /// The app has reached its connection quota.
    OverQuota = 4004,
    /// The path does not exist.
    PathNotFound = 4005,
    /// The version string is invalid.
    BadVersion = 4006,
    /// The protocol version is not supported.
    UnsupportedProtocol = 4007,
    /// The client sent no protocol version.
    NoProtocol = 4008,
    /// The client may not connect, or not as this user.
    Unauthorized = 4009,
    /// The server is full; the client should reconnect later.
    OverCapacity = 4100,
    /// The client should reconnect immediately.
    Reconnect = 4200,
    /// The client did not answer a ping.
    NoPong = 4201,
    /// The client was inactive for too long.
    Inactive = 4202,
    /// A client event was refused.
    ClientEvent = 4301,
    /// A watchlist is too long.
    Watchlist = 4302,
}

impl Code {
    /// Every code.
    pub const ALL: [Self; 14] = [
        Self::NoSuchApp,
        Self::AppDisabled,
        Self::OverQuota,
        Self::PathNotFound,
        Self::BadVersion,
        Self::UnsupportedProtocol,
        Self::NoProtocol,
        Self::Unauthorized,
        Self::OverCapacity,
        Self::Reconnect,
        Self::NoPong,
        Self::Inactive,
        Self::ClientEvent,
        Self::Watchlist,
    ];

    /// The number on the wire.
    pub const fn number(self) -> u16 {
        self as u16
    }

    /// Text of the code. Shorter than the 123 bytes that a close reason may have.
    pub const fn message(self) -> &'static str {
        match self {
            Self::NoSuchApp => "Application does not exist",
            Self::AppDisabled => "Application disabled",
            Self::OverQuota => "Application is over connection quota",
            Self::PathNotFound => "Path not found",
            Self::BadVersion => "Invalid version string format",
            Self::UnsupportedProtocol => "Unsupported protocol version",
            Self::NoProtocol => "No protocol version supplied",
            Self::Unauthorized => "Connection is unauthorized",
            Self::OverCapacity => "Over capacity",
            Self::Reconnect => "Please reconnect",
            Self::NoPong => "Pong reply not received",
            Self::Inactive => "Closed after inactivity",
            Self::ClientEvent => "Client event rejected",
            Self::Watchlist => "The watchlist is too long",
        }
    }
}

/// A `pusher:error` frame. Its `data` is an object; other frames of the protocol have a string.
pub fn error_frame(code: Option<Code>, channel: Option<&ChannelName>, message: &str) -> String {
    let code = code.map_or(Value::Null, |code| code.number().into());
    let mut frame = json!({"event": "pusher:error", "data": {"code": code, "message": message}});
    if let Some(channel) = channel {
        set(&mut frame, "channel", channel.as_str());
    }
    frame.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_its_code_in_an_object() {
        let frame: Value = serde_json::from_str(&error_frame(Some(Code::NoSuchApp), None, "no")).expect("JSON");
        assert_eq!(frame, json!({"event": "pusher:error", "data": {"code": 4001, "message": "no"}}));
        assert_eq!(error_frame(None, None, "x"), r#"{"data":{"code":null,"message":"x"},"event":"pusher:error"}"#);
        let of_channel = error_frame(Some(Code::ClientEvent), Some(&ChannelName::trusted("private-x")), "no");
        assert!(of_channel.contains(r#""channel":"private-x""#), "{of_channel}");
    }
}
