//! Close codes of sockets.

use crate::shared::problem::Kind;

/// Why a socket is closed by the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseCode {
    /// The client's parameters, frame or position are invalid; a retry with the same values fails again.
    InvalidRequest,
    /// The token is invalid or expired; reconnect with a new one.
    TokenExpired,
    /// The identity was revoked; reconnect with a new token.
    Revoked,
    /// The user was removed or may not connect.
    Forbidden,
    /// No frame arrived within the idle time-out.
    Idle,
    /// A frame exceeded the size limit.
    FrameTooLarge,
    /// The client ignored rate limits, or has too many sockets.
    Flooding,
    /// The client does not read fast enough; reconnect with the position.
    NotReading,
    /// The server restarted and does not know which events the client missed; reconnect immediately with the position.
    Restarted,
    /// The server failed; reconnect later.
    TryAgainLater,
}

impl CloseCode {
    /// Every reason.
    pub const ALL: [Self; 10] = [
        Self::InvalidRequest,
        Self::TokenExpired,
        Self::Revoked,
        Self::Forbidden,
        Self::Idle,
        Self::FrameTooLarge,
        Self::Flooding,
        Self::NotReading,
        Self::Restarted,
        Self::TryAgainLater,
    ];

    /// The close code for a socket that is refused with a problem of this kind.
    pub const fn refusing(kind: Kind) -> Self {
        match kind {
            Kind::Unauthenticated | Kind::TokenExpired => Self::TokenExpired,
            Kind::TooManySockets | Kind::RateLimited | Kind::SlowMode => Self::Flooding,
            Kind::Unavailable | Kind::Internal => Self::TryAgainLater,
            Kind::Malformed
            | Kind::Invalid
            | Kind::BadCursor
            | Kind::KeyReused
            | Kind::NotToYourself
            | Kind::TooLarge
            | Kind::UnknownFrame
            | Kind::UnsupportedMediaType => Self::InvalidRequest,
            Kind::Forbidden
            | Kind::Muted
            | Kind::Blocked
            | Kind::AnnouncementOnly
            | Kind::Banned
            | Kind::NotFound
            | Kind::MethodNotAllowed
            | Kind::UpgradeRequired
            | Kind::Conflict
            | Kind::PreconditionFailed
            | Kind::UnsupportedTusVersion
            | Kind::UploadLocked
            | Kind::ChecksumMismatch
            | Kind::RangeNotSatisfiable
            | Kind::InProgress
            | Kind::InviteUsedUp
            | Kind::InviteExpired
            | Kind::InviteRevoked
            | Kind::InviteDeclined
            | Kind::DirectConversation
            | Kind::GroupFull => Self::Forbidden,
        }
    }

    /// The number on the wire: from the private range (4000 to 4999), or registered under RFC 6455.
    pub const fn code(self) -> u16 {
        match self {
            Self::InvalidRequest => 4400,
            Self::TokenExpired | Self::Revoked => 4401,
            Self::Forbidden => 4403,
            Self::Idle => 4408,
            Self::FrameTooLarge => 4413,
            Self::Flooding | Self::NotReading => 4429,
            Self::Restarted => 1012,
            Self::TryAgainLater => 1013,
        }
    }

    /// The reason on the wire, well under 123 bytes.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid request",
            Self::TokenExpired => "token expired",
            Self::Revoked => "identity revoked",
            Self::Forbidden => "removed or forbidden",
            Self::Idle => "idle",
            Self::FrameTooLarge => "frame too large",
            Self::Flooding => "flooding",
            Self::NotReading => "not reading",
            Self::Restarted => "restarted",
            Self::TryAgainLater => "try again later",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn close_codes_match_the_http_status_of_the_problem() {
        for kind in Kind::ALL {
            let expected = match kind.status() {
                400 | 413 | 415 | 422 => CloseCode::InvalidRequest,
                401 => CloseCode::TokenExpired,
                429 => CloseCode::Flooding,
                500.. => CloseCode::TryAgainLater,
                _ => CloseCode::Forbidden,
            };
            assert_eq!(CloseCode::refusing(*kind), expected, "{}", kind.slug());
        }
    }
}
