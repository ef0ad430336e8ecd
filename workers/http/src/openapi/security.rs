//! Ways to authenticate.

use serde_json::{Value, json};

const BEARER: &str = "bearer";
const TICKET: &str = "ticket";
const FILE_LINK: &str = "fileLink";
const SCAN_LINK: &str = "scanLink";
const SUBPROTOCOL: &str = "subprotocol";
const KEY: &str = "pusherKey";
const TIMESTAMP: &str = "pusherTimestamp";
const VERSION: &str = "pusherVersion";
const DIGEST: &str = "pusherBodyDigest";
const SIGNATURE: &str = "pusherSignature";

/// How the caller of an operation authenticates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Security {
    /// Not at all.
    None,
    /// Any user, by a token.
    User,
    /// An administrator of the app.
    Administrator,
    /// A user whose token permits to see panic alerts.
    Guard,
    /// A user who opens a socket.
    Socket,
    /// A guard who opens a socket.
    GuardSocket,
    /// A user who opens an event stream.
    Stream,
    /// A user who reads a file, by a token or a signed link.
    FileReader,
    /// The app's scanner of files, by a signed address.
    Scanner,
    /// The app's backend, by a signature of a request without a body.
    Backend,
    /// The app's backend, by a signature that covers the body's digest.
    BackendWithBody,
    /// The app's backend, by a signature that covers the body's digest, if there is a body.
    BackendWithAnyBody,
}

impl Security {
    /// Whether the caller has a token or a ticket.
    pub(super) const fn is_user(self) -> bool {
        !matches!(self, Self::None | Self::Scanner | Self::Backend | Self::BackendWithBody | Self::BackendWithAnyBody)
    }

    /// The alternatives of an operation, as the document lists them.
    pub(super) fn alternatives(self) -> Value {
        match self {
            Self::None => json!([]),
            Self::User => json!([{BEARER: []}]),
            Self::Administrator => json!([{BEARER: ["admin"]}]),
            Self::Guard => json!([{BEARER: ["view_panic_alerts"]}]),
            Self::Socket => json!([{BEARER: []}, {SUBPROTOCOL: []}, {TICKET: []}]),
            Self::GuardSocket => {
                let permission = ["view_panic_alerts"];
                json!([{BEARER: permission}, {SUBPROTOCOL: permission}, {TICKET: permission}])
            }
            Self::Stream => json!([{BEARER: []}, {TICKET: []}]),
            Self::FileReader => json!([{BEARER: []}, {FILE_LINK: []}]),
            Self::Scanner => json!([{SCAN_LINK: []}]),
            Self::Backend => json!([signed()]),
            Self::BackendWithBody => json!([signed_with_body()]),
            Self::BackendWithAnyBody => json!([signed(), signed_with_body()]),
        }
    }
}

fn signed() -> Value {
    json!({KEY: [], TIMESTAMP: [], VERSION: [], SIGNATURE: []})
}

fn signed_with_body() -> Value {
    json!({KEY: [], TIMESTAMP: [], VERSION: [], DIGEST: [], SIGNATURE: []})
}

/// Every scheme, for the document's components.
pub(super) fn schemes() -> Value {
    let query = |name: &str, about: &str| json!({"type": "apiKey", "in": "query", "name": name, "description": about});
    json!({
        BEARER: {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "A JSON Web Token that the application signs: HS256 with the app's secret, or RS256 or ES256 with a key \
                            of the app's JWKS. Claims: `sub`, `tenant`, `exp`, and `name`, `iat`, `nbf`, `iss`, `aud`, `avatar`, \
                            `roles`, `permissions`, `groups`. An operation that lists `admin` needs it in `roles`; one that \
                            lists `view_panic_alerts` needs it in `permissions`.",
        },
        SUBPROTOCOL: {
            "type": "apiKey",
            "in": "header",
            "name": "Sec-WebSocket-Protocol",
            "description": "For browsers, which set no other header on a WebSocket: `campana.v1, bearer.<token>`, with the same \
                            token. The server answers `campana.v1`.",
        },
        TICKET: query("ticket", "A ticket of `POST /api/me/ticket`: valid for one connection within 30 s."),
        FILE_LINK: query("link", "The signature of an address from `POST /api/chat/files/{id}/link`: valid for five minutes."),
        SCAN_LINK: query("link", "The signature of an address that the app's scanner was sent: valid for five minutes."),
        KEY: query("auth_key", "The app's key."),
        TIMESTAMP: query("auth_timestamp", "Unix time of the request in seconds, at most 600 s away from the server's."),
        VERSION: query("auth_version", "`1.0`."),
        DIGEST: query("body_md5", "MD5 of the body, hexadecimal. Needed if there is a body."),
        SIGNATURE: query(
            "auth_signature",
            "HMAC-SHA-256 with the app's secret, hexadecimal, over the method, the path, and all other parameters of the query \
             in order, as the Pusher protocol defines it.",
        ),
    })
}
