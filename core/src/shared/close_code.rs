//! Why the server closes a socket.

use crate::shared::problem::Kind;

/// Why a socket is closed by the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseCode {
    /// What the client said of itself or of its position cannot be used; the same again is refused again.
    InvalidRequest,
    /// The token's time is over; come back with a new one.
    TokenExpired,
    /// Removed, or never allowed.
    Forbidden,
    /// Nothing was heard for the idle time.
    Idle,
    /// A frame over the limit.
    FrameTooLarge,
    /// Kept sending after being told to slow down, or has too many sockets.
    Flooding,
    /// Does not read what it is sent. Come back with the position.
    NotReading,
    /// The server lost what it had under way: come back at once, with the position.
    Restarted,
    /// Nothing is wrong with the client: come back later.
    TryAgainLater,
}

impl CloseCode {
    /// How a socket is closed that is refused with a problem.
    pub const fn refusing(kind: Kind) -> Self {
        match kind {
            Kind::Unauthenticated | Kind::TokenExpired => Self::TokenExpired,
            Kind::TooManySockets | Kind::RateLimited => Self::Flooding,
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
            | Kind::Banned
            | Kind::NotFound
            | Kind::MethodNotAllowed
            | Kind::UpgradeRequired
            | Kind::Conflict
            | Kind::InProgress
            | Kind::InviteUsedUp
            | Kind::InviteExpired
            | Kind::InviteRevoked
            | Kind::InviteDeclined => Self::Forbidden,
        }
    }

    /// The number on the wire: of the application's own range, or of the registry of RFC 6455.
    pub const fn code(self) -> u16 {
        match self {
            Self::InvalidRequest => 4400,
            Self::TokenExpired => 4401,
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
    fn only_who_may_not_come_in_is_told_that_it_is_forbidden() {
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
