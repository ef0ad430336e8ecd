//! Why the server closes a socket.

use crate::problem::Kind;

/// Why a socket is closed by the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseCode {
    /// What the client said of itself or of its position cannot be used; the same again is refused again.
    InvalidRequest = 4400,
    /// The token's time is over; come back with a new one.
    TokenExpired = 4401,
    /// Removed, or never allowed.
    Forbidden = 4403,
    /// Nothing was heard for the idle time.
    Idle = 4408,
    /// A frame over the limit.
    FrameTooLarge = 4413,
    /// Kept sending after being told to slow down, or has too many sockets.
    Flooding = 4429,
    /// Nothing is wrong with the client: come back later. Of the registry of RFC 6455.
    TryAgainLater = 1013,
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

    /// The number on the wire.
    pub const fn code(self) -> u16 {
        self as u16
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
