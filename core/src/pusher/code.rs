//! The protocol's error codes. What a client does is decided by the code a socket is closed with: 40xx gives up, 41xx
//! comes back later, 42xx comes back at once. In a frame they only inform.

use serde_json::{Value, json};

/// An error code of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// No app has this key.
    NoSuchApp = 4001,
    /// The app is disabled.
    AppDisabled = 4003,
    /// The app has as many connections as it may.
    OverQuota = 4004,
    /// There is nothing at this path.
    PathNotFound = 4005,
    /// The version string cannot be read.
    BadVersion = 4006,
    /// The protocol's version is not spoken here.
    UnsupportedProtocol = 4007,
    /// No protocol was named.
    NoProtocol = 4008,
    /// The client may not connect, or not as this user.
    Unauthorized = 4009,
    /// There is no room now: come back later.
    OverCapacity = 4100,
    /// Come back at once.
    Reconnect = 4200,
    /// A ping was not answered.
    NoPong = 4201,
    /// Nothing was heard for too long.
    Inactive = 4202,
    /// A client event was refused.
    ClientEvent = 4301,
    /// A watchlist is too long.
    Watchlist = 4302,
}

impl Code {
    /// The number on the wire.
    pub const fn number(self) -> u16 {
        self as u16
    }

    /// What is said with it, well under the 123 bytes of a close reason.
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

/// A frame that tells of an error. `data` is an object here, unlike anywhere else in the protocol.
pub fn error_frame(code: Option<Code>, message: &str) -> String {
    let code = code.map_or(Value::Null, |code| code.number().into());
    json!({"event": "pusher:error", "data": {"code": code, "message": message}}).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_its_code_in_an_object() {
        let frame: Value = serde_json::from_str(&error_frame(Some(Code::NoSuchApp), "no")).expect("JSON");
        assert_eq!(frame, json!({"event": "pusher:error", "data": {"code": 4001, "message": "no"}}));
        assert_eq!(error_frame(None, "x"), r#"{"data":{"code":null,"message":"x"},"event":"pusher:error"}"#);
    }
}
