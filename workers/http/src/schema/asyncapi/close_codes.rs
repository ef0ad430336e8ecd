//! Close codes of sockets, as the extension `x-close-codes` of their channels.

use campana_core::pusher::code::Code;
use campana_core::shared::close_code::CloseCode;
use serde_json::{Value, json};

/// Close codes of native sockets.
pub(super) fn native() -> Value {
    let row = |close: CloseCode| {
        let (meaning, client) = native_meaning(close);
        json!({"code": close.code(), "reason": close.reason(), "description": meaning, "client": client})
    };
    CloseCode::ALL.into_iter().map(row).collect()
}

/// Close codes of Pusher clients' sockets.
pub(super) fn pusher() -> Value {
    let row = |code: Code| {
        let (meaning, client) = pusher_meaning(code)?;
        Some(json!({"code": code.number(), "reason": code.message(), "description": meaning, "client": client}))
    };
    Code::ALL.into_iter().filter_map(row).collect()
}

/// When the server closes, and what a client does then.
const fn native_meaning(close: CloseCode) -> (&'static str, &'static str) {
    match close {
        CloseCode::InvalidRequest => (
            "A parameter of the connection is invalid; the error frame before the close names it.",
            "Corrects it; does not retry.",
        ),
        CloseCode::TokenExpired => {
            ("The token is missing or invalid, or has expired while connected.", "Reconnects with a new token.")
        }
        CloseCode::Revoked => ("The identity was revoked: the user was signed out.", "Reconnects with a new token."),
        CloseCode::Forbidden => {
            ("The user was removed or banned, may not connect, or the resource is not visible.", "Does not retry.")
        }
        CloseCode::Idle => (
            "No frame and no ping for the idle time-out, or a ping frame was not answered.",
            "Reconnects when the user looks at the page again.",
        ),
        CloseCode::FrameTooLarge => ("A frame is over 32 KiB.", "Reconnects, without that frame."),
        CloseCode::Flooding => ("Too many frames, or too many connections.", "Waits, then retries."),
        CloseCode::NotReading => ("The client does not read what it receives.", "Reconnects with its position."),
        CloseCode::Restarted => ("The server lost its work in progress.", "Reconnects with its position."),
        CloseCode::TryAgainLater => ("The server cannot answer at the moment.", "Waits, then retries."),
    }
}

/// The same for Pusher clients. `None` for codes that no socket is closed with.
const fn pusher_meaning(code: Code) -> Option<(&'static str, &'static str)> {
    const GIVES_UP: &str = "Gives up.";
    const LATER: &str = "Reconnects after a pause.";
    const AT_ONCE: &str = "Reconnects immediately.";
    Some(match code {
        Code::NoSuchApp => ("No app has this key.", GIVES_UP),
        Code::AppDisabled => ("The app is disabled, or has no secret.", GIVES_UP),
        Code::OverQuota => ("The app has reached its maximum of connections.", GIVES_UP),
        Code::BadVersion => ("The protocol version is not a number.", GIVES_UP),
        Code::UnsupportedProtocol => ("The protocol version is not 5, 6 or 7.", GIVES_UP),
        Code::NoProtocol => ("The address has no protocol version.", GIVES_UP),
        Code::Unauthorized => (
            "The app does not allow the page's origin, a sign-in is invalid or late, or the user was signed out or \
             terminated.",
            GIVES_UP,
        ),
        Code::OverCapacity => (
            "There is no room at the moment, the connection was one too many, or the client floods or does not read.",
            LATER,
        ),
        Code::Reconnect => (
            "The client has to reconnect and subscribe again: an event may be missing, an identity has expired, or a \
             channel has another owner.",
            AT_ONCE,
        ),
        Code::NoPong => ("A ping was not answered.", AT_ONCE),
        Code::PathNotFound | Code::Inactive | Code::ClientEvent | Code::Watchlist => return None,
    })
}
